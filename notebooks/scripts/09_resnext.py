# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] slideshow={"notes": "90 min in all. 2 min. Or two lectures: the second begins at Build the block. In the room: merge_branches, resnext_width and ResNeXtBottleneck. matched_width in the room or at home. Run the training near the end before the lecture; it takes about a minute.", "slide_type": "slide", "text": "- Split, transform, merge, and what cardinality is\n- 32 branches become three convolutions: the same function\n- Why branches of two layers gain nothing\n- The width that keeps the cost when the number of branches changes\n- `ResNeXtBottleneck`, and torchvision's ResNeXt-50 in your own network"}
# # ResNeXt
#
# At the end of this notebook you will be able to
#
# - explain split, transform, merge, and what cardinality is,
# - turn a block of 32 branches into three convolutions, and prove that it is the same function,
# - show why branches of two layers gain nothing,
# - find the width that keeps the cost when the number of branches changes,
# - build `ResNeXtBottleneck`, and load torchvision's ResNeXt-50 into your own.
#
# You need notebooks 04 and 05, the bottleneck and the ResNet, and notebook 08, grouped convolution. This one takes about 60 minutes.

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
import math
from collections.abc import Sequence
from dataclasses import replace
from textwrap import fill

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
import torchvision
from IPython.display import clear_output
from torch import Tensor, nn

from course_lib import data, exercise, exercises, explorers, figures, labs
from course_lib.experiments import cardinality as experiment
from course_lib.experiments.cardinality import small_network
from course_lib.experiments.recorded import recorded
from course_lib.figures.block_diagram import block_diagram
from course_lib.models import resnext
from course_lib.models.blocks import Bottleneck  # noqa: F401  for a block of your own
from course_lib.models.conv import conv_parameters
from course_lib.models.cost import cost
from course_lib.models.resnet import ResNet
from course_lib.training.fit import fit

_ = torch.manual_seed(0)
torch.set_num_threads(1)  # many small groups are quicker, and steadier, on one core

# %% [markdown] slideshow={"notes": "3 min. Ask what one can turn on a network: depth, width, image size. Then the table: as many parameters, 1.7 points fewer errors. Where do they come from?", "slide_type": "slide", "text": "A better ResNet-50 for the same cost? Deeper costs more. Wider costs more. Is there anything else to turn?\n\n| 50 layers | parameters | MACs | top-1 error on ImageNet |\n|---|---|---|---|\n| ResNet-50 | 25.5 million | 4.1 billion | 23.9 % |\n| ResNeXt-50 (32x4d) | 25.0 million | 4.2 billion | 22.2 % |\n\n- All numbers are the *paper*'s (Xie et al. 2017, tables 1 and 3)\n- What is the second network, and what does 32x4d mean?"}
# ## Deeper, wider, or what else?
#
# You want a better ResNet-50, for the same cost. Deeper costs more. Wider costs more. Is there anything else to turn?
#
# Here are two networks of one paper. Both have 50 layers and nearly the same parameters and multiply-adds (MACs):
#
# | | parameters | MACs | top-1 error on ImageNet |
# |---|---|---|---|
# | ResNet-50 | 25.5 million | 4.1 billion | 23.9 % |
# | ResNeXt-50 (32x4d) | 25.0 million | 4.2 billion | 22.2 % |
#
# All numbers are the *paper*'s (Xie et al. 2017, tables 1 and 3). What is the second one, and what does 32x4d mean?

# %% [markdown] slideshow={"notes": "8 min. Write the neuron on the board first and keep it there: the block is the same line with something larger in place of the weight.", "slide_type": "slide", "text": "One neuron, $\\sum_i w_i x_i$, in three steps:\n\n- **split** $x$ into its numbers $x_i$\n- **transform** each by itself: $w_i x_i$\n- **merge** the results with a sum\n\nResNeXt has a small network $T_i$ in place of the multiplication, and a shortcut around it:\n\n$$y = x + \\sum_{i=1}^{C} T_i(x)$$"}
# ## Split, transform, merge
#
# Look at one neuron. It takes inputs $x_1 \dots x_D$ and computes $\sum_i w_i x_i$. In three steps:
#
# - **split** $x$ into its numbers $x_i$,
# - **transform** each by itself: $w_i x_i$,
# - **merge** the results with a sum.
#
# The paper keeps the three steps, and replaces the multiplication by something that can do more: a small network $T_i$. With a shortcut around it, that is the block of ResNeXt:
#
# $$y = x + \sum_{i=1}^{C} T_i(x)$$

# %% [markdown] slideshow={"notes": "Draw one branch with its three layers, then say: 32 of these. Let people read 32x4d aloud in words.", "slide_type": "fragment", "text": "- Each $T_i$ is a **branch**. Their number $C$ is the **cardinality**\n- **32x4d**: 32 branches, each a thin bottleneck that is $d = 4$ wide. In the first stage: 1x1 from 256 to 4, 3x3 from 4 to 4, 1x1 from 4 to 256"}
# Each $T_i$ is a **branch**. All branches have the same form and weights of their own. Their number $C$ is the **cardinality**: a size of the network beside its depth and its width.
#
# Every block of ResNeXt-50 has $C = 32$ branches. Take a block of the first stage. Each branch is a thin bottleneck: a 1x1 convolution from 256 channels (64 in the very first block) to $d = 4$, a 3x3 from 4 to 4, and a 1x1 from 4 back to 256. $d$ is the **bottleneck width**. So 32x4d says: 32 branches, 4 wide.

# %% [markdown] slideshow={"notes": "Nothing clever yet: weights for 32 branches in three lists. Ask why double precision: a difference that is only rounding must look like one.", "slide_type": "subslide", "text": "Weights first, three for each branch, in double precision: rounding cannot hide a mistake. Batch normalisation is left out to keep it short."}
# ### Build it from the equation
#
# Weights first, for each branch three. They are in double precision, so that rounding cannot hide a mistake. Batch normalisation is left out to keep the lines short: the first two work on each channel by itself, and the last one comes after the sum.

# %% slideshow={"slide_type": "-"}
C, d, channels = 32, 4, 256


def random_weights(*shape):
    weight = torch.randn(*shape, dtype=torch.float64) / math.prod(shape[1:]) ** 0.5
    return weight.requires_grad_()


reduces = [random_weights(d, channels, 1, 1) for _ in range(C)]  # 1x1: 256 to 4
transforms = [random_weights(d, d, 3, 3) for _ in range(C)]  # 3x3: 4 to 4
expands = [random_weights(channels, d, 1, 1) for _ in range(C)]  # 1x1: 4 to 256


