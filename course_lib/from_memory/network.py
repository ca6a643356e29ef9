"""The file's classes: they join the pieces, repaired or as typed, into the ten networks."""

from collections.abc import Callable

from torch import Tensor, nn

from course_lib.from_memory import repaired
from course_lib.models.blocks import BlockClass

Piece = Callable
PIECES: dict[str, Piece] = {
    name: piece for name, piece in vars(repaired).items() if name.startswith("fix_")
}
# name: the kind of block, the depth, and the template of a ResNeXt block
NETWORKS: dict[str, tuple[str, int, str | None]] = {
    "resnet18": ("basic", 18, None),
    "resnet34": ("basic", 34, None),
    "resnet50": ("bottleneck", 50, None),
    "resnet101": ("bottleneck", 101, None),
    "resnet152": ("bottleneck", 152, None),
    "resnext50_32x4d": ("resnext", 50, "32x4d"),
    "resnext101_32x8d": ("resnext", 101, "32x8d"),
    "resnext101_64x4d": ("resnext", 101, "64x4d"),
    "wide_resnet50_2": ("resnext", 50, "1x128d"),
    "wide_resnet101_2": ("resnext", 101, "1x128d"),
}


def block_class(kind: str, **pieces: Piece) -> BlockClass:
    """The block of that kind, "basic", "bottleneck" or "resnext".

    It is made of the repaired pieces, but for those that are given by name.
    """
    chosen = _chosen(pieces)
    layers, forward = chosen[f"fix_{kind}_layers"], chosen[f"fix_{kind}_forward"]

    class Block(nn.Module):
        expansion = 1 if kind == "basic" else 4

        def __init__(
            self, in_channels: int, channels: int, stride: int = 1, **options: int
        ) -> None:
            super().__init__()
            layers(self, in_channels, channels, stride, **options)
            out_channels = channels * self.expansion
            self.downsample = chosen["fix_shortcut"](in_channels, out_channels, stride)

        def forward(self, x: Tensor) -> Tensor:
            return forward(self, x)

    return Block


class Network(nn.Module):
    """The network of that name: see `assemble`."""

    conv1: nn.Module  # fix_stem and fix_head set these
    bn1: nn.Module
    relu: nn.Module
    maxpool: nn.Module
    avgpool: nn.Module
    fc: nn.Module

    def __init__(self, name: str, num_classes: int, **pieces: Piece) -> None:
        super().__init__()
        chosen = _chosen(pieces)
        kind, depth, template = NETWORKS[name]
        block = block_class(kind, **pieces)
        options = chosen["fix_template"](template) if template else {}
        blocks, stage = chosen["fix_blocks"](depth), chosen["fix_stage"]
        wide = block.expansion

        chosen["fix_stem"](self)
        self.layer1 = stage(block, 64, 64, blocks[0], **options)
        self.layer2 = stage(block, 64 * wide, 128, blocks[1], stride=2, **options)
        self.layer3 = stage(block, 128 * wide, 256, blocks[2], stride=2, **options)
        self.layer4 = stage(block, 256 * wide, 512, blocks[3], stride=2, **options)
        chosen["fix_head"](self, block, num_classes)
        chosen["fix_initialize"](self)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.avgpool(x).flatten(1))


def assemble(name: str, num_classes: int = 1000, **pieces: Piece) -> Network:
    """One of the ten `NETWORKS`, of the repaired pieces but for those that are given by name.

        assemble("resnet18", fix_stem=typed.fix_stem)    # with a single mistake

    Raises ValueError for an unknown network or piece.
    """
    if name not in NETWORKS:
        raise ValueError(f"no network is called {name!r}: choose one of {', '.join(NETWORKS)}")
    return Network(name, num_classes, **pieces)


def _chosen(pieces: dict[str, Piece]) -> dict[str, Piece]:
    if unknown := pieces.keys() - PIECES.keys():
        raise ValueError(f"no pieces are called {sorted(unknown)}: they are {', '.join(PIECES)}")
    return PIECES | pieces
