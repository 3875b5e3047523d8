"""Full checkpoints come from the hub by commit, whole and checked, or not at all."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from contracts.items import PictureItem
from runners.engines.painter import PainterEngine
from tests.conftest import Project, copy_project
from tests.hub import TOKEN, Repository, serve_hub
from tests.tiny import make_text, make_vision
from tests.tiny_painters import make_painter

pytestmark = pytest.mark.slow
COMMIT = "0123456789" * 4
OTHER = "f" * 40
WRONG = "hf_" + "w" * 20


@pytest.fixture
def repositories(tmp_path: Path) -> dict[str, Repository]:
    """Two tiny checkpoints as the hub would hold them."""
    make_text(tmp_path / "hub" / "writer", "gemma")
    make_vision(tmp_path / "hub" / "captioner", "blip")
    return {
        "shop/writer": Repository(tmp_path / "hub" / "writer", COMMIT),
        "shop/captioner": Repository(tmp_path / "hub" / "captioner", COMMIT),
    }


@pytest.fixture
def hub(repositories: dict[str, Repository]) -> Iterator[str]:
    """A running hub."""
    with serve_hub(repositories) as address:
        yield address


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project that pins nothing yet."""
    return copy_project(tmp_path / "project")


def fetch(project: Project, hub: str, *options: str, token: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command against the hub."""
    environment = {**project.environment, "HF_ENDPOINT": hub, "HF_HUB_OFFLINE": "0", "HF_HOME": str(project.folder)}
    environment |= {"HF_TOKEN": token} if token else {}
    return subprocess.run(
        [sys.executable, "-m", "scripts.fetch_checkpoints", *options],
        cwd=project.folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


def refused(project: Project, done: subprocess.CompletedProcess[str]) -> str:
    """The one line that says why; nothing is pinned."""
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert not (project.folder / "models.dvc").exists() and not list((project.folder / "models").glob("*"))
    return done.stderr.splitlines()[-1]


def test_of_a_pipeline_only_what_its_components_need_is_fetched(tmp_path: Path, project: Project) -> None:
    """Repositories hold the same weights several times: in one file, in half precision, without the moving average."""
    folder = make_painter(tmp_path / "hub" / "painter")
    for copy in ("painter.safetensors", "unet/diffusion_pytorch_model.fp16.safetensors"):
        shutil.copyfile(folder / "unet" / "diffusion_pytorch_model.safetensors", folder / copy)
    with serve_hub({"shop/painter": Repository(folder, COMMIT)}) as hub:
        done = fetch(project, hub, "--image", "shop/painter", COMMIT)
    assert done.returncode == 0, done.stderr
    weights = sorted(
        path.relative_to(project.folder / "models").as_posix()
        for path in project.folder.glob("models/**/*.safetensors")
    )
    assert weights == [
        "image/text_encoder/model.safetensors",
        "image/unet/diffusion_pytorch_model.safetensors",
        "image/vae/diffusion_pytorch_model.safetensors",
    ]
    assert project.import_models().returncode == 0
    (stored,) = (project.folder / ".bentoml" / "models" / "image").glob("*/model.yaml")
    assert "StableDiffusionPipeline" in stored.read_text()


def test_a_painter_takes_its_autoencoder_from_another_repository(tmp_path: Path, project: Project) -> None:
    """SD-Turbo's own autoencoder takes longer on a CPU than its one step of painting."""
    painter = make_painter(tmp_path / "hub" / "painter", "stable diffusion")
    tiny = tmp_path / "hub" / "tiny"
    shutil.move(make_painter(tmp_path / "hub" / "donor", "sd-turbo") / "vae", tiny)
    shutil.copyfile(tiny / "diffusion_pytorch_model.safetensors", tiny / "decoder.safetensors")
    entry = {
        "repository": "shop/painter",
        "revision": COMMIT,
        "picture_format": {"steps": 1, "guidance": 0.0},
        "autoencoder": {"repository": "shop/tiny", "revision": OTHER},
    }
    profiles = project.folder / "checkpoints" / "profiles.yaml"
    profiles.write_text(yaml.safe_dump({"fast": {"image": entry}}))
    with serve_hub({"shop/painter": Repository(painter, COMMIT), "shop/tiny": Repository(tiny, OTHER)}) as hub:
        done = fetch(project, hub, "fast")
    assert done.returncode == 0, done.stderr
    fetched = project.folder / "models" / "image"
    assert {path.name for path in (fetched / "vae").iterdir()} == {"config.json", "diffusion_pytorch_model.safetensors"}
    engine = PainterEngine.load(fetched)
    assert type(engine.pipeline.vae).__name__ == "AutoencoderTiny"
    (picture,) = engine.paint([PictureItem(id="p", prompt="a navy t-shirt")])
    assert not picture.error and picture.steps == 1


def test_both_models_are_fetched_pinned_and_ready_to_import(project: Project, hub: str) -> None:
    done = fetch(project, hub, "--text", "shop/writer", COMMIT, "--vision", "shop/captioner", COMMIT)
    assert done.returncode == 0, done.stderr
    pins = yaml.safe_load((project.folder / "models.dvc").read_text())["outs"]
    assert {f"{Path(pin['path']).name}:{pin['md5']}" for pin in pins} == set(done.stdout.split())
    assert project.import_models().returncode == 0
    (stored,) = (project.folder / ".bentoml" / "models" / "text").glob("*/model.yaml")
    assert COMMIT in stored.read_text() and "shop/writer" in stored.read_text()


def test_pickles_and_code_stay_on_the_hub(project: Project, hub: str, repositories: dict[str, Repository]) -> None:
    folder = repositories["shop/writer"].folder
    (folder / "pytorch_model.bin").write_bytes(b"pickle")
    (folder / "modeling_writer.py").write_text("raise SystemExit")
    assert fetch(project, hub, "--text", "shop/writer", COMMIT).returncode == 0
    names = {file.name for file in (project.folder / "models" / "text").iterdir()}
    assert "model.safetensors" in names and not names & {"pytorch_model.bin", "modeling_writer.py"}


def test_a_checkpoint_without_safetensors_is_refused(
    project: Project, hub: str, repositories: dict[str, Repository]
) -> None:
    (repositories["shop/writer"].folder / "model.safetensors").unlink()
    assert "has no safetensors" in refused(project, fetch(project, hub, "--text", "shop/writer", COMMIT))


def test_a_gated_model_asks_for_a_token_and_takes_it(
    project: Project, hub: str, repositories: dict[str, Repository]
) -> None:
    repositories["shop/writer"].gated = True
    ask = ("--text", "shop/writer", COMMIT)
    assert "set HF_TOKEN" in refused(project, fetch(project, hub, *ask))
    wrong = fetch(project, hub, *ask, token=WRONG)
    assert "your HF_TOKEN is not among them" in refused(project, wrong)
    assert WRONG not in wrong.stdout + wrong.stderr
    done = fetch(project, hub, *ask, token=TOKEN)
    assert done.returncode == 0, done.stderr
    assert TOKEN not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--text", "shop/writer", OTHER), f"has no commit {OTHER}"),
        (("--text", "shop/nothing", COMMIT), "no such repository"),
        (("--text", "shop/writer", "main"), "revision 'main'"),
        (("--text", "writer", COMMIT), "repository 'writer'"),
        (("nowhere",), "has no profile 'nowhere', but small, original, pictures"),
    ],
)
def test_what_cannot_be_fetched_is_said_in_a_line(
    project: Project, hub: str, options: tuple[str, ...], reason: str
) -> None:
    assert reason in refused(project, fetch(project, hub, *options))