# %% slideshow={"notes": "Compare with the equation, word for word: split, transform, merge. Then count: three convolutions times 32.", "slide_type": "subslide"}
def branch(x, reduce, transform, expand):
    out = F.relu(F.conv2d(x, reduce))
    out = F.relu(F.conv2d(out, transform, padding=1))
    return F.conv2d(out, expand)


def form_a(x):
    return x + sum(
        branch(x, *weights) for weights in zip(reduces, transforms, expands, strict=True)
    )


x = torch.randn(2, channels, 8, 8, dtype=torch.float64)
print(tuple(form_a(x).shape))

# %% [markdown] slideshow={"notes": "Let them guess how the three could look; the drawing comes next.", "slide_type": "fragment", "text": "The equation, word for word. But these are 96 small convolutions. Could three large ones do the same?"}
# This is the equation, word for word. But it is 96 small convolutions, one after the other. Could three large ones do the same?

# %% [markdown] slideshow={"notes": "16 min. Give people a minute to look. Ask what stays the same from (a) to (c): the numbers of channels. What disappears: first the sum, then the branches.", "slide_type": "slide", "text": "(a) is what we have just built. (b) joins the branches before the last convolution. (c) has no branch left: it has a grouped convolution. (After the paper's figure 3.)"}
# ## Three forms of one block
#
# The paper's figure 3 draws the same block in three ways. (a) is what you have just built. In (b) the branches are joined before the last convolution. In (c) no branch is left: there is a grouped convolution.

# %% jupyter={"source_hidden": true} slideshow={"slide_type": "-"} tags=["hide-input"]
reduce, transform, expand = "1×1\n256→4", "3×3\n4→4", "1×1\n4→256"
split = [[reduce, "…", reduce], [transform, "…", transform]]
forms = {
    "(a) 32 branches, summed": [*split, [expand, "…", expand], ["sum: 256"]],
    "(b) joined early": [*split, ["concatenate: 128"], ["1×1\n128→256"]],
    "(c) a grouped convolution": [
        ["1×1\n256→128"],
        ["3×3, 32 groups\n128→128"],
        ["1×1\n128→256"],
    ],
}
figure, axes = plt.subplots(1, 3, figsize=(12, 4.8), layout="constrained")
for place, (title, rows) in zip(axes, forms.items(), strict=True):
    block_diagram(place, title, rows)
figures.show(
    figure,
    alt="Three drawings from x at the top to the sum with x at the bottom. (a): 32 branches, each "
    "a 1x1 from 256 to 4, a 3x3 from 4 to 4 and a 1x1 from 4 to 256; then a sum. (b): the same 1x1 "
    "and 3x3, then a concatenation to 128 channels and one 1x1 from 128 to 256. (c): one 1x1 from "
    "256 to 128, one 3x3 with 32 groups, and one 1x1 from 128 to 256.",
)

# %% [markdown] slideshow={"notes": "Go layer by layer. The third is the one that needs thought: a 1x1 convolution is a weighted sum over its inputs, so one that reads all of them adds the branches by itself. It must be possible, then, to carry the weights over.", "slide_type": "subslide", "text": "- *First 1x1:* all branches read the same $x$. 32 convolutions to 4 channels each are one to 128\n- *3x3:* each branch reads its own 4 channels. That is a grouped convolution\n- *Last 1x1:* a weighted sum over input channels. One that reads all 128 adds the branches by itself ($h_i$: what branch $i$ holds before it):\n\n$$\\sum_{i=1}^{C} W_i\\, h_i = \\begin{pmatrix} W_1 & W_2 & \\cdots & W_C \\end{pmatrix} \\begin{pmatrix} h_1 \\\\ h_2 \\\\ \\vdots \\\\ h_C \\end{pmatrix}$$"}
# ### Why they should be the same
#
# Go through the three layers.
#
# - *First 1x1.* All branches read the same $x$. 32 convolutions to 4 channels each are one convolution to 128.
# - *3x3.* Each branch reads its own 4 channels. 32 small convolutions side by side: you know that from notebook 08.
# - *Last 1x1.* Here the branches are summed. A 1x1 convolution *is* a weighted sum over its input channels. One that reads all 128 at once adds the branches by itself. Let $h_i$ be what branch $i$ holds before its last 1x1, and $W_i$ the weight of that 1x1, a matrix:
#
# $$\sum_{i=1}^{C} W_i\, h_i = \begin{pmatrix} W_1 & W_2 & \cdots & W_C \end{pmatrix} \begin{pmatrix} h_1 \\ h_2 \\ \vdots \\ h_C \end{pmatrix}$$

# %% [markdown] slideshow={"slide_type": "skip"}
# So it must be possible to carry the weights over. You do it.

# %% [markdown] slideshow={"notes": "Ten minutes in the notebook. Three concatenations, two of them along one axis and one along another. Expect all three along the same axis, and a dense block-diagonal weight for the 3x3. Nobody should divide by the number of branches: the paper sums.", "slide_type": "subslide"}
# ### Exercise: merge the branches
#
# Write `merge_branches(reduce_weights, transform_weights, expand_weights)`. In come three lists of C weights: (d, in, 1, 1), (d, d, 3, 3) and (out, d, 1, 1). Out go the three weights of form (c), in that order: of the 1x1, of the 3x3 with C groups, and of the last 1x1.
#
# Example: from 32 branches of width 4, with 256 channels in and out, come weights of the shapes (128, 256, 1, 1), (128, 4, 3, 3) and (256, 128, 1, 1).
#
# Branch 0 comes first. Gradients must flow back to the branches.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def merge_branches(
    reduce_weights: Sequence[Tensor],
    transform_weights: Sequence[Tensor],
    expand_weights: Sequence[Tensor],
) -> tuple[Tensor, Tensor, Tensor]:
    """One grouped bottleneck's weights from those of C branches that are summed."""
    raise NotImplementedError


# %% [markdown] slideshow={"notes": "Both functions use the learner's own merge_branches. Form (c) is the bottleneck that everybody writes. Ask: are equal outputs enough? Two functions may meet at one point and part in the next step of training. 97 gradients: x, and 32 times three weights.", "slide_type": "subslide", "text": "All three forms get *the same weights*. Compare their outputs and gradients."}
# ### The proof, in numbers
#
# All three forms get *the same weights*. Form (b) uses the merged last weight alone. Form (c) uses all three.


