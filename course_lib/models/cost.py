"""What a network costs: parameters, multiply-adds and activations, counted on the built model."""

import copy
from collections import Counter
from dataclasses import dataclass

import torch
from torch import Tensor, nn


def count_parameters(module: nn.Module) -> int:
    """The number of parameters, frozen ones included. Buffers are not parameters."""
    return sum(parameter.numel() for parameter in module.parameters())


@dataclass(frozen=True)
class Layer:
    """One row of a `Cost` table, for one image."""

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int
    macs: int
    activations: int


@dataclass(frozen=True, repr=False)
class Cost:
    """The table that `cost` returns, and its totals. A notebook shows it as a table."""

    layers: tuple[Layer, ...]
    parameters: int
    macs: int
    activations: int

    def __repr__(self) -> str:
        return self._repr_markdown_()

    def _repr_markdown_(self) -> str:
        rows: list[tuple[str, str, str, Layer | Cost]] = [
            (layer.name, layer.kind, " x ".join(map(str, layer.output_shape)), layer)
            for layer in self.layers
        ]
        lines = ["| layer | kind | output | parameters | MACs | activations |"]
        lines.append("|:--|:--|:--|--:|--:|--:|")
        for name, kind, shape, numbers in [*rows, ("**total**", "", "", self)]:
            counts = (numbers.parameters, numbers.macs, numbers.activations)
            cells = (name, kind, shape, *(f"{count:,}" for count in counts))
            lines.append(f"| {' | '.join(cells)} |")
        return "\n".join(lines)


def cost(model: nn.Module, input_shape: tuple[int, int, int], depth: int | None = None) -> Cost:
    """Count what one image of `input_shape` = (channels, height, width) costs, layer by layer.

    MACs are the multiply-adds of the convolutions and linear layers, which the papers call FLOPs;
    activations are the numbers that these layers put out (Radosavovic et al. 2020, arXiv
    2003.13678). Only layers that are modules are seen. With `depth=1` there is one row for each
    direct child, with `depth=2` for each of theirs, and so on.

    No number is computed: a copy of the model runs on torch's "meta" device, where tensors have a
    shape and no data. The model itself is not touched.
    """
    if len(input_shape) != 3 or not all(isinstance(n, int) and n > 0 for n in input_shape):
        raise ValueError(
            f"input_shape must be (channels, height, width) without a batch, got {input_shape}"
        )
    twin = copy.deepcopy(model).to("meta").eval()
    shapes: dict[str, tuple[int, ...]] = {}  # by name of the module, in order of execution
    macs: Counter[str] = Counter()
    activations: Counter[str] = Counter()

    def watch(name: str, module: nn.Module) -> None:
        def count(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            shapes.setdefault(name, tuple(output.shape[1:]))
            if isinstance(module, nn.Conv2d | nn.Linear):
                macs[name] += output.numel() * module.weight[0].numel()  # weight[0]: one output
                activations[name] += output.numel()

        module.register_forward_hook(count)

    for name, module in twin.named_modules():
        watch(name, module)
    with torch.no_grad():
        twin(torch.empty(1, *input_shape, device="meta"))

    def is_row(name: str) -> bool:
        level = len(name.split(".")) if name else 0
        has_children = any(twin.get_submodule(name).children())
        return level == depth or (not has_children and (depth is None or level < depth))

    def layer(name: str) -> Layer:
        module = twin.get_submodule(name)
        inside = [f"{name}.{part}" if part else name for part, _ in module.named_modules()]
        return Layer(
            name=name,
            kind=type(module).__name__,
            output_shape=shapes[name],
            parameters=count_parameters(module),
            macs=sum(macs[part] for part in inside),
            activations=sum(activations[part] for part in inside),
        )

    layers = tuple(layer(name) for name in shapes if is_row(name))
    return Cost(layers, count_parameters(model), macs.total(), activations.total())
