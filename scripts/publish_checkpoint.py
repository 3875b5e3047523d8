"""Make a checkpoint folder the one that is served: `python -m scripts.publish_checkpoint text build/text/checkpoint`.

The folder is copied to models/NAME, its hash recorded in models.dvc, and its files pushed to the default DVC remote
(or to the one named by --remote). The model card is also kept where people can read it without DVC, in checkpoints/.
Commit models.dvc afterwards; checking out an older one brings the older model back.
"""

import argparse
import logging
import shutil
import sys
from pathlib import Path
from typing import Any

import yaml
from dvc.exceptions import DvcException
from dvc.logger import setup as write_log
from dvc.repo import Repo

from checkpoints.errors import CheckpointError
from checkpoints.folder import check_model
from checkpoints.pins import MODELS_FILE, ROOT, pinned_models
from checkpoints.weights import check_weights

CARDS = ROOT / "checkpoints"


def publish(name: str, folder: Path, remote: str | None = None) -> str:
    """Pin `folder` and push it; returns the tag that will be served.

    Raises CheckpointError, before anything is changed, if the folder is none that is served, and after it is pinned if
    it could not be pushed.
    """
    tag = pin(name, folder)
    with Repo(str(ROOT)) as repo:
        try:
            repo.push([MODELS_FILE.name], remote=remote)
        except Exception as error:  # whatever the library that speaks to this kind of remote raises
            again = f"dvc push --remote {remote}" if remote else "dvc push"
            raise CheckpointError(f"pinned in models.dvc, but not pushed: {error}; `{again}` tries again") from error
    return tag


def pin(name: str, folder: Path, origin: dict[str, Any] | None = None) -> str:
    """Copy `folder` to models/`name` and record it; returns the tag that will be served.

    `origin` is what models.dvc shall say of where its objects come from, beside the remotes. Raises CheckpointError,
    before anything is changed, if the folder is none that is served.
    """
    check_model(name, folder)
    check_weights(folder)
    target = ROOT / "models" / name
    unfinished = target.with_name(name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(folder, unfinished)
    shutil.rmtree(target, ignore_errors=True)
    unfinished.rename(target)
    if (folder / "README.md").exists():
        shutil.copyfile(folder / "README.md", CARDS / f"{name}.md")
    record(name, origin or {})
    with Repo(str(ROOT)) as repo:
        repo.commit(MODELS_FILE.name, force=True)
    return pinned_models()[name]


def record(name: str, origin: dict[str, Any]) -> None:
    """Give models.dvc an entry for models/`name` with its `origin`; DVC fills in the hash."""
    content = yaml.safe_load(MODELS_FILE.read_text()) if MODELS_FILE.exists() else {"outs": []}
    entry = {"hash": "md5", "path": f"models/{name}", **origin}
    places = [out["path"] for out in content["outs"]]
    if entry["path"] in places:
        content["outs"][places.index(entry["path"])] = entry
    else:
        content["outs"].append(entry)
    MODELS_FILE.write_text(yaml.safe_dump(content, sort_keys=False))


def main() -> int:
    """Command line; prints the tag, or the reason why it was not published."""
    parser = argparse.ArgumentParser(description="Make a checkpoint folder the one that is served.")
    parser.add_argument("name", choices=("text", "vision", "image"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--remote", help="DVC remote to push to (default: the repository's own)")
    arguments = parser.parse_args()
    write_log(logging.ERROR)  # there DVC says why it could not reach a remote
    try:
        print(publish(arguments.name, arguments.folder, arguments.remote))
    except (CheckpointError, DvcException) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
