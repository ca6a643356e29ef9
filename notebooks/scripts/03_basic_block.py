# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] slideshow={"notes": "80 min in all. 2 min. Or two lectures: the second begins at Before you write the block.", "slide_type": "slide", "text": "The block of which ResNet-18 and ResNet-34 are made\n\n- when a shortcut costs nothing, and when it needs a 1x1 convolution\n- `shortcut` and `BasicBlock`, built by yourself\n- the shapes along both paths, and the parameters counted by hand\n- blocks that start as their shortcuts, and the first steps of a training"}
# # The basic block
#
# At the end of this notebook you will be able to
#
# - say when a shortcut costs nothing and when it needs a 1x1 convolution,
# - build `shortcut` and `BasicBlock`, of which ResNet-18 and ResNet-34 are made,
# - follow the shapes along both paths of a block, and count its parameters by hand,
# - start every block as its shortcut, and say what that does to the first steps of a training.
#
# You need notebook 01 (sizes and strides) and notebook 02 ($y = x + f(x)$, batch normalisation). This one takes about 50 minutes.

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
import itertools

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm.auto import tqdm

from course_lib import data, exercise, exercises, explorers, figures
from course_lib.models.cifar import CifarResNet
from course_lib.models.cost import cost, count_parameters
from course_lib.models.resnet import resnet34
from course_lib.training.steps import train_step

torch.set_num_threads(1)  # the networks below are tiny: a second thread would only get in the way
_ = torch.manual_seed(0)

# %% [markdown] slideshow={"notes": "6 min. Draw the block on the board: two paths, one addition, one last ReLU. Ask what each path would do alone.", "slide_type": "slide", "text": "$y = x + f(x)$ becomes real: the **basic block** of He et al. 2015\n\n- $f$ is the **residual path**: two 3x3 convolutions, each with a batch normalisation, and a ReLU between them.\n- The **shortcut** takes $x$ past all that.\n- The two are added, and the sum goes through a last ReLU.\n\nTwo questions:\n\n- On a smaller map, which parameter counts change?\n- With twice the channels, in and out, how many times the weights?"}
# ## The block in one picture
#
# In notebook 02 the block was $y = x + f(x)$, and $f$ could be anything. Now it becomes the real one: the **basic block** of He et al. 2015. The picture below shows it.
#
# - The lower line is $f$, the **residual path**: two 3x3 convolutions, each with a batch normalisation, and a ReLU between them.
# - The upper line is the **shortcut**. It takes $x$ past all that.
# - The two are added, and the sum goes through a last ReLU.
#
# Two things to try:
#
# - Move *input size* from 56 to 7. Which parameter counts change? (None: a convolution's weights do not know how large the map is.)
# - Move *channels in* and *channels out* to 128 both. The shortcut is empty again. By which factor do the convolutions grow?

# %% slideshow={"notes": "Move the input size to 7: no parameter count changes. Then 128 channels: four times the weights, and the shortcut is still empty.", "slide_type": "subslide", "states": [{}, {"channels": 128, "in_channels": 128}]}
explorers.BasicBlock(in_channels=64, channels=64, stride=1)

# %% [markdown] slideshow={"notes": "10 min. Real numbers through the block, one layer at a time. Ask for each shape before you show it.", "slide_type": "slide", "text": "A block never sees an image. It sees a **feature map**: a tensor (N, C, H, W) from earlier layers. Here it comes from 64 test images and 16 random filters."}
# ## Step by step, on real images
#
# A block never sees an image. It sees a **feature map**: a tensor (N, C, H, W) that earlier layers have computed. Make one from 64 test images, with one convolution of 16 random filters, a batch normalisation and a ReLU.

# %% slideshow={"slide_type": "-"}
test = data.load("fashion_mnist_10k", "test")
images = test.normalize(test.images[:64])
stem = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
with torch.no_grad():
    x = stem(images)

print(test.source)
print("images", tuple(images.shape))
print("x     ", tuple(x.shape))

# %% [markdown] slideshow={"notes": "Ask for each shape before you show it.", "slide_type": "subslide", "text": "### Along the residual path\n\nOne layer after the other. Padding 1 keeps the size: a 3x3 kernel reaches one pixel beyond its centre."}
# Now go along the residual path, one layer after the other. Padding 1 keeps the size, because a 3x3 kernel reaches one pixel beyond its centre.

# %% slideshow={"slide_type": "-"}
conv1 = nn.Conv2d(16, 16, kernel_size=3, padding=1, bias=False)
conv2 = nn.Conv2d(16, 16, kernel_size=3, padding=1, bias=False)
bn1, bn2 = nn.BatchNorm2d(16), nn.BatchNorm2d(16)
with torch.no_grad():
    u = F.relu(bn1(conv1(x)))
    r = bn2(conv2(u))  # r as in residual: what the block wants to change
    y = F.relu(x + r)

for name, tensor in [("x", x), ("u", u), ("r", r), ("x + r", x + r), ("y", y)]:
    print(f"{name:6}{tuple(tensor.shape)}")

# %% [markdown] slideshow={"notes": "Walk from left to right: x has no negative values, r has both signs, the sum reaches below zero, the ReLU cuts it off.", "slide_type": "subslide", "text": "### The sum, seen\n\nA plain addition. One image, one channel; under each map the histogram of all numbers in that tensor."}
# All shapes agree, so the sum is a plain addition. Look at it, for one image and one channel. Below each map is the histogram of all numbers in that tensor.

# %% jupyter={"source_hidden": true} slideshow={"slide_type": "-"} tags=["hide-input"]
image, channel = 3, 8  # an ankle boot, and a filter that answers to it
steps = {"x": x, "r = f(x)": r, "x + r": x + r, "y = ReLU(x + r)": y}
figure, axes = plt.subplots(2, 5, figsize=(12, 4.4), layout="constrained", sharey="row")
axes[0, 0].imshow(test.images[image, 0], cmap="gray_r")
axes[0, 0].set(title="image", xticks=[], yticks=[])
axes[1, 0].set_axis_off()
for (top, bottom), (name, tensor) in zip(axes.T[1:], steps.items(), strict=True):
    colours = top.imshow(tensor[image, channel], cmap="PuOr_r", vmin=-4, vmax=4)
    top.set(title=name, xticks=[], yticks=[])
    bottom.hist(tensor.flatten(), bins=torch.arange(-8, 10.1, 0.25), color=figures.BLUE)
    bottom.axvline(0, color=figures.INK, linewidth=1)
    bottom.set(xlabel="value", ylabel="how often (log)" if name == "x" else "", yscale="log")
