import torch
from torch import nn

from course_lib.models import blocks


def expected(values):
    """What the picture must say, computed by PyTorch."""
    in_channels, channels, stride, size = values.values()
    with torch.device("meta"):
        past = blocks.shortcut(in_channels, channels, stride)
        block = blocks.BasicBlock(in_channels, channels, stride, past)
        maps = {"x": torch.zeros(2, in_channels, size, size)}
        maps["conv1"] = block.conv1(maps["x"])
        maps["conv2"] = block.conv2(maps["conv1"])
        maps["shortcut"], maps["y"] = past(maps["x"]), block(maps["x"])

    def count(*modules):
        return sum(p.numel() for module in modules for p in module.parameters())

    said = {"total": count(block), "conv1": count(block.conv1), "conv2": count(block.conv2)}
    said |= {"bn1 and bn2": count(block.bn1, block.bn2), "projection": count(past)}
    for name, map in maps.items():
        said |= {f"{name}.channels": map.shape[1], f"{name}.size": map.shape[2]}
    return said


def test_the_words_say_what_the_shortcut_is(explorer):
    for values in explorer.grid():
        words = explorer.picture(**values).words
        past = blocks.shortcut(values["in_channels"], values["channels"], values["stride"])
        assert ("is the identity" in words) == isinstance(past, nn.Identity)
