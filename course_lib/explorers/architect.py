"""A ResNet of any depth: every part's shape, parameters and MACs, against the paper's row."""

from dataclasses import dataclass
from typing import Any, Literal

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from course_lib.explorers.base import Choice, Explorer, Slider, boxes, move
from course_lib.figures import BLACK, GREEN, GREY, ORANGE, SKY

COUNTS = (1, 2, 3, 4, 5, 6, 8, 12, 18, 23, 30, 36, 48)  # blocks that a stage can have
# He et al. 2015, table 1: depth -> (block, blocks a stage, multiply-adds in 1e9)
PAPER: dict[int, tuple[str, tuple[int, ...], str]] = {
    18: ("BasicBlock", (2, 2, 2, 2), "1.8"),
    34: ("BasicBlock", (3, 4, 6, 3), "3.6"),
    50: ("Bottleneck", (3, 4, 6, 3), "3.8"),
    101: ("Bottleneck", (3, 4, 23, 3), "7.6"),
    152: ("Bottleneck", (3, 8, 36, 3), "11.3"),
}
Depth = int | Literal["free"]
BLOCKS = ("BasicBlock", "Bottleneck")
CLASSES = 1000
STAGES = range(3, 7)  # their places among the parts
UNITS = EngFormatter(places=1)  # 9.5 k, 118.0 M, 1.8 G


@dataclass(frozen=True)
class Part:
    """A stage, or a piece of the stem or the head. `size` is the height and width it puts out."""

    name: str
    detail: str
    channels: int
    size: int
    parameters: int = 0
    macs: int = 0


