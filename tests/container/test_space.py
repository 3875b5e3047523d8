"""Deploying to a Space, on a hub that builds and runs what is pushed: a good version serves, or the one before does."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from operations.space import Clone, Deployment, Space, SpaceError, Version
from scripts.deploy_space import deploy as bring
from scripts.deploy_space import find_deployment, run, write_files
from tests.conftest import DEADLINE_S, ROOT, free_port
from tests.container.conftest import Image
from tests.container.engine import Engine, answers, call
from tests.container.hub import BORN_WITH, SPACE, TOKEN, Hub, serve_hub
from tests.service.conftest import wait_for

pytestmark = pytest.mark.slow
LATER = "a" * 40
# One that nothing serves, for what a hub that refuses to build is enough for.
VERSION = Version(image=None, bento_tag="shop:1", git_commit="c" * 40, dvc_hashes={"text": "d" * 32})
REVISION = "org.opencontainers.image.revision"


@dataclass(frozen=True)
class Registry:
    """A registry on this machine; `images` are references with their digest."""

    address: str
    images: dict[str, str]


@pytest.fixture(scope="module")
def registry(engine: Engine, image: Image, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """Debian's registry with the image, a later version of it, and two that must not be served."""
    folder = tmp_path_factory.mktemp("registry")
    address = f"127.0.0.1:{free_port()}"
    storage = {"filesystem": {"rootdirectory": str(folder / "storage")}}
    (folder / "config.yml").write_text(json.dumps({"version": 0.1, "storage": storage, "http": {"addr": address}}))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(["docker-registry", "serve", str(folder / "config.yml")], stdout=log, stderr=log)
    try:
        wait_for(lambda: answers(f"http://{address}/v2/"), "the registry")
        rename = f"RUN sed -i s/{image.commit}/{LATER}/ /home/bentoml/bento/bento.yaml"
        later = f"USER 0\n{rename}\nUSER 1000\nLABEL {REVISION}={LATER}\n"
        fault = "RUN sed -i 's/written = await .*/raise RuntimeError/' /home/bentoml/bento/src/service.py"
        changes = {
            "first": "",
            "later": later,
            "faulty": later.replace("USER 1000", f"{fault}\nUSER 1000"),
            "mislabelled": f"LABEL {REVISION}={LATER}\n",
        }
        images = {name: _push(engine, image, address, name, change, folder) for name, change in changes.items()}
        yield Registry(address, images)
    finally:
        process.terminate()
        process.wait()


def _push(engine: Engine, image: Image, address: str, name: str, change: str, folder: Path) -> str:
    local = image.name
    if change:
        local = f"{image.name}-{name}"
        (folder / name).mkdir()
        (folder / name / "Dockerfile").write_text(f"FROM {image.name}\n{change}")
        engine.build(folder / name, local)
    digest = folder / f"{name}.digest"
    copy = ["skopeo", "copy", "--quiet", "--dest-tls-verify=false", "--dest-compress-level", "1"]
    call(*copy, "--digestfile", str(digest), f"containers-storage:{local}", f"docker://{address}/pdg:{name}")
    return f"{address}/pdg@{digest.read_text().strip()}"


@pytest.fixture
def hub(engine: Engine, tmp_path: Path) -> Iterator[Hub]:
    """A hub with an empty Space."""
    with serve_hub(Hub(tmp_path, engine)) as hub:
        hub.create({})
        yield hub


