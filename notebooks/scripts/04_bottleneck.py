# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] slideshow={"notes": "60 min in all. 2 min. Notebook 03 is needed: the block, its shortcut, the projection.", "slide_type": "slide", "text": "- why the block of ResNet-50 has three convolutions: 1x1, 3x3, 1x1\n- what it costs, next to a BasicBlock of the same width\n- its two versions, v1 and v1.5, and what a strided 1x1 convolution throws away\n- `Bottleneck`, built and put into a ResNet-50"}
# # The bottleneck
#
# At the end of this notebook you will be able to
#
# - explain why the block of ResNet-50 has three convolutions, 1x1, 3x3 and 1x1,
# - count what it costs, and compare it with a BasicBlock of the same width,
# - tell its two versions apart, v1 and v1.5, and show what a strided 1x1 convolution throws away,
# - build `Bottleneck` and put it into a ResNet-50.
#
# You need notebook 03: the BasicBlock, its shortcut and the projection. This one takes about 45 minutes.

# %% jupyter={"source_hidden": true} slideshow={"slide_type": "skip"} tags=["remove-cell"]
# Where the course is missing, as on Colab and Kaggle, install it. Elsewhere this does nothing.
import subprocess
import sys
from importlib import invalidate_caches
from importlib.util import find_spec
from pathlib import Path

if not find_spec("course_lib"):
    online = "https://github.com/OWNER/REPOSITORY/archive/HEAD.zip"
    pip = [sys.executable, "-m", "pip", "install", "--quiet"]
    course = ".." if Path("../course_lib").exists() else online
    subprocess.run([*pip, "--no-deps", course], check=True)
    names = ("torch", "torchvision", "numpy", "matplotlib", "PIL", "safetensors", "tqdm", "quickjs")
    called = {"PIL": "pillow", "quickjs": "quickjs-ng"}
    if missing := [called.get(name, name) for name in names if not find_spec(name)]:
        subprocess.run([*pip, *missing], check=True)
    invalidate_caches()

# %% slideshow={"slide_type": "skip"} tags=["setup"]
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from matplotlib.colors import ListedColormap
from torch import Tensor, nn

from course_lib import exercise, exercises, explorers, figures
from course_lib.models import blocks
from course_lib.models.cost import cost
from course_lib.models.resnet import ResNet

_ = torch.manual_seed(0)

# %% [markdown] slideshow={"notes": "4 min. Same plan, other block. Ask how much dearer four times the width should be: sixteen times.", "slide_type": "slide", "text": "ResNet-34 and ResNet-50 have one plan: four stages of 3, 4, 6 and 3 blocks. Only the block differs. Both counted on an image of 224 x 224 pixels:"}
# ## Four times as wide, hardly dearer
#
# ResNet-34 and ResNet-50 have the same plan: four stages with 3, 4, 6 and 3 blocks. Only the block differs. Count both networks on one image of 224 x 224 pixels. MACs are multiply-adds, as in notebook 01.

# %% slideshow={"notes": "MACs are multiply-adds, as in notebook 01. Let them compare the second column with the last.", "slide_type": "-"} tags=["hide-input"]
rows = []
for name, block in [("ResNet-34", blocks.BasicBlock), ("ResNet-50", blocks.Bottleneck)]:
    with torch.device("meta"):  # shapes without numbers: enough for counting, and built at once
        model = ResNet(block, [3, 4, 6, 3])
    total = cost(model, (3, 224, 224))
    rows.append((name, model.fc.in_features, f"{total.parameters / 1e6:.1f} M",
                 f"{total.macs / 1e9:.2f} G"))  # fmt: skip
figures.table(["network", "channels at the end", "parameters", "MACs"], rows)

# %% [markdown] slideshow={"notes": "The paper's ResNet-50 differs from the counted one in one detail: where the stride is. That comes later.", "slide_type": "fragment", "text": "- Four times the channels, one convolution more in each block, and 12 % more MACs (*computed*)\n- ImageNet top-1 error: 24.52 % before, 22.85 % now (*paper*: He et al. 2015, table 3, 10 crops)\n\nHow can so much more width cost so little?"}
# All of this is *computed*. The feature maps of ResNet-50 have four times as many channels, each block has one convolution more, and still the MACs grow by 12 % only. On ImageNet the top-1 error falls from 24.52 % to 22.85 % (*paper*: He et al. 2015, table 3, 10 crops; their ResNet-50 differs in one detail, which comes below).
#
# How can so much more width cost so little?

