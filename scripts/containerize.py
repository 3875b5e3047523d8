"""Pack a Bento into a container image: `python -m scripts.containerize`, or `make container`.

`bentoml containerize` does the work, with docker where it is installed, otherwise with buildah or podman. The image
is labelled with what it was made from, and its bill of materials (CycloneDX) is written to build/container.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import bentoml
from bentoml.exceptions import BentoMLException

from checkpoints.pins import ROOT
from scripts.build import NAME

BACKENDS = ("docker", "buildah", "podman")
OUT = ROOT / "build" / "container"


def find_backend() -> str | None:
    """The first tool that can build an image here: docker without its daemon cannot."""
    return next((name for name in BACKENDS if _can_build(name)), None)


def _can_build(backend: str) -> bool:
    try:
        return bentoml.container.health(backend)
    except (OSError, subprocess.CalledProcessError):
        return False


def image_labels(bento: bentoml.Bento) -> dict[str, str]:
    """Labels of the image: the Bento's tag, the git commit and the DVC hash of every model; raises BentoMLException."""
    labels = {name: value for name, value in bento.info.labels.items() if name.startswith("dvc_")}
    commit = bento.info.labels.get("git_commit")
    if not (commit and labels):
        raise BentoMLException(
            f"the labels of {bento.tag} name no commit or models: `make build` makes one that has them"
        )
    return {
        "org.opencontainers.image.revision": commit,
        "org.opencontainers.image.version": str(bento.tag),
        "org.opencontainers.image.title": bento.tag.name,
        **labels,
    }


def write_bill_of_materials(bento: bentoml.Bento, file: Path) -> None:
    """CycloneDX of the Bento's locked packages, which are all that the image adds to its base."""
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = bento.path_of("env/python/requirements.txt")
    program = [str(Path(sys.executable).with_name("cyclonedx-py")), "requirements", lock]
    subprocess.run([*program, "--output-file", str(file)], check=True)  # noqa: S603


def main() -> int:
    """Command line; prints the image's name."""
    parser = argparse.ArgumentParser(description="Pack a Bento into a container image.")
    parser.add_argument("bento", nargs="?", default=f"{NAME}:latest", help="tag in the store (default: the latest)")
    parser.add_argument("--image", help="name of the image (default: the Bento's tag)")
    parser.add_argument("--backend", choices=BACKENDS, help="what builds it (default: the first that can)")
    parser.add_argument("--cuda", action="store_true", help="PyTorch with CUDA instead of its wheels for the CPU")
    parser.add_argument("--torch-index", help="where PyTorch's wheels for the CPU come from, if not from PyTorch")
    parser.add_argument("--opt", action="append", default=[], help="an option for the backend, as network=host")
    given = parser.parse_args()
    backend = given.backend or find_backend()
    if backend is None:
        print(f"error: none of {', '.join(BACKENDS)} can build images here", file=sys.stderr)
        return 1
    try:
        bento = bentoml.bentos.get(given.bento)
        labels = image_labels(bento)
    except BentoMLException as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    image = given.image or str(bento.tag)
    index = "" if given.cuda else given.torch_index
    options = [f"label={name}={value}" for name, value in labels.items()]
    options += [] if index is None else [f"build-arg=TORCH_INDEX={index}"]
    program = [str(Path(sys.executable).with_name("bentoml")), "containerize", str(bento.tag), "--backend", backend]
    program += ["--image-tag", image, *(part for option in (*options, *given.opt) for part in ("--opt", option))]
    write_bill_of_materials(bento, OUT / "bill-of-materials.json")
    # BentoML unpacks the Bento into a temporary folder, and reads our template only from below the working directory.
    done = subprocess.run(program, check=False, cwd=tempfile.gettempdir())  # noqa: S603
    if done.returncode == 0:
        print(image)
    return done.returncode


if __name__ == "__main__":
    raise SystemExit(main())
