"""The README's own commands on the starters that ship: what a newcomer copies must work as it stands."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from PIL import Image

from copywriter.briefs import make_brief
from copywriter.product import Product
from tests.conftest import DEADLINE_S, ROOT, Project, copy_project, free_port
from verify.checks import check_text

pytestmark = pytest.mark.slow
README = (ROOT / "README.md").read_text()
ADDRESS = "http://127.0.0.1:3000"


def blocks(language: str) -> list[str]:
    """The README's code blocks in one language."""
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project as it is cloned, with an environment that has been installed already."""
    project = copy_project(tmp_path_factory.mktemp("clone"), starters=True)
    (project.folder / ".venv").symlink_to(sys.prefix)
    return project


@pytest.fixture(scope="module")
def url(clone: Project) -> Iterator[str]:
    """Where `make serve` serves the starters."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if name not in {"BENTOML_HOME", "PYTHONPATH"}}
    log = clone.folder / "serve.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["make", "serve", f"PORT={port}"],
            cwd=clone.folder,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_healthy(address, process, log)
        assert address in log.read_text(), "the address is printed"
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=90)


def _wait_until_healthy(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx.get(f"{address}/health", timeout=10).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise AssertionError(log.read_text())


def curl(clone: Project, url: str, route: str) -> dict[str, Any]:
    """The answer to the README's curl command for `route`."""
    (command,) = (block for block in blocks("sh") if block.startswith("curl") and route in block)
    answer: dict[str, Any] = json.loads(clone.run("bash", "-c", command.replace(ADDRESS, url)).stdout)
    return answer


def test_the_first_command_leads_to_a_description_that_passes_every_check(clone: Project, url: str) -> None:
    """The starter's copy is the first impression."""
    answer = curl(clone, url, "/generate-description/")
    assert answer["complete"], answer


def test_a_photo_leads_to_a_caption_and_a_description(clone: Project, url: str) -> None:
    answer = curl(clone, url, "/generate-from-image/")
    assert answer["caption"]
    assert answer["complete"], answer


def test_a_prompt_leads_to_a_picture(clone: Project, url: str) -> None:
    """The file that the command names."""
    (command,) = (block for block in blocks("sh") if block.startswith("curl") and "/generate-image/" in block)
    clone.run("bash", "-c", command.replace(ADDRESS, url))
    with Image.open(clone.folder / "picture.png") as picture:
        assert (picture.format, picture.size) == ("PNG", (128, 160))


def test_the_answer_shown_is_one_of_the_checkpoint_that_ships(clone: Project, url: str) -> None:
    """An example of an older model, or of none, would promise what nobody gets."""
    shown = json.loads(next(block for block in blocks("json") if '"description"' in block))
    assert shown.keys() <= curl(clone, url, "/generate-description/").keys()
    pins = yaml.safe_load((ROOT / "models.dvc").read_text())["outs"]
    assert shown["dvc_hashes"] == {Path(pin["path"]).name: pin["md5"] for pin in pins}
    asked = json.loads(re.search(r"-d '(\{.*\})'", README)[1])  # type: ignore[index]
    brief = make_brief("description", Product.parse(asked["attributes"], asked["keywords"]))
    checks = check_text(brief, shown["description"], [shown["description"]], finished=True)
    assert all(check.passed for check in checks), checks


def test_the_python_example_runs(clone: Project, url: str) -> None:
    (code,) = blocks("python")
    printed = clone.run(sys.executable, "-c", code.replace(ADDRESS, url)).stdout.splitlines()
    assert len(printed) == 5
    assert "Lumo" in printed[1] and "Desk Lamp" in printed[1], "the listing's title"
    assert printed[2].split()[0] in ("ok", "needs_review") and "Lumo" in printed[2], "the title for Etsy"
    assert "422" in printed[4] and "attributes" in printed[4]


def test_the_example_client_runs(clone: Project, url: str) -> None:
    printed = clone.run(sys.executable, "examples/client.py", url).stdout.splitlines()
    assert printed[1] == "complete"
    assert any(line.startswith("422 attributes") for line in printed)
