"""Hashes are DVC's own, and profiles name sources that can be read."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from dvc_data.hashfile.build import build
from dvc_data.hashfile.db import HashFileDB
from dvc_objects.fs.local import LocalFileSystem
from dvc_objects.fs.memory import MemoryFileSystem

from checkpoints.errors import CheckpointError
from checkpoints.gguf_header import read_header
from checkpoints.hashes import hash_files, hash_folder, list_object
from checkpoints.pins import MODELS_FILE, ROOT, read_pins
from checkpoints.profiles import PROFILES_FILE, read_profile
from tests.tiny_gguf import make_gguf


def test_a_folder_has_the_hash_that_dvc_gives_it(tmp_path: Path) -> None:
    """The server checks it where DVC is not installed."""
    for name in ("b.json", "a/größe 1.txt", "a.txt", "a-b/c", "Z"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    database = HashFileDB(MemoryFileSystem(global_store=False), "memory://hashes")
    found: Any
    _, _, found = build(database, str(tmp_path), LocalFileSystem(), "md5", dry_run=True)
    assert hash_folder(tmp_path) == found.hash_info.value
    assert list_object(hash_files(tmp_path)) == found.as_bytes()


def test_a_header_says_what_the_file_is(tmp_path: Path) -> None:
    header = read_header(make_gguf(tmp_path))
    assert (header.name, header.architecture, header.licence) == ("Tiny", "llama", "apache-2.0")
    assert (header.quantisation, header.chat_template, header.parameters) == ("Q8_0", True, 96)
    assert not read_header(make_gguf(tmp_path, template=None)).chat_template


def test_every_profile_can_be_read() -> None:
    for name in yaml.safe_load(PROFILES_FILE.read_text()):
        for source in read_profile(name).values():
            assert all((ROOT / "checkpoints" / file).is_file() for file in source.files)


def test_the_profile_of_the_starters_is_what_the_repository_keeps() -> None:
    """A starter that was trained again is named in both places."""
    pins = {pin.name: pin.dvc_hash for pin in read_pins(MODELS_FILE) if pin.remote is None}
    profile = yaml.safe_load(PROFILES_FILE.read_text())["starter"]
    hashes = {model: entry.get("adapter", entry)["md5"] for model, entry in profile.items()}
    kept = [ROOT / "checkpoints" / "files" / "md5" / found[:2] / found[2:] for found in hashes.values()]
    assert all(file.is_file() for file in kept)
    assert {model: hashes[model] for model in pins} == pins


def test_a_profile_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    profiles = tmp_path / "profiles.yaml"
    profiles.write_text("mine: {text: {package: model, version: 1.0.0}}")
    monkeypatch.setattr("checkpoints.profiles.PROFILES_FILE", profiles)
    with pytest.raises(CheckpointError, match="the profile 'mine' is unreadable"):
        read_profile("mine")