# %% slideshow={"slide_type": "-"}
def form_b(x):
    _, _, expand = merge_branches(reduces, transforms, expands)
    parts = []
    for reduce, transform in zip(reduces, transforms, strict=True):
        parts.append(F.relu(F.conv2d(F.relu(F.conv2d(x, reduce)), transform, padding=1)))
    return x + F.conv2d(torch.cat(parts, dim=1), expand)


def form_c(x):
    reduce, transform, expand = merge_branches(reduces, transforms, expands)
    out = F.relu(F.conv2d(x, reduce))
    out = F.relu(F.conv2d(out, transform, padding=1, groups=C))
    return x + F.conv2d(out, expand)


# %% [markdown] slideshow={"notes": "Ask: are equal outputs enough? Two functions may meet at one point. 97 gradients: x, and 32 times three weights.", "slide_type": "skip"}
# Equal outputs are not enough: two functions may meet in one point and part in the next step of training. So compare the gradients too, at $x$ and at the weights of all 32 branches, three each.

# %% slideshow={"slide_type": "skip"} tags=["hide-input"]
x.requires_grad_()
leaves = [x, *reduces, *transforms, *expands]
direction = torch.randn_like(x)
results = {}
for name, form in {"a": form_a, "b": form_b, "c": form_c}.items():
    output = form(x)
    results[name] = [output, *torch.autograd.grad(output, leaves, direction)]

rows = []
for name in "bc":
    pairs = zip(results["a"], results[name], strict=True)
    output, *gradients = [(one - other).abs().max().item() for one, other in pairs]
    rows.append((f"(a) and ({name})", output < 1e-10, max(gradients) < 1e-10))
    assert max(output, *gradients) < 1e-10
figures.table(["agree to 1e-10", "outputs", f"all {len(gradients)} gradients"], rows)

# %% [markdown] slideshow={"slide_type": "fragment", "text": "Outputs and all 97 gradients agree to $10^{-10}$: one function, and it trains alike. Take (c): three convolutions in place of 96."}
# The three forms are one function, and they train alike. So take (c): it is the shortest to write, with three convolutions in place of 96.

# %% [markdown] slideshow={"notes": "7 min. Ask for a prediction: branches of two layers, will it save anything?", "slide_type": "slide", "text": "Could one save the first 1x1? Each branch is then a 3x3 to $d$ channels, a ReLU, and a 3x3 back."}
# ## Why three layers?
#
# Could one save the first 1x1, and use branches of two layers, as in a BasicBlock? Build it: each branch is a 3x3 to $d$ channels, a ReLU, and a 3x3 back.

# %% slideshow={"slide_type": "skip"}
branches, width, outer = 8, 4, 32
firsts = [random_weights(width, outer, 3, 3) for _ in range(branches)]
seconds = [random_weights(outer, width, 3, 3) for _ in range(branches)]
z = torch.randn(2, outer, 8, 8, dtype=torch.float64, requires_grad=True)

summed = sum(
    F.conv2d(F.relu(F.conv2d(z, one, padding=1)), two, padding=1)
    for one, two in zip(firsts, seconds, strict=True)
)

# %% [markdown] slideshow={"notes": "The middle is the point: between the two convolutions there is nothing that could be cut into groups.", "slide_type": "-", "text": "- The first convolutions all read the same input: they become one\n- The second ones are summed: they become one\n- Nothing is left in the middle that could have groups: eight branches of width 4 *are* one dense block of width 32 (section 3.3 of the paper)"}
# Now merge as before. The first convolutions all read $z$, so they become one. The second ones are summed, so they become one. Nothing is left in the middle that could have groups:

# %% slideshow={"slide_type": "skip"} tags=["hide-input"]
first, second = torch.cat(firsts), torch.cat(seconds, dim=1)
dense = F.conv2d(F.relu(F.conv2d(z, first, padding=1)), second, padding=1)

direction = torch.randn_like(dense)
leaves = [z, *firsts, *seconds]
gradients = [torch.autograd.grad(output, leaves, direction) for output in (summed, dense)]
gaps = [(one - other).abs().max().item() for one, other in zip(*gradients, strict=True)]
print("same outputs to 1e-10:  ", (summed - dense).abs().max().item() < 1e-10)
print("same gradients to 1e-10:", max(gaps) < 1e-10)
print("weights of 8 branches:  ", sum(w.numel() for w in firsts + seconds))
print("weights of a dense block", first.numel() + second.numel(), "with", len(first), "inside")
assert max((summed - dense).abs().max().item(), *gaps) < 1e-10

# %% [markdown] slideshow={"slide_type": "skip"}
# Eight branches of width 4 *are* one dense block of width 32: the same function, the same weights, no groups in it. This is section 3.3 of the paper: with fewer than three layers, branches give nothing but a wider dense block.

# %% [markdown] slideshow={"notes": "Two layers save nothing, three save two thirds. So branches want bottlenecks, and not BasicBlocks.", "slide_type": "fragment", "text": "With three layers, the one in the middle connects only what belongs to one branch:"}
# With three layers it is different. There the middle convolution connects only what belongs to one branch. Compare with dense blocks that are equally wide inside:

# %% slideshow={"slide_type": "fragment"} tags=["hide-input"]
rows = []
for name, small, large in [
    (
        "2 layers, 32 branches of 4",
        32 * (conv_parameters(256, 4, 3) + conv_parameters(4, 256, 3)),
        conv_parameters(256, 128, 3) + conv_parameters(128, 256, 3),
    ),
    (
        "3 layers, 32 branches of 4",
        sum(weight.numel() for weight in reduces + transforms + expands),
        conv_parameters(256, 128, 1) + conv_parameters(128, 128, 3) + conv_parameters(128, 256, 1),
    ),
]:
    rows.append((name, small, large, f"{1 - small / large:.0%}"))
figures.table(["weights of", "branches", "dense", "saved"], rows)

# %% [markdown] slideshow={"notes": "8 min. Ask for the width of the second stage of 32x4d: 256. Cut off first, then multiply.", "slide_type": "slide", "text": "In code the branches are `groups`, and $d$ is `width_per_group`.\n\n- `width_per_group` is meant for the first stage, with `channels=64`. Later stages have 128, 256 and 512, and their groups grow with them\n- A group has only whole channels: cut off, and then multiply\n\n$$\\text{width} = \\left\\lfloor \\text{channels} \\cdot \\frac{\\text{width per group}}{64} \\right\\rfloor \\cdot \\text{groups}$$\n\nOne group of 64 is the plain bottleneck."}
# ## 32 groups of 4, or 4 groups of 32?
#
# In code the branches are `groups`, and d is `width_per_group`. Two things about the numbers confuse people.
#
# The first: `width_per_group` is meant for the first stage, whose blocks have `channels=64`. Later stages have 128, 256 and 512, and their groups grow with them. A group has only whole channels, so cut off, and then multiply:
#
# $$\text{width} = \left\lfloor \text{channels} \cdot \frac{\text{width per group}}{64} \right\rfloor \cdot \text{groups}$$
#
# With one group of 64 this is `channels`: the plain bottleneck.

