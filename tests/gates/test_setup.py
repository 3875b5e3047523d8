"""`make test` sets a fresh machine up where it may, and says what to run where it may not.

apt, dpkg and sudo are stood in for: the real ones would change this machine.
"""

import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow
PACKAGES = (ROOT / "system-packages.txt").read_text().split()
AS_ASKED = 'shift; exec "$@"'


def on_a_machine(folder: Path, *command: str, **programs: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """Run a command where these programs are other ones; also returns what apt-get was asked to do."""
    asked = folder / "asked"
    bodies = {"apt_get": f'echo "$@" >> {asked}', **programs}
    for name, body in bodies.items():
        program = folder / name.replace("_", "-")
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    environment = {**kept, "PATH": f"{folder}{os.pathsep}{kept['PATH']}"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    return done, asked.read_text().splitlines() if asked.exists() else []


def test_who_may_not_install_is_told_the_one_command_before_anything_else(tmp_path: Path) -> None:
    done, asked = on_a_machine(tmp_path, "make", "test", dpkg_query="", id="echo 1000", sudo="exit 1")
    assert done.returncode != 0
    assert done.stdout.splitlines()[-1] == "Run once: sudo make system-packages"
    assert "haproxy" in done.stdout
    assert asked == []


@pytest.mark.parametrize(("user", "sudo"), [("0", "exit 1"), ("1000", AS_ASKED)], ids=["root", "sudo"])
def test_who_may_install_gets_what_is_missing_and_no_more(tmp_path: Path, user: str, sudo: str) -> None:
    present = "\n".join(f"echo 'ii  {name} '" for name in PACKAGES if name not in ("haproxy", "skopeo"))
    done, asked = on_a_machine(tmp_path, "make", "system-packages", dpkg_query=present, id=f"echo {user}", sudo=sudo)
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in asked] == ["update", "install"]
    assert [word for word in asked[1].split() if word in PACKAGES] == ["haproxy", "skopeo"]


def test_nothing_is_fetched_where_nothing_is_missing(tmp_path: Path) -> None:
    """Not even the lists of packages: the network may be out of reach."""
    present = "\n".join(f"echo 'ii  {name} '" for name in PACKAGES)
    done, asked = on_a_machine(tmp_path, "make", "system-packages", dpkg_query=present, id="echo 1000", sudo="exit 1")
    assert (done.returncode, asked) == (0, [])


def test_ci_runs_the_command_that_people_run(tmp_path: Path) -> None:
    done, _ = on_a_machine(tmp_path, ".ci/run", make='echo "make $@"')
    assert done.stdout == "make test\n"