@pytest.fixture(scope="module")
def serving(engine: Engine, registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub whose Space, which was born with two files, serves the first version; tests leave it so.

    It does so once the hub may read the registry: to run the same command again must be enough.
    """
    with serve_hub(Hub(tmp_path_factory.mktemp("hub"), engine)) as hub:
        hub.create(BORN_WITH)
        hub.refused = True
        failed = deploy(hub, "--image", registry.images["first"], "--timeout", "3")
        assert failed.returncode == 1 and "no earlier version to put back" in failed.stderr, failed.stderr
        hub.refused = False
        deployed = deploy(hub, "--image", registry.images["first"])
        assert deployed.returncode == 0, deployed.stdout + deployed.stderr
        yield hub


def command(hub: Hub, *options: str) -> list[str]:
    """The command line that deploys to the hub's Space."""
    program = [sys.executable, "-m", "scripts.deploy_space", SPACE, "--url", hub.url, "--plain-http"]
    return [*program, "--timeout", str(DEADLINE_S), *options]


def environment(hub: Hub, token: str = TOKEN) -> dict[str, str]:
    """Its environment."""
    return {**os.environ, "HF_ENDPOINT": hub.address, "HF_TOKEN": token, "PYTHONPATH": str(ROOT)}


def deploy(hub: Hub, *options: str, token: str = TOKEN, **variables: str) -> subprocess.CompletedProcess[str]:
    """Deploy to the hub's Space; the token is never printed."""
    variables = {**environment(hub, token), **variables}
    done = subprocess.run(command(hub, *options), cwd=ROOT, env=variables, capture_output=True, text=True, timeout=900)
    assert token not in done.stdout + done.stderr
    return done


def space(hub: Hub) -> Space:
    """The hub's Space as the program sees it."""
    return Space(SPACE, hub.address, TOKEN, hub.url)


def held(hub: Hub, commit: str = "main") -> Deployment:
    """What deployment.json says there."""
    return Deployment.model_validate_json(hub.git("show", f"{commit}:deployment.json"))


def cloned(hub: Hub, parent: Path) -> Clone:
    """A new clone of the Space."""
    return Clone(space(hub), Path(tempfile.mkdtemp(dir=parent)))


def written(clone: Clone, version: Version) -> str:
    """The tree of a version."""
    write_files(version, clone.folder)
    return clone.write(version)


def fail(hub: Hub, clone: Clone, version: Version, reason: str) -> str:
    """Deploy what does not serve, and return the Space's commit then."""
    with pytest.raises(SpaceError, match=reason):
        bring(clone, space(hub), version, written(clone, version), timeout_s=1)
    return hub.head()


def commit_served(hub: Hub) -> str:
    """The git commit that the Space's service names."""
    info = httpx.get(hub.url, timeout=DEADLINE_S).json()["model_info"]
    return str(info["git_commit"])


def test_a_deployed_space_names_its_version(serving: Hub, registry: Registry, image: Image) -> None:
    """The repository says what is served as the image's own labels do, and the service agrees."""
    assert serving.git("show", "main:Dockerfile") == f"FROM {registry.images['first']}"
    version = held(serving).version.model_dump()
    info = httpx.get(serving.url, timeout=DEADLINE_S).json()["model_info"]
    assert version == {
        "image": registry.images["first"],
        "bento_tag": image.bento,
        "git_commit": image.commit,
        "dvc_hashes": info["dvc_hashes"],
    }
    assert info["git_commit"] == image.commit
    readme = serving.git("show", "main:README.md")
    assert all(value in readme for value in (image.commit, image.bento, *info["dvc_hashes"].values()))


def test_the_same_version_again_changes_nothing(serving: Hub, registry: Registry) -> None:
    """A workflow that runs twice must not restart the service."""
    before = serving.head(), serving.container
    assert deploy(serving, "--image", registry.images["first"]).returncode == 0
    assert (serving.head(), serving.container) == before


def test_what_the_service_says_counts_for_the_commit_that_the_hub_runs(serving: Hub) -> None:
    """Where the same version is pushed anew, the old container still names it while the hub builds."""
    version = held(serving).version
    space(serving).wait_until_serving(version, serving.head(), 10, say=print)
    with pytest.raises(SpaceError, match="after 2 s"):
        space(serving).wait_until_serving(version, "f" * 40, 2, say=print)


def test_an_update_survives_a_cut_and_can_be_taken_back(serving: Hub, registry: Registry, image: Image) -> None:
    """Killed in the middle of the push the old version stays; run again it goes on; an earlier commit comes back."""
    first = serving.head()
    serving.holding = True
    update = command(serving, "--image", registry.images["later"])
    with subprocess.Popen(update, cwd=ROOT, env=environment(serving), start_new_session=True) as process:
        assert serving.held.wait(DEADLINE_S)
        os.killpg(process.pid, signal.SIGKILL)
    serving.release.set()
    assert (serving.head(), commit_served(serving)) == (first, image.commit)

    assert deploy(serving, "--image", registry.images["later"]).returncode == 0
    assert commit_served(serving) == LATER

    later = serving.head()
    listed = deploy(serving, "--history").stdout.splitlines()
    assert [line.split()[0] for line in listed[:2]] == [later, first]
    assert f"Deploy {image.bento}" in listed[0] and f"Build {image.bento}" in listed[1], "what each commit did"
    assert deploy(serving, "--to", first[:8]).returncode == 0
    assert commit_served(serving) == image.commit
    assert serving.git("rev-parse", "main^") == later, "by a new commit, on top of those that were there"
    assert held(serving).replaces == later, "what would be put back now, or is with --back"


@pytest.mark.parametrize("version", ["faulty", "mislabelled"])
def test_a_version_that_fails_is_rolled_back(serving: Hub, registry: Registry, image: Image, version: str) -> None:
    """One whose descriptions fail, and one that is not what its labels say: the old version serves again."""
    before = serving.head()
    failed = deploy(serving, "--image", registry.images[version])
    assert failed.returncode == 1
    assert "was not deployed" in failed.stderr
    assert commit_served(serving) == image.commit
    assert serving.git("rev-parse", "main~2") == before, "by a new commit, not by force"
    assert serving.git("rev-parse", "main^{tree}") == serving.git("rev-parse", f"{before}^{{tree}}")


def test_a_wrong_token_is_named_and_kept_secret(hub: Hub, registry: Registry) -> None:
    """Refused in words of ours; neither git's configuration nor a process's arguments ever hold a token."""
    refused = deploy(hub, "--image", registry.images["first"], token="hf_" + "w" * 20)
    assert refused.returncode == 1
    assert "refuses the token" in refused.stderr
    assert hub.head() == ""


def test_the_token_is_in_no_argument_and_no_file(hub: Hub, registry: Registry, tmp_path: Path) -> None:
    """All users of a machine can read its processes' arguments; files outlive the command."""
    hub.holding = True
    folder = tmp_path / "temporary"
    folder.mkdir()
    update = command(hub, "--image", registry.images["first"])
    with subprocess.Popen(
        update, cwd=ROOT, env={**environment(hub), "TMPDIR": str(folder)}, start_new_session=True
    ) as process:
        assert hub.held.wait(DEADLINE_S)
        arguments = b"".join(file.read_bytes() for file in Path("/proc").glob("[0-9]*/cmdline") if file.exists())
        written = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
        os.killpg(process.pid, signal.SIGKILL)
    assert b"git-receive-pack" in arguments or b"remote-http" in arguments, "git is at work"
    assert b"deployment.json" in written, "so are its files"
    assert TOKEN.encode() not in arguments + written
    assert b"Basic" not in arguments + written


def test_a_space_with_files_of_others_is_left_alone(hub: Hub, registry: Registry, tmp_path: Path) -> None:
    """Somebody's work may be in it: named, and not overwritten. Nor is the repository whose hook deploys."""
    hub.create({**BORN_WITH, "app.py": "print('mine')\n"})
    before = hub.head()
    hub.git("clone", "--quiet", str(hub.repository), str(tmp_path / "own"))
    git = {"GIT_DIR": str(tmp_path / "own" / ".git"), "GIT_INDEX_FILE": str(tmp_path / "own" / ".git" / "index")}
    refused = deploy(hub, "--image", registry.images["first"], **git)
    assert refused.returncode == 1
    assert "app.py" in refused.stderr
    assert hub.head() == before
    assert hub.git("status", "--short", folder=tmp_path / "own") == ""


@pytest.mark.parametrize("stage", ["PAUSED", "STOPPED", "DELETING"])
def test_a_space_that_somebody_has_stopped_is_left_alone(hub: Hub, tmp_path: Path, stage: str) -> None:
    """No version can serve there, and none is to blame; the way out is said."""
    hub.stage = stage
    assert fail(hub, cloned(hub, tmp_path), VERSION, f"{stage}.*/settings") == ""


def test_a_hub_that_does_not_tell_the_state_is_not_asked_for_ever(hub: Hub) -> None:
    """A token may be let in by git and not by the API: half an hour of waiting would change nothing."""
    with pytest.raises(SpaceError, match="refuses the token"):
        Space(SPACE, hub.address, "hf_" + "w" * 20, hub.url).stage()
    with pytest.raises(SpaceError, match="there is no Space"):
        Space("shop/other", hub.address, TOKEN, hub.url).stage()


def test_deployments_are_found_by_their_commits(hub: Hub, tmp_path: Path) -> None:
    """An empty or short name means anything; the files of a deployment may have any name themselves."""
    hub.refused = True
    clone = cloned(hub, tmp_path)
    for name in ("größe 1.bin", 'a"b.bin', "[ab]*.bin"):
        (clone.folder / name).write_bytes(b"\0")
    first = fail(hub, clone, VERSION, "no earlier version to put back")
    assert "oid sha256:" in hub.git("show", f"{first}:größe 1.bin")
    later = VERSION.model_copy(update={"git_commit": LATER})
    second = fail(hub, cloned(hub, tmp_path), later, "could not be put back")
    assert (hub.git("show", "--no-patch", "--format=%s", second), held(hub).replaces) == (f"Put back {VERSION}", None)

    clone = cloned(hub, tmp_path)
    assert find_deployment(clone, first[:7])[0] == VERSION
    for prefix in ("", first[:6], "f" * 40):
        with pytest.raises(SpaceError, match="names no deployment"):
            find_deployment(clone, prefix)

    back = Namespace(history=False, back=True, timeout=1)
    with pytest.raises(SpaceError, match="no earlier version"):
        run(back, space(hub))
    clone.push(written(clone, later), f"Deploy {later}")
    with pytest.raises(SpaceError, match="could not be put back"):
        run(back, space(hub))
    assert hub.git("show", "--no-patch", "--format=%s", "main^") == f"Deploy {VERSION}"


def test_a_rewritten_history_hides_no_reason(hub: Hub, tmp_path: Path) -> None:
    """What a deployment replaced is gone after a squash; only that is said, and not what git thinks of it."""
    hub.refused = True
    for commit in ("a", "b"):
        version = VERSION.model_copy(update={"git_commit": commit * 40})
        clone = cloned(hub, tmp_path)
        clone.push(written(clone, version), f"Deploy {version}")
    hub.git("update-ref", "refs/heads/main", hub.git("commit-tree", "main^{tree}", "-m", "Squash"))
    clone = cloned(hub, tmp_path)
    with pytest.raises(SpaceError, match="no earlier version to put back"):
        bring(clone, space(hub), version, "", timeout_s=1)


def test_a_space_that_moves_meanwhile_is_left_alone(hub: Hub, registry: Registry) -> None:
    """Two deployments at once: the later push is refused, and nothing is forced."""
    hub.holding = True
    with subprocess.Popen(
        command(hub, "--image", registry.images["first"]), cwd=ROOT, env=environment(hub), stderr=subprocess.PIPE
    ) as process:
        assert hub.held.wait(DEADLINE_S)
        hub.commit({"README.md": "somebody else's\n"})
        moved = hub.head()
        hub.release.set()
        _, error = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 1
    assert b"has changed" in error
    assert hub.head() == moved


def test_a_space_can_hold_everything_itself(hub: Hub, image: Image) -> None:
    """Without a registry: the build context with its models in LFS, built and run as the hub does."""
    shared = {"BENTOML_HOME": str(image.project.folder / ".bentoml"), "BENTOML_DO_NOT_TRACK": "true"}
    done = subprocess.run(
        command(hub, "--self-contained", image.bento),
        cwd=ROOT,
        env={**environment(hub), **shared},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    files = hub.git("ls-tree", "-r", "--name-only", "main").split()
    weights = [name for name in files if Path(name).suffix in {".safetensors", ".gguf"}]
    assert {Path(name).suffix for name in weights} == {".safetensors", ".gguf"}
    assert all("git-lfs.github.com/spec/v1" in hub.git("show", f"main:{name}") for name in weights)
    assert commit_served(hub) == image.commit
