"""Each gate of the workflow refuses a bad example and passes a good one, through the command that the workflow runs."""

import os
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.gates.feeds import ADVISORY, PACKAGE, SOUND, VULNERABLE, serve_feeds, write_database

pytestmark = pytest.mark.slow
# Nothing listens on the discard port.
NOWHERE = "http://127.0.0.1:9"

GOOD_CODE = '''"""Good code."""


def double(number: int) -> int:
    """Twice the number."""
    return 2 * number
'''
INJECTION = '''"""Runs what a user types."""

import subprocess

subprocess.run(input(), shell=True)
'''
GOOD_WORKFLOW = """name: good
on: pull_request
permissions: {}
concurrency:
  group: good
  cancel-in-progress: true
jobs:
  test:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      - run: make test
"""
PINNED = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"


def make(target: str, **variables: object) -> subprocess.CompletedProcess[str]:
    """`make target` in the project, with what it looks at replaced."""
    given = [f"{name}={value}" for name, value in variables.items()]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(["make", target, *given], cwd=ROOT, env=kept, capture_output=True, text=True, timeout=300)


def passes(done: subprocess.CompletedProcess[str]) -> None:
    """It went through."""
    assert done.returncode == 0, done.stdout + done.stderr


def refused(done: subprocess.CompletedProcess[str], *reasons: str) -> None:
    """It failed, for these reasons and not for another."""
    said = done.stdout + done.stderr
    assert done.returncode != 0, said
    assert all(reason in said for reason in reasons), said


def write(file: Path, content: str) -> Path:
    """The file with this content."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    return file


def test_good_code_passes_lint_and_types(tmp_path: Path) -> None:
    passes(make("lint", SOURCES=write(tmp_path / "good.py", GOOD_CODE)))


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (GOOD_CODE.replace("-> int", "-> str"), "Incompatible return value type"),
        (GOOD_CODE.replace("2 * number", "2*number"), "would be reformatted"),
        (GOOD_CODE.replace('"""Good code."""', "import os"), "F401"),
    ],
    ids=["badly typed", "unformatted", "unused import"],
)
def test_bad_code_is_refused_by_lint(tmp_path: Path, code: str, reason: str) -> None:
    refused(make("lint", SOURCES=write(tmp_path / "bad.py", code)), reason)


def test_arrows_that_go_up_between_rooms_are_refused(tmp_path: Path) -> None:
    """Each is named where it is drawn."""
    up = {
        "copywriter.product": "torch",
        "operations.settings": "aiohttp",
        "operations.metrics": "operations.http.routes",
        "runners.engines.transformers": "bentoml",
        "contracts.items": "verify.texts",
        "checkpoints.pins": "operations.settings",
        "runners.limits": "copywriter.fields",
        "evaluation.run": "training.text.examples",
    }
    for room in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__", "files"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for module, imported in up.items():
        with (tmp_path / module.replace(".", "/")).with_suffix(".py").open("a") as file:
            file.write(f"import {imported}\n")
    done = make("lint", SOURCES=write(tmp_path / "good.py", GOOD_CODE), TREE=tmp_path)
    refused(done, *(f"{module} -> {imported}" for module, imported in up.items()))


def test_a_failing_unit_test_is_refused(tmp_path: Path) -> None:
    passes(make("unit", UNIT_TESTS=write(tmp_path / "test_good.py", "def test_sum():\n    assert 1 + 1 == 2\n")))
    bad = write(tmp_path / "test_bad.py", "def test_sum():\n    assert 1 + 1 == 3\n")
    refused(make("unit", UNIT_TESTS=bad), "assert (1 + 1) == 3", "1 failed")


def test_a_shell_command_from_a_user_is_refused(tmp_path: Path) -> None:
    passes(make("bandit", SOURCES=write(tmp_path / "good" / "good.py", GOOD_CODE).parent))
    refused(make("bandit", SOURCES=write(tmp_path / "bad" / "bad.py", INJECTION).parent), "B602", "bad.py:5")


def test_a_committed_secret_is_refused(tmp_path: Path) -> None:
    """The key is put together here, so that this repository holds none."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    write(tmp_path / "settings.py", 'REGION = "eu-central-1"\n')
    subprocess.run(["git", "-C", tmp_path, "add", "-A"], check=True)
    passes(make("secrets", TREE=tmp_path))
    key = "AKIA" + "QYLPMN5HFIQR7XYA"
    write(tmp_path / "settings.py", f'AWS_ACCESS_KEY_ID = "{key}"\n')
    done = make("secrets", TREE=tmp_path)
    refused(done, "AWS Access Key", "settings.py:1")
    assert key not in done.stdout + done.stderr, "the gate's log is read by many"
    shutil.rmtree(tmp_path / ".git")
    refused(make("secrets", TREE=tmp_path), "nothing was scanned")