axes[1, 1].tick_params(labelleft=True)
figure.colorbar(colours, ax=axes[0], label="value")
figures.show(
    figure,
    alt="A piece of clothing and four feature maps of it with their histograms. x has no negative "
    "values, r lies on both sides of zero, their sum reaches below zero, and in y the ReLU has cut "
    "that off.",
)

# %% [markdown] slideshow={"notes": "Ask: what could the block never do with a ReLU before the sum? Make a value smaller.", "slide_type": "subslide", "text": "- $x$ comes out of a ReLU: it has no negative values.\n- $r$ comes out of a batch normalisation: it has both signs.\n- $x + r$ reaches below zero, and in $y$ the last ReLU has cut that off.\n- $y$ still looks like $x$. The block changes what it gets; it does not start afresh.\n\nThe last ReLU stands *after* the sum. What could the block never do if it stood before, at the end of $f$?"}
# ### What to see in it
#
# - $x$ comes out of a ReLU: it has no negative values. That will matter at the end of this notebook.
# - $r$ comes out of a batch normalisation: it has both signs. So the block can make a value larger *or smaller*.
# - $y$ still looks like $x$. The block changes what it gets; it does not start afresh.
#
# The last ReLU stands *after* the sum. Had it stood before, the block could only ever add:

# %% slideshow={"slide_type": "skip"}
too_early = F.relu(x + F.relu(r))
print("is y >= x everywhere?")
print("  ReLU before the addition:", bool((too_early >= x).all()))
print("  ReLU after the addition: ", bool((y >= x).all()))

# %% [markdown] slideshow={"notes": "Computed on the real feature map: with a random bias in front of the batch norm the output is the same.", "slide_type": "subslide", "text": "- A convolution's bias shifts a whole channel by one number.\n- The batch normalisation right after it subtracts the channel's mean, and with it that number:\n\n$$\\text{BN}(z + b) = \\text{BN}(z)$$\n\nSo the bias would be parameters for nothing."}
# ### Why `bias=False`?
#
# A convolution's bias shifts a whole channel by one number. The batch normalisation right after it subtracts the channel's mean, and with it that number. So the bias would be parameters for nothing:

# %% slideshow={"slide_type": "skip"}
bias = torch.randn(16, 1, 1)
norm = nn.BatchNorm2d(16)
with torch.no_grad():
    print(torch.allclose(norm(conv1(x) + bias), norm(conv1(x)), atol=1e-4))

# %% [markdown] slideshow={"slide_type": "fragment", "text": "The batch normalisation has a bias of its own, added *after* the mean is gone. That one has an effect, and is kept."}
# The batch normalisation has a bias of its own, added after the mean is gone. That one has an effect, and is kept.

# %% [markdown] slideshow={"notes": "5 min. Four times the weights on a quarter of the positions: each stage costs the same.", "slide_type": "slide", "text": "Within a **stage** all feature maps have one shape. The next stage has half the height and width, and twice the channels. Why twice? Four times the weights on a quarter of the positions cost the same."}
# ## When the shapes disagree
#
# A ResNet works in **stages**. Within a stage all feature maps have one shape. From one stage to the next the map gets half as high and half as wide, and twice as many channels. Why twice? A convolution's MACs are its weights times its output positions. Four times the weights on a quarter of the positions cost the same:

# %% slideshow={"slide_type": "-"}
rows = []
for channels, size in [(16, 28), (32, 14), (64, 7)]:
    convolution = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
    rows.append((channels, f"{size} x {size}", cost(convolution, (channels, size, size)).macs))
figures.table(["channels", "map", "MACs"], rows)

# %% [markdown] slideshow={"notes": "Ask which of the two disagreements is the harmful one. Either alone is enough.", "slide_type": "subslide", "text": "### The first block of a stage\n\nIt makes the change: its first convolution has stride 2 and puts out twice the channels, the second one keeps both. Can they still be added?"}
# The first block of a stage makes the change. Its first convolution has stride 2 and puts out twice the channels; the second one keeps both. Then the sum is impossible:

# %% slideshow={"slide_type": "-"} tags=["hide-input"]
halving = nn.Sequential(
    nn.Conv2d(16, 32, 3, stride=2, padding=1, bias=False),
    nn.BatchNorm2d(32),
    nn.ReLU(),
    nn.Conv2d(32, 32, 3, padding=1, bias=False),
    nn.BatchNorm2d(32),
)
with torch.no_grad():
    r = halving(x)
print("x   ", tuple(x.shape))
print("f(x)", tuple(r.shape))
try:
    x + r
except RuntimeError:
    print("They cannot be added.")

# %% [markdown] slideshow={"slide_type": "fragment", "text": "Two things disagree, the size and the number of channels. Either one alone is enough to spoil the sum."}
# Two things disagree: the size and the number of channels. Either one alone is enough to spoil the sum.

# %% [markdown] slideshow={"notes": "12 min. As little as possible: skip pixels, mix channels. A matrix for each pixel that is left.", "slide_type": "slide", "text": "What stands on the shortcut should do as little as possible: skip pixels to halve the size, mix channels to change their number. A 1x1 convolution with stride 2 does exactly this, the **projection**. By hand:\n\n```python\nkept = x[:, :, ::2, ::2]\nmatrix = projection.weight[:, :, 0, 0]\nby_hand = torch.einsum(\"oi,nihw->nohw\", matrix, kept)\n```\n\n- every second row and column: (64, 16, 28, 28) becomes (64, 16, 14, 14)\n- one 32 x 16 matrix for each pixel that is left: (64, 32, 14, 14)\n\n`projection(x)` returns the same numbers."}
# ## The projection
#
# Something has to stand on the shortcut. It should do as little as possible: skip pixels to halve the size, and mix channels to change their number. A 1x1 convolution with stride 2 does exactly this. It is called a **projection**.
#
# Confirm it: skip every second row and column yourself, then multiply the 16 channels of each remaining pixel by one 32 x 16 matrix.

