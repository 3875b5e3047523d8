"""A Hugging Face Space: its git repository, over HTTPS, and the service that the hub runs from it.

The repository holds `deployment.json`, by which a deployment is recognised as ours: it names the version and every
file with its hash. The token goes to git by the environment, as a header for the hub's address alone.
"""

import base64
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
from pydantic import BaseModel, ConfigDict, ValidationError

from operations.http.routes import DESCRIBE_TEXT

MANIFEST = "deployment.json"
BRANCH = "refs/heads/main"
# What the hub puts into a new Space.
_BORN_WITH = {"README.md", ".gitattributes"}
# A request wakes a Space that sleeps.
_ANSWERS = {"RUNNING", "SLEEPING"}
_FAILED = {"BUILD_ERROR", "RUNTIME_ERROR", "CONFIG_ERROR", "NO_APP_FILE", "PAUSED", "STOPPED", "DELETING"}
_GIT_TIMEOUT_S = 1800
_REQUEST_TIMEOUT_S = 90
# The hub names the state before for a while after a push: an end is believed once it has lasted.
_SETTLED_AFTER_S = 20
_POLL_S = 1
_PROBE = {"attributes": "Product Type: Desk Lamp; Brand: Lumo; Material: Aluminium", "seed": 1}


class SpaceError(Exception):
    """Why a Space was left as it is, in words for the user."""


class NotServingError(SpaceError):
    """Why a deployed version is not what the Space serves well."""


class Version(BaseModel):
    """What is deployed. `image` is a reference with its digest, None where the repository holds everything itself."""

    model_config = ConfigDict(frozen=True)

    image: str | None
    bento_tag: str
    git_commit: str
    dvc_hashes: dict[str, str]

    def __str__(self) -> str:
        return f"{self.bento_tag} of commit {self.git_commit} ({self.image or 'self-contained'})"


class Deployment(BaseModel):
    """The content of deployment.json. `replaces` is the commit before it, None for the first deployment."""

    model_config = ConfigDict(frozen=True)

    version: Version
    replaces: str | None
    files: dict[str, str]


@dataclass(frozen=True)
class Space:
    """OWNER/NAME on the hub at `endpoint`, whose service answers at `url`."""

    name: str
    endpoint: str
    token: str
    url: str

    @property
    def repository(self) -> str:
        """The address of its git repository."""
        return f"{self.endpoint}/spaces/{self.name}"

    def stage(self) -> tuple[str, str | None]:
        """The hub's word for what the Space does now, and the commit it is said of where the hub names one."""
        address = f"{self.endpoint}/api/spaces/{self.name}/runtime"
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            answer = httpx2.get(address, headers=headers, timeout=_REQUEST_TIMEOUT_S).raise_for_status().json()
        except (httpx2.HTTPError, ValueError) as error:
            return f"unknown ({type(error).__name__})", None
        return str(answer.get("stage")), answer.get("sha")

    def reported(self) -> dict[str, Any] | None:
        """What the running service says of itself; None where none answers."""
        try:
            answer = httpx2.get(self.url, headers={"Accept": "application/json"}, timeout=_REQUEST_TIMEOUT_S)
            info: dict[str, Any] = answer.raise_for_status().json()["model_info"]
            return info
        except (httpx2.HTTPError, ValueError, KeyError, TypeError):
            return None

    def wait_until_serving(self, version: Version, commit: str, timeout_s: float, say: Callable[[str], None]) -> None:
        """Return once the Space runs `commit` and its service reports `version`; raises NotServingError."""
        end = time.monotonic() + timeout_s
        before, since = "", time.monotonic()
        while time.monotonic() < end:
            stage, of = self.stage()
            serving = self.reported() if stage in _ANSWERS else None
            if serving and _same(serving, version):
                return
            state = f"{stage}, serving {serving['bento_tag']} of {serving.get('git_commit')}" if serving else stage
            if state != before:
                before, since = state, time.monotonic()
                say(state)
            final = stage in _FAILED or serving is not None
            if final and of in (None, commit) and time.monotonic() > since + _SETTLED_AFTER_S:
                raise NotServingError(f"the Space does not serve {version}: {state}")
            time.sleep(_POLL_S)
        raise NotServingError(f"the Space does not serve {version} after {timeout_s:.0f} s: {before}")

    def smoke_test(self) -> None:
        """Ask the service once for all that it is for; raises NotServingError."""
        wanted = [("GET", "/health", None, 200), ("POST", DESCRIBE_TEXT, _PROBE, 200)]
        wanted.append(("POST", DESCRIBE_TEXT, {"attributes": "x"}, 422))
        for method, path, body, status in wanted:
            try:
                answer = httpx2.request(method, self.url + path, json=body, timeout=_REQUEST_TIMEOUT_S)
            except httpx2.HTTPError as error:
                raise NotServingError(f"{method} {path} was not answered: {type(error).__name__}") from error
            if answer.status_code != status:
                raise NotServingError(f"{method} {path} answered {answer.status_code} instead of {status}")


def _same(info: Mapping[str, Any], version: Version) -> bool:
    reported = (info.get("bento_tag"), info.get("git_commit"), info.get("dvc_hashes"))
    return reported == (version.bento_tag, version.git_commit, version.dvc_hashes)