# %% [markdown] slideshow={"notes": "4 min. A weight for each pair of channels, nine for a 3x3. So width costs its square.", "slide_type": "slide", "text": "The obvious way: the same BasicBlock, only wider. A 3x3 convolution has nine weights for each *pair* of an input and an output channel, and the block has two of them:\n\n$$2 \\cdot 9 \\cdot w \\cdot w = 18\\,w^2$$"}
# ## The price of width
#
# First see what the obvious way would cost: the same BasicBlock, only wider. A 3x3 convolution has nine weights for each *pair* of an input channel and an output channel. With width $w$ there are $w \cdot w$ pairs, and the block has two such convolutions:
#
# $$2 \cdot 9 \cdot w \cdot w = 18\,w^2$$

# %% slideshow={"notes": "Cover the last line and let them compute it from the first: 8 times the width, 64 times the weights.", "slide_type": "-"} tags=["hide-input"]
rows = []
for width in (64, 128, 256, 512):
    with torch.device("meta"):
        block = blocks.BasicBlock(width, width)
    built = block.conv1.weight.numel() + block.conv2.weight.numel()
    rows.append((width, 18 * width**2, built))
figures.table(["width", "weights by the formula", "built"], rows)

# %% [markdown] slideshow={"slide_type": "fragment", "text": "Four times the width is sixteen times the weights, in every block."}
# Four times the width is sixteen times the weights. A ResNet-34 of four times the width would pay that in every block.

# %% [markdown] slideshow={"notes": "9 min. Ask where the nine weights a pair hurt least: where there are few channels.", "slide_type": "slide", "text": "Looking at neighbours is dear: nine weights for each pair of channels. So do that where there are few channels.\n\n1. A 1x1 convolution *reduces* the channels.\n2. A 3x3 convolution looks at the neighbours, on the few channels.\n3. A 1x1 convolution *expands* the channels again.\n\nThis is a **bottleneck**.\n\n- **Outer width**: the channels that leave it\n- **Expansion**: outer width over the width inside. In ResNet it is 4: 256 outside, 64 inside"}
# ## One by three by one
#
# The dear part is looking at neighbours: it takes nine weights for each pair of channels. So do that where there are few channels.
#
# 1. A 1x1 convolution *reduces* the channels.
# 2. A 3x3 convolution looks at the neighbours, on the few channels.
# 3. A 1x1 convolution *expands* the channels again.
#
# A block of this shape is a **bottleneck**. The number of channels that leave it is its **outer width**. The **expansion** is the outer width divided by the width inside. In ResNet it is 4: a block for 256 channels works with 64 inside.

# %% [markdown] slideshow={"notes": "Without ReLUs the three convolutions are one. The notebook merges their weights with one einsum; in double precision the outputs agree.", "slide_type": "slide", "text": "A 1x1 convolution multiplies the channels of each pixel by one matrix. Three convolutions in a row are still *one* linear map:\n\n$$\\underbrace{\\text{1x1}}_{256 \\to 64} \\;\\text{then}\\; \\underbrace{\\text{3x3}}_{64 \\to 64} \\;\\text{then}\\; \\underbrace{\\text{1x1}}_{64 \\to 256} \\;=\\; \\text{one}\\; \\underbrace{\\text{3x3}}_{256 \\to 256}$$\n\nMerged into one and run, it puts out the same as the three."}
# ### ReLUs between them
#
# A 1x1 convolution can reduce and expand because it multiplies the channels of each pixel by one matrix (notebook 03). But three convolutions in a row are still one linear map. You could merge their weights into a single 3x3 convolution from 256 to 256 channels:

# %% slideshow={"slide_type": "skip"}
x = torch.randn(2, 256, 8, 8, dtype=torch.float64)
reduce = torch.randn(64, 256, 1, 1, dtype=torch.float64)
look = torch.randn(64, 64, 3, 3, dtype=torch.float64)
expand = torch.randn(256, 64, 1, 1, dtype=torch.float64)