# %% [markdown] slideshow={"notes": "Three minutes. The second example tells the two orders apart: 3 groups of 7 are 21; cut off at the end it would be 22.", "slide_type": "subslide"}
# ### Exercise: the width inside
#
# Write `resnext_width(channels, groups, width_per_group)`. Out goes an `int`: the channels of the 3x3 convolution, all groups together.
#
# Example: `resnext_width(64, 32, 4)` is 32 groups of 4, that is 128. `resnext_width(96, 3, 5)` is 3 groups of 7, that is 21: 96 * 5 / 64 is 7.5, and a group has no half channel.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def resnext_width(channels: int, groups: int, width_per_group: int) -> int:
    """Channels of the 3x3 convolution: whole ones for each group, times the groups."""
    raise NotImplementedError


# %% [markdown] slideshow={"notes": "Two ways to read 32x4d. Let the room say what each of the two lines means before they compare the numbers.", "slide_type": "subslide", "text": "ResNeXt-50's four stages, read as 32 groups of 4 and as 4 groups of 32."}
# The widths of ResNeXt-50's four stages, and beside them those of the other reading, 4 groups of 32:

# %% slideshow={"notes": "Ask which of the two lines is ResNeXt. Nobody can tell from the widths: that is the trap.", "slide_type": "-"}
rows = []
for groups, width_per_group in [(32, 4), (4, 32)]:
    widths = [resnext_width(channels, groups, width_per_group) for channels in (64, 128, 256, 512)]
    rows.append((groups, width_per_group, *widths))
stages = [f"stage {number}" for number in range(1, 5)]
figures.table(["groups", "width_per_group", *stages], rows)

# %% [markdown] slideshow={"slide_type": "fragment", "text": "The trap: both readings give the *same* widths. Every shape fits, and nothing complains. So is it the same block?"}
# This is the second thing, and the trap: both readings give the *same* widths. Every shape fits, and nothing complains. So is it the same block? You will build both.

# %% [markdown] slideshow={"notes": "12 min. It is notebook 04's bottleneck with two changes. Let people name them before you read the table.", "slide_type": "slide", "text": "A bottleneck, with another width inside and groups in the middle:\n\n| layer | kernel | channels | stride | groups | then |\n|---|---|---|---|---|---|\n| conv1 | 1x1 | in_channels to width | 1 | 1 | batch normalisation, ReLU |\n| conv2 | 3x3 | width to width | `stride` | `groups` | batch normalisation, ReLU |\n| conv3 | 1x1 | width to 4 * channels | 1 | 1 | batch normalisation |\n\n- Then the shortcut is added, and the sum goes through a last ReLU\n- The 1x1 convolutions stay dense: they are where the groups meet"}
# ## Build the block
#
# It is the bottleneck of notebook 04, with another width inside and groups in the middle:
#
# | layer | kernel | channels | stride | groups | then |
# |---|---|---|---|---|---|
# | conv1 | 1x1 | in_channels to width | 1 | 1 | batch normalisation, ReLU |
# | conv2 | 3x3 | width to width | `stride` | `groups` | batch normalisation, ReLU |
# | conv3 | 1x1 | width to 4 * channels | 1 | 1 | batch normalisation |
#
# Then the shortcut is added, and the sum goes through a last ReLU. The 1x1 convolutions stay dense: they are where the groups meet.

# %% [markdown] slideshow={"notes": "Eight minutes in the notebook; it can start from their own Bottleneck. Expect groups and width_per_group swapped, and 3x3 convolutions that never get their groups. The check names both.", "slide_type": "subslide", "text": "- In comes `x` of shape (N, in_channels, H, W). Out goes (N, 4 * channels, H/stride, W/stride), rounded up\n- The width inside is `resnext_width(channels, groups, width_per_group)`. No convolution has a bias\n- `downsample` is the module on the shortcut, or `None`. The caller's `x` must not change\n- Does the block *do* anything with its layers that a `Bottleneck` does not? If you think not, inherit from it, and build other layers only\n- Any names will do. With torchvision's its weights will fit: `conv1`, `bn1`, `conv2`, `bn2`, `conv3`, `bn3`, `downsample`\n\nExample: `ResNeXtBottleneck(256, 64, groups=32, width_per_group=4)` maps (2, 256, 56, 56) to the same shape."}
# ### Exercise: build ResNeXtBottleneck
#
# Write the class `ResNeXtBottleneck(in_channels, channels, stride=1, downsample=None, groups=1, width_per_group=64)`.
#
# - In comes `x` of shape (N, in_channels, H, W). Out goes (N, 4 * channels, H/stride, W/stride), rounded up.
# - The width inside is `resnext_width(channels, groups, width_per_group)`. No convolution has a bias.
# - `downsample` is the module on the shortcut, or `None`. The caller's `x` must not change.
# - `expansion` is there already, as a class attribute. Does the block *do* anything with its layers that a `Bottleneck` does not? If you think not, inherit from `Bottleneck`, which is imported above, and build other layers only.
#
# Example: `ResNeXtBottleneck(256, 64, groups=32, width_per_group=4)` maps (2, 256, 56, 56) to the same shape.
#
# Any names will do. But only with torchvision's will its weights fit further down: `conv1`, `bn1`, `conv2`, `bn2`, `conv3`, `bn3`, `downsample`. (The reference also has the option `v1`; yours needs none.)


# %% slideshow={"notes": "The signature is torchvision's, so that a network can pass groups and width on.", "slide_type": "subslide"} tags=["exercise"]
@exercise
class ResNeXtBottleneck(nn.Module):
    """A bottleneck whose 3x3 convolution has groups, with the stride in the 3x3."""

    expansion = 4

    def __init__(
        self,
        in_channels: int,
        channels: int,
        stride: int = 1,
        downsample: nn.Module | None = None,
        groups: int = 1,
        width_per_group: int = 64,
    ) -> None:
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError


