"""Who reaches the process that starts the others: it runs what it is told, and tells what their environment holds."""

import contextlib
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
import zmq

from tests.conftest import ROOT, Server
from tests.container.engine import AS_ROOT
from tests.service.conftest import CANARY

pytestmark = pytest.mark.slow
AS_NOBODY = [*AS_ROOT, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
LISTENS = "00010000"
"""A flag of the kernel in /proc/net/unix."""


def processes(server: Server) -> list[psutil.Process]:
    """The supervisor and all that it started."""
    supervisor = psutil.Process(server.process.pid)
    return [supervisor, *supervisor.children(recursive=True)]


def ports(server: Server) -> set[int]:
    """The ports, TCP and UDP, at which a process of the server listens."""
    return {
        connection.laddr.port
        for process in processes(server)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN or connection.type == socket.SOCK_DGRAM
    }


def unix_sockets(server: Server) -> set[Path]:
    """The Unix sockets at which a process of the server listens."""
    descriptors = (file for process in processes(server) for file in Path(f"/proc/{process.pid}/fd").iterdir())
    owned = {str(file.readlink()) for file in descriptors}
    rows = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:]]
    return {Path(row[7]) for row in rows if row[3] == LISTENS and f"socket:[{row[6]}]" in owned}


def ask(endpoint: str, *commands: dict[str, Any]) -> list[str]:
    """What a supervisor at `endpoint` answers to commands within three seconds; nothing where none listens."""
    answers: list[str] = []
    with zmq.Context() as context, context.socket(zmq.DEALER) as client:
        client.linger, client.sndtimeo = 0, 3000
        client.connect(endpoint)
        # Who listens there and speaks another language has hung up, perhaps before anything was sent.
        with contextlib.suppress(zmq.Again):
            for command in commands:
                client.send_json({"id": "1", **command})
        while len(answers) < len(commands) and client.poll(3000):
            answers.append(client.recv_string())
    return answers


def connects(as_user: list[str], *address: str) -> bool:
    """Whether a user gets a connection."""
    curl = [*as_user, "curl", "--verbose", "--silent", "--output", "/dev/null", "--max-time", "3", *address]
    said = subprocess.run(curl, capture_output=True, text=True, timeout=60).stderr
    return "* Connected to" in said


def test_no_port_takes_commands(server: Server, tmp_path: Path) -> None:
    """BentoML's supervisor does, at a port of its own, from every user of the machine."""
    ran = tmp_path / "ran"
    add = {"name": "more", "cmd": f"touch {ran}", "start": True}
    commands: list[dict[str, Any]] = [
        {"command": "globaloptions"},
        {"command": "get", "properties": {"name": "service", "keys": ["env"]}},
        {"command": "set", "properties": {"name": "service", "options": {"max_retry": 3}}},
        {"command": "add", "properties": add},
    ]
    answers = {port: ask(f"tcp://127.0.0.1:{port}", *commands) for port in ports(server)}
    found = {"answers": answers, "the environment": CANARY in str(answers), "a program ran": ran.exists()}
    public = int(server.url.rsplit(":", 1)[1])
    assert found == {"answers": {public: []}, "the environment": False, "a program ran": False}


def test_only_the_services_user_reaches_what_its_processes_say_to_each_other(server: Server) -> None:
    """The runners' sockets load pickles, and the supervisor's takes commands."""
    sockets = unix_sockets(server)
    assert connects(AS_NOBODY, server.url), "another user reaches the public port"
    assert [path.name for path in sockets if ask(f"ipc://{path}", {"command": "list"})] == ["control"]
    assert {path.name for path in sockets} >= {"control", "events"}
    assert len(sockets) == len({"control", "events", "text", "vision"})
    for path in sockets:
        here = ["--unix-socket", str(path), "http://localhost/"]
        assert connects([], *here), path
        assert not connects(AS_NOBODY, *here), path
        assert path.parent.stat().st_mode & 0o077 == 0, path.parent


STOPPING = """
import sys
from bentoml._internal.utils import circus
from circus.watcher import Watcher
from operations.bento import adapt

adapt()
WORKER = "trap 'sleep $0; echo $1 stopped; exit' TERM; echo $1 started; while :; do sleep 0.1; done"
args = {"service": ["1", "service"], "service_text": ["0", "service_text"]}
watchers = [Watcher(name, "sh", ["-c", WORKER, *words], close_child_stdout=False) for name, words in args.items()]
circus.create_standalone_arbiter(watchers, check_delay=1).start()
"""


def test_the_public_service_has_stopped_before_its_runners_are_asked_to() -> None:
    """What it has begun to answer still needs them."""
    with subprocess.Popen([sys.executable, "-c", STOPPING], stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert {process.stdout.readline() for _ in range(2)} == {"service started\n", "service_text started\n"}
        process.terminate()
        assert process.stdout.read() == "service stopped\nservice_text stopped\n"
        assert process.wait(timeout=60) == 0