three = F.conv2d(F.conv2d(F.conv2d(x, reduce), look, padding=1), expand)
merged = torch.einsum("om,mnkl,ni->oikl", expand[:, :, 0, 0], look, reduce[:, :, 0, 0])
one = F.conv2d(x, merged, padding=1)
print("merged weight", tuple(merged.shape))
print("the same:", torch.allclose(three, one))

# %% [markdown] slideshow={"slide_type": "fragment", "text": "So a batch normalisation and a ReLU stand after the first and after the second. With them the three are more than one."}
# So a ReLU stands after the first and after the second convolution, each behind a batch normalisation, as in the BasicBlock. With them the three are more than one.

# %% [markdown] slideshow={"notes": "Ask for the number of channels at the striped 3x3: 256 outside, 64 inside.", "slide_type": "slide", "text": "A Bottleneck and a BasicBlock of one outer width. A bar's height is its number of channels.\n\n- Striped are the 3x3 ones. On how many channels does each `conv2` work?\n- 512 in, 128 inside: four times the weights. And the ratio?\n- Both 64: what appears on the shortcut, and why?"}
# ### Look at the neck
#
# Below is a Bottleneck, and under it a BasicBlock of the same outer width. The height of each upright bar is the number of channels there; those marked ↕ you can also drag. The bars at the bottom say what the convolutions cost. Try this:
#
# - Compare the striped convolutions, the 3x3 ones. On how many channels does each block's `conv2` work?
# - Set *channels in* to 512 and *channels* to 128. All counts of weights grow fourfold. What does the ratio do?
# - Set both to 64: that is the first block of ResNet-50. What appears on the shortcut, and why?

# %% slideshow={"columns": true, "notes": "Drag it live, after each guess. Twice as wide: four times the weights, the same ratio. Then 64 and 64, the first block of ResNet-50: a projection appears, as 64 channels become 256.", "slide_type": "-"} tags=["hide-input"]
explorers.Bottleneck(in_channels=256, channels=64, stride=1)

# %% [markdown] slideshow={"notes": "8 min. Three convolutions, three terms. Ask for the third one.", "slide_type": "slide", "text": "Channels that come in: $i$. Width inside: $c$. Expansion: $e$.\n\n| convolution | from | to | weights |\n|---|---|---|---|\n| 1x1, reduces | $i$ | $c$ | $i \\cdot c$ |\n| 3x3, looks around | $c$ | $c$ | $9 \\cdot c \\cdot c$ |\n| 1x1, expands | $c$ | $e \\cdot c$ | $c \\cdot e \\cdot c$ |\n\n- Inside a stage a block gets what the block before it puts out: $i = e \\cdot c$.\n- The first block of a stage gets another number, so $i$ is an argument of its own."}
# ## Count it
#
# Write $i$ for the channels that come in, $c$ for the width inside and $e$ for the expansion. Three convolutions, three terms:
#
# | convolution | from | to | weights |
# |---|---|---|---|
# | 1x1, reduces | $i$ | $c$ | $i \cdot c$ |
# | 3x3, looks around | $c$ | $c$ | $9 \cdot c \cdot c$ |
# | 1x1, expands | $c$ | $e \cdot c$ | $c \cdot e \cdot c$ |
#
# Inside a stage a block gets what the block before it puts out: $i = e \cdot c$. The first block of a stage gets another number. That is why $i$ is an argument of its own.

# %% [markdown] slideshow={"notes": "Five minutes in the notebook.", "slide_type": "subslide"}
# ### Exercise: count the weights of a bottleneck
#
# Write `bottleneck_parameters(in_channels, channels, expansion=4)`. Out goes an `int`: the weights of the three convolutions alone. Batch normalisations and a projection are not counted, and no convolution has a bias.
#
# Example: with one channel in and one inside, `bottleneck_parameters(1, 1)` is 1 + 9 + 4 = 14.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def bottleneck_parameters(in_channels: int, channels: int, expansion: int = 4) -> int:
    """Weights of a bottleneck's three convolutions alone: no batch norms, no projection."""
    raise NotImplementedError