@pytest.fixture(scope="module")
def feeds() -> Iterator[str]:
    """Both advisory services on this machine."""
    with serve_feeds() as address:
        yield address


def test_a_package_with_an_advisory_is_refused_by_the_audit(tmp_path: Path, feeds: str) -> None:
    sound = write(tmp_path / "sound.txt", f"{PACKAGE}=={SOUND}\n")
    bad = write(tmp_path / "bad.txt", f"{PACKAGE}=={VULNERABLE}\n")
    passes(make("audit", LOCKS=sound, OSV_URL=f"{feeds}/v1/query"))
    refused(make("audit", LOCKS=f"{sound} {bad}", OSV_URL=f"{feeds}/v1/query"), ADVISORY, PACKAGE, VULNERABLE)


def test_a_package_with_an_advisory_is_refused_by_safety(tmp_path: Path, feeds: str) -> None:
    sound = write(tmp_path / "sound.txt", f"{PACKAGE}=={SOUND}\n")
    bad = write(tmp_path / "bad.txt", f"{PACKAGE}=={VULNERABLE}\n")
    given = {"SAFETY_AUTH_SERVER_URL": feeds, "SAFETY_DB": write_database(tmp_path)}
    passes(make("safety", LOCKS=sound, **given))
    refused(make("safety", LOCKS=f"{sound} {bad}", **given), "36546", f"{PACKAGE} version {VULNERABLE}")


@pytest.mark.parametrize(("gate", "service"), [("audit", "OSV_URL"), ("safety", "SAFETY_AUTH_SERVER_URL")])
def test_advisories_out_of_reach_are_a_failure(gate: str, service: str) -> None:
    """A gate that passes because it has asked nobody is worse than none."""
    done = make(gate, **{service: NOWHERE})
    refused(done, "cannot be reached, so nothing was audited")
    assert "Traceback" not in done.stderr


def test_the_projects_own_locks_can_be_read_by_both(tmp_path: Path, feeds: str) -> None:
    """A line that an audit cannot parse would be left out of it."""
    passes(make("audit", OSV_URL=f"{feeds}/v1/query"))
    passes(make("safety", SAFETY_AUTH_SERVER_URL=feeds, SAFETY_DB=write_database(tmp_path)))


@pytest.mark.parametrize(
    ("good", "bad", "reason"),
    [
        (PINNED, "actions/checkout@v7", "unpinned-uses"),
        ("permissions:\n      contents: read", "permissions: write-all", "excessive-permissions"),
        ("make test", 'echo "${{ github.event.pull_request.title }}"', "template-injection"),
        ("          persist-credentials: false", "          fetch-depth: 1", "artipacked"),
        ("runs-on", "runs-upon", "runs-upon"),
    ],
    ids=["unpinned action", "write-all", "template injection", "token left in the checkout", "schema"],
)
def test_a_careless_workflow_is_refused(tmp_path: Path, good: str, bad: str, reason: str) -> None:
    write(tmp_path / "good.yml", GOOD_WORKFLOW)
    write(tmp_path / "workflow.yaml", GOOD_WORKFLOW.replace(good, bad))
    refused(make("lint-workflows", WORKFLOWS=tmp_path), reason)


def test_a_careless_shell_script_is_refused(tmp_path: Path) -> None:
    workflows = write(tmp_path / "workflows" / "good.yml", GOOD_WORKFLOW).parent
    script = write(tmp_path / "script.sh", '#!/bin/sh\nrm -r "$1"\n')
    passes(make("lint-workflows", WORKFLOWS=workflows, SHELL_SCRIPTS=script))
    write(script, "#!/bin/sh\nrm -r $1/*\n")
    refused(make("lint-workflows", WORKFLOWS=workflows, SHELL_SCRIPTS=script), "SC2086")


def test_what_a_workflow_is_given_is_no_command(tmp_path: Path) -> None:
    """Whoever starts a rollback types an image's name."""
    given = {name: f"a; touch {tmp_path}/ran" for name in ("SPACE", "IMAGE", "URL")}
    assert make("deploy", HF_TOKEN="x", **given).returncode != 0  # noqa: S106
    assert not (tmp_path / "ran").exists()


def test_a_named_remote_is_asked_though_the_checkpoints_are_there(tmp_path: Path) -> None:
    write(tmp_path / "models.imported", "")
    ask = ["make", "--dry-run", "models", f"BENTOML_HOME={tmp_path}"]
    assert "pull_models" not in subprocess.check_output(ask, cwd=ROOT, text=True)
    assert "pull_models" in subprocess.check_output([*ask, "REMOTE=team"], cwd=ROOT, text=True)


@pytest.mark.parametrize("gate", ["bandit", "secrets", "lint-workflows"])
def test_the_project_itself_passes(gate: str) -> None:
    passes(make(gate))