# %% [markdown] slideshow={"notes": "The answer to the trap. The same widths, and nearly half as many parameters again. Ask which layer pays: the 3x3, and only the 3x3.", "slide_type": "subslide", "text": "The first stage's block in both readings, and the plain bottleneck. Counted are the convolutions, on a map of 56 x 56."}
# ### Both readings, counted
#
# Now build both as the first stage's block, and the plain bottleneck beside them. Counted are the convolutions, on a map of 56 x 56.


# %% slideshow={"slide_type": "-"} tags=["hide-input"]
def convolutions(block, in_channels=256, size=56):
    """Parameters and MACs of the convolutions alone."""
    rows = [row for row in cost(block, (in_channels, size, size)).layers if row.kind == "Conv2d"]
    return sum(row.parameters for row in rows), sum(row.macs for row in rows)


rows = []
for name, groups, width_per_group in [
    ("1 group of 64 (plain)", 1, 64),
    ("32 groups of 4", 32, 4),
    ("4 groups of 32", 4, 32),
]:
    block = ResNeXtBottleneck(256, 64, groups=groups, width_per_group=width_per_group)
    parameters, macs = convolutions(block)
    width = resnext_width(64, groups, width_per_group)
    rows.append((name, width, parameters, macs))
figures.table(["branches", "width", "parameters", "MACs"], rows)

# %% [markdown] slideshow={"slide_type": "fragment", "text": "- The 3x3 costs $9 \\cdot \\text{width} \\cdot \\text{width per group}$: eight times as much with groups of 32 as with groups of 4\n- 32x4d means 32 groups of 4. Only that reading costs what the plain bottleneck does"}
# The 3x3 costs $9 \cdot \text{width} \cdot \text{width per group}$. With groups of 32 that is eight times what it is with groups of 4. 32x4d means 32 groups of 4: only that reading costs what the plain bottleneck does.

# %% [markdown] slideshow={"columns": true, "notes": "14 min. Ask each question, wait for an answer, then move the sliders. A bar's height is its number of channels. Point at the line in the chart: all that costs the same lies on it, and the point can be dragged along it.", "slide_type": "slide", "text": "- 8 branches of 4: how much cheaper? Which width brings it back to the line?\n- Along the line: 1 and 64, 2 and 40, 4 and 24, 8 and 14. What happens to the channels inside?\n- Count the *whole network*: do the paper's points stay near the line?"}
# ## Cardinality against width
#
# More branches for the same cost means narrower branches. Play with it. On the left are the branches, where a bar's height is its number of channels. On the right is the line on which every block has as many parameters as one branch of 64; drag the point along it. Try this:
#
# - Start with 32 and 4. Set *cardinality* to 8, and leave the width. How much cheaper does it get? Which width brings it back to the line?
# - Go along the line: 1 and 64, 2 and 40, 4 and 24, 8 and 14. What happens to the channels inside?
# - Set *count* to the whole network. Do the paper's five points stay near the line of equal parameters?
# - Write `explorers.Cardinality(block=ResNeXtBottleneck)`. Your own block then stands below, beside the course's.

# %% slideshow={"columns": true, "notes": "8 branches of 4 cost a quarter; 8 of 14 lie back on the line. Along the line 1 of 64, 2 of 40, 4 of 24, 8 of 14: the channels inside grow from 64 to 80 to 96 to 112. Last the whole network, where the paper's points still lie near the line.", "slide_type": "-"} tags=["hide-input"]
explorers.Cardinality()

# %% [markdown] slideshow={"notes": "Halve d on the board: the 1x1 parts halve, the 3x3 part falls to a quarter. So one can pay for more than twice as many branches.", "slide_type": "slide", "text": "With $i$ channels in and $o$ out, a block of $C$ branches has\n\n$$C \\cdot (i \\cdot d + 9 \\cdot d \\cdot d + d \\cdot o) \\text{ parameters}$$\n\n- Halve $d$: the 1x1 convolutions cost half, the 3x3 a quarter\n- So with narrower branches you can afford *more than* twice as many\n- The width inside, $C \\cdot d$, grows: from 64 to 128 along the line"}
# ### The formula
#
# A branch has three convolutions, so with $i$ channels in and $o$ out the block has
#
# $$C \cdot (i \cdot d + 9 \cdot d \cdot d + d \cdot o)$$
#
# parameters. Halve $d$, and the 1x1 convolutions cost half, the 3x3 a quarter. So when the branches get narrower you can afford *more than* twice as many, and the width inside, $C \cdot d$, grows: from 64 to 128 along the line.

# %% [markdown] slideshow={"notes": "Eight minutes, or at home. Trying all d is a right answer. Solving the square equation and rounding is not quite: nearest means nearest in parameters.", "slide_type": "subslide", "text": "Write `matched_width(cardinality, in_channels=256, out_channels=256, budget=70_000)`. Out goes the integer $d \\geq 1$ with which the block's parameters, $C \\cdot (i \\cdot d + 9 \\cdot d \\cdot d + d \\cdot o)$, are *nearest* to the budget, larger or smaller.\n\nExample: `matched_width(1)` is 64. That block has 69,632 parameters; with 65 it would have 71,305."}
# ### Exercise: the width at equal cost
#
# Write `matched_width(cardinality, in_channels=256, out_channels=256, budget=70_000)`. Out goes the integer $d \geq 1$ with which the block's parameters, by the formula above, are *nearest* to the budget, above or below it.
#
# Example: `matched_width(1)` is 64. That block has 69,632 parameters; with 65 it would have 71,305.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def matched_width(
    cardinality: int, in_channels: int = 256, out_channels: int = 256, budget: int = 70_000
) -> int:
    """The width of each branch with which a block costs most nearly `budget` parameters."""
    raise NotImplementedError


# %% [markdown] slideshow={"notes": "Each pair of columns is computed against paper. The widths agree in all five rows.", "slide_type": "subslide", "text": "Five blocks of about equal cost: `matched_width` finds the widths, and your block is counted."}
# ### The paper's table 2, regenerated
#
# The paper's table lists five blocks of about equal cost. Your function finds the widths, your block is built, and everything is counted.

# %% slideshow={"slide_type": "-"} tags=["hide-input"]
paper = {1: (64, 64), 2: (40, 80), 4: (24, 96), 8: (14, 112), 32: (4, 128)}
rows = []
for cardinality, (paper_d, paper_inside) in paper.items():
    width = matched_width(cardinality)
    block = ResNeXtBottleneck(256, 64, groups=cardinality, width_per_group=width)
    parameters, macs = convolutions(block)
    inside = resnext_width(64, cardinality, width)
    rows.append((cardinality, width, paper_d, inside, paper_inside, parameters, "≈ 70,000",
                 f"{macs / 1e9:.3f}", 0.22))  # fmt: skip
