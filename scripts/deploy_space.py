"""Deploy a version to a Hugging Face Space: `python -m scripts.deploy_space OWNER/NAME --image NAME@sha256:...`

The Space then holds a Dockerfile of one line, and README.md and deployment.json say what it serves, as the image's
labels have it. `--self-contained BENTO` pushes the whole build context with the models instead, for teams without a
registry. The command ends once the Space serves that very version and has passed a smoke test; where it does not, the
version before is put back and the status is 1. The token comes from HF_TOKEN, the hub's address from HF_ENDPOINT.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import chdir
from pathlib import Path
from urllib.parse import urlsplit

import bentoml
import httpx2

from operations.bento import build_context
from operations.space import Clone, NotServingError, Space, SpaceError, Version
from scripts.smoke import promises

HUB = "https://huggingface.co"
_LABEL = "org.opencontainers.image"
# A Space on two free cores pulls and unpacks the image, or installs everything, within this time. The workflow leaves
# room for it twice: for a version, and for putting back the one before.
TIMEOUT_S = 1200
ANSWER_TIMEOUT_S = 90
LARGE_BYTES = 5_000_000
SHORTEST_PREFIX = 7
README = """---
title: Product Description Generator
emoji: 🏷️
colorFrom: blue
colorTo: green
sdk: docker
app_port: 3000
pinned: false
---
# Product Description Generator
From attributes, keywords or a photo to a description that a shop can trust. This Space is written by
`scripts/deploy_space.py`, and whatever else is put into it stops the next deployment.

| what | version |
|---|---|
"""


def version_of_image(image: str, plain_http: bool) -> Version:
    """What the labels in the registry say of an image; raises SpaceError."""
    if not re.fullmatch(r"[\w.:/-]+@sha256:[0-9a-f]{64}", image):
        raise SpaceError(f"{image} does not name an image by its digest (REGISTRY/NAME@sha256:...)")
    if plain_http and urlsplit(f"//{image}").hostname not in {"localhost", "127.0.0.1"}:
        raise SpaceError("--plain-http is for a registry on this machine")
    # The registry's credentials are found as podman and docker find them.
    inspect = ["skopeo", "inspect", "--no-tags", f"--tls-verify={str(not plain_http).lower()}", f"docker://{image}"]
    try:
        done = subprocess.run(inspect, capture_output=True, text=True, timeout=120)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SpaceError(f"skopeo cannot look at {image}: {error}") from error
    if done.returncode:
        raise SpaceError(f"skopeo cannot look at {image}: {done.stderr.strip()[-500:]}")
    labels = json.loads(done.stdout)["Labels"] or {}
    return _version(image, labels.get(f"{_LABEL}.version"), labels.get(f"{_LABEL}.revision"), labels)


def version_of_bento(bento: bentoml.Bento) -> Version:
    """What the labels of a Bento in the store say of it; raises SpaceError."""
    return _version(None, str(bento.tag), bento.info.labels.get("git_commit"), bento.info.labels)


def _version(image: str | None, bento: str | None, commit: str | None, labels: Mapping[str, str]) -> Version:
    hashes = {name.removeprefix("dvc_"): value for name, value in labels.items() if name.startswith("dvc_")}
    if not (bento and commit and hashes):
        raise SpaceError(f"the labels of {image or bento} name no Bento, commit or models: did `make` build it?")
    return Version(image=image, bento_tag=bento, git_commit=commit, dvc_hashes=hashes)


def write_context(bento: bentoml.Bento, folder: Path) -> None:
    """The build context of a Bento with its models, as `bentoml containerize` makes it; the Dockerfile at the root."""
    # BentoML reads our template only from below the working directory.
    with chdir(tempfile.gettempdir()), build_context(bento) as (context, dockerfile):
        shutil.copytree(context, folder, dirs_exist_ok=True)
        shutil.copyfile(dockerfile, folder / "Dockerfile")
    (folder / ".dockerignore").write_text(".git\n.gitattributes\nDockerfile\nREADME.md\ndeployment.json\n")


def write_files(version: Version, folder: Path) -> None:
    """The files that both ways have, and the Dockerfile of an image."""
    if version.image:
        (folder / "Dockerfile").write_text(f"FROM {version.image}\n")
    rows = {"Bento": version.bento_tag, "git commit": version.git_commit, "image": version.image or "none"}
    rows |= {f"DVC hash of {name}": value for name, value in version.dvc_hashes.items()}
    table = "".join(f"| {name} | `{value}` |\n" for name, value in rows.items())
    (folder / "README.md").write_text(README + table)
    large = [file for file in folder.rglob("*") if ".git" not in file.parts and file.is_file() and _is_for_lfs(file)]
    patterns = [_pattern(file.relative_to(folder)) for file in sorted(large)]
    (folder / ".gitattributes").write_text(
        "".join(f"{name} filter=lfs diff=lfs merge=lfs -text\n" for name in patterns)
    )


def _pattern(file: Path) -> str:
    """How .gitattributes names this one file, whatever its name holds."""
    return json.dumps("/" + re.sub(r"[\\*?\[]", r"\\\g<0>", str(file)), ensure_ascii=False)


def _is_for_lfs(file: Path) -> bool:
    """Whether the hub refuses the file in git itself: one that is large, or binary by git's own measure."""
    with file.open("rb") as content:
        return file.stat().st_size > LARGE_BYTES or b"\0" in content.read(8000)


