"""What the workflow linters do not know: this project's own rules for its workflows."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT

pytestmark = pytest.mark.slow
WORKFLOWS = {file.stem: yaml.safe_load(file.read_text()) for file in (ROOT / ".github" / "workflows").glob("*.y*ml")}


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every job that runs steps itself, with its name."""
    for workflow, content in WORKFLOWS.items():
        for name, job in content["jobs"].items():
            if "steps" in job:
                yield f"{workflow}/{name}", job


def commands() -> set[str]:
    """Every shell command of a step."""
    return {step["run"] for _, job in jobs() for step in job["steps"] if "run" in step}


def test_every_job_has_a_limit_and_asks_for_its_own_rights() -> None:
    """A job that hangs costs hours, and one without rights of its own would get the repository's default."""
    assert all(content["permissions"] == {} for content in WORKFLOWS.values())
    for name, job in jobs():
        assert job["timeout-minutes"] <= 60, name
        assert job["permissions"]["contents"] == "read", name


def test_every_command_exists_on_a_developers_machine_too() -> None:
    """What only the forge can run, nobody can try."""
    text = "\n".join(commands())
    targets = set(re.findall(r"\bmake (\S+)", text)) | {"container"}
    assert {"lint", "security", "lint-workflows", "build", "smoke", "load"} <= targets
    # Printing the recipes fails where there is none.
    subprocess.run(["make", "--dry-run", *(targets - {"deploy"})], cwd=ROOT, check=True, capture_output=True)
    scripts = {Path(found) for found in re.findall(r"\.ci/[a-z-]+", text)}
    assert scripts and all((ROOT / script).stat().st_mode & 0o100 for script in scripts)


def test_a_secret_is_seen_by_the_step_that_needs_it_alone() -> None:
    """In a job's environment every action of the job could read it; in a command it would reach the log."""
    for name, job in jobs():
        shared = {key: value for key, value in job.items() if key != "steps"}
        assert "secrets." not in str(shared) and "github.token" not in str(shared), name
        readers = [step for step in job["steps"] if "secrets." in str(step)]
        assert all("run" in step and "secrets." not in step["run"] for step in readers), name
    assert not any("${{" in command for command in commands())


def test_a_called_workflow_gets_the_token_that_it_reads() -> None:
    """Its secrets are those that the caller passes, and its environment adds none: the token would be empty."""
    calls = [job for content in WORKFLOWS.values() for job in content["jobs"].values() if "space.yml" in str(job)]
    assert len(calls) == 3
    assert all(call["secrets"] == {"HF_TOKEN": "${{ secrets.HF_TOKEN }}"} for call in calls)
    assert set(WORKFLOWS["space"][True]["workflow_call"]["secrets"]) == {"HF_TOKEN"}, "YAML reads `on` as true"


def test_only_what_main_has_built_is_deployed() -> None:
    """Whoever may push a branch can have an image attested from it."""
    (verify,) = (command for command in commands() if "gh attestation verify" in command)
    assert "--source-ref refs/heads/main" in verify
    assert '--signer-workflow "$GITHUB_REPOSITORY/.github/workflows/deploy.yml"' in verify


def test_a_deployment_is_never_cut_off_and_production_comes_after_staging() -> None:
    (space,) = WORKFLOWS["space"]["jobs"].values()
    for concurrency in (WORKFLOWS["deploy"]["concurrency"], space["concurrency"]):
        assert concurrency["cancel-in-progress"] is False
    deploy = WORKFLOWS["deploy"]["jobs"]
    assert deploy["image"]["needs"] == "ci" and deploy["staging"]["needs"] == "image"
    assert "staging" in deploy["production"]["needs"]
    assert deploy["staging"]["with"]["image"] == deploy["production"]["with"]["image"], "the same digest"


@pytest.mark.parametrize("status", [0, 3])
def test_times_are_told_in_the_runs_summary(tmp_path: Path, status: int) -> None:
    """The exit status stays that of the command."""
    summary = tmp_path / "summary"
    command = [str(ROOT / ".ci" / "timed"), "quick gate", "sh", "-c", f"exit {status}"]
    done = subprocess.run(command, env={"GITHUB_STEP_SUMMARY": str(summary)}, capture_output=True, text=True)
    assert done.returncode == status
    failed = ", failed" if status else ""
    assert re.fullmatch(rf"- quick gate: \d+ s{failed}\n", summary.read_text())
