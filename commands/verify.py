"""`pdg verify FILE`: judge texts again without a model, and without trusting what their answer says of them.

An answer of /v1/listings (JSON) is judged against the facts that it names, its evidence and statements are found anew,
and its channel's rules are applied. Of a feed (CSV, or Google's TSV) only the channel's rules are known.
"""

import argparse
import csv
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from channels.checks import check_rules
from channels.rules import read_channel
from contracts.brief import ANY_SHOP, CHANNEL_NAMES, ChannelName, FieldName
from contracts.listings import ListedText, Listing
from contracts.verdicts import Check
from copywriter.checks import check_field
from copywriter.fields import FIELDS
from copywriter.prompts import prompt_hash
from copywriter.writer import judge_items

_COLUMNS: Mapping[str, FieldName] = {
    "title": "title",
    "description": "description",
    "body (html)": "description",
    "body html": "description",
    "seo title": "seo_title",
    "seo description": "meta_description",
    "meta description": "meta_description",
    "image alt text": "alt_text",
    "tags": "tags",
    "product_highlight": "bullets",
}
"""Names of a feed's columns, in small letters, and the fields that they hold."""
_LONGEST_CELL = 10**7


@dataclass(frozen=True)
class Finding:
    """What is wrong with one field of one product: a broken hard rule or link, or advice."""

    place: str
    field: str
    what: str
    hard: bool = True


def add(commands: Any) -> None:
    """Add this command and its arguments."""
    parser = commands.add_parser("verify", help="judge texts again without a model", description=__doc__)
    parser.add_argument("file", type=Path, help="an answer of /v1/listings (.json), or a feed (.csv, .tsv, .txt)")
    parser.add_argument("--channel", choices=CHANNEL_NAMES, default=ANY_SHOP, help="of a feed")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write what is wrong as a table; 1 at a broken hard rule or evidence link, 2 if the file cannot be read."""
    try:
        fields, findings = _read(arguments.file, arguments.channel)
    except (OSError, ValueError, csv.Error, RecursionError) as error:
        sys.stderr.write(f"{arguments.file}: {error}\n")
        return 2
    for finding in findings:
        kind = "hard" if finding.hard else "advice"
        sys.stdout.write(f"{finding.place:<12} {finding.field:<17} {kind:<7} {finding.what}\n")
    hard = sum(finding.hard for finding in findings)
    sys.stdout.write(f"{fields} fields verified, {hard} hard faults, {len(findings) - hard} times advice\n")
    return int(hard > 0)


def _read(file: Path, channel: ChannelName) -> tuple[int, list[Finding]]:
    """How many fields the file has, and what is wrong with them; raises OSError or ValueError."""
    if file.suffix == ".json":
        judged = list(_of_listings(json.loads(file.read_text())))
    else:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            csv.field_size_limit(_LONGEST_CELL)
            rows = csv.DictReader(lines, delimiter="\t" if file.suffix in (".tsv", ".txt") else ",")
            judged = list(_of_feed(rows, channel))
    if not judged:
        raise ValueError("holds no field of a listing")
    return len(judged), [finding for findings in judged for finding in findings]


def _of_listings(answer: object) -> Iterator[list[Finding]]:
    """The findings of each field of an answer, or of a list of such."""
    answers = answer if isinstance(answer, list) else [answer]
    for number, one in enumerate(answers, start=1):
        if not isinstance(one, dict) or not isinstance(one.get("listings"), list):
            raise ValueError("is no answer of /v1/listings")
        try:
            listings = [Listing.model_validate(listing) for listing in one["listings"]]
        except ValidationError as error:
            raise ValueError(f"is no answer of /v1/listings: {error.errors()[0]['msg']}") from error
        for listing in listings:
            for name, text in listing.fields.items():
                if max(text.brief.required, default=0) > len(text.brief.facts):
                    raise ValueError(f"{name} requires a fact that its brief has not")
                yield [Finding(f"{number}, {listing.seed}", name, *found) for found in _faults(name, text)]


def _faults(name: FieldName, text: ListedText) -> Iterator[tuple[str, bool]]:
    brief = text.brief
    if brief.field != name:
        yield f"is judged as {brief.field}", True
    if prompt_hash(brief) != text.prompt_hash:
        yield "its brief is not the one that it was written by", True
    anew = judge_items(brief, text.items, text.seed)
    if anew.text != text.text:
        yield "the text and its items differ", True
    if anew.evidence != text.evidence or anew.statements != text.statements:
        yield "evidence or statements do not stand where they are said to", True
    checks = check_field(brief, text.text, text.items, finished=True)
    yield from ((_words(check), check.severity == "hard") for check in checks if check.status == "failed")
    if text.complete and any(check.hinders for check in checks):
        yield "was answered as complete", True
    known = {check.name for check in checks if check.hinders}
    yield from (
        (f"answered as {_words(check)}", True) for check in text.checks if check.hinders and check.name not in known
    )


def _of_feed(rows: "csv.DictReader[str]", channel: ChannelName) -> Iterator[list[Finding]]:
    """The findings of each cell that holds a field."""
    columns = {
        column: _COLUMNS[name] for column in rows.fieldnames or () if (name := column.strip().lower()) in _COLUMNS
    }
    for row in rows:
        for column, field in columns.items():
            if text := (row[column] or "").strip():
                items = [item.strip() for item in text.split(",")] if FIELDS[field].separator else [text]
                checks = check_rules(read_channel(channel), field, items)
                broken = [check for check in checks if check.status == "failed"]
                place = f"line {rows.line_num}"
                yield [Finding(place, column, _words(check), check.severity == "hard") for check in broken]


def _words(check: Check) -> str:
    found = ", ".join((*check.missing, *check.found))
    return f"{check.name}: {check.message}" + (f" ({found})" if found else "")