def deploy(clone: Clone, space: Space, version: Version, tree: str, timeout_s: float) -> None:
    """Bring `tree` into the Space unless it is there, and see it serve; raises SpaceError after putting back."""
    before, failed = clone.refuse_unknown(), space.has_failed(clone.head)
    if before and before.version == version and clone.head:
        print(f"{space.name} holds {version} already")
        commit, previous = clone.head, before.replaces
        if failed:  # for a reason that may be gone, as a registry that refused the hub
            commit = clone.push(f"{commit}^{{tree}}", f"Build {version} again")
            print(f"pushed it again as {commit}")
    else:
        previous = clone.head if before else None
        commit = clone.push(tree, f"Deploy {version}")
        print(f"pushed {version} as {commit}")
    try:
        _see(space, version, commit, timeout_s)
    except NotServingError as error:
        print(f"error: {error}", file=sys.stderr)
        earlier = _put_back(clone, space, previous, timeout_s)
        raise SpaceError(f"{version} was not deployed: {error}. {space.name} serves {earlier} again") from error


def _put_back(clone: Clone, space: Space, previous: str | None, timeout_s: float) -> Version:
    """The version of a commit, once it serves again; raises SpaceError."""
    # Somebody may have written the Space's history anew.
    earlier = clone.deployment(previous) if previous in clone.commits() else None
    if previous is None or earlier is None:
        raise SpaceError("it was not deployed, and there is no earlier version to put back")
    print(f"putting back {earlier.version}", file=sys.stderr)
    try:
        commit = clone.push(f"{previous}^{{tree}}", f"Put back {earlier.version}")
        _see(space, earlier.version, commit, timeout_s)
    except SpaceError as error:
        raise SpaceError(f"it was not deployed, and {earlier.version} could not be put back: {error}") from error
    return earlier.version


def _see(space: Space, version: Version, commit: str, timeout_s: float) -> None:
    space.wait_until_serving(version, commit, timeout_s, say=lambda state: print(f"{space.name}: {state}", flush=True))
    smoke_test(space)
    print(f"{space.url} serves {version}")


def smoke_test(space: Space) -> None:
    """Ask the service for all that it is for; raises NotServingError.

    Only the status counts: an older version keeps the contract of its own commit.
    """
    for promise in promises():
        what = f"{promise.method} {promise.path}"
        try:
            url = space.url + promise.path
            answer = httpx2.request(promise.method, url, timeout=ANSWER_TIMEOUT_S, **promise.body)
        except httpx2.HTTPError as error:
            raise NotServingError(f"{what} was not answered: {type(error).__name__}") from error
        if answer.status_code != promise.status:
            raise NotServingError(f"{what} answered {answer.status_code} instead of {promise.status}")


def run(given: argparse.Namespace, space: Space) -> None:
    """Do what the command line asks for; raises SpaceError."""
    with tempfile.TemporaryDirectory() as name:
        clone = Clone(space, Path(name))
        if given.history:
            for commit, said, _ in clone.history():
                print(commit, said)
            return
        version, tree = _prepare(given, clone)
        deploy(clone, space, version, tree, given.timeout)


def find_deployment(clone: Clone, prefix: str) -> tuple[Version, str]:
    """The one deployment whose commit begins so, as version and tree; raises SpaceError."""
    found = [each for each in clone.history() if each[0].startswith(prefix)] if len(prefix) >= SHORTEST_PREFIX else []
    if len(found) != 1:
        raise SpaceError(f"{prefix!r} names no deployment, or not one alone; --history lists them")
    commit, said, version = found[0]
    print(f"going back to {commit} {said}")
    return version, clone.again(commit)


def _prepare(given: argparse.Namespace, clone: Clone) -> tuple[Version, str]:
    if given.back:
        head = clone.refuse_unknown()
        if head is None or head.replaces is None:
            raise SpaceError("there is no earlier version")
        return find_deployment(clone, head.replaces)
    if given.to is not None:
        return find_deployment(clone, given.to)
    if given.image:
        version = version_of_image(given.image, given.plain_http)
    else:
        bento = bentoml.bentos.get(given.self_contained)
        version = version_of_bento(bento)
        write_context(bento, clone.folder)
    write_files(version, clone.folder)
    return version, clone.write(version)


def main() -> int:
    """Command line; prints what happens, and why nothing or not everything did."""
    parser = argparse.ArgumentParser(description="Deploy a version to a Hugging Face Space.")
    parser.add_argument("space", metavar="OWNER/NAME")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--image", help="the image, by its digest: REGISTRY/NAME@sha256:...")
    what.add_argument("--self-contained", metavar="BENTO", help="a Bento of the store, with its models by git-lfs")
    what.add_argument("--to", metavar="COMMIT", help="what the Space's own commit deployed, again")
    what.add_argument("--back", action="store_true", help="what was deployed before that which is there now")
    what.add_argument("--history", action="store_true", help="list what was deployed, the latest first")
    parser.add_argument("--url", help="where the service answers (default: https://OWNER-NAME.hf.space)")
    parser.add_argument("--timeout", type=float, default=TIMEOUT_S, help="seconds until the Space must serve")
    parser.add_argument("--plain-http", action="store_true", help="the image's registry, on this machine, has no TLS")
    given = parser.parse_args()
    token = os.environ.get("HF_TOKEN")
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", given.space) or not token:
        parser.error("name the Space as OWNER/NAME" if token else "HF_TOKEN is not set")
    url = given.url or f"https://{re.sub(r'[/._]', '-', given.space).lower()}.hf.space"
    space = Space(given.space, os.environ.get("HF_ENDPOINT", HUB).rstrip("/"), token, url.rstrip("/"))
    try:
        run(given, space)
    except (SpaceError, bentoml.exceptions.BentoMLException) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
