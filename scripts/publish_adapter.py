"""Make an adapter the text starter's: `python -m scripts.publish_adapter build/text/adapter`, or its verifier's with
`--verifier build/verifier/adapter`.

Adapters and their cards go into the starters' remote, their hashes into checkpoints/profiles.yaml, and the checkpoint,
put together with its base, is pinned in models.dvc. Commit all of them afterwards.
"""

import argparse
import logging
import sys
from collections.abc import Mapping
from pathlib import Path

from dvc.exceptions import DvcException
from dvc.logger import setup as write_log
from dvc.repo import Repo
from ruamel.yaml import YAML

from checkpoints.adapted import BASE
from checkpoints.adapters import FILE_NAME, Adapter
from checkpoints.errors import CheckpointError
from checkpoints.hashes import hash_list
from checkpoints.pins import ROOT
from checkpoints.profiles import PROFILES_FILE, read_profile
from checkpoints.remotes import fill
from scripts.fetch_checkpoints import fetch_and_pin

NAME, PROFILE, REMOTE = "starter-text", "starter", "starters"


def publish(adapters: Mapping[str, Path]) -> str:
    """Keep the folders of the "adapter" and the "verifier", or of one of them, and pin the checkpoint that they make
    with what is published of the other; returns the tag that will be served.

    Raises CheckpointError if a folder holds no adapter, or the base cannot be had.
    """
    for folder in adapters.values():
        Adapter(folder / FILE_NAME)
    with Repo(str(ROOT)) as repo:
        remote = repo.cloud.get_remote_odb(REMOTE)
        kept = {part: {"remote": REMOTE, "md5": hash_list(fill(remote, folder))} for part, folder in adapters.items()}
    _record({"name": NAME, "licence": "apache-2.0", "base": BASE, **kept})
    return fetch_and_pin({"text": read_profile(PROFILE)["text"]}, PROFILE)["text"]


def _record(entry: dict[str, object]) -> None:
    """Change the starters' profile by the entry; comments stay (ruamel.yaml, which DVC brings)."""
    yaml = YAML()
    yaml.width = 4096
    profiles = yaml.load(PROFILES_FILE)
    profiles[PROFILE]["text"].update(entry)
    yaml.dump(profiles, PROFILES_FILE)


def main() -> int:
    """Command line; prints the tag, or the reason why it was not published."""
    parser = argparse.ArgumentParser(description="Make an adapter the text starter's.")
    parser.add_argument("adapter", type=Path, nargs="?", help="folder of the writer's")
    parser.add_argument("--verifier", type=Path, help="folder of the verifier's")
    write_log(logging.ERROR)  # there DVC says why it could not reach a remote
    adapters = {part: folder for part, folder in vars(parser.parse_args()).items() if folder}
    if not adapters:
        parser.error("name an adapter's folder")
    try:
        print(publish(adapters))
    except (CheckpointError, DvcException) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