# %% slideshow={"slide_type": "skip"}
projection = nn.Conv2d(16, 32, kernel_size=1, stride=2, bias=False)
kept = x[:, :, ::2, ::2]
matrix = projection.weight[:, :, 0, 0]
with torch.no_grad():
    by_hand = torch.einsum("oi,nihw->nohw", matrix, kept)
    print("kept pixels  ", tuple(kept.shape))
    print("projection(x)", tuple(projection(x).shape))
    print("the same:", torch.allclose(projection(x), by_hand, atol=1e-5))

# %% jupyter={"source_hidden": true} slideshow={"notes": "Three of four pixels never enter the shortcut. They are not lost: the 3x3 windows overlap.", "slide_type": "subslide"} tags=["hide-input"]
# the pixels that the projection does not read are left empty
unread = torch.ones(28, 28, dtype=torch.bool)
unread[::2, ::2] = False
figure, axes = plt.subplots(1, 3, figsize=(10, 3.6), layout="constrained", width_ratios=(2, 2, 1))
panels = {
    "x, 28 x 28": x[image, channel],
    "what the projection reads": x[image, channel].masked_fill(unread, float("nan")),
    "14 x 14": kept[image, channel],
}
for place, (title, pixels) in zip(axes, panels.items(), strict=True):
    place.imshow(pixels, cmap="Purples", vmin=-1, vmax=4)
    place.set(title=title, xticks=[], yticks=[])
figures.show(
    figure,
    alt="A feature map of 28 by 28; the same map with only every second pixel of every second row "
    "left; and these pixels pushed together to 14 by 14. The piece of clothing can still be seen.",
)

# %% [markdown] slideshow={"slide_type": "fragment", "text": "Three of four pixels never enter the shortcut. They are not lost: the 3x3 windows of the residual path overlap, and together they read all of them."}
# Three of four pixels never enter the shortcut. They are not lost: the 3x3 windows of the residual path overlap, and together they read all of them.

# %% [markdown] slideshow={"notes": "Do the sum for 7 and for 8. Then ask what a padded 1x1 would do.", "slide_type": "subslide", "text": "With stride $s$ and a map of height $H$:\n\n$$\\text{3x3, padding 1:}\\quad \\left\\lfloor\\frac{H + 2\\cdot 1 - 3}{s}\\right\\rfloor + 1\n\\qquad\\qquad\n\\text{1x1, no padding:}\\quad \\left\\lfloor\\frac{H - 1}{s}\\right\\rfloor + 1$$\n\nBoth numerators are $H - 1$: they agree for every size, odd ones too. But not if somebody pads the 1x1 as well:"}
# ### Do both paths always end at the same size?
#
# Put both kernels into the formula of notebook 01. With stride $s$ and a map of height $H$:
#
# $$\text{3x3, padding 1:}\quad \left\lfloor\frac{H + 2\cdot 1 - 3}{s}\right\rfloor + 1
# \qquad\qquad
# \text{1x1, no padding:}\quad \left\lfloor\frac{H - 1}{s}\right\rfloor + 1$$
#
# Both numerators are $H - 1$. So they agree for every size, odd ones too. They stop agreeing as soon as somebody pads the 1x1 as well:

# %% slideshow={"slide_type": "-"} tags=["hide-input"]
rows = []
for size in (7, 8, 15, 28, 56):
    layers = [nn.Conv2d(1, 1, k, stride=2, padding=p) for k, p in [(3, 1), (1, 0), (1, 1)]]
    rows.append((size, *(layer(torch.zeros(1, 1, size, size)).shape[-1] for layer in layers)))
figures.table(["size in", "3x3, padding 1", "1x1", "1x1, padding 1"], rows)

# %% [markdown] slideshow={"notes": "Why a batch norm: the residual path ends with one; if the shortcut does, too, the two summands start out at the same scale.", "slide_type": "subslide", "text": "- A 1x1 convolution with the block's stride. No padding, and no bias.\n- A batch normalisation, so that both summands start at the same scale.\n- No ReLU. The sum gets one anyway."}
# ### What belongs to the projection
#
# - A 1x1 convolution with the block's stride. No padding, and no bias.
# - A batch normalisation after it. The residual path ends with one. If the shortcut ends with one too, the two summands start out at the same scale.
# - No ReLU. The sum gets one anyway.

# %% [markdown] slideshow={"notes": "Five minutes in the notebook. When exactly do the shapes agree? Both conditions.", "slide_type": "-", "text": "Write `shortcut(in_channels, out_channels, stride)`. It returns a module:\n\n- where $x$ has the shape of the block's output already, one that returns $x$ unchanged and has no parameters;\n- everywhere else, a projection with its batch normalisation.\n\nWhen exactly do the shapes agree? There are two conditions. `shortcut(64, 64, 1)` has no parameters, `shortcut(64, 128, 2)` maps (N, 64, 56, 56) to (N, 128, 28, 28)."}
# ### Exercise: the way past a block
#
# Write `shortcut(in_channels, out_channels, stride)`. It returns a module:
#
# - where $x$ has the shape of the block's output already, one that returns $x$ unchanged and has no parameters;
# - everywhere else, a projection with its batch normalisation.
#
# Think about when exactly the shapes agree. There are two conditions.
#
# Examples: `shortcut(64, 64, 1)` has no parameters. `shortcut(64, 128, 2)` maps (N, 64, 56, 56) to (N, 128, 28, 28).
#
# All layers of `nn` are yours to use.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def shortcut(in_channels: int, out_channels: int, stride: int) -> nn.Module:
    """The way past a block: nothing at all where the shapes agree, else a projection."""
    raise NotImplementedError


