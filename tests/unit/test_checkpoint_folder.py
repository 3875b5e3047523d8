"""What a checkpoint folder may hold. A canary stands for code that must not run."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from checkpoints.errors import CheckpointError
from checkpoints.folder import check_files, check_model, count_parameters
from checkpoints.weights import check_weights
from tests.tiny_gguf import NAME, make_gguf


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


def test_a_gguf_file_stands_in_place_of_safetensors(tmp_path: Path) -> None:
    make_gguf(tmp_path)
    check_model("text", tmp_path)
    assert count_parameters(tmp_path) == 96


def test_only_texts_are_written_from_gguf(tmp_path: Path) -> None:
    """The captioner and the painter read safetensors; they would fail in a worker, again and again."""
    make_gguf(tmp_path)
    with pytest.raises(CheckpointError, match=rf"{NAME}: GGUF is accepted for the text model only"):
        check_model("vision", tmp_path)


def test_two_kinds_of_weights_or_two_quantisations_are_refused(folder: Path) -> None:
    """Nobody could say which of them answers."""
    file = make_gguf(folder)
    with pytest.raises(CheckpointError, match=r"beside model\.safetensors"):
        check_files(folder)
    (folder / "model.safetensors").unlink()
    file.with_name("other.gguf").write_bytes(file.read_bytes())
    with pytest.raises(CheckpointError, match=r"other\.gguf: lies beside"):
        check_files(folder)


def test_a_verifier_lies_in_a_folder_of_its_own_and_is_checked_alike(tmp_path: Path) -> None:
    make_gguf(tmp_path)
    verifier = make_gguf(tmp_path / "verifier", bias=float("nan"))
    check_files(tmp_path)
    with pytest.raises(CheckpointError, match=rf"verifier/{NAME}: output_norm"):
        check_weights(tmp_path)
    assert count_parameters(tmp_path) == 96
    make_gguf(verifier.parent, template=None)
    with pytest.raises(CheckpointError, match=rf"verifier/{NAME}: has no chat template"):
        check_model("text", tmp_path)


def test_a_gguf_file_without_chat_template_needs_one_beside_it(tmp_path: Path) -> None:
    """A base model has none, and every engine would put the prompt in another form."""
    make_gguf(tmp_path, template=None)
    with pytest.raises(CheckpointError, match=rf"{NAME}: has no chat template"):
        check_files(tmp_path)
    (tmp_path / "chat_template.jinja").write_text("{{ messages[0].content }}")
    check_files(tmp_path)


@pytest.mark.parametrize("kept", [0, 3, 20, 100, 1000, 5000, -1])
def test_a_cut_gguf_file_is_refused_by_name(tmp_path: Path, kept: int) -> None:
    file = make_gguf(tmp_path)
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(CheckpointError, match=rf"{NAME}: not a complete GGUF file"):
        check_files(tmp_path)


def test_no_byte_of_a_header_breaks_the_check(tmp_path: Path) -> None:
    """Damage is refused by the file's name, or lies where nothing reads it; there is no third end."""
    file = make_gguf(tmp_path)
    content, refused = file.read_bytes(), 0
    for place in [*range(400), *range(5000, len(content) - 200, 7)]:
        file.write_bytes(content[:place] + b"\xff" + content[place + 1 :])
        try:
            check_files(tmp_path)
        except CheckpointError as error:
            assert NAME in str(error)
            refused += 1
    assert refused > 100


def test_a_folder_without_weights_is_refused(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"no \.safetensors or \.gguf"):
        check_files(folder)
