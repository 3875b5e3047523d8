"""A low-rank adapter (Hu et al. 2021, arXiv 2106.09685) on all matrices inside a Llama's layers.

The model computes with the sums of its own matrices and the adapter's. They are made once a step, and the sums'
gradients are carried over to the adapter then: a step has many more tokens than a matrix has rows, so that this costs
less than a way of its own for the adapter through each layer.
"""

from pathlib import Path
from typing import cast

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import LlamaForCausalLM

from checkpoints.adapters import DOWN, FILE_NAME, SCALE, UP

_MODULES = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


class Adapter(nn.Module):
    """Adds `up` x `down` (of the given rank, scaled) to each matrix; `up` begins at zero, and changes nothing yet.

    Of `model` all other weights are frozen, and all below `first_layer`; its layers are computed in bfloat16 where that
    is faster.
    """

    def __init__(self, model: LlamaForCausalLM, rank: int, scale: float, first_layer: int = 0) -> None:
        super().__init__()
        model.requires_grad_(False)
        self.rank, self.scale = rank, scale
        self.down, self.up = nn.ParameterDict(), nn.ParameterDict()
        self._sums: dict[str, nn.Parameter] = {}
        self._own: dict[str, torch.Tensor] = {}
        for name, module in model.named_modules():
            adapted = name.rpartition(".")[2] in _MODULES and int(name.split(".")[2]) >= first_layer
            if adapted and isinstance(module, nn.Linear):
                key, (rows, columns) = name.replace(".", "/"), module.weight.shape
                self.down[key] = nn.Parameter(torch.randn(rank, columns, device=module.weight.device) * columns**-0.5)
                self.up[key] = nn.Parameter(torch.zeros(rows, rank, device=module.weight.device))
                self._own[key] = module.weight.detach().float().clone()
                self._sums[key] = cast(nn.Parameter, module.weight.requires_grad_(True))
        if _multiplies_in_tiles(model.device):
            model.bfloat16()

    @torch.no_grad()
    def add(self) -> None:
        """Put the sums into the model."""
        for key, sum_ in self._sums.items():
            sum_.copy_(torch.addmm(self._own[key], self.up[key], self.down[key], alpha=self.scale))

    @torch.no_grad()
    def take_gradients(self) -> None:
        """Carry the gradients of the sums over to the adapter, and clear them."""
        for key, sum_ in self._sums.items():
            if sum_.grad is None:
                raise RuntimeError(f"{key}: nothing was learned for it")
            gradient = sum_.grad.float() * self.scale
            self.up[key].grad = gradient @ self.down[key].T
            self.down[key].grad = self.up[key].T @ gradient
            sum_.grad = None

    @torch.no_grad()
    def load(self, folder: Path) -> None:
        """Take over an adapter that was saved with the same rank and scale; raises KeyError if it lacks a matrix."""
        saved = load_file(folder / FILE_NAME)
        for side, matrices in ((DOWN, self.down), (UP, self.up)):
            for key, matrix in matrices.items():
                name = f"{key.replace('/', '.')}.{side}"
                matrix.copy_(saved[name].float() * saved[f"{name}.{SCALE}"])

    def save(self, folder: Path) -> None:
        """Write the adapter in whole numbers of a byte, as `checkpoints.adapters` reads it."""
        tensors: dict[str, torch.Tensor] = {}
        for side, matrices, axis in ((DOWN, self.down, 1), (UP, self.up, 0)):
            for key, matrix in matrices.items():
                name = f"{key.replace('/', '.')}.{side}"
                tensors[name], tensors[f"{name}.{SCALE}"] = _in_bytes(matrix.detach().cpu(), axis)
        folder.mkdir(parents=True, exist_ok=True)
        save_file(tensors, folder / FILE_NAME, {"scale": str(self.scale)})


def _multiplies_in_tiles(device: torch.device) -> bool:
    """Whether bfloat16 is faster there; on processors without AMX float32 multiplies 1.6 times as fast."""
    return device.type != "cpu" or bool(torch.cpu.get_capabilities().get("amx_bf16", False))


def _in_bytes(matrix: torch.Tensor, axis: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The matrix as whole numbers from -127 to 127, and the scale of each row or column (along `axis`)."""
    scale = (matrix.abs().amax(axis, keepdim=True) / 127).clamp_min(1e-12)
    return (matrix / scale).round().to(torch.int8).contiguous(), scale.contiguous()