# %% [markdown] slideshow={"notes": "Ask why the ratio is the same in every row before you show the formula.", "slide_type": "subslide", "text": "The four stages of ResNet-50, and a BasicBlock of the same outer width:"}
# Now compare it with built layers, for the four stages of ResNet-50, and with a BasicBlock of the same outer width.

# %% slideshow={"slide_type": "-"} tags=["hide-input"]
rows = []
for channels in (64, 128, 256, 512):
    width = 4 * channels
    with torch.device("meta"):
        block = blocks.Bottleneck(width, channels)
    built = sum(conv.weight.numel() for conv in (block.conv1, block.conv2, block.conv3))
    formula, basic = bottleneck_parameters(width, channels), 18 * width**2
    rows.append((width, formula, built, basic, f"{basic / built:.2f}"))
figures.table(["outer width", "by the formula", "built", "BasicBlock", "ratio"], rows)

# %% [markdown] slideshow={"notes": "The ratio is 288/17, about 16.94. The two 1x1 convolutions together cost nearly as much as the 3x3: a quarter of the pairs each, at one weight a pair.", "slide_type": "fragment", "text": "The width inside is $w/4$, so the 3x3 has a sixteenth of the pairs:\n\n$$\\frac{w^2}{4} + \\frac{9\\,w^2}{16} + \\frac{w^2}{4} = \\frac{17}{16}\\,w^2 \\qquad\\text{against}\\qquad 18\\,w^2$$"}
# Why the same ratio in every row? The width inside is $w/4$, so the 3x3 has only a sixteenth of the pairs. Its two helpers have a quarter of the pairs each, at one weight a pair:
#
# $$\frac{w^2}{4} + \frac{9\,w^2}{16} + \frac{w^2}{4} = \frac{17}{16}\,w^2 \qquad\text{against}\qquad 18\,w^2$$
#
# The ratio is 288/17, about 16.94. The two 1x1 convolutions together cost nearly as much as the 3x3.

# %% [markdown] slideshow={"notes": "5 min. The hooks count what really runs. At stride 1 a weight works once for each position.", "slide_type": "slide", "text": "At stride 1 each weight works once at each of the 56 x 56 output positions: MACs are weights times 3,136."}
# ## Multiply-adds, counted by running it
#
# `cost` hangs a hook on every layer, runs the block once and notes what each layer did. At stride 1 each weight is used once for each of the 56 x 56 output positions, so MACs are weights times 3,136.

# %% slideshow={"slide_type": "-"}
cost(blocks.Bottleneck(256, 64), (256, 56, 56))

# %% [markdown] slideshow={"notes": "Ask which of the three needs most memory in training. Not the one with most MACs only. Counted are the activations of convolutions and linear layers alone.", "slide_type": "subslide", "text": "**Activations** are the numbers that a layer puts out. In training they stay in memory until the backward pass has used them."}
# The last column holds the **activations**: the numbers that a layer puts out. In training they stay in memory until the backward pass has used them. The table counts those of convolutions and linear layers alone, hence the zeros. Compare three blocks:

# %% slideshow={"slide_type": "-"} tags=["hide-input"]
rows = []
for name, block, width in [
    ("BasicBlock, width 64", blocks.BasicBlock(64, 64), 64),
    ("BasicBlock, width 256", blocks.BasicBlock(256, 256), 256),
    ("Bottleneck, width 256", blocks.Bottleneck(256, 64), 256),
]:
    total = cost(block, (width, 56, 56))
    rows.append((name, total.macs, total.activations))
figures.table(["block", "MACs", "activations"], rows)

# %% [markdown] slideshow={"notes": "The paper sets the first and the last line side by side, in figure 5.", "slide_type": "fragment", "text": "- Four times as wide as the block of ResNet-34 (first line), for *fewer* MACs\n- No memory saved: three times the activations of that block\n- It looks around less: one 3x3 convolution, where a BasicBlock has two"}
# - Against the block of ResNet-34 (first line) the bottleneck is four times as wide for *fewer* MACs. The paper sets these two side by side, in figure 5.
# - It does not save memory: it has three times the activations of that block.
# - It also looks around less: one 3x3 convolution a block, where a BasicBlock has two.