figures.table(
    ["C", "d: computed", "paper", "width inside: computed", "paper",
     "parameters: computed", "paper", "G MACs: computed", "paper"],
    rows,
)  # fmt: skip

# %% [markdown] slideshow={"slide_type": "fragment", "text": "All five widths come out as in the paper. A branch has whole channels, so the cost is only nearly equal: 8 branches end 2.6 % higher than the plain block."}
# All five widths come out as in the paper. They are not equal in cost to the last digit: a branch has a whole number of channels, so 8 branches end 2.6 % above the plain block.

# %% [markdown] slideshow={"notes": "The errors are the paper's trainings on ImageNet; we cannot repeat them here. Everything else is counted now.", "slide_type": "subslide", "text": "Whole networks of 50 layers, *computed* with your block. Each error is one of the *paper*'s trainings on ImageNet."}
# ### What the paper measured with them
#
# Now whole networks of 50 layers. Parameters and MACs are *computed* here, from your block inside the ResNet of notebook 05. The errors are the *paper*'s: each is a training on ImageNet.

# %% slideshow={"slide_type": "-"} tags=["hide-input"]
errors = {1: 23.9, 2: 23.0, 4: 22.6, 8: 22.3, 32: 22.2}
rows = []
for cardinality, (width, _) in paper.items():
    with torch.device("meta"):
        options = {"groups": cardinality, "width_per_group": width}
        model = ResNet(ResNeXtBottleneck, [3, 4, 6, 3], **options)
    total = cost(model, (3, 224, 224))
    name, macs = f"{cardinality}x{width}d", f"{total.macs / 1e9:.2f} G"
    rows.append((name, total.parameters, macs, errors[cardinality]))
figures.table(
    ["network", "parameters, computed", "MACs, computed", "top-1 error in %, paper, table 3"], rows
)

# %% [markdown] slideshow={"notes": "The MACs: in the first block of a stage the first 1x1 works on the large map, and it gets wider. More branches beat more layers in the paper's table 4: ResNeXt-101 2x64d has 20.7 %, with two branches of 64 where ResNet-101 has one. Say whose numbers these are: all errors here are quoted.", "slide_type": "fragment", "text": "- From one branch to 32 the error falls by 1.7 points, and in every step\n- The parameters stay within 2.1 % of the plain network's, the MACs within 4.4 %\n- 101 layers: 22.0 % with one branch, 21.2 % with 32 (table 3)\n- Larger: 21.7 % with 200 layers, 20.4 % with 64 branches and 101 layers (table 4)"}
# - From one branch to 32 the error falls by 1.7 points, and in every step. The parameters stay within 2.1 % of the plain network's.
# - The MACs do not stay quite as near: 8x14d has 4.4 % more than the plain network. In the first block of a stage the first 1x1 works on the large map, and it gets wider.
# - For 101 layers the paper reports 22.0 % with one branch and 21.2 % with 32 (table 3). Its table 4 compares ways to make a network of 101 layers larger. More layers: 21.7 % for a ResNet-200. More branches: 20.7 % for ResNeXt-101 2x64d, which has two branches of 64 where ResNet-101 has one, and 20.4 % for ResNeXt-101 64x4d.

# %% [markdown] slideshow={"notes": "4 min. Read the second row of the table: 25,557,032 parameters. It is ResNet-50, and nothing complained. Knowing this one number finds the bug.", "slide_type": "slide", "text": "One line: a ResNet with your block. It hands `groups` and `width_per_group` on to every block. Forget that, and you silently get a ResNet-50. So count."}
# ## ResNeXt-50, from your own block
#
# The whole network is one line now: the ResNet of notebook 05, with your block in it. Its `make_layer` hands `groups` and `width_per_group` on to every block. Forget that, and you silently get a ResNet-50. So count:

# %% slideshow={"slide_type": "-"}
network = ResNet(ResNeXtBottleneck, [3, 4, 6, 3], groups=32, width_per_group=4)
forgotten = ResNet(ResNeXtBottleneck, [3, 4, 6, 3])
rows = []
for name, model in [("ResNeXt-50 32x4d", network), ("options forgotten", forgotten)]:
    total = cost(model, (3, 224, 224))
    rows.append((name, total.parameters, total.macs))
figures.table(["network", "parameters", "MACs"], rows)

# %% [markdown] slideshow={"slide_type": "fragment"}
# These are *computed*. The *paper* has 25.0 million and 4.2 billion in table 1.

# %% [markdown] slideshow={"notes": "Strict loading checks names and shapes, the outputs check the rest. Swapped groups would fail here: the weight of every 3x3 has another shape.", "slide_type": "subslide", "text": "- Torchvision's network gives its state dict: 320 tensors\n- Yours has to take it without one name or shape too many, and then compute the same\n- Equal up to rounding: the test is passed\n- The weights are random here, and nothing is downloaded"}
# ### Torchvision's weights in it
#
# The strict test: torchvision's network gives its state dict, yours has to take it without one name or shape too many, and then compute the same. Torchvision's weights are random here, and nothing is downloaded.

# %% slideshow={"slide_type": "skip"} tags=["hide-input"]
theirs = torchvision.models.resnext50_32x4d(weights=None).eval()
if network.state_dict().keys() != theirs.state_dict().keys():
    print("Your parts have other names than torchvision's: going on with the reference.")
    network = ResNet(resnext.ResNeXtBottleneck, [3, 4, 6, 3], groups=32, width_per_group=4)
network.load_state_dict(theirs.state_dict(), strict=True)
network.eval()

images = torch.randn(2, 3, 96, 96, generator=torch.Generator().manual_seed(0))
with torch.no_grad():
    ours, torchvisions = network(images), theirs(images)
print(len(network.state_dict()), "tensors loaded")
print("output", tuple(ours.shape))
print("same output:", torch.allclose(ours, torchvisions, rtol=1e-4, atol=1e-5))

# %% [markdown] slideshow={"slide_type": "fragment", "text": "Trained on ImageNet, `resnext50_32x4d(weights=\"IMAGENET1K_V1\")` gets 77.618 % of the validation images right, ResNet-50 of the same version 76.130 % (both *published weights*)."}
# With an internet connection, `torchvision.models.resnext50_32x4d(weights="IMAGENET1K_V1")` has weights trained on ImageNet. They load in the same way, and get 77.618 % of the validation images right. ResNet-50 with weights of the same version gets 76.130 % (both *published weights*).

