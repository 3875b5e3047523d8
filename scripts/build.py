"""Build the Bento with labels that say what is in it: `python -m scripts.build`, or `make build`."""

import subprocess

import bentoml

from checkpoints.pins import ROOT, read_pins

NAME = "product_description_generator"


def labels() -> dict[str, str]:
    """The git commit ("-dirty" where the work tree differs from it) and the DVC hash of every model."""
    git = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    commit = subprocess.run(git, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603
    return {"git_commit": commit, **{f"dvc_{pin.name}": pin.dvc_hash for pin in read_pins()}}


def main() -> None:
    """Build from bentofile.yaml and print the Bento's tag."""
    bento = bentoml.bentos.build_bentofile(str(ROOT / "bentofile.yaml"), labels=labels(), build_ctx=str(ROOT))
    print(bento.tag)


if __name__ == "__main__":
    main()