# %% [markdown] slideshow={"notes": "13 min. Two networks share one name. Ask which convolution should have the stride, and why, before you name the versions.", "slide_type": "slide", "text": "The first block of stages 2, 3 and 4 halves the map. Which of its three convolutions has the stride 2? Two answers are in use.\n\n- **v1**: the first 1x1. So it was in the paper's networks.\n- **v1.5**: the 3x3. So it is in torchvision, in the ResNeXt paper, and in this course.\n\nThe first block of stage 2, from v1.5 to v1:\n\n- Which size along the path changes?\n- Which convolution's MACs change, and by which factor?\n- Do the weights change?"}
# ## Where does the stride go?
#
# The first block of stages 2, 3 and 4 halves the map: it has stride 2. In a bottleneck, which of the three convolutions should have it? Two answers are in use.
#
# - **v1**: the first 1x1. So it was in the paper's networks; you will see below how one can tell.
# - **v1.5**: the 3x3. So it is in torchvision, in the ResNeXt paper, and in this course.
#
# Here is the first block of stage 2. Try this:
#
# - Switch *stride is in* to the first 1x1, or click `conv1`. Which size along the path changes?
# - Which convolution's MACs change with it, and by which factor? Do the weights change?

# %% slideshow={"notes": "v1.5 first, then v1: only conv1's output gets smaller and only its MACs change, by a factor of four. No weight changes.", "slide_type": "subslide", "states": [{}, {"v1": true}]}
explorers.Bottleneck(in_channels=256, channels=128, stride=2)

# %% [markdown] slideshow={"notes": "Ask for the factor between the two numbers of conv1 first.", "slide_type": "slide", "text": "In v1.5 the first 1x1 works on the full map, in v1 on a quarter of it. Here is that one block, and then whole networks."}
# ### What it costs
#
# In v1.5 the first 1x1 works on the full map. In v1 it works on a quarter of it. Count the block that you have just seen, and then whole networks.

# %% slideshow={"slide_type": "-"} tags=["hide-input"]
rows = []
for name, v1 in [("v1", True), ("v1.5", False)]:
    block = blocks.Bottleneck(256, 128, 2, blocks.shortcut(256, 512, 2), v1=v1)
    layers = cost(block, (256, 56, 56)).layers
    rows.append((name, *(layer.macs for layer in layers if layer.name.startswith("conv"))))
figures.table(["MACs of", "conv1", "conv2", "conv3"], rows)

# %% slideshow={"notes": "Ask: why is the last column the same three times? Each network has three blocks with stride 2.", "slide_type": "-"} tags=["hide-input"]
rows = []
for name, layers, paper in [
    ("ResNet-50", [3, 4, 6, 3], "3.8"),
    ("ResNet-101", [3, 4, 23, 3], "7.6"),
    ("ResNet-152", [3, 8, 36, 3], "11.3"),
]:
    with torch.device("meta"):
        old = cost(ResNet(blocks.Bottleneck, layers, v1=True), (3, 224, 224)).macs
        new = cost(ResNet(blocks.Bottleneck, layers), (3, 224, 224)).macs
    rows.append((name, f"{old / 1e9:.3f} G", f"{new / 1e9:.3f} G", f"{paper} G", new - old))
figures.table(
    ["MACs of", "v1, computed", "v1.5, computed", "He et al., paper", "v1.5 - v1, computed"], rows
)

# %% [markdown] slideshow={"notes": "3.858 against 3.8, 4.089 against 4.1: the figures say which version was counted.", "slide_type": "subslide", "text": "- He et al. (table 1, \"FLOPs\") agree with v1: 3.858 is 3.8 when cut off, though not when rounded; 4.089 is neither.\n- Xie et al. give 4.1 (*paper*, table 1), torchvision 4.09 (*published weights*): v1.5 alone.\n- Three blocks have stride 2, and each pays 102.8 - 25.7 = 77.1 million MACs more: 231 million in all, 6 % of ResNet-50, 2 % of ResNet-152.\n\n\"ResNet-50\" is the name of two networks."}
# ### Reading the table
#
# - The paper's figures (table 1, where they are called FLOPs) agree with v1 and not with v1.5. 3.858 is 3.8 when cut off, though not when rounded; 4.089 is neither.
# - For the same ResNet-50, Xie et al. give 4.1 (*paper*, table 1) and torchvision 4.09 (*published weights*). Those agree with v1.5 alone.
# - The difference is the same in all three networks, because each has three blocks with stride 2. Each of them pays 102.8 - 25.7 = 77.1 million MACs more. That makes 231 million: 6 % of ResNet-50, 2 % of ResNet-152.
#
# So "ResNet-50" is the name of two networks. Their parameters have the same names and shapes, so that the weights of one load into the other without a complaint:

# %% slideshow={"notes": "Every key matches, and the output is another one. Nothing warns you.", "slide_type": "skip"}
new = blocks.Bottleneck(64, 32, 2, blocks.shortcut(64, 128, 2)).eval()
old = blocks.Bottleneck(64, 32, 2, blocks.shortcut(64, 128, 2), v1=True).eval()
print(old.load_state_dict(new.state_dict()))

x = torch.randn(1, 64, 8, 8)
with torch.no_grad():
    print("same output:", torch.allclose(old(x), new(x)))

# %% [markdown] slideshow={"notes": "The notebook does it: every key matches, the outputs differ, and nothing warns you.", "slide_type": "fragment", "text": "Their parameters have the same names and shapes: the weights of one load into the other without a complaint, and the output is another one. **Before you load weights, know their version.**"}
# Nothing warns you. Before you load weights, know for which version they were trained.

# %% [markdown] slideshow={"notes": "What do the 231 million buy? A strided 1x1 reads one pixel in four. In notebook 03 that was no loss, because the residual path read them all. In v1 both paths read the same quarter.", "slide_type": "slide", "text": "In v1 both paths begin with a strided 1x1. Both read the *same* quarter.\n\nCrossed out: the gradient at $x$ is exactly zero."}
# ### What v1 throws away
#
# What do the 231 million buy? In notebook 03 the strided 1x1 projection read one pixel in four. That was no loss, because the residual path read them all. In v1 the residual path begins with a strided 1x1 as well, and it reads the *same* quarter.
#
# Ask the gradient. Where changing $x$ changes nothing, the gradient is exactly zero.

# %% slideshow={"slide_type": "skip"}
x = torch.randn(1, 64, 8, 8, requires_grad=True)
matters = {}
for name, v1 in [("v1", True), ("v1.5", False)]:
    block = blocks.Bottleneck(64, 32, 2, blocks.shortcut(64, 128, 2), v1=v1).eval()
    (gradient,) = torch.autograd.grad(block(x).sum(), x)
    matters[name] = gradient[0].abs().sum(dim=0) > 0  # (8, 8): over all channels
    print(f"{name:5} {matters[name].sum().item():2} of 64 positions matter")

# %% jupyter={"source_hidden": true} slideshow={"columns": true, "notes": "Crossed out: the gradient is exactly zero. Nothing written there can change the output.", "slide_type": "-"} tags=["hide-input"]
figure, axes = plt.subplots(1, 2, figsize=(7.5, 3.7), layout="constrained")
for place, (name, positions) in zip(axes, matters.items(), strict=True):
    cells = ListedColormap(["none", figures.SKY])
    place.pcolormesh(positions, cmap=cells, vmin=0, vmax=1, edgecolors=figures.GREY)
    rows, columns = (~positions).nonzero(as_tuple=True)
    place.scatter(columns + 0.5, rows + 0.5, marker="x", color=figures.VERMILION)
    place.set_title(f"{name}: {positions.sum().item()} of 64 positions of x matter")
    place.set(aspect="equal", xticks=[], yticks=[])
    place.invert_yaxis()
figures.show(
    figure,
    alt="Two grids of 8 by 8 positions. In v1 every second position of every second row is filled, "
    "and the other 48 are crossed out. In v1.5 all 64 are filled.",
)

# %% [markdown] slideshow={"slide_type": "fragment", "text": "Write 100 into all of them: v1 puts out exactly the same."}
# If that is true, you can write anything into the crossed-out positions and the block does not notice.

