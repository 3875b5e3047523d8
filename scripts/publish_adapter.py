"""Make an adapter the text starter's: `python -m scripts.publish_adapter build/text/adapter`.

The adapter and its card go into the starters' remote, its hash into checkpoints/profiles.yaml, and the checkpoint,
put together with its base, is pinned in models.dvc. Commit all of them afterwards.
"""

import argparse
import logging
import sys
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


def publish(folder: Path) -> str:
    """Keep the adapter in `folder`, pin the checkpoint that it makes; returns the tag that will be served.

    Raises CheckpointError if the folder holds no adapter, or the base cannot be had.
    """
    Adapter(folder / FILE_NAME)
    with Repo(str(ROOT)) as repo:
        kept = hash_list(fill(repo.cloud.get_remote_odb(REMOTE), folder))
    _record({"name": NAME, "licence": "apache-2.0", "base": BASE, "adapter": {"remote": REMOTE, "md5": kept}})
    return fetch_and_pin({"text": read_profile(PROFILE)["text"]}, PROFILE)["text"]


def _record(entry: dict[str, object]) -> None:
    """Put the entry into the starters' profile; comments stay (ruamel.yaml, which DVC brings)."""
    yaml = YAML()
    yaml.width = 4096
    profiles = yaml.load(PROFILES_FILE)
    profiles[PROFILE]["text"] = entry
    yaml.dump(profiles, PROFILES_FILE)


def main() -> int:
    """Command line; prints the tag, or the reason why it was not published."""
    parser = argparse.ArgumentParser(description="Make an adapter the text starter's.")
    parser.add_argument("folder", type=Path)
    write_log(logging.ERROR)  # there DVC says why it could not reach a remote
    try:
        print(publish(parser.parse_args().folder))
    except (CheckpointError, DvcException) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