def halved(size: int) -> int:
    """What stride 2 leaves where the padding is half of the kernel."""
    return -(-size // 2)


def convolution(inputs: int, outputs: int, kernel_size: int, size: int) -> tuple[int, int]:
    """Parameters and MACs of a convolution without bias and its batch normalisation."""
    weights = kernel_size**2 * inputs * outputs
    return weights + 2 * outputs, weights * size**2


def stage(
    name: str, block: str, inputs: int, width: int, blocks: int, stride: int, before: int, v1: bool
) -> Part:
    """The cost of `make_layer(block, inputs, width, blocks, stride)` on maps of size `before`."""
    size = halved(before) if stride == 2 else before
    outputs = 4 * width if block == "Bottleneck" else width
    costs = []
    for number in range(blocks):
        if block == "Bottleneck":
            reduced = before if number == 0 and not v1 else size
            costs += [convolution(inputs, width, 1, reduced), convolution(width, width, 3, size)]
            costs += [convolution(width, outputs, 1, size)]
        else:
            costs += [convolution(inputs, width, 3, size), convolution(width, width, 3, size)]
        if number == 0 and (stride != 1 or inputs != outputs):
            costs.append(convolution(inputs, outputs, 1, size))  # the projection
        inputs = outputs
    parameters, macs = map(sum, zip(*costs, strict=True))
    return Part(name, f"{blocks} block{'s' * (blocks > 1)}", outputs, size, parameters, macs)


def parts(
    layers: tuple[int, ...], block: str, width: int, size: int, v1: bool = False
) -> list[Part]:
    """A ResNet of `layers` blocks, the first stage `width` wide, on size x size pixels."""
    stem = halved(size)
    found = [
        Part("image", "", 3, size),
        Part("conv1", "7×7, stride 2", width, stem, *convolution(3, width, 7, stem)),
        Part("max pool", "3×3, stride 2", width, halved(stem)),
    ]
    for number, blocks in enumerate(layers):
        before, stride = found[-1], 2 if number else 1
        found.append(
            stage(f"layer{number + 1}", block, before.channels, width * 2**number, blocks, stride,
                  before.size, v1)
        )  # fmt: skip
    weights = found[-1].channels * CLASSES
    return [*found, Part("head", "mean, linear", CLASSES, 1, weights + CLASSES, weights)]


class ResNetArchitect(Explorer):
    """The parts side by side: their output, and under it bars for parameters and MACs."""

    title = "ResNet architect"
    controls = (
        Slider("depth", "depth", ("free", *PAPER), 50),
        Choice("block", "block", {name: name for name in ("paper's", *BLOCKS)}, "paper's"),
        Slider("a", "first stage", COUNTS, 3),
        Slider("b", "second stage", COUNTS, 4),
        Slider("c", "third stage", COUNTS, 6),
        Slider("d", "fourth stage", COUNTS, 3),
        Slider("width", "width", (16, 32, 64, 96, 128), 64),
        Slider("size", "image size", (32, 64, 96, 128, 160, 192, 224, 256, 320, 448), 224),
    )
    size = (8.0, 5.6)

    def set_up(self, figure: Figure) -> list[Artist]:
        line: dict[str, Any] = {"ha": "center", "va": "center"}
        self.heading = figure.text(0.5, 0.965, "", fontsize=12, **line)
        self.totals = figure.text(0.5, 0.08, "", fontsize=10, **line)
        self.paper = figure.text(0.5, 0.035, "", fontsize=9, **line)
        self.sliders = figure.text(0.5, 0.92, "", fontsize=9, color=GREY, **line)
        axes = figure.add_axes((0.01, 0.11, 0.98, 0.79))
        axes.set(xlim=(-0.55, 7.55), ylim=(0, 10))
        axes.set_axis_off()
        self.maps = self._boxes(axes, SKY, "")
        self.bars = {"parameters": (self._boxes(axes, ORANGE, "///"), 2.55)}
        self.bars["macs"] = (self._boxes(axes, GREEN, "xx"), 0.1)
        label: dict[str, Any] = {"fontsize": 9, "ha": "center", "va": "center"}
        small = label | {"fontsize": 8.5}
        self.shapes = [axes.text(x, 6.25, "", **small) for x in range(8)]
        self.blocks = [axes.text(x, 5.4, "", **small) for x in STAGES]
        self.numbers = {row: [axes.text(x, 0, "", **label) for x in range(8)] for row in self.bars}
        moving = set(axes.texts)

        axes.text(
            7.5, 9.4, "tall: a large map\nwide: many channels", ha="right", fontsize=9, color=GREY
        )
        for x, part in enumerate(parts((1, 1, 1, 1), "BasicBlock", 64, 224)):
            axes.text(x, 5.8, part.name, **small)
            axes.text(x, 5.4, "" if x in STAGES else part.detail, **small)
        for row, (_, bottom) in self.bars.items():
            axes.text(-0.5, bottom + 0.2, row.replace("macs", "MACs"), fontsize=10)
            axes.plot([0.5, 7.5], [bottom, bottom], color=BLACK, linewidth=0.8)
        return [text for text in axes.texts if text not in moving]

    def update(self, depth: Depth, block: str, width: int, size: int, **free: int) -> str:
        sliders = tuple(free.values())
        layers = sliders if depth == "free" else PAPER[depth][1]
        reason = ""
        if block == "paper's" and depth != "free":
            block, reason = PAPER[depth][0], ", as in the paper"
        elif block == "paper's":
            block = "BasicBlock" if 2 + 2 * sum(layers) <= 34 else "Bottleneck"
            reach = "up to 34 layers" if block == "BasicBlock" else "from 50 layers on"
            reason = f", as the paper has them {reach}"
        found = parts(layers, block, width, size)
        self._draw(found)

        parameters, macs = (
            sum(getattr(part, what) for part in found) for what in ("parameters", "macs")
        )
        heading = self._heading(depth, layers, block) + reason
        unused = ""
        if depth != "free":
            unused = (
                f"Depth {depth} sets the blocks of the stages. The sliders say {list(sliders)}; "
                "they count when the depth is free."
            )
        totals = f"Computed: {parameters:,} parameters and {macs:,} MACs."
        paper = self._paper(layers, block, width, size)
        self.heading.set_text(heading)
        self.sliders.set_text(unused)
        self.totals.set_text(totals)
        self.paper.set_text(paper)
        rows = "; ".join(
            f"{part.name} {part.channels}×{part.size}×{part.size}, "
            f"{part.parameters:,} parameters, {part.macs:,} MACs"
            for part in found[1:]
        )
        image = f"Image 3×{size}×{size}, first stage {width} wide."
        return " ".join(filter(None, (f"{heading}.", image, f"{rows}.", totals, paper, unused)))

    def _heading(self, depth: Depth, layers: tuple[int, ...], block: str) -> str:
        convolutions = 3 if block == "Bottleneck" else 2
        counted = 2 + convolutions * sum(layers)
        terms = f"2 + {convolutions}·({'+'.join(map(str, layers))}) = {counted} layers"
        if depth != "free" and depth != counted:
            return f"{terms} of {block}s, not {depth}: its blocks are {PAPER[depth][0]}s"
        return f"{terms} of {block}s"

    def _paper(self, layers: tuple[int, ...], block: str, width: int, size: int) -> str:
        rows = {(kind, blocks): (depth, macs) for depth, (kind, blocks, macs) in PAPER.items()}
        if (block, layers) not in rows:
            return "The paper has no such network."
        depth, macs = rows[block, layers]
        if (width, size) != (64, 224):
            return f"The paper's ResNet-{depth} has width 64 and images of 224 pixels."
        row = f"Paper (table 1), ResNet-{depth}: {macs}e9 multiply-adds"
        if block == "BasicBlock":
            return f"{row}."
        v1 = sum(part.macs for part in parts(layers, block, width, size, v1=True))
        return f"{row}, with the stride in the first 1×1. Computed so: {v1:,}."

    @staticmethod
    def _boxes(axes: Axes, color: str, hatch: str) -> PolyCollection:
        collection = PolyCollection([], facecolor=color, edgecolor=BLACK, hatch=hatch)
        axes.add_collection(collection)
        return collection

    def _draw(self, found: list[Part]) -> None:
        tall = [max(0.06, 3.3 * part.size / found[0].size) for part in found]
        widest = max(part.channels for part in found)
        wide = [max(0.02, 0.8 * part.channels / widest) for part in found]
        places = list(zip(range(8), wide, tall, strict=True))
        move(self.maps, boxes([x - w / 2 for x, w, _ in places], 6.5, wide, tall))
        for number, part in enumerate(found):
            shape = f"{part.channels}×{part.size}×{part.size}"
            self.shapes[number].set_text(shape if part.name != "head" else f"{CLASSES}")
        for text, number in zip(self.blocks, STAGES, strict=True):
            text.set_text(found[number].detail)
        for row, (bars, bottom) in self.bars.items():
            counts = [getattr(part, row) for part in found]
            heights = [1.8 * count / max(counts) for count in counts]
            move(bars, boxes([x - 0.3 for x in range(1, 8)], bottom, 0.6, heights[1:]))
            for text, count, height in zip(
                self.numbers[row][1:], counts[1:], heights[1:], strict=True
            ):
                text.set(y=bottom + height + 0.22, text=UNITS(count) if count else "0")
