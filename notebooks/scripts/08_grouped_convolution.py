# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] slideshow={"notes": "80 min in all. 2 min. Three exercises, all short in code and long in thought: grouped_conv2d and block_diagonal_weight in the room, channel_shuffle if there is time. Run the cells of Measure it and of the regulariser before the lecture, on the machine that you show: the times are that machine's own.", "slide_type": "slide", "text": "- What `groups` does to a convolution, its weight, its parameters and its MACs\n- A grouped convolution out of dense ones, and as one dense convolution\n- Which channels reach which, and how a shuffle lets groups meet\n- Why fewer MACs are not always less time\n- A claim that people repeat, put to a small, fair test"}
# # Grouped convolution
#
# At the end of this notebook you will be able to
#
# - say what `groups` does to a convolution, to its weight, its parameters and its MACs,
# - build a grouped convolution out of dense ones, and write it as one dense convolution,
# - show which channels can reach which, and let groups meet with a shuffle,
# - explain why fewer MACs are not always less time,
# - put a claim that people repeat to a small, fair test.
#
# You need notebook 01: parameters and MACs of a convolution. This one takes about 60 minutes.

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
from dataclasses import replace

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from IPython.display import clear_output
from matplotlib.colors import ListedColormap
from torch import Tensor, nn

from course_lib import data, exercise, exercises, explorers, figures
from course_lib.models.conv import conv_macs, conv_parameters
from course_lib.models.cost import cost, count_parameters
from course_lib.models.groups import movement
from course_lib.training.fit import fit
from course_lib.training.steps import accuracy
from course_lib.training.timing import median_times

_ = torch.manual_seed(0)
torch.set_num_threads(1)  # the networks here are tiny, and the clock is steadier on one core

# %% [markdown] slideshow={"columns": true, "notes": "9 min. Ask: what would be lost if an output saw only half of the inputs? Leave it open: the shuffle is the answer, half an hour from now.", "slide_type": "slide", "text": "- **Dense**: every output is computed from *all* inputs\n- **Grouped**: cut inputs and outputs into $g$ groups; outputs see only their own group\n- `nn.Conv2d(..., groups=g)`"}
# ## Must every output see every input?
#
# In an ordinary convolution every output channel is computed from *all* input channels. Such a convolution is called **dense**. Nothing forces you to connect everything.
#
# Cut the input channels into $g$ equal **groups** of neighbours, and the output channels too. Let each group of outputs see its own group of inputs and nothing else. That is a **grouped convolution**. In PyTorch it is one argument: `nn.Conv2d(..., groups=g)`.

# %% [markdown] slideshow={"notes": "The channels of a real layer are no pictures of clothes. These are, so that one can see who sees whom. Ask what 4 groups will look like before you go on.", "slide_type": "-", "text": "Four pictures are the four input channels; random positive weights blend them."}
# See it on data. Four pictures of clothes become the four input channels of one convolution. Its weights are random and positive, so each output is a blurred blend of the channels that it sees.

# %% slideshow={"slide_type": "skip"}
test = data.load("fashion_mnist_10k", "test")
names = ["Trouser", "Sneaker", "Bag", "T-shirt/top"]
first = [(test.labels == test.classes.index(name)).nonzero()[0, 0].item() for name in names]
pictures = test.images[first, 0][None] / 255  # (1, 4, 28, 28): one image of four channels

rows = {"input": pictures}
for groups in (1, 2, 4):
    layer = nn.Conv2d(4, 4, 3, padding=1, groups=groups, bias=False)
    nn.init.uniform_(layer.weight)
    rows[f"groups={groups}"] = layer(pictures).detach()
for name, channels in rows.items():
    print(f"{name:8} {tuple(channels.shape)}")

# %% jupyter={"source_hidden": true} slideshow={"columns": true, "notes": "Go down row by row. One group: every output shows all four. Two groups: no trace of the bag or the T-shirt in the first two outputs. Four: nothing is blended, only blurred. Groups came into use for want of memory, not for speed: AlexNet did not fit on one card of its time, so some of its convolutions were cut in two. ResNeXt uses groups because they are cheap.", "slide_type": "-"} tags=["hide-input"]
figure, axes = plt.subplots(4, 4, figsize=(5.6, 5.8), layout="constrained")
for line, (name, channels) in zip(axes, rows.items(), strict=True):
    for place, (plot, channel) in enumerate(zip(line, channels[0], strict=True)):
        plot.imshow(channel, cmap="gray_r")
        plot.set(xticks=[], yticks=[])
        axes[0, place].set_title(f"channel {place}")
    line[0].set_ylabel(name)
figures.show(
    figure,
    alt="Four rows of four pictures. The input channels are a trouser, a sneaker, a bag and a "
    "T-shirt. With groups=1 every output shows all four on top of each other. With groups=2 outputs "
    "0 and 1 show trouser and sneaker, outputs 2 and 3 bag and T-shirt. With groups=4 each output "
    "shows one of them alone.",
)

# %% [markdown] slideshow={"notes": "It was not about speed: the network did not fit on one card of its time. Groups that save work came later.", "slide_type": "skip"}
# With `groups=2` no trace of the bag or the T-shirt is in the first two outputs. With `groups=4` nothing is blended at all.
#
# Groups came into use for want of memory: AlexNet did not fit on one graphics card, so some of its convolutions were cut in two, one half on each card (Krizhevsky et al. 2012). ResNeXt, in the next notebook, uses them because they are cheap.

