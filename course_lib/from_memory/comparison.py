"""The file's networks beside torchvision's: shapes, parameters and MACs, and the outputs."""

from dataclasses import dataclass

import torch
import torchvision
from torch import Tensor, nn

from course_lib.from_memory.network import Piece, assemble
from course_lib.models.cost import Cost, cost

SHAPE = (3, 224, 224)
ABSENT = ("absent", "absent", "absent")


@dataclass(frozen=True, repr=False)
class Comparison:
    """What `compare` returns. A notebook shows it as a table, with ≠ where the two differ.

    Of more than a dozen rows, only those that differ are shown.
    """

    ours: Cost
    theirs: Cost

    def __repr__(self) -> str:
        return self._repr_markdown_()

    def _repr_markdown_(self) -> str:
        ours, theirs = (_rows(counted) for counted in (self.ours, self.theirs))
        names = [*theirs, *(name for name in ours if name not in theirs)]
        differ = [name for name in names if ours.get(name) != theirs.get(name)]
        shown = differ if len(names) > 12 else names
        lines = ["| part | output | parameters | MACs |", "|:--|--:|--:|--:|"]
        for name in shown:
            pairs = zip(ours.get(name, ABSENT), theirs.get(name, ABSENT), strict=True)
            lines.append(f"| {name} | {' | '.join(_beside(*pair) for pair in pairs)} |")
        if left_out := len(names) - len(shown):
            lines.append(f"| {left_out} other parts agree | | | |")
        parameters = _beside(f"{self.ours.parameters:,}", f"{self.theirs.parameters:,}")
        macs = _beside(f"{self.ours.macs:,}", f"{self.theirs.macs:,}")
        return "\n".join([*lines, f"| **all** | | {parameters} | {macs} |"])


def _rows(counted: Cost) -> dict[str, tuple[str, str, str]]:
    """The cells of each row. What has no weights has none inside a block: a ReLU is not always a
    module, nor is an empty shortcut."""
    return {
        layer.name: (
            " x ".join(map(str, layer.output_shape)),
            f"{layer.parameters:,}",
            f"{layer.macs:,}",
        )
        for layer in counted.layers
        if layer.parameters or "." not in layer.name
    }


def _beside(ours: str, theirs: str) -> str:
    return ours if ours == theirs else f"**{ours} ≠** {theirs}"


def compare(name: str, depth: int = 1, **pieces: Piece) -> Comparison:
    """The network `name` of the file beside torchvision's, for one image of 224 x 224.

    `pieces` as in `assemble`. With `depth=1` there is a row for each direct child, with `depth=2`
    for each of theirs, and so on. Nothing is computed but shapes.
    """
    with torch.device("meta"):
        ours, theirs = assemble(name, 1000, **pieces), getattr(torchvision.models, name)()
    return Comparison(cost(ours, SHAPE, depth), cost(theirs, SHAPE, depth))


def same_outputs(network: nn.Module, right: nn.Module, images: Tensor) -> bool:
    """Whether `network` puts out what `right` does once it has its weights, both in eval mode.

    The weights are loaded strictly: RuntimeError unless all names and shapes agree.
    """
    network.load_state_dict(right.state_dict())
    with torch.no_grad():
        return torch.allclose(network.eval()(images), right.eval()(images), rtol=1e-4, atol=1e-5)