class Clone:
    """The Space's repository in an empty local folder; `head` is its commit when we looked, None where it has none."""

    def __init__(self, space: Space, folder: Path) -> None:
        self.folder = folder
        self._space = space
        self._environment = _environment(space)
        self.git("init", "--quiet")
        listed = self.git("ls-remote", space.repository, BRANCH).split()
        self.head = listed[0] if listed else None
        if self.head:
            self.git("fetch", "--quiet", space.repository, BRANCH)

    def git(self, *arguments: str) -> str:
        """The output of a git command; raises SpaceError."""
        try:
            done = subprocess.run(  # noqa: S603
                ["git", *arguments],  # noqa: S607
                cwd=self.folder,
                env=self._environment,
                capture_output=True,
                text=True,
                timeout=_GIT_TIMEOUT_S,
            )
        except subprocess.TimeoutExpired as error:
            raise SpaceError(f"git {arguments[0]} took longer than {_GIT_TIMEOUT_S} s") from error
        if done.returncode:
            raise SpaceError(_explained(arguments[0], done.stdout + done.stderr, self._space))
        return done.stdout

    def deployment(self, commit: str) -> Deployment | None:
        """What our deployment.json says at a commit; None where it has none."""
        if MANIFEST not in self._files(commit):
            return None
        try:
            return Deployment.model_validate_json(self.git("show", f"{commit}:{MANIFEST}"))
        except ValidationError:
            return None

    def history(self) -> Iterator[tuple[str, str, Version]]:
        """Every deployment, the latest first: commit, date and version."""
        for line in self.git("log", "--format=%H %cI", self.head).splitlines() if self.head else []:
            commit, date = line.split()
            if deployment := self.deployment(commit):
                yield commit, date, deployment.version

    def refuse_unknown(self) -> Deployment | None:
        """The deployment at the head, None in a new Space; raises SpaceError where anything is not of our making."""
        if self.head is None:
            return None
        files = self._files(self.head)
        deployment = self.deployment(self.head)
        if deployment is None and files.keys() <= _BORN_WITH and self.git("rev-list", self.head).count("\n") == 1:
            return None
        ours = deployment.files if deployment else {}
        unknown = sorted(name for name in files.keys() | ours.keys() if files.get(name) != ours.get(name))
        unknown = [name for name in unknown if deployment is None or name != MANIFEST]
        if unknown:
            raise SpaceError(
                f"{self._space.name} holds what was not deployed by this program: {', '.join(unknown[:10])}. "
                "Remove it there, or deploy to another Space."
            )
        return deployment

    def write(self, version: Version) -> str:
        """The tree of the folder's files with a deployment.json for them."""
        self.git("add", "--all", "--force")
        staged = (line.split() for line in self.git("ls-files", "--stage").splitlines())
        files = {words[3]: words[1] for words in staged}
        deployment = Deployment(version=version, replaces=self.head, files=files)
        (self.folder / MANIFEST).write_text(deployment.model_dump_json(indent=1) + "\n")
        self.git("add", "--force", MANIFEST)
        return self.git("write-tree").strip()

    def push(self, tree: str, message: str) -> str:
        """Put a commit of `tree` on top of `head` and return it; raises SpaceError where the Space has moved since."""
        parents = ["-p", self.head] if self.head else []
        commit = self.git("commit-tree", tree, *parents, "-m", message).strip()
        # What git-lfs has put aside in `write`; the hub refuses a commit whose large files it lacks.
        if large := [file.name for file in (self.folder / ".git" / "lfs" / "objects").glob("*/*/*")]:
            self.git("lfs", "push", "--object-id", self._space.repository, *large)
        self.git("push", "--no-verify", "--quiet", self._space.repository, f"{commit}:{BRANCH}")
        self.head = commit
        return commit

    def _files(self, commit: str) -> dict[str, str]:
        lines = self.git("ls-tree", "-r", "-z", commit).split("\0")
        return {line.partition("\t")[2]: line.split()[2] for line in lines if line}


def _environment(space: Space) -> dict[str, str]:
    """git's environment: the token for the hub's own address, nobody to ask for another, and who commits."""
    token = base64.b64encode(f"user:{space.token}".encode()).decode()
    settings = {
        f"http.{space.endpoint}/.extraheader": f"Authorization: Basic {token}",
        "credential.helper": "",
        "core.hooksPath": os.devnull,
        "http.lowSpeedLimit": "1000",
        "http.lowSpeedTime": "60",
        "filter.lfs.clean": "git-lfs clean -- %f",
        "filter.lfs.smudge": "git-lfs smudge --skip -- %f",
        "filter.lfs.required": "true",
    }
    entries: dict[str, str] = {}
    for number, (name, value) in enumerate(settings.items()):
        entries |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    who = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in _IDENTITY.items()}
    # Not the token's own variable: what git starts has no use for it.
    kept = {name: value for name, value in os.environ.items() if name != "HF_TOKEN"}
    own = {"GIT_CONFIG_COUNT": str(len(settings)), "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "true", "LC_ALL": "C"}
    return {**kept, **own, **entries, **who}


_IDENTITY = {"NAME": "Product Description Generator", "EMAIL": "deploy@localhost"}


def _explained(command: str, output: str, space: Space) -> str:
    """git's words as ours."""
    if re.search(r"Authentication failed|could not read (Username|Password)|error: 40[13]", output):
        return f"{urlsplit(space.endpoint).netloc} refuses the token in HF_TOKEN for {space.name}"
    if re.search(r"not found|error: 404", output):
        return f"there is no Space {space.repository}, or the token in HF_TOKEN may not see it; create it first"
    if command == "push" and re.search(r"fetch first|non-fast-forward|failed to update ref|cannot lock ref", output):
        return f"{space.name} has changed since this program looked; nothing was written. Look at it, then run again."
    return f"git {command} failed: {output.strip()[-500:]}"