# %% [markdown] slideshow={"columns": true, "notes": "Let people answer each question before you move the sliders. One output is followed from left to right: drag it up and down, or click any row. The weight stands there twice: as PyTorch stores it, and as that of a dense convolution.", "slide_type": "slide", "text": "- Move *groups* through 1, 2, 4 and 8. What happens to the lines, and to the parameters?\n- Set *groups* to 3. What is left over? Which numbers are allowed?\n- 4 channels in, 16 out, 4 groups: how many outputs has each input for itself?"}
# ### Look at the connections
#
# On the left, a line joins each input channel to each output that sees it. On the right is the layer's weight, twice: as PyTorch stores it, and as the weight of a dense convolution that does the same. Each cell is one slice of a kernel. One output is followed from left to right: drag it up and down, or click any row. Try this:
#
# - Move *groups* through 1, 2, 4 and 8. What happens to the number of lines, and to the parameters? You can also pull at the corner of the first block.
# - Set *groups* to 3. What is left over, and which numbers are allowed?
# - Set *channels in* to 4, *channels out* to 16 and *groups* to 4. How many outputs does each input have for itself?

# %% slideshow={"columns": true, "notes": "1, 2, 4 and 8 groups: the lines and the parameters halve each time. 3 groups leave two channels over on both sides, so there is no such layer, and PyTorch raises a ValueError that names the rule. Ask which numbers of groups 8 and 12 channels allow together: 1, 2 and 4. Last 4 inputs and 16 outputs in 4 groups: each input has four outputs for itself.", "slide_type": "-"} tags=["hide-input"]
explorers.GroupedConvolution()

# %% [markdown] slideshow={"notes": "A plain error, at once, and it names the rule. Ask which numbers of groups 8 and 12 channels allow together: 1, 2 and 4.", "slide_type": "skip"}
# Where the channels do not divide there is no such layer, and PyTorch says so:

# %% slideshow={"slide_type": "skip"}
try:
    nn.Conv2d(8, 8, 3, groups=3)
except ValueError as error:
    print("ValueError:", error)

# %% [markdown] slideshow={"notes": "5 min. Derive it from one kernel: how many slices has it? Both costs fall by g, because each weight is used once at every position.", "slide_type": "slide", "text": "The kernel of an output channel has one slice of $k \\times k$ weights for every input channel that it sees: now $\\text{in}/g$ of them.\n\n$$\\text{parameters} = \\text{out} \\cdot \\frac{\\text{in}}{g} \\cdot k \\cdot k \\qquad\\qquad \\text{MACs} = \\text{parameters} \\cdot H_\\text{out} \\cdot W_\\text{out}$$"}
# ## One g-th of the cost
#
# Why does it get cheaper? The kernel of each output channel has one slice of $k \times k$ weights for every input channel that it sees. Before, it saw all of them. Now it sees $\text{in}/g$. So the layer has
#
# $$\text{parameters} = \text{out} \cdot \frac{\text{in}}{g} \cdot k \cdot k$$
#
# Each weight is used once at every output position, as before. So the MACs fall by the same factor:
#
# $$\text{MACs} = \text{out} \cdot \frac{\text{in}}{g} \cdot k \cdot k \cdot H_\text{out} \cdot W_\text{out}$$

# %% [markdown] slideshow={"notes": "Three ways of counting that know nothing of each other. Ask for the last line before you show it: 128 groups, nine weights a channel.", "slide_type": "-", "text": "*Computed*: by formula, from the layer as it is built, by a hook that counts."}
# Three ways to the same numbers, all *computed*: the formulas of notebook 01, the weights that the built layer holds, and the MACs that a hook counts while it runs.

# %% slideshow={"slide_type": "fragment"} tags=["hide-input"]
rows = []
for groups in (1, 2, 4, 8, 32, 128):
    layer = nn.Conv2d(128, 128, 3, padding=1, groups=groups, bias=False)
    counted = cost(layer, (128, 28, 28))
    parameters = conv_parameters(128, 128, 3, groups)
    macs = conv_macs(128, 128, 3, 28, 28, groups)
    assert (parameters, macs) == (layer.weight.numel(), counted.macs)
    share = f"1/{128 * 128 * 9 // parameters}"
    rows.append((groups, parameters, layer.weight.numel(), macs, counted.macs, share))
figures.table(["groups", "parameters: formula", "built", "MACs: formula", "hook", "share"], rows)

# %% [markdown] slideshow={"notes": "11 min. Ask for the shape before it is printed. Many expect the output axis to be the short one: it is the input axis.", "slide_type": "slide", "text": "- Dense: the weight has the shape `(out, in, k, k)`\n- A kernel that sees fewer channels is thinner: `(out, in/g, k, k)`\n- The first out/g kernels belong to group 0, the next out/g to group 1, and so on"}
# ## The weight has one axis that is shorter
#
# The weight of a dense convolution has the shape (out, in, k, k). A kernel that sees fewer channels is thinner: the weight of a grouped one has the shape `(out, in/g, k, k)`. The first out/g kernels belong to group 0, the next out/g to group 1, and so on.

# %% slideshow={"slide_type": "-"}
layer = nn.Conv2d(12, 24, 3, groups=4, bias=False)
print(tuple(layer.weight.shape))

# %% [markdown] slideshow={"notes": "One small convolution for each group: that is what the exercise asks them to write.", "slide_type": "fragment", "text": "- 24 kernels for 12 / 4 = 3 channels each\n- Group 0: input channels 0 to 2, kernels 0 to 5. Group 1: channels 3 to 5, kernels 6 to 11\n- So a grouped convolution is $g$ small dense ones, side by side"}
# Here are 24 kernels for 12 / 4 = 3 channels each. Group 0 reads input channels 0 to 2 with kernels 0 to 5. Group 1 reads channels 3 to 5 with kernels 6 to 11.
#
# So a grouped convolution is nothing new. It is $g$ small dense convolutions, side by side.

