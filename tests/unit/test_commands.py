"""The command line judges texts again, whatever their answer says of them."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from commands.__main__ import main
from contracts.brief import FieldName
from copywriter.session import parted
from copywriter.writer import judge_items
from operations.http.listings import ListingRequest, listing

TEXTS: dict[FieldName, str] = {"title": "Acme mug, 350 ml", "tags": "mug, Acme, 350 ml"}


def _answer(**fields: str) -> dict[str, Any]:
    """An answer that holds these texts in place of good ones."""
    asked = ListingRequest.model_validate(
        {"attributes": {"Brand": "Acme", "Type": "mug", "Size": "350 ml"}, "fields": list(TEXTS), "channel": "etsy"}
    )
    briefs = asked.briefs()
    written = {
        name: judge_items(briefs[name], parted(briefs[name], fields.get(name, text)), 7) for name, text in TEXTS.items()
    }
    return {"listings": [listing(7, briefs, written, ()).model_dump(mode="json")], "engine": "none"}


def _verify(file: Path, monkeypatch: pytest.MonkeyPatch, *options: str) -> int:
    monkeypatch.setattr(sys, "argv", ["pdg", "verify", str(file), *options])
    return main()


def _verify_answer(answer: object, folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    file = folder / "answer.json"
    file.write_text(json.dumps(answer))
    return _verify(file, monkeypatch)


def test_a_sound_answer_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _verify_answer([_answer(), _answer()], tmp_path, monkeypatch) == 0
    assert capsys.readouterr().out == "4 fields verified, 0 hard faults, 0 times advice\n"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"text": "Acme mug, 500 ml", "items": ["Acme mug, 500 ml"]}, "numbers: "),
        ({"text": "Acme mug & cup & lid, 350 ml", "items": ["Acme mug & cup & lid, 350 ml"]}, "channel: Etsy: "),
        ({"text": "Acme mug of 350 ml"}, "the text and its items differ"),
        ({"prompt_hash": "0"}, "its brief is not the one that it was written by"),
        ({"checks": [{"name": "sentences", "status": "failed", "message": "cut"}]}, "answered as sentences: cut"),
        ({"evidence": []}, "evidence or statements do not stand where they are said to"),
        ({"statements": [{"start": 0, "end": 8, "facts": [3]}]}, "evidence or statements"),
    ],
)
def test_what_was_changed_after_the_answer_is_found(
    changes: dict[str, object],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An answer that says "ok" of itself proves nothing."""
    answer = _answer()
    answer["listings"][0]["fields"]["title"] |= changes
    assert _verify_answer(answer, tmp_path, monkeypatch) == 1
    assert words in capsys.readouterr().out


def test_a_fault_that_the_answer_names_is_one_for_the_command_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _verify_answer(_answer(tags="mug, certified, 350 ml"), tmp_path, monkeypatch) == 1
    output = capsys.readouterr().out
    assert "claims: " in output and "certified" in output and "was answered as complete" not in output


@pytest.mark.parametrize(("title", "status"), [("Oak bowl", 0), ("Oak & ash & elm bowl", 1)])
def test_a_feed_is_held_to_its_channel(
    title: str, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "feed.tsv"
    file.write_text(f"\ufeffid\ttitle\tdescription\n1\t{title}\tA bowl of oak.\n", encoding="utf-8")
    assert _verify(file, monkeypatch, "--channel", "etsy") == status
    assert f"2 fields verified, {status} hard faults" in capsys.readouterr().out


@pytest.mark.parametrize(
    "content",
    ["", "[1]", '{"listings": [{}]}', "{", '{"listings": []}', '{"listings": 5}', "[" * 100_000],
    ids=["empty", "1", "broken", "open", "none", "number", "deep"],
)
def test_a_file_that_is_no_answer_is_refused_in_a_line(
    content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "answer.json"
    file.write_text(content)
    assert _verify(file, monkeypatch) == 2
    assert capsys.readouterr().err.startswith(str(file))