# %% [markdown] slideshow={"notes": "Ask which of the four rows has parameters before you show them.", "slide_type": "subslide", "text": "### The four cases\n\nWhat the shortcut makes of $x$. Only the first one is free."}
# Here is what it makes of $x$ in the four cases. Only the first one is free.

# %% slideshow={"slide_type": "-"}
rows = []
for in_channels, out_channels, stride in [(16, 16, 1), (16, 16, 2), (16, 32, 1), (16, 32, 2)]:
    way = shortcut(in_channels, out_channels, stride)
    shape, parameters = tuple(way(x).shape), count_parameters(way)
    rows.append((in_channels, out_channels, stride, shape, parameters))
figures.table(["in", "out", "stride", "output", "parameters"], rows)

# %% [markdown] slideshow={"notes": "5 min. A, B, C: nothing, where needed, everywhere. Ask for a guess how much it matters.", "slide_type": "slide", "text": "He et al. tried three kinds of shortcuts:\n\n- **Option A**: no parameters anywhere. Where the shape changes, skip pixels and fill the new channels with zeros. (This course's small networks)\n- **Option B**: the identity where the shapes agree, a projection elsewhere. (Yours, torchvision's, this course's `ResNet`)\n- **Option C**: a projection in every block.\n\nA projection costs\n\n$$\\underbrace{\\text{in} \\cdot \\text{out}}_{\\text{1x1 convolution}} + \\underbrace{2 \\cdot \\text{out}}_{\\text{batch normalisation}}$$"}
# ## Three ways to do it, and how much it matters
#
# He et al. tried three kinds of shortcuts, and call them **option A**, **option B** and **option C**:
#
# - A: no parameters anywhere. Where the shape changes, skip pixels and fill the new channels with zeros.
# - B: the identity where the shapes agree, a projection elsewhere. This is what you have just written, and what torchvision's ResNets and this course's `ResNet` use. (The course's networks for small images use A, as the paper's do.)
# - C: a projection in every block.
#
# Count what they cost in ResNet-34. Its 16 blocks are built with option B. The projections of the others have one formula:
#
# $$\underbrace{\text{in} \cdot \text{out}}_{\text{1x1 convolution}} + \underbrace{2 \cdot \text{out}}_{\text{batch normalisation}}$$

# %% slideshow={"notes": "Parameters are counted here, the errors are quoted from the paper.", "slide_type": "subslide"} tags=["hide-input"]
with torch.device("meta"):  # shapes without numbers: enough for counting
    model = resnet34()
blocks = [*model.layer1, *model.layer2, *model.layer3, *model.layer4]
shapes = [(block.conv1.in_channels, block.conv1.out_channels) for block in blocks]
everywhere = [i * o + 2 * o for i, o in shapes]
needed = [i * o + 2 * o for i, o in shapes if i != o]
built = sum(p.numel() for name, p in model.named_parameters() if "downsample" in name)
print(f"option B projects in {len(needed)} of {len(blocks)} blocks")
print(f"parameters of its projections: {sum(needed):,} by the formula, {built:,} built")

without = count_parameters(model) - built
figures.table(
    ["option", "parameters (computed)", "top-1 error in %, 10 crops (paper)"],
    [
        ("A", without, 25.03),
        ("B", without + built, 24.52),
        ("C", without + sum(everywhere), 24.19),
    ],
)

# %% [markdown] slideshow={"notes": "The paper's table 3, each from a training on ImageNet. No spread over several trainings is given: how much of the last 0.3 points is chance, nobody can say. The authors go on without C.", "slide_type": "fragment", "text": "- Without any shortcut the same 34 layers have 28.54 % (*paper*). So *having* shortcuts gains 3.5 points, and their kind 0.8 at most.\n- Option C is best, but pays for 13 more projections. The authors conclude that projections are not what matters.\n- One training each: nobody can say how much of the last 0.3 points is chance."}
# ### Reading the table
#
# - The errors are quoted from table 3 of the paper, each from a training on ImageNet. Without any shortcut the same 34 layers have 28.54 % (*paper*). So *having* shortcuts gains 3.5 points, and their kind 0.8 at most.
# - Projections are slightly better, and option C best. But option C pays for 13 more projections. The authors conclude that projections are not what matters, and go on without C.
# - The paper gives no spread over several trainings. So we cannot say how much of the last 0.3 points is chance.

# %% [markdown] slideshow={"notes": "4 min. The same explorer with a stride. Ask when the projection disappears.", "slide_type": "slide", "text": "The same block, now with a stride, and with more channels out than in\n\n- When does the projection go? What brings it back?\n- On a map of odd size, do both paths still meet?\n- Who can bring the projection above 10 % of the block's parameters?\n\n$$\\text{projection:}\\quad \\text{in} \\cdot \\text{out} + 2 \\cdot \\text{out}$$"}
# ## What does a projection cost the block?
#
# Back to the picture, now with a stride and more channels out than in. Try this:
#
# - Set *stride* to 1 and *channels out* to 64. Watch the projection go. Change either one back: it returns.
# - Set *stride* to 2 and *input size* to 15, an odd number. Both paths end at 8.
# - Try to bring the projection above 10 % of the block's parameters. You will not succeed. (Each of its weights faces nine in `conv1`.)

# %% slideshow={"notes": "In order: a projection; with 64 channels out the stride alone keeps it, and with stride 1 it goes; an odd size, and both paths end at 8. Above 10 % nobody comes: each of its weights faces nine in conv1.", "slide_type": "subslide", "states": [{}, {"channels": 64}, {"size": 15}]}
explorers.BasicBlock()

# %% [markdown] slideshow={"notes": "13 min. Three slips that run without an error message, or with a strange one. Let them find what each does.", "slide_type": "slide", "text": "Three rules, each easy to break:\n\n1. *The stride goes to one convolution*, the first. All later layers work on the small map.\n2. *The shortcut starts from the block's input.* If every layer's output is called `x`, then no input is left when you come to add it.\n3. *\"In place\" overwrites the tensor that came in.* And `identity = x` makes no copy, only a second name:"}
# ## Before you write the block
#
# All layers are on the table now. Three slips remain that are easy to make.
#
# *1. The stride goes to one convolution.* It belongs to the first, so that all later layers work on the small map. With a stride on both, the residual path shrinks twice.
#
# *2. The shortcut starts from the block's input.* If you reuse the name `x` for every layer's output, then there is no input left when you come to add it.
#
# *3. "In place" means: overwrite the tensor that came in.* `nn.ReLU(inplace=True)` saves memory that way. `identity = x` makes no copy. It is a second name for the same numbers:

# %% slideshow={"notes": "Ask what it prints before you show it. A second name, not a copy.", "slide_type": "-"}
numbers = torch.tensor([-1.0, 2.0])
identity = numbers
_ = F.relu(numbers, inplace=True)
print(identity)  # nobody touched `identity`, and yet

# %% [markdown] slideshow={"slide_type": "fragment", "text": "In place is fine on what the block has just made, such as the output of `bn1`. Not on `x`."}
# In place is fine on a tensor that your block has just made, such as the output of `bn1`. It is not on `x`: the shortcut and the caller still need it.

# %% [markdown] slideshow={"notes": "Ten minutes in the notebook. In the class nothing is missing but two methods.", "slide_type": "slide", "text": "Write the class `BasicBlock(in_channels, channels, stride=1, downsample=None)`.\n\n- In: `x` of shape (N, in_channels, H, W). Out: (N, channels, H/stride, W/stride), rounded up.\n- `downsample` is the module on the shortcut, or `None` for the identity. The caller makes it; the block keeps it and calls it.\n- No convolution has a bias. The caller's `x` must not change.\n- `expansion` is there already: how many times `channels` the block puts out. A ResNet asks the class before it builds one.\n\nExample: `BasicBlock(64, 128, stride=2, downsample=shortcut(64, 128, 2))` maps (2, 64, 56, 56) to (2, 128, 28, 28).\n\nName the parts as you like: the check looks at what the block computes."}
# ### Exercise: build BasicBlock
#
# Write the class `BasicBlock(in_channels, channels, stride=1, downsample=None)`.
#
# - In comes `x` of shape (N, in_channels, H, W). Out goes (N, channels, H/stride, W/stride), rounded up.
# - `downsample` is the module on the shortcut, or `None` for the identity. The caller makes it, with your `shortcut` for example. The block keeps it and calls it.
# - No convolution has a bias. The caller's `x` must not change.
# - The class attribute `expansion` is there already. It says how many times `channels` the block puts out: once. The block of notebook 04 puts out four times as many, and a ResNet asks the class before it builds one.
#
# Example: `BasicBlock(64, 128, stride=2, downsample=shortcut(64, 128, 2))` maps (2, 64, 56, 56) to (2, 128, 28, 28).
#
# Use the layers of `nn` and the functions of `F`. Name the parts as you like: the check looks at what the block computes.


# %% slideshow={"notes": "Only the two methods are missing. The check looks at what the block computes, so the names are free.", "slide_type": "subslide"} tags=["exercise"]
@exercise
class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut."""

    expansion = 1

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


# %% [markdown] slideshow={"slide_type": "subslide", "text": "Three blocks in a row, on the feature map of the real images. Which of them needs a projection?"}
# ### Your block at work
#
# Three blocks in a row, on the feature map of the real images. The second one opens a new stage, so it is the only one that needs a projection.

# %% slideshow={"notes": "Only the second block opens a stage, so only it has a projection.", "slide_type": "-"}
stages = nn.Sequential(
    BasicBlock(16, 16),
    BasicBlock(16, 32, stride=2, downsample=shortcut(16, 32, 2)),
    BasicBlock(32, 32),
)
out = x
print("x      ", tuple(out.shape))
for number, block in enumerate(stages, start=1):
    out = block(out)
    print("block", number, tuple(out.shape))

# %% [markdown] slideshow={"notes": "Count 64 to 64 together: 9 times 64 times 64, twice, and 256 for the two batch norms.", "slide_type": "subslide", "text": "With $i$ channels in and $c$ out, the block has this many parameters:\n\n$$\\underbrace{9\\,i\\,c}_{\\text{conv1}} + \\underbrace{9\\,c\\,c}_{\\text{conv2}} + \\underbrace{4\\,c}_{\\text{two batch norms}} + \\underbrace{i\\,c + 2\\,c}_{\\text{projection, if there is one}}$$\n\nThe blocks of ResNet-18:"}
# ### Count it
#
# With $i$ channels in and $c$ out, the block has
#
# $$\underbrace{9\,i\,c}_{\text{conv1}} + \underbrace{9\,c\,c}_{\text{conv2}} + \underbrace{4\,c}_{\text{two batch norms}} + \underbrace{i\,c + 2\,c}_{\text{projection, if there is one}}$$
#
# parameters. Compare the formula with the built blocks, here those of ResNet-18:

# %% slideshow={"slide_type": "-"} tags=["hide-input"]
rows = []
for i, c, stride in [(64, 64, 1), (64, 128, 2), (128, 128, 1), (128, 256, 2), (256, 512, 2)]:
    block = BasicBlock(i, c, stride, shortcut(i, c, stride))
    by_formula = 9 * i * c + 9 * c * c + 4 * c + (i * c + 2 * c if (i, stride) != (c, 1) else 0)
    rows.append((i, c, by_formula, count_parameters(block)))
figures.table(["in", "out", "by the formula", "built"], rows)

# %% [markdown] slideshow={"slide_type": "fragment", "text": "ResNet-18: eight blocks of two convolutions, one convolution before and one linear layer after them, $2 \\cdot 8 + 2 = 18$. Projections are not counted in the name."}
# ResNet-18 has eight such blocks with two convolutions each, one convolution before them and one linear layer after: 2 * 8 + 2 = 18. ResNet-34 has sixteen blocks. Projections are not counted in the name.

# %% [markdown] slideshow={"notes": "9 min. Ask: what would a block be that is not there yet? Then: which single number per channel does it? Filters of zero in conv2 would silence the path, too, but the batch norm behind them would divide by about 0.003, and the first gradients would be far too large.", "slide_type": "slide", "text": "A fresh block adds noise: its filters are random, so is $r$. Could a deep network start as if its blocks were not there yet? The residual path's last batch normalisation has a scale $\\gamma$ and a shift $\\beta$ for each channel:\n\n$$r = \\gamma \\cdot \\frac{z - \\text{mean}}{\\sqrt{\\text{variance} + \\varepsilon}} + \\beta$$\n\n- They start at $\\gamma = 1$ and $\\beta = 0$.\n- **Zero-init** (Goyal et al. 2017): start at $\\gamma = 0$. Then $r = 0$, whatever the filters are, and $y = \\text{ReLU}(x + 0)$."}
# ## Start every block as its shortcut
#
# A fresh block adds noise: its filters are random, so is $r$. Could a deep network start without that noise, as if its blocks were not there yet?
#
# The last batch normalisation of the residual path ends with a scale $\gamma$ (its `weight`) and a shift $\beta$ (its `bias`), one of each per channel:
#
# $$r = \gamma \cdot \frac{z - \text{mean}}{\sqrt{\text{variance} + \varepsilon}} + \beta$$
#
# They start at $\gamma = 1$ and $\beta = 0$. Set $\gamma = 0$ instead: then $r = 0$, whatever the filters are, and $y = \text{ReLU}(x + 0)$. This is **zero-init** (Goyal et al. 2017).
#
# Setting the filters of `conv2` to zero would silence the path as well. But then the batch normalisation behind it would divide by $\sqrt{\varepsilon}$, about 0.003, and the first gradients would be far too large.

# %% [markdown] slideshow={"notes": "Five minutes in the notebook.", "slide_type": "slide", "text": "Write `zero_init_residual(model)`. It changes `model` in place: in every residual block, the `weight` of the *last* batch normalisation becomes zero. Nothing else changes.\n\nThe blocks are those of `course_lib`:\n\n- in a `BasicBlock` it is `bn2`,\n- in a `Bottleneck`, the block of ResNet-50, it is `bn3`.\n\nA model has its blocks inside stages, or is itself a block. Example: after `zero_init_residual(block)`, `block.bn2.weight` of a `BasicBlock` holds zeros, and it can still be learned."}
# ### Exercise: zero-init
#
# Write `zero_init_residual(model)`. It changes `model` in place: in every residual block, the `weight` of the *last* batch normalisation becomes zero. Nothing else changes.
#
# Here you have to know the names inside a block. So this exercise is about the blocks of `course_lib`, which the next cell imports:
#
# - in a `BasicBlock` it is `bn2`,
# - in a `Bottleneck`, the block of notebook 04, it is `bn3`.
#
# A model has its blocks inside stages, or is itself a block. Example: after `zero_init_residual(block)`, `block.bn2.weight` of a `BasicBlock` holds zeros, and it can still be learned.

# %% slideshow={"slide_type": "skip"}
from course_lib.models.blocks import BasicBlock, Bottleneck


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def zero_init_residual(model: nn.Module) -> None:
    """Set the weight of each residual block's last batch normalisation to zero, in place."""
    raise NotImplementedError