# %% [markdown] slideshow={"notes": "Eight minutes in the notebook. A loop, three slices and a concatenation. The mistake to expect: split and chunk mixed up, so that the number of groups becomes their size. Afterwards the notebook compares with PyTorch's own, in double precision, also for groups=3: nothing in the code needs a power of two.", "slide_type": "subslide"}
# ### Exercise: a grouped convolution out of small dense ones
#
# Write `grouped_conv2d(x, weight, groups, stride=1, padding=0)`. In come `x` of shape (N, in, H, W) and `weight` of shape (out, in/groups, k, k). Out goes what `F.conv2d` would give with that many groups.
#
# - Use `F.conv2d` as often as you like, but dense: never give it `groups`.
# - Group 0 of the output comes first along the channel axis.
#
# Example: with `x` of shape (1, 2, 5, 5), a `weight` of two 1x1 kernels with the values 10 and 100, and `groups=2`, channel 0 of the output is 10 times channel 0 of `x`, and channel 1 is 100 times channel 1.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def grouped_conv2d(
    x: Tensor, weight: Tensor, groups: int, stride: int = 1, padding: int = 0
) -> Tensor:
    """x (N, in, H, W) and weight (out, in / groups, k, k) to (N, out, H', W')."""
    raise NotImplementedError


# %% [markdown] slideshow={"slide_type": "skip"}
# Is it the same function? Compare it with PyTorch's own, in double precision, where rounding is small.

# %% slideshow={"notes": "Double precision, so that rounding cannot hide a mistake. Point at groups=3: nothing in the code needs a power of two.", "slide_type": "skip"}
x, rows = torch.randn(2, 12, 14, 14, dtype=torch.float64), []
for groups in (1, 2, 3, 4, 6, 12):
    layer = nn.Conv2d(12, 24, 3, stride=2, padding=1, groups=groups, bias=False).double()
    ours = grouped_conv2d(x, layer.weight, groups, stride=2, padding=1)
    rows.append((groups, tuple(ours.shape), torch.allclose(ours, layer(x), atol=1e-12)))
figures.table(["groups", "output", "same as PyTorch's"], rows)

# %% [markdown] slideshow={"notes": "12 min. Draw the matrix on the board: rows are outputs, columns inputs. Ask what stands where an output does not see an input.", "slide_type": "slide", "text": "- An output does not see an input: its kernel may as well have a slice of *zeros* for it\n- So there is a dense convolution that does the same\n- Its weight is **block-diagonal**. Rows are outputs, columns are inputs:\n\n$$\\begin{pmatrix} \\text{group 0} & 0 & \\cdots & 0 \\\\ 0 & \\text{group 1} & \\cdots & 0 \\\\ \\vdots & \\vdots & \\ddots & \\vdots \\\\ 0 & 0 & \\cdots & \\text{group } g - 1 \\end{pmatrix}$$"}
# ## The same as a dense convolution with zeros
#
# Look at it from the other side. An output that does not see an input is an output whose kernel has a slice of *zeros* for it. So there is a dense convolution that does the same. Its weight is **block-diagonal**: blocks of slices along the diagonal, zeros everywhere else.

# %% [markdown] slideshow={"notes": "Eight minutes in the notebook. Expect copies off the diagonal, blocks all in the first columns, and detached weights. torch.block_diag works on matrices, so the kernel axes need a thought.", "slide_type": "subslide"}
# ### Exercise: the dense weight of a grouped convolution
#
# Write `block_diagonal_weight(weight, groups)`. In comes the weight of a grouped convolution, (out, in/groups, k, k). Out goes the weight of the dense convolution that computes the same, (out, in, k, k), in the same precision.
#
# Example: for two 1x1 kernels with the values 10 and 100 and `groups=2`, it is, written as a matrix,
#
# $$\begin{pmatrix} 10 & 0 \\ 0 & 100 \end{pmatrix}$$
#
# Each row is an output channel, each column an input channel. Gradients must flow through your function: do not detach anything.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def block_diagonal_weight(weight: Tensor, groups: int) -> Tensor:
    """weight (out, in / groups, k, k) to the dense (out, in, k, k) of the same function."""
    raise NotImplementedError


# %% [markdown] slideshow={"columns": true, "notes": "648 numbers against 2,592 with as many that are not zero: a quarter.", "slide_type": "subslide", "text": "One layer, 12 to 24 channels in 4 groups, written twice:\n\n- *stored*: 648 numbers\n- *dense*: 2,592 numbers, and 648 of them are not zero\n\nThe same input gives the same output."}
# Take a grouped layer, and run the same input through a dense convolution with the new weight.

# %% slideshow={"notes": "648 numbers against 2,592 with as many that are not zero: a quarter.", "slide_type": "skip"}
layer = nn.Conv2d(12, 24, 3, padding=1, groups=4, bias=False).double()
dense = block_diagonal_weight(layer.weight, groups=4).detach()
figures.table(
    ["weight", "shape", "numbers", "not zero"],
    [
        (name, tuple(weight.shape), weight.numel(), weight.count_nonzero().item())
        for name, weight in [("stored", layer.weight), ("dense", dense)]
    ],
)
print("same output:", torch.allclose(F.conv2d(x, dense, padding=1), layer(x), atol=1e-12))

# %% jupyter={"source_hidden": true} slideshow={"columns": true, "notes": "Left what is stored, right what it means. Count the blocks: four.", "slide_type": "-"} tags=["hide-input"]
figure, axes = plt.subplots(
    1, 2, figsize=(6.4, 4.6), width_ratios=(1, 3.2), layout="constrained", sharey=True
)
for place, weight, name in zip(axes, (layer.weight, dense), ("stored", "dense"), strict=True):
    size = weight.detach().norm(dim=(2, 3))  # one number for each kernel
    mesh = place.pcolormesh(size, cmap="Blues", vmin=0, edgecolors=figures.GREY, linewidth=0.3)
    place.set(aspect="equal", title=f"{name}\n{tuple(weight.shape)}")
axes[0].set(xlabel="channel of\nthe group", ylabel="output channel", xticks=[])
axes[1].set_xlabel("input channel")
axes[0].invert_yaxis()
_ = figure.colorbar(mesh, label="size of the kernel (norm); white is zero")
figures.show(
    figure,
    alt="Two matrices of 24 rows. The stored one has 3 columns, all filled. The dense one has 12 "
    "columns: four filled blocks of 6 rows and 3 columns go down its diagonal, and the rest is "
    "white, that is zero.",
)

