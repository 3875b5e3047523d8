"""The container at work: with the README's restrictions, through dying workers, until it is stopped."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from operations.http.routes import PICTURE
from tests.conftest import DEADLINE_S, ROOT
from tests.container.conftest import Image
from tests.container.engine import Container, Engine, healthy
from tests.service.conftest import LISTING, PHOTO, TEXT, total, wait_for

pytestmark = pytest.mark.slow
LAMP = {"attributes": "Product Type: Desk Lamp; Brand: Lumo; Material: Aluminium", "seed": 1}
REPLACED_WITHIN_S = 30
STOPS_WITHIN_S = 70
WORKERS = """
import pathlib
for process in pathlib.Path("/proc").glob("[0-9]*"):
    words = (process / "cmdline").read_bytes().decode().split("\\0")
    if "--service-name" in words and %r in words:
        print(process.name)
"""
CONFINED = """
import pathlib
try:
    pathlib.Path("/home/bentoml/written").touch()
except OSError as error:
    print(error.strerror)
limits = [pathlib.Path("/sys/fs/cgroup") / name for name in ("memory/memory.limit_in_bytes", "memory.max")]
print(*(file.read_text().strip() for file in limits if file.exists()))
print(*sorted(line for line in open("/proc/1/status") if line.startswith(("Uid", "CapBnd", "CapEff", "NoNewPrivs"))))
"""
THREADS = "from operations.settings import get_settings as read; print(read().text_threads, read().vision_threads)"


def describe(url: str) -> int:
    """The status of a description."""
    try:
        return httpx.post(url + TEXT, json=LAMP, timeout=DEADLINE_S).status_code
    except httpx.TransportError:
        return 0


def test_a_restricted_container_answers(container: Container) -> None:
    """As user 1000, with nothing to write to but /tmp and no rights, which is how it should be run."""
    assert container.execute(CONFINED).split() == [
        *("Read-only", "file", "system"),
        str(2 * 1024**3),
        *("CapBnd:", "0" * 16, "CapEff:", "0" * 16, "NoNewPrivs:", "1", "Uid:", *["1000"] * 4),
    ]
    assert describe(container.url) == 200
    photo = {"image": (ROOT / "tests" / "fixtures" / "photos" / "t-shirt.jpg").read_bytes()}
    assert httpx.post(container.url + PHOTO, files=photo, timeout=DEADLINE_S).status_code == 200
    pictures = {"prompt": "a red dress", "count": 4}
    assert httpx.post(container.url + PICTURE, json=pictures, timeout=DEADLINE_S).status_code == 200


def test_the_container_says_from_which_commit_it_was_made(image: Image, container: Container) -> None:
    """A deployment is verified by what the running service says of itself."""
    info = httpx.get(container.url, timeout=DEADLINE_S).json()["model_info"]
    assert (info["git_commit"], info["bento_tag"]) == (image.commit, image.bento)


@pytest.mark.parametrize("worker", ["TextRunner", "VisionRunner", "ImageRunner", "product_description_generator"])
def test_a_killed_worker_is_replaced(container: Container, worker: str) -> None:
    """BentoML's own images leave a dead worker dead, so that the service hangs or ends."""
    (killed,) = container.execute(WORKERS % worker).split()
    container.execute(f"import os, signal; os.kill({killed}, signal.SIGKILL)")
    end = time.monotonic() + REPLACED_WITHIN_S
    container.until_healthy(REPLACED_WITHIN_S)
    assert describe(container.url) == 200
    assert time.monotonic() < end
    assert container.execute(WORKERS % worker).split() not in ([], [killed])


@pytest.mark.parametrize("processors", [1, 2])
def test_threads_follow_the_quota_of_processors(engine: Engine, image: Image, processors: int) -> None:
    """More threads than processors make each other wait: several times slower."""
    limit = ["--cpus", str(processors), "--workdir", "/home/bentoml/bento/src", "--entrypoint", "python"]
    printed = engine.podman("run", "--rm", "--network", "none", *limit, image.name, "-c", THREADS)
    assert printed.split() == [str(processors), "1"]


def test_a_stopped_container_answers_what_is_being_written(engine: Engine, image: Image) -> None:
    """An update must not cost a customer an answer, though a listing asks the runners many times after SIGTERM."""
    container = engine.start(image.name).until_healthy()
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(httpx.post, container.url + LISTING, json=LAMP, timeout=DEADLINE_S)
        wait_for(lambda: total(container.url, "active_requests") >= 1, "a request in flight")
        assert not answer.done()
        container.signal("TERM")
        assert answer.result().status_code == 200
    assert container.wait(STOPS_WITHIN_S) == 0


def test_a_container_ends_with_its_main_process(container: Container) -> None:
    """Only then does what runs the container know that it has to start another."""
    container.signal("KILL")
    assert container.wait(REPLACED_WITHIN_S) != 0
    assert not healthy(container.url)