# %% [markdown] slideshow={"notes": "Ask about the last row: a negative input does not come back, because of the last ReLU.", "slide_type": "subslide", "text": "### Exactly what it was given?\n\n| block | input | output |\n|:--|:--|:--|\n| `BasicBlock`, fresh | $x$, out of a ReLU | something else |\n| `BasicBlock`, zero-init | $x$, out of a ReLU | exactly $x$ |\n| `Bottleneck`, zero-init | $x$, out of a ReLU | exactly $x$ |\n| `BasicBlock`, zero-init | $-x$, with negative values | something else |\n\nWhy not in the last row?"}
# Does such a block return exactly what it is given? Try it on $x$, which came out of a ReLU, and on an input with negative values.

# %% slideshow={"slide_type": "skip"}
fresh, silent, neck = BasicBlock(16, 16), BasicBlock(16, 16), Bottleneck(16, 4)
zero_init_residual(nn.Sequential(silent, neck))
with torch.no_grad():
    print("fresh BasicBlock:                 ", torch.equal(fresh(x), x))
    print("BasicBlock, zero-init:            ", torch.equal(silent(x), x))
    print("Bottleneck, zero-init:            ", torch.equal(neck(x), x))
    print("BasicBlock, zero-init, negative x:", torch.equal(silent(-x), -x))

# %% [markdown] slideshow={"slide_type": "fragment", "text": "The last ReLU cuts negative values off. But in a ResNet a block's input comes out of a ReLU and has none. There a block without a projection starts as the identity, exactly."}
# The last ReLU cuts negative values off. But in a ResNet a block's input comes out of a ReLU, so it has none. There a block without a projection starts as the identity, exactly.

# %% [markdown] slideshow={"notes": "27 blocks, no training. Ask for a sketch of the two curves before the picture.", "slide_type": "subslide", "text": "- 27 blocks, 56 layers, option A\n- the images, sent through once\n- measured: how large the numbers are after each block"}
# ### A deep network, before its first step
#
# Now 27 blocks in a row: a ResNet of 56 layers, as in the paper's experiments with small images, with option A. Send the images through, with and without zero-init, and measure how large the numbers are after each block.


# %% slideshow={"slide_type": "skip"}
@torch.no_grad()
def sizes(model: nn.Module) -> list[float]:
    """The root mean square of the output of each block."""
    out, found = F.relu(model.bn1(model.conv1(images))), []
    for block in model.blocks:
        out = block(out)
        found.append(out.square().mean().sqrt().item())
    return found


standard, zeroed = (CifarResNet(depth=56, width=8, in_channels=1) for _ in range(2))
zero_init_residual(zeroed)
curves = {"standard": sizes(standard), "zero-init": sizes(zeroed)}
assert curves["standard"][8] > 2 * curves["zero-init"][8]

# %% jupyter={"source_hidden": true} slideshow={"columns": true, "notes": "Every standard block adds its own variance to the sum. At a new stage option A fills half the channels with zeros; that halves the mean square of what the shortcut carries.", "slide_type": "-"} tags=["hide-input"]
figure, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
for (name, curve), marker, colour in zip(curves.items(), "os", figures.PALETTE, strict=False):
    axes.plot(range(1, 28), curve, marker=marker, color=colour, label=name, markersize=5)