# %% slideshow={"slide_type": "skip"}
scribbled = x.detach().clone()
scribbled[:, :, 1::2, :] = 100  # every second row
scribbled[:, :, :, 1::2] = 100  # every second column
for name, v1 in [("v1", True), ("v1.5", False)]:
    block = blocks.Bottleneck(64, 32, 2, blocks.shortcut(64, 128, 2), v1=v1).eval()
    with torch.no_grad():
        print(f"{name:5} same output: {torch.equal(block(x), block(scribbled))}")

# %% [markdown] slideshow={"notes": "In v1 three quarters of what the previous stage has computed are dropped unread. The shortcut of v1.5 drops them too, but its residual path reads them. Whether a network becomes more accurate by it is a question for training.", "slide_type": "fragment", "text": "v1.5: at stride 2 the 3x3 windows overlap and cover every position."}
# In v1 three quarters of what the previous stage has computed are dropped unread. In v1.5 the 3x3 windows overlap: at stride 2 they still cover every position. Its shortcut keeps dropping three quarters, but the residual path reads them.
#
# Whether a network becomes more accurate by it is a question for training, which this notebook does not answer.

# %% [markdown] slideshow={"notes": "11 min. Read the table together, then ten minutes in the notebook.", "slide_type": "slide", "text": "All the parts are known. The block, in v1.5:\n\n| layer | kernel | channels | stride | then |\n|---|---|---|---|---|\n| conv1 | 1x1 | in_channels to channels | 1 | batch normalisation, ReLU |\n| conv2 | 3x3 | channels to channels | `stride` | batch normalisation, ReLU |\n| conv3 | 1x1 | channels to 4 * channels | 1 | batch normalisation |\n\nThen the shortcut is added, and the sum goes through a last ReLU.\n\n`channels` is the width inside. `ResNet` asks the class for its `expansion`, 4, before a block is built."}
# ## Build it
#
# You know all the parts. This is the block, in v1.5:
#
# | layer | kernel | channels | stride | then |
# |---|---|---|---|---|
# | conv1 | 1x1 | in_channels to channels | 1 | batch normalisation, ReLU |
# | conv2 | 3x3 | channels to channels | `stride` | batch normalisation, ReLU |
# | conv3 | 1x1 | channels to 4 * channels | 1 | batch normalisation |
#
# Then the shortcut is added, and the sum goes through a last ReLU.

# %% [markdown] slideshow={"notes": "The stride is in the 3x3, the shortcut may be None, and the caller's x must not change: an in-place addition or ReLU on it is the slip to expect.", "slide_type": "subslide", "text": "Write the class `Bottleneck(in_channels, channels, stride=1, downsample=None)`.\n\n- In comes `x` of shape (N, in_channels, H, W). Out goes (N, 4 * channels, H/stride, W/stride), rounded up.\n- `downsample` is the module on the shortcut, or `None` for the identity. The block owns it and calls it.\n- No convolution has a bias. The caller's `x` must not change.\n\nExample: `Bottleneck(256, 64)` maps (2, 256, 56, 56) to the same shape. `Bottleneck(256, 128, stride=2, downsample=blocks.shortcut(256, 512, 2))` maps it to (2, 512, 28, 28)."}
# ### Exercise: build Bottleneck
#
# Write the class `Bottleneck(in_channels, channels, stride=1, downsample=None)`.
#
# - In comes `x` of shape (N, in_channels, H, W). Out goes (N, 4 * channels, H/stride, W/stride), rounded up.
# - `channels` is the width inside. `downsample` is the module on the shortcut, or `None` for the identity. The block owns it and calls it.
# - No convolution has a bias. The caller's `x` must not change.
# - `expansion` is there already, as a class attribute: `ResNet` asks the class for it, before a block is built.
#
# Example: `Bottleneck(256, 64)` maps (2, 256, 56, 56) to the same shape. `Bottleneck(256, 128, stride=2, downsample=blocks.shortcut(256, 512, 2))` maps it to (2, 512, 28, 28).
#
# Use the layers of `nn` and the functions of `F`. The reference also has the option `v1`; yours needs none.


