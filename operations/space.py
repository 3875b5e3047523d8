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

MANIFEST = "deployment.json"
BRANCH = "refs/heads/main"
# What the hub puts into a new Space.
_BORN_WITH = {"README.md", ".gitattributes"}
# A request wakes a Space that sleeps.
_ANSWERS = {"RUNNING", "SLEEPING"}
_FAILED = {"BUILD_ERROR", "RUNTIME_ERROR", "CONFIG_ERROR", "NO_APP_FILE"}
# Somebody's wish, and no version's fault.
_HALTED = {"PAUSED", "STOPPED", "DELETING"}
_GIT_TIMEOUT_S = 1800
_REQUEST_TIMEOUT_S = 90
# The hub names the state before for a while after a push: an end is believed once it has lasted.
_SETTLED_AFTER_S = 20
_POLL_S = 1


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
        """The hub's word for what the Space does now, and the commit it is said of where the hub names one.

        Raises SpaceError where waiting changes nothing: the hub does not tell, or somebody has stopped the Space.
        """
        address = f"{self.endpoint}/api/spaces/{self.name}/runtime"
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            answer = httpx2.get(address, headers=headers, timeout=_REQUEST_TIMEOUT_S)
            if answer.status_code in (401, 403, 404):
                raise SpaceError(_explained("", f"error: {answer.status_code}", self))
            runtime = answer.raise_for_status().json()
        except (httpx2.HTTPError, ValueError) as error:
            return f"unknown ({type(error).__name__})", None
        if runtime.get("stage") in _HALTED:
            raise SpaceError(
                f"{self.name} is {runtime['stage']}: restart it at {self.repository}/settings, and run again"
            )
        return str(runtime.get("stage")), runtime.get("sha")

    def has_failed(self, commit: str | None) -> bool:
        """Whether the hub could not build or run `commit`; raises SpaceError as `stage` does."""
        stage, of = self.stage()
        return stage in _FAILED and of in (None, commit)

    def reported(self) -> dict[str, Any] | None:
        """What the running service says of itself; None where none answers, or its models are not ready yet."""
        try:
            answer = httpx2.get(f"{self.url}/health", timeout=_REQUEST_TIMEOUT_S)
            info: dict[str, Any] = answer.raise_for_status().json()["model_metadata"]
            return info
        except (httpx2.HTTPError, ValueError, KeyError, TypeError):
            return None

    def wait_until_serving(self, version: Version, commit: str, timeout_s: float, say: Callable[[str], None]) -> None:
        """Return once the Space runs `commit` and its service reports `version`; raises SpaceError."""
        end = time.monotonic() + timeout_s
        before, since = "", time.monotonic()
        while time.monotonic() < end:
            stage, of = self.stage()
            serving = self.reported() if stage in _ANSWERS else None
            ours = of in (None, commit)
            if ours and serving and _same(serving, version):
                return
            state = f"{stage}, serving {serving['bento_tag']} of {serving.get('git_commit')}" if serving else stage
            if state != before:
                before, since = state, time.monotonic()
                say(state)
            final = stage in _FAILED or serving is not None
            if final and ours and time.monotonic() > since + _SETTLED_AFTER_S:
                raise NotServingError(f"the Space does not serve {version}: {state}")
            time.sleep(_POLL_S)
        raise NotServingError(f"the Space does not serve {version} after {timeout_s:.0f} s: {before}")


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
                encoding="utf-8",
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

    def commits(self) -> list[str]:
        """The Space's commits, the latest first."""
        return self.git("rev-list", self.head).split() if self.head else []

    def history(self) -> Iterator[tuple[str, str, Version]]:
        """Every deployment, the latest first: commit, date with the commit's subject, and version."""
        for line in self.git("log", "--format=%H %cI %s", self.head).splitlines() if self.head else []:
            commit, _, said = line.partition(" ")
            if deployment := self.deployment(commit):
                yield commit, said, deployment.version

    def refuse_unknown(self) -> Deployment | None:
        """The deployment at the head, None in a new Space; raises SpaceError where anything is not of our making."""
        if self.head is None:
            return None
        files = self._files(self.head)
        deployment = self.deployment(self.head)
        if deployment is None and files.keys() <= _BORN_WITH and len(self.commits()) == 1:
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
        files = self._files(self.git("write-tree").strip())
        return self._tree(Deployment(version=version, replaces=self.head, files=files))

    def again(self, commit: str) -> str:
        """The tree of an earlier deployment, whose deployment.json says that it replaces what is there now."""
        self.git("read-tree", commit)
        deployment = Deployment.model_validate_json(self.git("show", f"{commit}:{MANIFEST}"))
        return self._tree(deployment.model_copy(update={"replaces": self.head}))

    def _tree(self, deployment: Deployment) -> str:
        """What git's index holds, with this deployment.json."""
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
    # Not the token's own variable, for which git has no use, nor what a hook of another repository has set.
    kept = {name: value for name, value in os.environ.items() if not re.match(r"HF_TOKEN$|GIT_(?!SSL_)", name)}
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