# %% [markdown] slideshow={"columns": true, "slide_type": "fragment", "text": "Three zeros are multiplied for every number that counts: four times the MACs."}
# The dense version multiplies three zeros for every number that counts. It is the same function, at four times the MACs.

# %% [markdown] slideshow={"notes": "Ask first: equal outputs now, so equal after a step of training? Take a vote.", "slide_type": "subslide", "text": "The two layers agree now. Would they still agree after a step of training? Look at the gradient of the dense weight:"}
# ### Same function, other training
#
# The two layers agree now. Would they still agree after a step of training? Ask for the gradient of the dense weight:

# %% slideshow={"slide_type": "-"}
trainable = dense.clone().requires_grad_()
F.conv2d(x, trainable, padding=1).square().mean().backward()
zeros = dense == 0
print("zeros in the dense weight:       ", zeros.sum().item())
print("of them, with a gradient not zero:", (trainable.grad[zeros] != 0).sum().item())

# %% [markdown] slideshow={"slide_type": "fragment"}
# One step, and the zeros are zeros no more. A grouped layer cannot do that: the weights between groups are not zero, they do not exist.

# %% [markdown] slideshow={"notes": "4 min. Ask what a depthwise layer can never do: compare two channels. Then bring in the 1x1.", "slide_type": "slide", "text": "- **Depthwise**, $g = \\text{in}$: each channel has its own kernel, and no channels are mixed\n- A 1x1 convolution is the opposite: it mixes channels, and looks at no neighbours\n- One after the other: **depthwise separable** (MobileNet, Howard et al. 2017)"}
# ## Depthwise: as many groups as channels
#
# Take $g$ as large as it can be, $g = \text{in}$. Each group is a single channel with its own kernel. This is a **depthwise convolution**. It looks at the neighbourhood, and mixes no channels at all.
#
# A 1x1 convolution is the opposite: it mixes channels, and looks at no neighbours. One after the other they do both jobs. The pair is called a **depthwise separable convolution** (it is the main layer of MobileNet, Howard et al. 2017).

# %% slideshow={"notes": "Nearly all that is left is in the 1x1. Cheaper is not for free: the pair cannot imitate every dense layer.", "slide_type": "-"}
separable = nn.Sequential(
    nn.Conv2d(128, 128, 3, padding=1, groups=128, bias=False),
    nn.Conv2d(128, 128, 1, bias=False),
)
cost(separable, (128, 28, 28))

# %% [markdown] slideshow={"slide_type": "fragment", "text": "The dense 3x3 has 147,456 parameters, 8.4 times as many: the share is $\\frac{1}{128} + \\frac{1}{9}$."}
# The dense 3x3 layer has 147,456 parameters: 8.4 times as many as the pair. The share is $\frac{1}{\text{out}} + \frac{1}{k^2}$, here 1/128 + 1/9. Nearly all of what is left is in the 1x1. The pair is cheaper, and not the same function: it has too few weights to imitate every dense layer.

# %% [markdown] slideshow={"notes": "12 min. The question from the beginning comes back. Ask for a prediction: two grouped layers, how many outputs move?", "slide_type": "slide", "text": "- One grouped layer keeps its groups apart. What about two in a row?\n- `movement` adds 1 to the channels of one input group, then of the next, and says how far each output channel moves\n- An exact zero: that output does not see the group at all"}
# ## Groups cannot talk to each other
#
# One grouped layer keeps its groups apart. What about two in a row? Put it to the test. Perturb one group of inputs, and see which outputs move.
#
# `movement(network, x, groups)` does that for each group in turn: it adds 1 to the group's channels and returns how far each output channel moves, on average. An exact zero means that the output does not see the group at all.

# %% slideshow={"slide_type": "-"}
first = nn.Conv2d(12, 12, 3, padding=1, groups=3)
second = nn.Conv2d(12, 12, 3, padding=1, groups=3)
x = torch.randn(4, 12, 14, 14)
apart = movement(lambda x: second(F.relu(first(x))), x, groups=3)
print(tuple(apart.shape), "perturbed input group, output channel")

# %% jupyter={"source_hidden": true} slideshow={"notes": "Exact zeros, not small numbers: there is no path. A hundred such layers would still be three separate networks.", "slide_type": "subslide"} tags=["hide-input"]
figure, plot = plt.subplots(figsize=(8, 3), layout="constrained")
bars = plot.bar(range(12), apart[0], color=figures.SKY, edgecolor=figures.INK)
_ = plot.bar_label(bars, labels=["" if moved else "0" for moved in apart[0]])
for border in (3.5, 7.5):
    _ = plot.axvline(border, color=figures.GREY, linestyle="--")
plot.set(xlabel="output channel", ylabel="moves by", xticks=range(12))
plot.set_title("Two grouped layers, input group 0 perturbed")
figures.show(
    figure,
    alt="Twelve bars, one for each output channel. Channels 0 to 3, which are group 0, move. "
    "Channels 4 to 11 move by exactly 0.",
)

# %% [markdown] slideshow={"slide_type": "fragment", "text": "Group 0 reaches group 0 and nothing else. Stack a hundred such layers, and you still have three separate networks."}
# Group 0 of the input reaches group 0 of the output and nothing else. Stack a hundred such layers, and you still have three separate networks, each on a third of the channels.

# %% [markdown] slideshow={"notes": "Do it with six playing cards. Row by row into a table, column by column out.", "slide_type": "slide", "text": "Let the channels change places between the layers. A **channel shuffle** is not random: first channel of each group, then the second of each, and so on (ShuffleNet, Zhang et al. 2018).\n\n| 6 channels in 2 groups | order |\n|---|---|\n| before | 0 1 2 \u00b7 3 4 5 |\n| after | 0 3 1 \u00b7 4 2 5 |\n\n- It costs no parameter and no MAC\n- Each new group has channels from both old ones"}
# ### Deal the cards anew
#
# Between the two layers, let the channels change places. A **channel shuffle** (Zhang et al. 2018, ShuffleNet) is not random. It takes the first channel of each group, then the second of each, and so on. For 6 channels in 2 groups:
#
# | | order of the channels |
# |---|---|
# | before | 0 1 2 · 3 4 5 |
# | after | 0 3 1 · 4 2 5 |
#
# It costs no parameter and no MAC. Each new group has channels from both old ones.

