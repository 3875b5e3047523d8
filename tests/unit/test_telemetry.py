"""The product sends nothing to anybody."""

import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

IMPORT = "import {first}openvino_genai; from openvino.tools.ovc import telemetry; print(type(telemetry).__module__)"


def imported(first: str, home: Path) -> tuple[str, bool]:
    """Which module OpenVINO reports through, and whether it has given this user a number to be known by."""
    environment = {"HOME": str(home), "PYTHONPATH": str(ROOT), "HTTPS_PROXY": "http://127.0.0.1:9"}
    command = [sys.executable, "-c", IMPORT.format(first=first)]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    return said.strip(), (home / "intel" / "openvino_ga_cid").exists()


def test_openvino_reports_nothing_where_an_engine_imports_it(tmp_path: Path) -> None:
    """Left alone it reports each import to an analytics service."""
    quiet, loud = tmp_path / "quiet", tmp_path / "loud"
    for home in (quiet, loud):
        home.mkdir()
    assert imported("", loud) == ("openvino_telemetry.main", True), "OpenVINO no longer reports: the opt-out can go"
    assert imported("runners.engines, ", quiet) == ("openvino.tools.ovc.telemetry_stub", False)