for new_stage in (9.5, 18.5):
    axes.axvline(new_stage, color=figures.GREY, linestyle=":")
axes.set(xlabel="block (dotted: a new stage begins)", ylabel="root mean square", ylim=(0, None))
axes.legend(frameon=False)
figures.show(
    figure,
    alt="The size of the activations after each of 27 blocks. Standard: it climbs from block to "
    "block and falls where a stage begins. Zero-init: flat within a stage, with a step down where "
    "a new one begins.",
)

# %% [markdown] slideshow={"slide_type": "fragment", "text": "Standard: every block adds its own variance, and the signal grows through a stage.\n\nZero-init: nothing happens within a stage."}
# Every standard block adds its own variance to the sum, so the signal grows through a stage. With zero-init nothing happens within a stage. (At a new stage option A fills half the channels with zeros. That halves the mean square of what the shortcut carries.)

# %% [markdown] slideshow={"notes": "4 min. Everything before a gamma of zero gets a gradient of zero. Except gamma itself.", "slide_type": "slide", "text": "Backwards through $r = \\gamma \\cdot \\hat z + \\beta$, with $\\gamma = 0$, the chain rule gives\n\n$$\\frac{\\partial L}{\\partial \\gamma} = \\sum \\frac{\\partial L}{\\partial r}\\,\\hat z \\qquad\\qquad \\frac{\\partial L}{\\partial \\hat z} = \\gamma \\cdot \\frac{\\partial L}{\\partial r} = 0$$\n\nEverything before that $\\gamma$ gets exactly nothing. But $\\gamma$ itself does get a gradient. Three steps:"}
# ## What zero-init does to gradients
#
# The path's output is zero. What about its gradients? Going backwards through $r = \gamma \cdot \hat z + \beta$, the chain rule gives
#
# $$\frac{\partial L}{\partial \gamma} = \sum \frac{\partial L}{\partial r}\,\hat z \qquad\qquad \frac{\partial L}{\partial \hat z} = \gamma \cdot \frac{\partial L}{\partial r} = 0$$
#
# Everything before that $\gamma$ gets exactly nothing. But $\gamma$ itself does get a gradient. Take three steps, and count at each one how many of the 54 convolutions inside the blocks have a gradient that is exactly zero.

# %% slideshow={"notes": "Step 0: all 54 convolutions at zero. Step 1: none.", "slide_type": "-"} tags=["hide-input"]
train = data.load("fashion_mnist_10k", "train")
small = F.avg_pool2d(train.normalize(train.images), 2)  # 14 x 14, to be quick


def without_gradient(parameters: list[nn.Parameter]) -> str:
    zeros = sum(not parameter.grad.any() for parameter in parameters)
    return f"{zeros} of {len(parameters)}"


blocks = zeroed.blocks
convolutions = [conv.weight for block in blocks for conv in (block.conv1, block.conv2)]
gammas = [block.bn2.weight for block in blocks]
optimizer = torch.optim.SGD(zeroed.parameters(), lr=0.05)
rows = []
for step in range(3):
    batch = slice(64 * step, 64 * (step + 1))
    _ = train_step(zeroed, small[batch], train.labels[batch], optimizer)
    rows.append((step, without_gradient(convolutions), without_gradient(gammas)))
figures.table(["step", "gradient exactly zero: convolutions", "last gammas"], rows)

# %% [markdown] slideshow={"notes": "A plain network has no second path: there the same trick would cut the signal off altogether.", "slide_type": "fragment", "text": "The first step moves only the $\\gamma$s, the shifts, the stem and the last layer. From the second on, all convolutions learn. Nothing is dead; the blocks fade in."}
# So the first step moves only the $\gamma$s (and the shifts beside them, the stem and the last linear layer). From the second step on, all convolutions learn. Nothing is dead; the blocks fade in. A plain network has no second path, so there the same trick would cut the signal off altogether.

# %% [markdown] slideshow={"notes": "6 min. Take bets: does zero-init help at the small learning rate? At the large one?", "slide_type": "slide", "text": "ResNet-20 with 8, 16 and 32 channels: 40 steps of SGD, three seeds, two learning rates, one modest and one large"}
# ## Does it help?
#
# Measure before you believe. A ResNet-20 with 8, 16 and 32 channels, 40 steps of SGD with momentum 0.9 on batches of 64, three seeds, two learning rates: one modest, one large. The next cell trains twelve networks, which takes some 20 seconds.