# %% [markdown] slideshow={"notes": "Five minutes in the notebook. A view, a swap of two axes, a view back. Expect the two sizes in the first view the wrong way round: then the order for 2 groups is that for 3.", "slide_type": "subslide"}
# ### Exercise: shuffle channels between the groups
#
# Write `channel_shuffle(x, groups)`. In comes `x` of shape (N, C, H, W). Out goes a tensor of the same shape, in which the channels have changed places. Images and pixels stay where they are.
#
# Example: for 6 channels and `groups=2` the new order is 0, 3, 1, 4, 2, 5. For `groups=3` it is 0, 2, 4, 1, 3, 5.
#
# PyTorch has this as `nn.ChannelShuffle`. Write it with operations on the shape.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def channel_shuffle(x: Tensor, groups: int) -> Tensor:
    """Deal the channels of x (N, C, H, W) out: the first of each group, the second of each ..."""
    raise NotImplementedError


# %% [markdown] slideshow={"notes": "Check one by hand: new group 0 holds the first channels of the old groups 0, 1 and 2, and then the second of group 0.", "slide_type": "skip"}
# Twelve channels in three groups, numbered to see where they go:

# %% slideshow={"slide_type": "skip"}
numbers = torch.arange(12).view(1, 12, 1, 1)
shuffled = channel_shuffle(numbers, groups=3).view(3, 4)  # a row for each new group
print("new group 0:", *shuffled[0].tolist())
print("new group 1:", *shuffled[1].tolist())
print("new group 2:", *shuffled[2].tolist())
print("torch's:    ", torch.equal(shuffled, nn.ChannelShuffle(3)(numbers.float()).view(3, 4)))

# %% [markdown] slideshow={"columns": true, "notes": "Same weights, no training, one shuffle. Ask how many of the 36 pairs touch now.", "slide_type": "subslide", "text": "The same two layers, with a shuffle between them. Nothing is trained, and no weight is changed.\n\n- Without: 12 of 36 pairs of input group and output touch\n- With: all 36"}
# Now the same two layers with a shuffle between them. Nothing is trained, and no weight is changed.

# %% slideshow={"slide_type": "skip"}
meeting = movement(lambda x: second(channel_shuffle(F.relu(first(x)), 3)), x, groups=3)
print("pairs of input group and output channel that touch:")
print(f"before {(apart > 0).sum().item()} of {apart.numel()}")
print(f"after  {(meeting > 0).sum().item()} of {meeting.numel()}")

# %% jupyter={"source_hidden": true} slideshow={"columns": true, "notes": "Three islands without, none with. ResNeXt uses no shuffle: its dense 1x1 convolutions let the groups meet.", "slide_type": "-"} tags=["hide-input"]
figure, axes = plt.subplots(2, 1, figsize=(7.5, 4.2), layout="constrained", sharex=True)
for place, moved, name in zip(axes, (apart, meeting), ("without", "with"), strict=True):
    cells = ListedColormap(["none", figures.SKY])
    _ = place.pcolormesh(moved > 0, cmap=cells, vmin=0, vmax=1, edgecolors=figures.GREY)
    group, channel = (moved == 0).nonzero(as_tuple=True)
    _ = place.scatter(channel + 0.5, group + 0.5, marker="x", color=figures.VERMILION)
    place.set(ylabel="perturbed\ninput group", title=f"{name} a shuffle: filled outputs move")
    _ = place.set_yticks([0.5, 1.5, 2.5], range(3))
    place.invert_yaxis()
_ = axes[1].set_xticks([channel + 0.5 for channel in range(12)], range(12))
_ = axes[1].set_xlabel("output channel")
figures.show(
    figure,
    alt="Two grids with a row for each of 3 perturbed input groups and a column for each of 12 "
    "output channels. Without a shuffle only 4 outputs in each row move, those of the same group, "
    "and the others are crossed out. With a shuffle all 12 move in every row.",
)

# %% [markdown] slideshow={"columns": true, "slide_type": "fragment", "text": "- A group needs as many channels as there are groups, or more\n- The other way: a dense 1x1 convolution, as in ResNeXt"}
# After one shuffle every input group reaches every output. For this a group needs at least as many channels as there are groups, or it has too few cards to deal one to each.
#
# There is another way to let groups meet: a 1x1 convolution, which is dense. That is what ResNeXt does, before and after each grouped layer.

# %% [markdown] slideshow={"notes": "12 min. Take bets: 1/128 of the MACs, what share of the time? Write the bets down before you go on.", "slide_type": "slide", "text": "- 128 groups: 1/128 of the MACs. And 1/128 of the time?\n- The input must be read, the weight must be read, the output must be written. Groups do not shrink the input or the output\n- **Arithmetic intensity**: how much work is done for what is moved\n\n$$\\text{intensity} = \\frac{\\text{MACs}}{\\text{numbers read or written}}$$\n\n- If it is low, the processor waits for memory, and fewer MACs do not help"}
# ## Fewer MACs are not less time
#
# With 128 groups a layer does 1/128 of the MACs. Does it take 1/128 of the time? Before you measure, think about what else has to happen. The input must be read, the weight must be read, and the output must be written. Groups do not shrink the input or the output.
#
# The **arithmetic intensity** of a layer says how much work it does for what it moves: here, MACs for each number that is read or written once. If it is low, the processor waits for memory, and fewer MACs do not help.

