"""What a checkpoint folder may hold. A canary stands for code that must not run."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from checkpoints.errors import CheckpointError
from checkpoints.folder import check_files, count_parameters


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sound checkpoint of 6 parameters."""
    save_file({"weight": np.zeros((2, 3), np.float32)}, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text(json.dumps({"architectures": ["LlamaForCausalLM"]}))
    return tmp_path


class Canary:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.file,)


def test_a_sound_checkpoint_is_accepted_and_measured(folder: Path) -> None:
    check_files(folder)
    assert count_parameters(folder) == 6


@pytest.mark.parametrize(
    "name",
    ["pytorch_model.bin", "a/model.pt", "x.PTH", "x.ckpt", "x.pkl", "tf_model.h5", "flax_model.msgpack"],
)
def test_pickled_weights_are_refused_unread(folder: Path, tmp_path: Path, name: str) -> None:
    canary = tmp_path / "canary"
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(pickle.dumps(Canary(canary)))
    with pytest.raises(CheckpointError, match=file.name):
        check_files(folder)
    assert not canary.exists()


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json", "nested/processor_config.json"])
def test_custom_code_is_refused_wherever_a_file_asks_for_it(folder: Path, name: str) -> None:
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"text_config": [{"auto_map": {"AutoModel": "modeling.Evil"}}]}))
    with pytest.raises(CheckpointError, match=rf"{file.name}.*custom code"):
        check_files(folder)


def test_code_files_are_refused(folder: Path) -> None:
    (folder / "modeling.py").write_text("raise SystemExit")
    with pytest.raises(CheckpointError, match=r"modeling\.py"):
        check_files(folder)


def test_a_cut_weight_file_is_refused_by_name(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-5])
    with pytest.raises(CheckpointError, match=r"model\.safetensors: not a complete"):
        check_files(folder)


def test_unreadable_json_is_refused_by_name(folder: Path) -> None:
    (folder / "config.json").write_text('{"cut":')
    with pytest.raises(CheckpointError, match=r"config\.json: not readable"):
        check_files(folder)


def test_a_folder_without_weights_is_refused(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"no \.safetensors"):
        check_files(folder)