# %% slideshow={"notes": "Ten minutes in the notebook. Ask which of the three convolutions needs padding before they start.", "slide_type": "subslide"} tags=["exercise"]
@exercise
class Bottleneck(nn.Module):
    """1x1, 3x3 and 1x1 convolutions and a shortcut, with the stride in the 3x3."""

    expansion = 4

    def __init__(
        self,
        in_channels: int,
        channels: int,
        stride: int = 1,
        downsample: nn.Module | None = None,
    ) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError


# %% [markdown] slideshow={"notes": "The learner's own block in a ResNet-50: the number of parameters is the published one.", "slide_type": "subslide", "text": "One block, the first of stage 2, on small maps. Then sixteen of them, between a stem and a head:"}
# Put it to work. First one block, the first of stage 2, on small maps. Then sixteen of them, inside the stem and the head that you will build in notebook 05.

# %% slideshow={"slide_type": "-"}
block = Bottleneck(256, 128, stride=2, downsample=blocks.shortcut(256, 512, 2))
print("one block", tuple(block(torch.randn(2, 256, 14, 14)).shape))

with torch.device("meta"):
    model = ResNet(Bottleneck, [3, 4, 6, 3])
total = cost(model, (3, 224, 224))
print(f"ResNet-50 {total.parameters:,} parameters, {total.macs:,} MACs")

# %% [markdown] slideshow={"slide_type": "fragment", "text": "- torchvision gives its ResNet-50 25,557,032 parameters and 4.09 G MACs (*published weights*).\n- 16 blocks with 3 convolutions each, the stem's convolution and the last linear layer make 50."}
# These are *computed*. torchvision gives its ResNet-50 25,557,032 parameters and 4.09 G MACs (*published weights*).
#
# The name counts the layers with weights on the longest path: 16 blocks with 3 convolutions each, the stem's convolution and the last linear layer make 50.

# %% [markdown] slideshow={"notes": "3 min. The answers are in the notebook, folded up.", "slide_type": "slide"}
# ## Check yourself
#
# <details><summary>A bottleneck with expansion 4 has 1,024 channels outside. On how many does its 3x3 convolution work?</summary>
#
# On 1,024 / 4 = 256.
#
# </details>
#
# <details><summary>Which of the three convolutions needs padding, and how much?</summary>
#
# The 3x3 alone, 1 on each side. A 1x1 kernel needs no border; with one, its output would be larger than its input.
#
# </details>
#
# <details><summary>Somebody puts the stride into the last 1x1. Which layers then work on the full map, and what is wasted?</summary>
#
# The first two. The 3x3 computes the full map, and the last 1x1 reads a quarter of it. So most of the work is done for nothing.
#
# </details>
#
# <details><summary>Do v1 and v1.5 differ in a block with stride 1?</summary>
#
# No. They are the same function. In ResNet-50 they differ in 3 blocks of 16.
#
# </details>
#
# <details><summary>A paper reports 3.8 GFLOPs for its ResNet-50, another 4.1. Did one of them miscount?</summary>
#
# Not necessarily. 3.8 fits v1 and 4.1 fits v1.5. Ask where the stride is before you compare.
#
# </details>
#
# <details><summary>The bottleneck has fewer MACs than the BasicBlock of ResNet-34 in its stage. Does it also need less memory in training?</summary>
#
# No. It keeps three times as many activations.
#
# </details>

# %% [markdown] slideshow={"notes": "1 min. Next: the whole network.", "slide_type": "slide"}
# ## What to remember
#
# - A bottleneck reduces the channels, looks around where they are few, and expands them again: 1x1, 3x3, 1x1.
# - At equal outer width it has a seventeenth of the weights of a BasicBlock. It does not save activations.
# - `channels` is the width inside. The block puts out `channels * expansion`, with expansion 4.
# - v1 has the stride in the first 1x1, v1.5 in the 3x3. Same weights, another function, other MACs.
# - A 1x1 convolution with stride 2 reads a quarter of its input.

# %% slideshow={"slide_type": "skip"}
exercises.progress("04_bottleneck")

# %% [markdown] slideshow={"slide_type": "skip"}
# Next: [05 ResNet](05_resnet.ipynb) ([in Colab](https://colab.research.google.com/github/OWNER/REPOSITORY/blob/HEAD/notebooks/05_resnet.ipynb)).