# %% slideshow={"notes": "Cover the columns of MACs per number. The MACs fall by 128, what is moved hardly falls. So each number that is fetched is used less.", "slide_type": "subslide"} tags=["hide-input"]
rows = []
for groups in (1, 2, 4, 8, 16, 32, 64, 128):
    row = [groups]
    for kernel in (3, 1):
        macs = 8 * conv_macs(128, 128, kernel, 28, 28, groups)
        moved = 2 * 8 * 128 * 28 * 28 + conv_parameters(128, 128, kernel, groups)
        row += [f"{macs / 1e6:.1f}", f"{moved / 1e6:.2f}", f"{macs / moved:.1f}"]
    rows.append(row)
print("a batch of 8, 128 channels of 28 x 28, in and out")
figures.table(
    ["groups", "3x3: MACs in M", "moved in M", "MACs/number",
     "1x1: MACs in M", "moved in M", "MACs/number"],
    rows,
)  # fmt: skip

# %% [markdown] slideshow={"slide_type": "fragment", "text": "- The MACs fall to 1/128, what is moved hardly changes: the intensity falls, too\n- Depthwise, stride 1: $k^2$ MACs for one number read and one written. That is $k^2/2$, or 4.5 for a 3x3 kernel, with any number of channels"}
# The MACs fall to 1/128. What has to be moved hardly changes, so the intensity falls with the MACs. For a depthwise layer of stride 1 you can work it out, leaving out its few weights: $k^2$ MACs for each output number, one number read and one written. That makes $k^2/2$, 4.5 for a 3x3 kernel, with any number of channels and any batch.

# %% [markdown] slideshow={"notes": "These are the times of the machine that ran the notebook. Run it on yours and show those; the shape of the curve is the lesson, not the milliseconds.", "slide_type": "subslide", "text": "Each layer runs 15 times after a warm-up; these are the medians. A plain copy of the input runs beside them: it reads and writes as many numbers, and computes nothing."}
# ### Measure it
#
# Now the clock, on this machine and one core of it, or on the GPU. `median_times` calls each layer once to warm up, then 15 times, and returns the medians. It also times a plain copy of the input: that reads and writes as many numbers as a layer does, but for the few of the weight, and computes nothing.

# %% slideshow={"slide_type": "skip"}
device = "cuda" if torch.cuda.is_available() else "cpu"
x = torch.randn(8, 128, 28, 28, device=device)

every_groups = [1, 2, 4, 8, 16, 32, 64, 128]
layers = {
    (kernel, groups): nn.Conv2d(
        128, 128, kernel, padding=kernel // 2, groups=groups, bias=False, device=device
    )
    for kernel in (3, 1)
    for groups in every_groups
}
with torch.no_grad():
    copy, *medians = median_times(
        [x.clone, *(lambda layer=layer: layer(x) for layer in layers.values())]
    )
milliseconds = {key: 1000 * median for key, median in zip(layers, medians, strict=True)}

# %% slideshow={"slide_type": "-"} tags=["nbval-ignore-output", "timing", "hide-input"]
print(f"on the {device}; a copy of the input takes {1000 * copy:.2f} ms")
rows = []
for groups in every_groups:
    row = [groups]
    for kernel in (3, 1):
        macs = 8 * conv_macs(128, 128, kernel, 28, 28, groups)
        taken = milliseconds[kernel, groups]
        row += [f"{taken:.2f}", f"{macs / taken / 1e6:.1f}"]
    rows.append(row)
figures.table(["groups", "3x3 in ms", "G MACs a second", "1x1 in ms", "G MACs a second"], rows)
assert milliseconds[1, 128] > milliseconds[1, 1] / 128  # the share of the MACs

# %% jupyter={"source_hidden": true} slideshow={"notes": "Both axes are logarithmic. Dashed is what the MACs promise, dotted what a mere copy takes. On the left the curve leaves the promise at some number of groups, on the right nearly at once. Come back to the bets.", "slide_type": "subslide"} tags=["nbval-ignore-output", "timing", "hide-input"]
figure, axes = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
for plot, kernel, marker in zip(axes, (3, 1), "os", strict=True):
    measured = [milliseconds[kernel, groups] for groups in every_groups]
    promised = [measured[0] / groups for groups in every_groups]
    _ = plot.loglog(every_groups, measured, marker + "-", color=figures.BLUE, label="measured")
    _ = plot.loglog(every_groups, promised, "--", color=figures.VERMILION, label="as MACs promise")
    _ = plot.axhline(1000 * copy, color=figures.GREY, linestyle=":", label="a copy of the input")
    plot.set(xlabel="groups", ylabel="milliseconds", title=f"{kernel}x{kernel} kernel")
    _ = plot.set_xticks(every_groups, every_groups)
    plot.minorticks_off()
    plot.spines[["top", "right"]].set_visible(False)
    _ = plot.legend(frameon=False)
figures.show(
    figure,
    alt="Two charts of time over the number of groups, for a 3x3 and a 1x1 kernel. A dashed line "
    "falls as the MACs do. The measured times are marked, and a dotted line shows how long a copy "
    "of the input takes.",
)

# %% [markdown] slideshow={"notes": "Ask for reasons before the next slide: memory, and pieces too small for the processor.", "slide_type": "subslide", "text": "A layer with twice the groups has half the MACs. Did it ever take *longer*? Counted are differences of more than 5 %."}
# ### When it goes the other way
#
# A layer with twice the groups has half the MACs. Did it ever take *longer* on this machine? The cell counts a difference of more than 5 %.

# %% slideshow={"slide_type": "-"} tags=["nbval-ignore-output", "timing", "hide-input"]
rows = []
for kernel in (3, 1):
    measured = [milliseconds[kernel, groups] for groups in every_groups]
    share = measured[-1] / measured[0]
    slower = [
        f"{groups} groups take {after / before:.2f} times as long as {groups // 2}"
        for groups, before, after in zip(every_groups[1:], measured[:-1], measured[1:], strict=True)
        if after > 1.05 * before
    ]
    longer = "; ".join(slower) or "more groups were never slower"
    rows.append((f"{kernel}x{kernel}", f"{share:.2f} times the time", longer))
figures.table(["kernel", "with 1/128 of the MACs", "longer in spite of more groups"], rows)

