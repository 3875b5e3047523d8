"""Fetch the pinned checkpoints from a DVC remote: `python -m scripts.pull_models [--remote NAME]`.

What arrives is held against its hash, whatever the remote's own settings say: a damaged object is not kept. Files that
did not come are named with their model, and `make models` imports nothing before all are there.
"""

import argparse
import logging
import sys
from collections.abc import Iterator
from typing import Any

from dvc.logger import setup as write_log
from dvc.repo import Repo
from dvc_data.hashfile.hash_info import HashInfo
from dvc_data.hashfile.tree import Tree

from checkpoints.errors import CheckpointError
from checkpoints.pins import MODELS_FILE, ROOT, Pin, read_pins

_ADVICE = """Nothing was imported. Are the remote's address and your credentials right? If objects are lost or damaged,
who has the files pushes them again with `dvc push --remote {remote}`."""


def pull(remote: str | None = None) -> None:
    """Fetch all pinned checkpoints; raises CheckpointError that names each file which did not come."""
    with Repo(str(ROOT)) as repo:
        name, known = remote or repo.config["core"].get("remote"), list(repo.config["remote"])
    if name not in known:
        raise CheckpointError(f"there is no DVC remote {name!r}, but {', '.join(known) or 'none'} (`dvc remote add`)")
    with Repo(str(ROOT), config={"remote": {name: {"verify": True}}}) as repo:
        try:
            repo.pull([MODELS_FILE.name], remote=name)
        except Exception as error:  # whatever the library that speaks to this kind of remote raises
            lost = [line for pin in read_pins() for line in _lost(repo, name, pin)]
            lines = [f"DVC remote {name!r}: {error}", *lost, _ADVICE.format(remote=name)]
            raise CheckpointError("\n".join(lines)) from error


def _lost(repo: Any, remote: str, pin: Pin) -> Iterator[str]:
    """What of a model is not in the cache, a line each."""
    folder = pin.folder.relative_to(ROOT)
    try:
        files = _list_files(repo, remote, pin)
    except Exception:  # the same
        yield f"{folder}: not even its list of files came"
        return
    for parts, _, found in files:
        if not repo.cache.local.exists(found.value):
            yield f"{folder.joinpath(*parts)}: lost or damaged in the remote"


def _list_files(repo: Any, remote: str, pin: Pin) -> Tree:
    """A model's files; DVC caches the list only once all of them are there."""
    wanted = HashInfo("md5", pin.dvc_hash)
    try:
        return Tree.load(repo.cache.local, wanted)
    except OSError:
        return Tree.load(repo.cloud.get_remote_odb(remote), wanted)


def main() -> int:
    """Command line; prints nothing, or what is missing and why."""
    parser = argparse.ArgumentParser(description="Fetch the pinned checkpoints from a DVC remote.")
    parser.add_argument("--remote", help="which one (default: the repository's own)")
    given = parser.parse_args()
    write_log(logging.ERROR)  # there DVC says why it could not reach a remote
    try:
        pull(given.remote)
    except CheckpointError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