# %% [markdown] slideshow={"notes": "11 min. Ask for a plan: what must be equal, how many seeds, what counts as a difference? Then compare with what the notebook does.", "slide_type": "slide", "text": "- The paper's answer is for ImageNet and large networks. What about small pictures, a small network and a minute of training?\n- Two networks, equal but for their blocks: one branch of 16, or four branches of 6, as `matched_width` finds them\n- Each has a stem, two stages of two blocks, and a head. All blocks are your `ResNeXtBottleneck`"}
# ## Is it better on your data?
#
# The paper's answer is for ImageNet and large networks. What about small pictures, a small network and a minute of training? Do not guess: measure, with several seeds.
#
# Two networks, equal but for their blocks. Choose the width with your own function, for the equal cost of the block: 16 channels inside and 64 outside, so the budget is $\frac{17}{16} \cdot 64^2 = 4352$.

# %% slideshow={"slide_type": "skip"} tags=["hide-input"]
gpu = torch.cuda.is_available()
name = "cifar10" if gpu and "cifar10" in data.available() else "fashion_mnist_10k"
train, test = (data.load(name, split) for split in ("train", "test"))
if not gpu:  # a minute on a CPU: images of half the size, and 2,500 of them

    def smaller(split, count):
        images = F.avg_pool2d(split.images[:count].float(), 2).round().to(torch.uint8)
        return replace(split, images=images, labels=split.labels[:count])

    train, test = smaller(train, 2500), smaller(test, 2000)

d = matched_width(4, 64, 64, budget=4352)
print(f"1 branch of {matched_width(1, 64, 64, budget=4352)}, or 4 branches of {d}")

# %% [markdown] slideshow={"slide_type": "skip"}
# `small_network` has a stem, a stage of two blocks with 16 channels inside, one of two blocks with 32, and a head. All blocks are your `ResNeXtBottleneck`. As everywhere, `width_per_group` is given for 64 channels.

# %% slideshow={"slide_type": "-"} tags=["nbval-ignore-output", "hide-input"]
shape = tuple(train.images.shape[1:])
compared = {
    "ResNet, 1x16d": (1, 4 * 16),
    "ResNeXt, 4x6d": (4, 4 * 6),
}  # 16 channels: d is a quarter
costs, rows = {}, []
for kind, settings in compared.items():
    costs[kind] = cost(small_network(*settings, shape[0], block=ResNeXtBottleneck), shape)
    rows.append((kind, costs[kind].parameters, costs[kind].macs))
figures.table(["network", "parameters", "MACs"], rows)
ratios = [getattr(costs["ResNeXt, 4x6d"], what) / getattr(costs["ResNet, 1x16d"], what)
          for what in ("parameters", "macs")]  # fmt: skip
assert all(abs(ratio - 1) < 0.03 for ratio in ratios)

# %% [markdown] slideshow={"slide_type": "-", "text": "Equal to 3 %. Each is trained with five seeds, and in each round both get the same images in the same order."}
# Equal to 3 %. Now train each with five seeds. In each round both get the same images in the same order. On a CPU this takes about a minute. With a GPU it is longer, with all the images, and with CIFAR-10 if you have it.

# %% slideshow={"slide_type": "skip"} tags=["nbval-ignore-output"]
seeds, epochs = range(5), 20 if gpu else 3
accuracies = {kind: torch.zeros(len(seeds)) for kind in compared}
for seed in seeds:
    for kind, settings in compared.items():
        clear_output(wait=True)
        print(f"seed {seed + 1} of {len(seeds)}, {kind}")
        torch.manual_seed(seed)
        model = small_network(*settings, shape[0], block=ResNeXtBottleneck)
        history = fit(model, train, test, epochs=epochs, batch_size=64, augment=gpu, seed=seed)
        accuracies[kind][seed] = 100 * history.validation_accuracy[-1]
assert all(found.min() > 40 for found in accuracies.values())  # both learn; chance is 10

# %% jupyter={"source_hidden": true} slideshow={"notes": "Left the accuracies, right the difference seed by seed. Ask everybody for one sentence on it before you go on. Your own run will look a little different.", "slide_type": "subslide"} tags=["nbval-ignore-output", "hide-input"]
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
for place, found in enumerate(accuracies.values()):
    _ = left.plot([place + 0.15] * len(found), found, "o", color=figures.INK, fillstyle="none")
    _ = left.errorbar(place, found.mean(), found.std(), fmt="s", color=figures.BLUE, capsize=7)
_ = left.set_xticks(range(2), compared)
left.set(xlim=(-0.5, 1.5), title="test accuracy in %: ■ mean ± std, ○ each seed")
difference = accuracies["ResNeXt, 4x6d"] - accuracies["ResNet, 1x16d"]
error = difference.std() / len(seeds) ** 0.5
_ = right.axhline(0, color=figures.INK, linewidth=0.8)
_ = right.plot([0.1] * len(seeds), difference, "o", color=figures.INK, fillstyle="none")
_ = right.errorbar(0, difference.mean(), error, fmt="D", color=figures.VERMILION, capsize=7)
right.set(xlim=(-0.5, 0.5), xticks=[], title="difference: ◆ mean ± standard error")
_ = right.set_ylabel("ResNeXt minus ResNet, in points")
for place in (left, right):
    place.spines[["top", "right"]].set_visible(False)
figures.show(
    figure,
    alt="Two charts. On the left the test accuracies of the two networks, a point for each seed, "
    "with mean and standard deviation. On the right the difference of each seed, with mean and "
    "standard error, beside a line at zero.",
)

# %% [markdown] slideshow={"notes": "Pairs, because both networks of a round saw the same images. Then three standard errors.", "slide_type": "subslide", "text": "- Both networks of a round saw the same images: look at the difference, seed by seed\n- Its mean is off by chance, too, by about one **standard error**\n- With five seeds, chance alone takes it beyond three about once in 25 times"}
# ### What may you say?
#
# The two networks of a round saw the same images, so look at their difference, seed by seed. Its mean is off by chance too, by about one **standard error**. With five seeds, chance alone takes it more than three standard errors away from zero about once in 25 times.

# %% slideshow={"slide_type": "-"} tags=["nbval-ignore-output", "hide-input"]
mean, error = difference.mean().item(), error.item()
print(f"ResNeXt minus ResNet: {mean:+.2f} ± {error:.2f} points of accuracy")
if abs(mean) < 3 * error:
    print("That is no difference beyond chance.")