# %% [markdown] slideshow={"notes": "All this depends on the machine, on the version of PyTorch and on what else is running. Libraries have special routines for some numbers of groups, and slower general ones for the others. The sentence to take home: count MACs to compare designs, measure before you call one fast.", "slide_type": "fragment", "text": "- *Memory:* the numbers have to be moved, however few MACs there are\n- *Small pieces:* a processor is fast when it does the same thing to many numbers at once. A group with few channels gives it short pieces\n- **Count MACs to compare designs, and measure before you call one fast**"}
# What you read there depends on the machine, on the version of PyTorch and on what else is running. Two reasons are behind most of it:
#
# - *Memory.* The numbers have to be moved, however few MACs there are. The dotted line shows what moving alone takes. Where a layer stays far above it, memory is not the whole reason.
# - *Small pieces.* A processor is fast when it does the same thing to many numbers at once. A group with few channels gives it short pieces to work on. Libraries have special routines for some numbers of groups, and slower general ones for the others.
#
# The columns *G MACs a second* show it: they say how busy the arithmetic is. So count MACs to compare designs, and measure before you call one fast.

# %% [markdown] slideshow={"notes": "8 min. A claim that people repeat. Ask how they would test it, and what must be kept equal. The two kinds of equal are the point.", "slide_type": "slide", "text": "- A **regulariser** keeps a network from learning its training images by heart. People say that groups do\n- **Generalisation gap**: accuracy on training images minus accuracy on others\n- *Equal width:* a smaller gap may come from fewer parameters\n- *Equal parameters:* only the groups are left, or the width that they pay for"}
# ## Is it a regulariser?
#
# A **regulariser** is whatever keeps a network from learning its training images by heart. You can read that grouped convolution acts as one. A network that learns by heart does well on the training images and worse on others. The difference in accuracy is its **generalisation gap**.
#
# Three networks, alike but for their width and their groups:
#
# | | compared with the dense one |
# |---|---|
# | dense | |
# | grouped, equal width | as many channels, fewer parameters |
# | grouped, equal parameters | about as many parameters, more channels |
#
# Why two grouped ones? At equal width a smaller gap may come from the groups, or simply from there being fewer parameters. At equal parameters only the groups can be the reason, or the width that they pay for.


# %% slideshow={"notes": "Read the parameters: at equal width a quarter of them is left, at equal parameters the width is doubled.", "slide_type": "-"} tags=["hide-input"]
def network(width, groups):
    """Maps (N, 1, 14, 14) to ten logits. After each grouped convolution the groups are shuffled."""
    layers = [nn.Conv2d(1, width, 3, stride=2, padding=1, bias=False)]
    layers += [nn.BatchNorm2d(width), nn.ReLU()]
    for stride in (1, 2, 1):
        layers += [nn.Conv2d(width, width, 3, stride, padding=1, groups=groups, bias=False)]
        layers += [nn.BatchNorm2d(width), nn.ReLU(), nn.ChannelShuffle(groups)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 10))


compared = {
    "dense": dict(width=32, groups=1),
    "grouped, equal width": dict(width=32, groups=4),
    "grouped, equal parameters": dict(width=64, groups=4),
}
figures.table(
    ["network", "width", "groups", "parameters"],
    [
        (name, *settings.values(), count_parameters(network(**settings)))
        for name, settings in compared.items()
    ],
)

# %% [markdown] slideshow={"notes": "Ask why one seed is not enough. Each of the five gives the same 500 images to all three networks.", "slide_type": "subslide", "text": "500 pictures of clothes, 14 pixels wide: few enough to learn by heart. Five seeds, and for each the same images for all three networks. Bars: one standard deviation."}
# ### Five seeds
#
# Few images, so that there is something to regularise: 500 pictures of clothes, made 14 pixels wide to save time. Chance decides which 500, where the weights start and in which order the images come. So each network is trained with five seeds. For each seed the three networks get the same images.


# %% slideshow={"slide_type": "skip"} tags=["nbval-ignore-output"]
def smaller(split):
    images = F.avg_pool2d(split.images.float(), 2).round().to(torch.uint8)
    return replace(split, images=images, source=f"{split.source}, at half size")


def judge(model, split):
    return accuracy(model, [(split.normalize(split.images), split.labels)])


train, test = (smaller(data.load("fashion_mnist_10k", split)) for split in ("train", "test"))
seeds = range(5)
results = {name: torch.zeros(len(seeds), 2) for name in compared}  # training and test accuracy
for seed in seeds:
    chosen = torch.randperm(len(train), generator=torch.Generator().manual_seed(seed))[:500]
    few = replace(train, images=train.images[chosen], labels=train.labels[chosen])
    for name, settings in compared.items():
        clear_output(wait=True)
        print(f"seed {seed + 1} of {len(seeds)}, {name}")
        torch.manual_seed(seed)
        model = network(**settings)
        fit(model, few, test, epochs=20, batch_size=50, augment=False, seed=seed)
        results[name][seed] = torch.tensor([judge(model, few), judge(model, test)])
assert all(accuracies.mean(dim=0).min() > 0.5 for accuracies in results.values())

# %% jupyter={"source_hidden": true} slideshow={"notes": "All three know their 500 images nearly by heart. On the right the bars overlap. Ask what you may say before you turn the page.", "slide_type": "-"} tags=["nbval-ignore-output", "hide-input"]
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
rows = []
for place, (name, accuracies) in enumerate(results.items()):
    percent = 100 * accuracies
    gap = percent[:, 0] - percent[:, 1]
    for values, marker, color, plot in [
        (percent[:, 0], "o", figures.BLUE, left),
        (percent[:, 1], "s", figures.ORANGE, left),
        (gap, "D", figures.INK, right),
    ]:
        _ = plot.errorbar(
            place, values.mean(), values.std(), fmt=marker, color=color, capsize=6, markersize=7
        )
    cells = [f"{each.mean():.1f} ± {each.std():.1f}" for each in (*percent.T, gap)]
    rows.append((name, *cells))