def test_a_second_model_that_fails_leaves_nothing_pinned(project: Project, hub: str) -> None:
    options = ("--text", "shop/writer", COMMIT, "--vision", "shop/captioner", OTHER)
    assert "shop/captioner" in refused(project, fetch(project, hub, *options))


def test_a_full_disk_is_seen_before_anything_is_fetched(
    project: Project, hub: str, repositories: dict[str, Repository]
) -> None:
    repositories["shop/writer"].size_factor = 10**9
    assert "are free on the disk" in refused(project, fetch(project, hub, "--text", "shop/writer", COMMIT))
    assert not repositories["shop/writer"].sent


def test_bytes_other_than_those_the_hub_names_are_refused(
    project: Project, hub: str, repositories: dict[str, Repository]
) -> None:
    """A mirror that hands out other weights under the commit's name."""
    ask = ("--text", "shop/writer", COMMIT)
    repositories["shop/writer"].wrong_digest = True
    assert "its bytes are not those" in refused(project, fetch(project, hub, *ask))
    repositories["shop/writer"].wrong_digest = False
    assert fetch(project, hub, *ask).returncode == 0


def test_a_download_that_was_cut_off_goes_on(project: Project, hub: str, repositories: dict[str, Repository]) -> None:
    """Files that have arrived are asked for no second time."""
    ask = ("--text", "shop/writer", COMMIT)
    repositories["shop/writer"].cut_at = 4096
    assert "try again, what was fetched is kept" in refused(project, fetch(project, hub, *ask))
    arrived = {name for name, _ in repositories["shop/writer"].sent} - {"model.safetensors"}
    repositories["shop/writer"].cut_at = None
    repositories["shop/writer"].sent.clear()
    done = fetch(project, hub, *ask)
    assert done.returncode == 0, done.stderr
    assert arrived and not arrived & {name for name, _ in repositories["shop/writer"].sent}