# %% slideshow={"slide_type": "skip"} tags=["nbval-ignore-output"]
def losses(lr: float, zero_init: bool, seed: int) -> list[float]:
    """The training loss of each of 40 steps."""
    torch.manual_seed(seed)
    model = CifarResNet(depth=20, width=8, in_channels=1)
    if zero_init:
        zero_init_residual(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    batches = torch.randperm(len(small))[: 40 * 64].view(40, 64)
    return [train_step(model, small[b], train.labels[b], optimizer) for b in batches]


kinds = list(itertools.product((0.05, 0.4), (False, True)))
runs = {kind: torch.zeros(3, 40) for kind in kinds}  # each (seeds, steps)
for kind, seed in tqdm(list(itertools.product(kinds, range(3))), unit=" networks", leave=False):
    runs[kind][seed] = torch.tensor(losses(*kind, seed))
print("12 networks trained")

# %% jupyter={"source_hidden": true} slideshow={"notes": "Left: zero-init is behind after 40 steps. Right: standard first gets worse than zero-init ever does. Both for each of the three seeds.", "slide_type": "-"} tags=["hide-input"]
figure, axes = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained", sharey=True)
for place, lr in zip(axes, (0.05, 0.4), strict=True):
    for zero_init, colour, line in [(False, figures.BLUE, "-"), (True, figures.ORANGE, "--")]:
        run, name = runs[lr, zero_init], "zero-init" if zero_init else "standard"
        low, high = run.amin(dim=0), run.amax(dim=0)
        place.fill_between(range(40), low, high, color=colour, alpha=0.2)
        place.plot(run.mean(dim=0), line, color=colour, label=f"{name}, mean of 3 seeds")
    place.axhline(torch.tensor(10.0).log(), color=figures.GREY, linestyle=":")
    place.set(title=f"learning rate {lr}", xlabel="step", ylim=(0, 5))
_ = axes[0].set_ylabel("training loss (band: all seeds)")
_ = axes[0].legend(frameon=False)
_ = axes[1].text(39, 2.38, "guessing", ha="right")
figures.show(
    figure,
    alt="Training loss over 40 steps. At learning rate 0.05 the standard network falls well below "
    "guessing, and zero-init stays close to it. At learning rate 0.4 the standard network first "
    "climbs above guessing and zero-init does not; at the end the two lie close together.",
)

# %% [markdown] slideshow={"slide_type": "skip"}
# The claims below must hold for every seed, here and on your machine. If one does not, this cell raises an error.

# %% slideshow={"slide_type": "skip"}
end = {key: run[:, -10:].mean(dim=1) for key, run in runs.items()}  # of each seed
peak = {key: run.amax(dim=1) for key, run in runs.items()}
assert (end[0.05, True] > end[0.05, False] + 0.5).all()
assert (peak[0.4, False] > peak[0.4, True] + 0.2).all()
print("learning rate 0.05: zero-init is behind after 40 steps, for each seed")
print("learning rate 0.4:  standard first gets worse than zero-init ever does, for each seed")

# %% [markdown] slideshow={"notes": "Say what these 40 steps do not show. A choice, not a rule.", "slide_type": "subslide", "text": "For each of the three seeds:\n\n- At the small learning rate zero-init is slower: the blocks do nothing until their $\\gamma$s have grown.\n- At the large one it spares the network the first wild steps. It was made for such rates, and very large batches.\n- At the large one the two come close by step 40. No winner there.\n\n40 steps of one small network: nothing here says which is better after a full training. So zero-init is a choice, not a rule, and `resnet18()` does not make it for you."}
# ### What this shows, and what not
#
# - At the small learning rate zero-init is slower. The blocks do nothing until their $\gamma$s have grown.
# - At the large one it spares the network the first wild steps. That is the case it was made for: Goyal et al. trained with very large batches, and therefore very large learning rates.
# - At the large learning rate the two come close to each other by step 40. These runs name no winner there.
# - It is 40 steps of one small network on small images. Nothing here says which network is better after a full training.
#
# So zero-init is a choice, not a rule. That is why `resnet18()` does not make it for you.

# %% [markdown] slideshow={"notes": "3 min. The answers are in the notebook, folded up.", "slide_type": "slide"}
# ## Check yourself
#
# <details><summary>A block keeps its 64 channels but has stride 2. Does its shortcut need a projection?</summary>
#
# Yes. The map gets smaller, and one condition is enough. Its convolution has 64 * 64 weights, though the number of channels stays.
#
# </details>
#
# <details><summary>Your block runs with stride 1 and fails with stride 2: one tensor is 28 wide, the other 14. Name two slips that do this.</summary>
#
# The stride is forgotten in one of the paths; or it is on both convolutions, on a map of 56: then the residual path ends at 14 and the shortcut at 28. Print the shapes of both paths to see which it is.
#
# </details>
#
# <details><summary>Somebody forgets to add the shortcut. Does anything fail?</summary>
#
# No. Shapes, parameters and training all look right. What they have is a plain network, and it shows only when the network gets deep. This is why a check must compare what a block *computes*.
#
# </details>
#
# <details><summary>How many parameters does BasicBlock(256, 256) have?</summary>
#
# 2 * 9 * 256 * 256 for the convolutions and 4 * 256 for the batch normalisations: 1,180,672. The shortcut is the identity.
#
# </details>
#
# <details><summary>You set the weights of <em>both</em> batch normalisations of a block to zero. Their biases are zero too. What do the convolutions learn?</summary>
#
# Nothing, ever. With the first one at zero, conv2 sees only zeros, so $\hat z = 0$ and the last $\gamma$ gets no gradient either. Each of the two zeros keeps the other one at zero.
#
# </details>
#
# <details><summary>Why does the ReLU not stand before the addition, at the end of f?</summary>
#
# Then $f(x)$ would have no negative values. A block could make a value larger but never smaller.
#
# </details>

# %% [markdown] slideshow={"notes": "1 min. Next: the block of ResNet-50.", "slide_type": "slide", "text": "- `BasicBlock`: 3x3, batch norm, ReLU, 3x3, batch norm, add the shortcut, ReLU. The stride is in the first 3x3. No convolution has a bias.\n- The shortcut is the identity if the stride is 1 *and* the channels agree. Else it is a 1x1 convolution with the stride, without padding, and a batch norm.\n- A projection costs less than 10 % of a block. Having shortcuts matters much more than their kind.\n- The shortcut starts from the block's input. Never overwrite that in place.\n- Zero-init: with the last $\\gamma$ at zero a block starts as its shortcut. At the first step its convolutions get no gradient, from the second on they do."}
# ## What to remember
#
# - BasicBlock: 3x3, batch norm, ReLU, 3x3, batch norm, add the shortcut, ReLU. The stride is in the first 3x3. No convolution has a bias.
# - The shortcut is the identity if the stride is 1 *and* the channels agree. Else it is a 1x1 convolution with the stride, without padding, and a batch norm.
# - A projection costs less than 10 % of a BasicBlock. Having shortcuts matters much more than their kind.
# - The shortcut starts from the block's input. Never overwrite that in place.
# - Zero-init: with the last $\gamma$ at zero a block starts as its shortcut. At the first step its convolutions get no gradient, from the second step on they do.

# %% slideshow={"slide_type": "skip"}
exercises.progress("03_basic_block")

# %% [markdown] slideshow={"slide_type": "skip"}
# Next: [04 The bottleneck](04_bottleneck.ipynb) ([in Colab](https://colab.research.google.com/github/OWNER/REPOSITORY/blob/HEAD/notebooks/04_bottleneck.ipynb)), the block of ResNet-50: four times as wide and hardly dearer.