for plot, title in ((left, "accuracy in %: ● training, ■ test"), (right, "gap in points")):
    plot.set(title=title, xlim=(-0.5, 2.5))
    _ = plot.set_xticks(range(3), [name.replace(", ", "\n") for name in results])
    plot.spines[["top", "right"]].set_visible(False)
_ = right.set_ylim(bottom=0)
figures.show(
    figure,
    alt="Two charts with a point for each of the three networks: on the left the accuracy on "
    "training and on test images, on the right the gap between them. The bars are one standard "
    "deviation over five seeds.",
)
figures.table(["network", "training accuracy in %", "test accuracy in %", "gap in points"], rows)

# %% [markdown] slideshow={"notes": "Difference seed by seed, and its standard error. Three standard errors is a strict line, because five seeds are few.", "slide_type": "subslide", "text": "- Seed by seed: the three networks of one seed saw the same images\n- **Standard error**: how far the mean of five differences may be off by chance. Chance alone takes it beyond three of them about once in 25 times"}
# ### What came out
#
# In the charts and in the table, ± is one standard deviation of the five seeds. Now compare seed by seed, since the three networks of one seed saw the same images. The **standard error** says how far the mean of five differences may be off by chance. With five seeds, chance alone takes the mean more than three standard errors away from zero about once in 25 times.

# %% slideshow={"slide_type": "-"} tags=["nbval-ignore-output", "hide-input"]
rows = []
gaps = {name: 100 * (accuracies[:, 0] - accuracies[:, 1]) for name, accuracies in results.items()}
for name in list(compared)[1:]:
    difference = gaps[name] - gaps["dense"]
    mean, error = difference.mean().item(), difference.std().item() / len(seeds) ** 0.5
    verdict = "no difference beyond chance"
    if abs(mean) > 3 * error:
        verdict = "a smaller gap" if mean < 0 else "a larger gap"
    rows.append((name, f"{mean:+.1f} ± {error:.1f} points", verdict))
figures.table(["network", "gap against dense ± standard error", "verdict"], rows)

# %% [markdown] slideshow={"notes": "A small gap is no success by itself: a network that learns nothing has none, so look at the test accuracy too. It is one small test: one kind of network, one data set, 500 images. Homework: 8 epochs in place of 20.", "slide_type": "fragment", "text": "- *Equal width:* 7,786 parameters against 28,522. The groups are not the only suspect\n- *Equal parameters:* that suspect is gone. A difference within chance gives no reason to call groups a regulariser\n- A small test can make you doubt a general claim. It cannot settle it"}
# Read those rows, not the slogan:
#
# - At equal width the grouped network has 7,786 parameters and the dense one 28,522. Whatever happens to the gap there, the groups are not the only suspect.
# - The row for equal parameters takes that suspect away. If it says "no difference beyond chance", then this test gives no reason to call the groups a regulariser.
# - A small gap is no success by itself. A network that learns nothing has none. Look at the test accuracy too. Where all three get nearly 100 % of their training images right, the gap is the test accuracy seen from the other side.
#
# It is one small test: one kind of network, one data set, 500 images. It can make you doubt a general claim. It cannot settle it. Change the number of epochs to 8 and run it again: what happens to the gaps, and why?

# %% [markdown] slideshow={"notes": "4 min. Ask the room, one question each. The answers are in the notebook, folded up. The fourth, with 2 channels in each of 4 groups, deserves a drawing.", "slide_type": "slide"}
# ## Check yourself
#
# <details><summary>A 3x3 convolution from 64 to 128 channels has 8 groups and no bias. What is the shape of its weight, and how many parameters is that?</summary>
#
# (128, 8, 3, 3): 128 kernels that see 64 / 8 = 8 channels each. 9,216 parameters, an eighth of 73,728.
#
# </details>
#
# <details><summary>With a bias, do the parameters still fall to exactly 1/g?</summary>
#
# No. The weight falls to 1/g, the bias stays: one number for each output channel.
#
# </details>
#
# <details><summary>Somebody builds groups from every second channel: 0, 2, 4, ... and 1, 3, 5, ... Is that a worse layer?</summary>
#
# Not worse, only another numbering. But it is not PyTorch's numbering, so its weights do not fit as they are: put the channels in the other order first.
#
# </details>
#
# <details><summary>8 channels, 4 groups, two grouped layers and a shuffle between them. How many output groups can one input group reach?</summary>
#
# Two. A group has 2 channels, so the shuffle can deal them to two groups at most.
#
# </details>
#
# <details><summary>You replace dense 3x3 layers by depthwise ones. The MACs fall to 1/128, the time by far less. Is your measurement wrong?</summary>
#
# Not necessarily. The numbers to be read and written are as many as before. With 4.5 MACs for each, the arithmetic may well wait for the memory.
#
# </details>
#
# <details><summary>A paper shows that a grouped network of equal width has a smaller gap. What do you ask?</summary>
#
# Whether a dense network with as few parameters has it too. And over how many seeds, and what became of the test accuracy.
#
# </details>

# %% [markdown] slideshow={"notes": "1 min. Next: ResNeXt, which is a bottleneck with groups in the middle.", "slide_type": "slide"}
# ## What to remember
#
# - `groups=g` makes one convolution into g small ones, side by side. Both channel counts must be divisible by g.
# - Its weight is (out, in/g, k, k). Parameters and MACs fall to 1/g.
# - It equals a dense convolution with a block-diagonal weight. With g = in it is depthwise.
# - Groups never meet, however many grouped layers follow each other. A shuffle or a 1x1 convolution lets them.
# - MACs fall to 1/g, the numbers to be moved do not. So measure the time.

# %% slideshow={"slide_type": "skip"}
exercises.progress("08_grouped_convolution")

# %% [markdown] slideshow={"slide_type": "skip"}
# Next: [09 ResNeXt](09_resnext.ipynb) ([in Colab](https://colab.research.google.com/github/OWNER/REPOSITORY/blob/HEAD/notebooks/09_resnext.ipynb)).