else:
    print(f"Beyond chance: in this setting {'ResNeXt' if mean > 0 else 'ResNet'} is better.")

# %% [markdown] slideshow={"slide_type": "fragment", "text": "- A difference within its error is evidence for neither side\n- A minute on small pictures says little about the paper's 1.7 points: it measured them on ImageNet, with networks several hundred times as large"}
# Say that, and no more. A difference within its error is no evidence for either side: neither that groups help here, nor that they do not. A minute of training on small pictures says little about the paper's 1.7 points, which it measured on ImageNet with networks several hundred times as large.

# %% [markdown] slideshow={"notes": "More images, more epochs, five seeds, run once and recorded. With a GPU the course can also train networks of 29 layers on CIFAR-10; that run is not recorded yet.", "slide_type": "slide", "text": "- The same two networks, five seeds: 5,000 images in place of 2,500, five epochs in place of three\n- *Recorded*: it takes four to five minutes on a CPU"}
# ### Longer, recorded
#
# The same two networks, trained on 5,000 images for five epochs instead of 2,500 for three, with five seeds. That takes four to five minutes on a CPU, so it was run once, and you see the *recorded* curves. They lie in `data/recorded/`, and a note there says how to record them anew.

# %% [markdown] slideshow={"slide_type": "skip"}
# With a GPU you can go further: a ResNet and a ResNeXt of 29 layers, all of CIFAR-10, 30 epochs, three seeds. `python -m course_lib experiment cardinality_cifar10` trains them and records the curves. That run is not recorded yet, so there are no curves of it here.

# %% slideshow={"slide_type": "-"} tags=["hide-input"]
longer = recorded("cardinality_fashion")
print(fill(f"recorded: {longer['data']}", 90))
print("machine: ", longer["machine"], "| torch", longer["versions"]["torch"])
finals = {kind: curves[:, -1] for kind, curves in experiment.accuracies(longer["runs"]).items()}
for kind, found in finals.items():
    print(f"{kind:14} {found.mean():.2f} ± {found.std():.2f} % (mean ± std of the seeds)")
difference = finals["ResNeXt, 4x6d"] - finals["ResNet, 1x16d"]
error = difference.std().item() / len(difference) ** 0.5
print(f"ResNeXt minus ResNet: {difference.mean():+.2f} ± {error:.2f} points (standard error)")
print(
    f"That is {difference.mean().abs() / error:.1f} standard errors from zero. Below 3 it may be chance."
)

# %% jupyter={"source_hidden": true} slideshow={"notes": "Two standard errors. Four of five seeds are above zero, one is below. Ask: would you publish this? Not with five seeds.", "slide_type": "subslide"} tags=["hide-input"]
figures.show(
    experiment.plot(longer["runs"]),
    alt="Recorded. Two charts. On the left the test accuracy of both networks after each of five epochs. "
    "Both end near 83 %, and their bars overlap. On the right the difference after the last epoch: "
    "four of five seeds are above zero, one is below. The mean is 0.48, its standard error 0.24.",
)

# %% [markdown] slideshow={"slide_type": "skip"}
# ### Lab: groups against width
#
# Try pairs of your own. Run the next cell by itself, and it opens a lab: choose groups and the width of each, look at the parameters that they cost, and see what a short training makes of them. At equal parameters, do more groups help? Say first what you expect.

# %% slideshow={"slide_type": "skip"}
labs.Cardinality()

# %% [markdown] slideshow={"notes": "4 min. Ask the room, one question each. The answers are in the notebook, folded up. The colleague with 25,557,032 parameters is everybody, once.", "slide_type": "slide"}
# ## Check yourself
#
# <details><summary>What do 32, 4 and d mean in 32x4d? How many groups does conv2 have?</summary>
#
# 32 is the cardinality, the number of branches or groups. 4 is the bottleneck width d of each, in the first stage. conv2 has 32 groups.
#
# </details>
#
# <details><summary>Why are the last 1x1 weights joined along the input channels, and not along the output channels?</summary>
#
# The branches are summed. A 1x1 convolution sums over its input channels, so one that reads all branches side by side adds them. Along the output channels you would get the branches' outputs beside each other.
#
# </details>
#
# <details><summary>In the fourth stage of ResNeXt-50 32x4d, how wide is one group, and how wide is conv2?</summary>
#
# There channels is 512: 512 * 4 / 64 = 32 for a group, 1,024 for all 32.
#
# </details>
#
# <details><summary>Your colleague's ResNeXt-50 has 25,557,032 parameters. What went wrong?</summary>
#
# That is ResNet-50. The groups and the width did not reach the blocks.
#
# </details>
#
# <details><summary>Somebody proposes a ResNeXt of BasicBlocks, two 3x3 convolutions in each of 32 branches. What do you answer?</summary>
#
# Summed branches of two layers are one dense block, only wider. One may put groups into its convolutions, but that is another function than the sum of branches.
#
# </details>
#
# <details><summary>Are the shortcuts still needed, with 32 branches?</summary>
#
# Yes. Without them the paper measures 26.1 % error for ResNeXt-50 and 31.2 % for ResNet-50 (*paper*), against 22.2 % and 23.9 %. Both suffer, ResNeXt less.
#
# </details>

# %% [markdown] slideshow={"notes": "1 min. Next: a ResNet and a ResNeXt typed from memory, full of bugs to find.", "slide_type": "slide"}
# ## What to remember
#
# - A ResNeXt block splits, transforms and merges: $y = x + \sum T_i(x)$. The number of branches is the cardinality.
# - Branches, early concatenation and grouped convolution are one function, with equal outputs and gradients. Write the grouped one.
# - Branches need three layers. With two they are a wider dense block.
# - 32x4d is 32 groups of 4. Swapped, all shapes still fit, and the cost does not.
# - At equal cost more branches are narrower each, and wider together. On ImageNet that was better in the paper's every step.
# - A difference is worth no more than its error bar.

# %% slideshow={"slide_type": "skip"}
exercises.progress("09_resnext")

# %% [markdown] slideshow={"slide_type": "skip"}
# Next: [10 Find the bugs](10_find_the_bugs.ipynb) ([in Colab](https://colab.research.google.com/github/OWNER/REPOSITORY/blob/HEAD/notebooks/10_find_the_bugs.ipynb)). A ResNet and a ResNeXt, typed from memory: find what is wrong in them, and repair it with the tools of notebooks 01 to 09.
