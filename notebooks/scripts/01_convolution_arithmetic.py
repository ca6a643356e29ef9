# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] slideshow={"notes": "90 min in all. 2 min. Or two lectures: the second begins at Channels. The six exercises take most of the time; conv2d is the long one and can be finished at home.", "slide_type": "slide", "text": "You will be able to\n\n- say what size comes out of any convolution or pooling,\n- choose the padding that keeps a size,\n- write a convolution yourself, out of plain tensor operations,\n- count a layer's parameters and multiply-adds,\n- say how far one output of a deep network sees.\n\nSix exercises lead there."}
# # Convolution arithmetic
#
# At the end of this notebook you will be able to
#
# - say what size comes out of any convolution or pooling, before you run it,
# - choose the padding that keeps a size,
# - write a convolution yourself, out of plain tensor operations,
# - count a layer's parameters and multiply-adds, with channels and groups,
# - say how far one output of a deep network sees.
#
# It takes about an hour, most of it for the six exercises.

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

from course_lib import data, exercise, exercises, explorers, figures
from course_lib.figures import diagrams
from course_lib.models.cost import cost, count_parameters
from course_lib.models.resnet import resnet18

_ = torch.manual_seed(0)

# %% [markdown] slideshow={"notes": "4 min. Every ResNet begins so. Ask: where does a 7 turn into a half? Leave the question open; it comes back at the end.", "slide_type": "slide", "text": "The heart of the **stem** of every ResNet for ImageNet. In goes an image of 224 x 224:"}
# ## Where do 112 and 56 come from?
#
# Every ResNet that He et al. built for ImageNet starts with these two layers. They are the heart of its **stem**, the part before the first block. Send an image of 224 x 224 pixels through them:

# %% slideshow={"slide_type": "-"}
image = torch.randn(1, 3, 224, 224)  # one image, three channels, 224 rows, 224 columns
conv = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)
pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)

print("image           ", tuple(image.shape))
print("after the conv  ", tuple(conv(image).shape))
print("after the pool  ", tuple(pool(conv(image)).shape))

# %% [markdown] slideshow={"notes": "Ask which padding gives exactly half, before you show it.", "slide_type": "subslide", "text": "Half, and half again. But why? The kernel is 7 wide, and no 7 is in sight. With another padding the answer is another one."}
# Half, and half again. But why? The kernel is 7 wide, and no 7 is in sight. With another padding the answer is another one:

# %% slideshow={"slide_type": "-"}
for padding in range(5):
    other = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=padding)
    print(f"padding {padding}: {other(image).shape[-1]}")

# %% [markdown] slideshow={"slide_type": "fragment", "text": "Only one padding gives exactly half."}
# Only one of these is exactly half. By the end of this notebook you will compute such numbers in your head, and also what the stem costs and how far it sees.

# %% [markdown] slideshow={"notes": "5 min. Draw one window on the board. Kernel, weights, window, feature map: these four words carry the rest.", "slide_type": "slide", "text": "- Multiply each pixel under a small grid by the number that lies on it; add up.\n- The grid is the **kernel**, its numbers are the **weights**, what lies under it is the **window**.\n- Move on, and collect the sums: a **feature map**. This is a **convolution**."}
# ## One window
#
# Lay a small grid of numbers on a corner of an image. Multiply each pixel by the number that lies on it, and add up the products. That gives one number. Move the grid one step and do it again. The numbers that you collect form a new image.
#
# This is a **convolution**. The small grid is the **kernel**, its numbers are the **weights**, the part of the image under it is the **window**. The new image is a **feature map**: it says where in the image the kernel found something.

# %% jupyter={"source_hidden": true} slideshow={"notes": "Point at the window on the left edge of the boot: dark to the left, bright to the right, so the sum is large. Blue is positive, red negative.", "slide_type": "-"} tags=["hide-input"]
test = data.load("fashion_mnist_10k", "test")
boot = test.images[32, 0] / 255  # (28, 28), from 0 black to 1 white
vertical_edges = torch.tensor([[-1.0, 0.0, 1.0]] * 3)

figure = diagrams.one_window(boot, vertical_edges, row=11, column=12)
figures.show(
    figure,
    alt="An ankle boot with a 3x3 window on its left edge. The window's pixels, dark on the left "
    "and bright on the right, are multiplied by -1, 0 and 1; the sum is 2.54. In the feature map, "
    "left edges are blue and right edges red.",
)

# %% [markdown] slideshow={"notes": "Strictly this is a cross-correlation: a mathematician's convolution turns the kernel upside down. The kernels are learned, so it makes no difference.", "slide_type": "subslide", "text": "This kernel subtracts the left column of the window from the right one.\n\n- Even patch: the two cancel, the map is white.\n- Dark to bright: positive, blue. Bright to dark: negative, red.\n\nA built layer with this kernel finds the same number at the same place:"}
# This kernel subtracts the left column of the window from the right one. On an even patch the two cancel, and the map is white. Where dark turns to bright the sum is positive (blue), where bright turns to dark it is negative (red).
#
# You have just done by hand what a built layer does. Give it the same kernel and look at the same place:

# %% slideshow={"slide_type": "-"}
layer = nn.Conv2d(1, 1, kernel_size=3, bias=False)
layer.weight.data = vertical_edges.view(1, 1, 3, 3)
with torch.no_grad():
    feature_map = layer(boot.view(1, 1, 28, 28))

window = boot[11:14, 12:15]
print(f"by hand     {(window * vertical_edges).sum():.2f}")
print(f"nn.Conv2d   {feature_map[0, 0, 11, 12]:.2f}")

# %% [markdown] slideshow={"slide_type": "skip"}
# One remark about the name. In mathematics a convolution turns the kernel upside down first. Networks do not; what they compute is a **cross-correlation**. The kernels are learned, so that turning them would change nothing but their storage. Everybody says convolution, and so does this course.

# %% [markdown] slideshow={"columns": true, "notes": "14 min. Three settings, then the explorer, then the formula. Height and width follow the same rule, each for itself, so one row of cells is enough to find it.", "slide_type": "slide", "text": "- **Stride**: the step from one window to the next.\n- **Padding**: zeros, added at both ends.\n- **Dilation**: the kernel sees every second cell, or every third.\n\nAt stride 2 one cell of *x* is left over. And in a longer row, a shorter one, or with padding 1?\n\nHow many cells does the kernel span with dilation 2?"}
# ## How many windows fit?
#
# Three settings say where the windows lie.
#
# - The **stride** is the step from one window to the next.
# - **Padding** adds cells at both ends of the image. They are zeros.
# - **Dilation** spreads the kernel: with dilation 2 it sees every second cell, with dilation 3 every third.
#
# Height and width follow the same rule, each for itself. So one row of cells is enough to find it.

# %% [markdown] slideshow={"slide_type": "skip"}
# ### Look at one row
#
# On the right of the picture, *x* is a row of the input and *y* the outputs. Lines go from each output to the cells that its window covers. On the left is the image that the row comes from. Try this:
#
# - As it stands, one cell of *x* is left over: no window reaches it. Which one? Make the input one cell longer. What happens to that cell?
# - Now make it one cell shorter than at first, 7. Does the number of outputs change?
# - Back at size 8, set the padding to 1. What is left over now?
# - Set the padding to 0 and the dilation to 2. How many cells does the kernel span, from the first to the last that it sees?
# - Last, choose *image, edges* with input size 12, stride 1 and dilation 1, and drag the window over the boot. Where is the sum of the products largest, and where is it below zero?

# %% slideshow={"notes": "Let people answer each question before you move. Which cell is left over (7)? Input size 9: it is used. Size 7: the number of outputs stays. Back to 8, padding 1: one cell of padding is left over. Padding 0, dilation 2: a kernel of 3 spans 5 cells. Last *image, edges* with size 12, stride 1, dilation 1: drag the window over the boot; the sum is largest on its left edge, and below zero on its right one.", "slide_type": "-"} tags=["hide-input"]
explorers.Convolution()

# %% [markdown] slideshow={"notes": "Fence posts: n steps, n + 1 posts. Build the formula line by line on the board; the brackets mean round down.", "slide_type": "slide", "text": "For $n$ cells, kernel size $k$, stride $s$, padding $p$, dilation $d$:\n\n1. Padding makes the row longer, at both ends: $n + 2p$ cells.\n2. A window spans $d\\,(k-1) + 1$ cells.\n3. Behind the first window there is room for $n + 2p - d\\,(k-1) - 1$ cells.\n4. It moves there in whole steps of $s$: divide and round *down*.\n5. Every step gives one output, and the first window one more.\n\n$$\\text{outputs} = \\left\\lfloor \\frac{n + 2p - d\\,(k-1) - 1}{s} \\right\\rfloor + 1$$"}
# ### The formula
#
# Count windows as you would count fence posts. Let the input have $n$ cells, and take kernel size $k$, stride $s$, padding $p$, dilation $d$.
#
# 1. Padding makes the row longer, at both ends: $n + 2p$ cells.
# 2. A window spans $d\,(k-1) + 1$ cells: from the first cell that it sees to the last are $k-1$ steps of $d$ cells, and the first cell itself counts too.
# 3. The first window lies at the start. Behind it there is room for $n + 2p - d\,(k-1) - 1$ cells.
# 4. The window moves into that room in steps of $s$. Only whole steps count: divide and round *down*.
# 5. Every step gives one output, and the first window gives one more.
#
# $$\text{outputs} = \left\lfloor \frac{n + 2p - d\,(k-1) - 1}{s} \right\rfloor + 1$$
#
# The brackets $\lfloor\;\rfloor$ mean the **floor**: round down to a whole number.

# %% [markdown] slideshow={"notes": "Five minutes in the notebook. The common slips are one-sided padding and a forgotten floor.", "slide_type": "subslide"}
# ### Exercise: compute the output size
#
# Write `conv_output_size(size, kernel_size, stride=1, padding=0, dilation=1)`. In come whole numbers, for one axis. Out goes the output size along that axis, an `int`.
#
# Example: 8 cells, kernel 3, stride 2. The room behind the first window is 5 cells, so two whole steps fit, and `conv_output_size(8, 3, stride=2)` is 3.
#
# You may assume that at least one window fits.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def conv_output_size(
    size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> int:
    """Output size of a convolution along one axis."""
    raise NotImplementedError


# %% [markdown] slideshow={"notes": "Every combination of five kernels, four strides, four paddings and three dilations.", "slide_type": "subslide", "text": "Does the formula agree with built layers? 240 settings, height and width:"}
# Does the formula agree with real layers? Build one for each of many settings, run it, and compare its output with the formula, height and width:

# %% slideshow={"slide_type": "-"}
agree = total = 0
for k, s, p, d in itertools.product(range(1, 6), range(1, 5), range(4), range(1, 4)):
    layer = nn.Conv2d(1, 1, k, stride=s, padding=p, dilation=d)
    height, width = layer(torch.zeros(1, 1, 20, 17)).shape[2:]
    formula = (conv_output_size(20, k, s, p, d), conv_output_size(17, k, s, p, d))
    agree += formula == (height, width)
    total += 1
print(f"{agree} of {total} built layers have the size that the formula says")

# %% [markdown] slideshow={"notes": "The riddle of the beginning is solved: 111 whole steps and the first window.", "slide_type": "subslide", "text": "And the riddle of the beginning? The stem's 7x7 convolution on 224 cells:\n\n- Behind the first window is room for 224 + 6 - 7 = 223 cells.\n- At stride 2 that is 111.5 steps: 111 are whole.\n- With the first window there are **112** outputs."}
# And the riddle of the beginning? For the stem's convolution the room is 224 + 6 - 7 = 223 cells. At stride 2 that is 111.5 steps. 111 of them are whole, and with the first window there are 112 outputs.

# %% slideshow={"slide_type": "-"}
after_conv = conv_output_size(224, 7, stride=2, padding=3)
after_pool = conv_output_size(after_conv, 3, stride=2, padding=1)
print("224 ->", after_conv, "->", after_pool)

# %% [markdown] slideshow={"notes": "4 min. Two input sizes, one output size. Ask what that means for going back up, in a decoder: the way back is not unique.", "slide_type": "slide", "text": "With a stride above 1, inputs of several sizes give outputs of one size. The stem's convolution:"}
# ## What the floor throws away
#
# With a stride above 1, inputs of several sizes give outputs of one size. Here is the stem's convolution again, for inputs around 224. The line is the formula, the crosses are built layers.

# %% jupyter={"source_hidden": true} slideshow={"notes": "The line is the formula, the crosses are built layers.", "slide_type": "-"} tags=["hide-input"]
sizes = list(range(216, 233))
built = [conv(torch.zeros(1, 3, size, 7)).shape[2] for size in sizes]
formula = [conv_output_size(size, 7, stride=2, padding=3) for size in sizes]

figure, axes = plt.subplots(figsize=(9, 3.8), layout="constrained")
_ = axes.step(sizes, formula, where="post", color=figures.BLUE, label="formula")
_ = axes.plot(sizes, built, "x", color=figures.VERMILION, markersize=9, label="built layer")
_ = axes.annotate(
    "223 and 224 both give 112", (223.5, 112), (225, 109.2), arrowprops={"arrowstyle": "->"}
)
_ = axes.set(xlabel="input size", ylabel="output size", xticks=sizes[::2])
_ = axes.legend()
figures.show(
    figure,
    alt="A staircase: the output size grows by one for every two cells of input. All crosses lie "
    "on it. Sizes 223 and 224 both give 112.",
)

# %% [markdown] slideshow={"notes": "A test instead of a belief, in the notebook: 8 columns, kernel 3, stride 2, and 100 in the last column, which no window reaches.", "slide_type": "fragment", "text": "- The cells that are left over are not seen: write 100 there, and no output changes."}
# The cells that are left over are not seen at all. If that is true, you can write anything there and no output notices. Take 8 columns, kernel 3, stride 2; the last column is left over.

# %% slideshow={"slide_type": "skip"}
strided = nn.Conv2d(1, 1, kernel_size=3, stride=2)
x = torch.randn(1, 1, 8, 8)
scribbled = x.clone()
scribbled[..., 7] = 100  # the last column
with torch.no_grad():
    print("same output:", torch.equal(strided(x), strided(scribbled)))

# %% [markdown] slideshow={"notes": "In the stem the cell that is left over is one of padding, so that no pixel is lost.", "slide_type": "fragment", "text": "- The way back is not unique: from 112 alone nobody can tell whether 223 or 224 came in."}
# In the stem the cell that is left over is one of padding, so that no pixel is lost. The floor has one more consequence. The way back is not unique: from 112 alone nobody can tell whether 223 or 224 came in.

# %% [markdown] slideshow={"notes": "4 min. The same windows, nothing to learn: 28 becomes 14 three times, by the formula and built.", "slide_type": "slide", "text": "**Pooling** also moves a window over the map, and has nothing to learn. **Max pooling** takes the largest number in it, **average pooling** the mean. The same formula holds."}
# ## Pooling: the same windows, no weights
#
# **Pooling** also moves a window over the map. It has nothing to learn: **max pooling** takes the largest number in the window, **average pooling** the mean. The windows are laid out in the same way, so the same formula holds.

# %% slideshow={"slide_type": "skip"}
x = test.images[32:33] / 255  # (1, 1, 28, 28)
pooled, rows = {"the boot": x}, []
for name, layer in [
    ("max, 2x2, stride 2", nn.MaxPool2d(2, stride=2)),
    ("average, 2x2, stride 2", nn.AvgPool2d(2, stride=2)),
    ("max, 3x3, stride 2, padding 1", nn.MaxPool2d(3, stride=2, padding=1)),
]:
    pooled[name] = layer(x)
    formula = conv_output_size(28, layer.kernel_size, layer.stride, layer.padding)
    rows.append((name, formula, pooled[name].shape[-1]))
figures.table(["pooling", "size by the formula", "built"], rows)

# %% jupyter={"source_hidden": true} slideshow={"notes": "Ask which of the two makes the boot bolder.", "slide_type": "-"} tags=["hide-input"]
figure, axes = plt.subplots(1, 4, figsize=(11, 3.4), layout="constrained")
for place, (name, picture) in zip(axes, pooled.items(), strict=True):
    place.imshow(picture[0, 0], cmap="gray", vmin=0, vmax=1)
    place.set_title(f"{name}\n{picture.shape[2]} x {picture.shape[3]}", fontsize=10)
    place.axis("off")
figures.show(
    figure,
    alt="The ankle boot at 28 x 28, and three times at 14 x 14: max pooling makes it bolder, "
    "average pooling softer.",
)

# %% [markdown] slideshow={"slide_type": "fragment", "text": "A ResNet ends with **global average pooling**: the window is as large as the map, and each map of 7 x 7 becomes one number."}
# At its end a ResNet pools with a window as large as the whole map. That is **global average pooling**: each map of 7 x 7 becomes one number, its mean. The formula says so too: `conv_output_size(7, 7)` is 1.

# %% [markdown] slideshow={"notes": "7 min. Ask how many layers a network may have on 28 pixels without padding: thirteen.", "slide_type": "slide", "text": "Without padding every 3x3 convolution eats two rows and two columns. A network of many layers would run out of image:"}
# ## Keep the size
#
# Without padding every 3x3 convolution eats two rows and two columns. A network of many layers would run out of image:

# %% slideshow={"slide_type": "-"}
x, sizes = torch.zeros(1, 1, 28, 28), [28]
while x.shape[-1] >= 3:
    x = nn.Conv2d(1, 1, kernel_size=3)(x)
    sizes.append(x.shape[-1])
print(*sizes, sep=" -> ")

# %% [markdown] slideshow={"columns": true, "notes": "Thirteen layers would be the end; ResNet-34 has thirty-two. Let them find the padding with the sliders, and say the rule in words: half of what the kernel spans, without its middle.", "slide_type": "subslide", "text": "A ResNet-18 has sixteen 3x3 convolutions. Just enough padding keeps the size: at stride 1, **same padding**.\n\nWhich padding keeps 9 cells?\n\n- Kernel 3, then 5, then 7\n- Kernel 3, dilation 2, then 3\n- Kernel 1, then 2"}
# After thirteen layers nothing more fits. ResNet-18 has sixteen 3x3 convolutions, ResNet-34 thirty-two. They keep the size instead, with just enough padding. At stride 1 this is called **same padding**.
#
# Find it yourself. The input below has 9 cells. Try this:
#
# - Kernel 3: which padding gives 9 outputs? And kernel 5, kernel 7?
# - Kernel 3 again, with dilation 2, then 3. What does dilation do to the padding that you need?
# - Kernel 1. And kernel 2: is there a padding that gives 9?

# %% slideshow={"notes": "It starts without padding: 7 of 9. Padding 1 for kernel 3, 2 for kernel 5, 3 for kernel 7; with kernel 3, 2 for dilation 2 and 3 for dilation 3. Kernel 1 needs none. An even kernel: padding 0 gives 8, padding 1 gives 10, and nothing gives 9.", "slide_type": "-"} tags=["hide-input"]
explorers.Convolution(size=9, stride=1)

# %% [markdown] slideshow={"notes": "Three minutes in the notebook. The common slip is to forget the dilation.", "slide_type": "subslide", "text": "Write `same_padding(kernel_size, dilation=1)`.\n\n- In come an odd kernel size and a dilation.\n- Out goes the padding for each end, an `int`, with which a convolution of stride 1 keeps the size.\n\nExample: a plain 3x3 loses one row at the top and one at the bottom, so `same_padding(3)` is 1."}
# ### Exercise: find the padding that keeps the size
#
# Write `same_padding(kernel_size, dilation=1)`. In come an odd kernel size and a dilation. Out goes the padding for each end, an `int`, with which a convolution of stride 1 keeps the size.
#
# Example: a plain 3x3 loses one row at the top and one at the bottom, so `same_padding(3)` is 1.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def same_padding(kernel_size: int, dilation: int = 1) -> int:
    """The padding at each end with which a convolution of stride 1 keeps the size."""
    raise NotImplementedError


# %% [markdown] slideshow={"notes": "Seven built layers, all 28 x 28.", "slide_type": "subslide", "text": "Layers built with that padding, on a map of 28 x 28:"}
# Built layers with that padding, on a map of 28 x 28:

# %% slideshow={"slide_type": "-"} tags=["hide-input"]
rows = []
for k, d in [(1, 1), (3, 1), (5, 1), (7, 1), (3, 2), (3, 4), (7, 3)]:
    padding = same_padding(k, d)
    layer = nn.Conv2d(1, 1, k, padding=padding, dilation=d)
    height, width = layer(torch.zeros(1, 1, 28, 28)).shape[2:]
    rows.append((k, d, padding, f"{height} x {width}"))
figures.table(["kernel", "dilation", "padding", "built output"], rows)

# %% [markdown] slideshow={"notes": "Padding a 1x1 is a slip that runs without an error. Ask what would stand in the new border: nothing but the bias.", "slide_type": "fragment", "text": "- A 1x1 needs no padding. With it the map grows, and its border holds nothing of the image.\n- At stride 2 the same padding halves a size, rounded up. So it is all through ResNet."}
# - A 1x1 convolution needs no padding. Padding one is a common slip: the map then grows, and its new border holds nothing of the image.
# - With the same padding and stride 2, a size is halved and rounded up. So it is all through ResNet: 3x3 with padding 1, 7x7 with padding 3, at stride 1 to keep and at stride 2 to halve.

# %% [markdown] slideshow={"columns": true, "notes": "5 min. Ask for the shape of the weight before you show it. One kernel reaches through all input channels and makes one output channel.", "slide_type": "slide", "text": "A photograph has three **channels**, deeper maps have hundreds. A kernel reaches through all of them.\n\n- It has a slice of weights for each input channel.\n- The products of all slices are added up."}
# ## Channels
#
# A photograph has three **channels**: red, green and blue. Deeper in a network there are hundreds. How does a kernel deal with them?
#
# It reaches through all of them. A kernel has one slice of weights for each input channel; the products of all slices are added up to one number. So one kernel makes one output channel, however many channels come in. A layer with four output channels has four kernels.

# %% slideshow={"slide_type": "skip"}
layer = nn.Conv2d(in_channels=3, out_channels=4, kernel_size=3)
output = layer(torch.randn(2, 3, 28, 28))
figures.table(
    ["tensor", "shape", "in words"],
    [
        ("weight", tuple(layer.weight.shape), "output channels, input channels, rows, columns"),
        ("bias", tuple(layer.bias.shape), "one number for each output channel"),
        ("output", tuple(output.shape), "images, output channels, rows, columns"),
    ],
)

# %% jupyter={"source_hidden": true} slideshow={"notes": "Read along a row: three slices, one kernel, one feature map. Four output channels are four kernels.", "slide_type": "-"} tags=["hide-input"]
figure, axes = plt.subplots(figsize=(6, 4.4), layout="constrained")
diagrams.kernels(axes, layer.weight.detach())
figures.show(
    figure,
    alt="The weight tensor as a table of small 3x3 grids: four rows, one for each output channel, "
    "and three columns, one for each input channel.",
)

# %% [markdown] slideshow={"slide_type": "fragment", "text": "- So one kernel makes one output channel.\n- The weight has the shape (4, 3, 3, 3): out, in, rows, columns.\n- A **bias** is added to a whole feature map."}
# Read it along a row: three slices make one kernel, and their sum is one feature map. A **bias** is a number that is added to a whole feature map at the end.

# %% [markdown] slideshow={"columns": true, "notes": "12 min. The matrix picture of a convolution. The exercise is the hardest of the notebook: ten minutes here, or at home. A loop over kernel positions is enough; it need not be fast.", "slide_type": "slide", "text": "Each window becomes a row of a matrix, the kernel a column. The whole convolution is one product."}
# ## All windows at once
#
# How would you compute this without a loop over all windows? Take the windows out of the image and write each as a row of a matrix. Write the kernel as a column. Now the whole convolution is one product of a matrix and a column:

# %% jupyter={"source_hidden": true} slideshow={"notes": "Count together: 16 pixels became 36 numbers.", "slide_type": "-"} tags=["hide-input"]
tiny = torch.tensor([[1.0, 2, 8, 9], [1, 3, 9, 9], [2, 8, 9, 8], [7, 9, 8, 9]])
figure = diagrams.windows_as_rows(tiny, vertical_edges)
figures.show(
    figure,
    alt="A 4x4 image with its first 3x3 window marked. Its four windows are the four rows of a "
    "matrix with nine columns. Times the kernel, a column of nine numbers, it gives a column of "
    "four: the 2x2 feature map.",
)

# %% [markdown] slideshow={"notes": "Rows are in * kh * kw numbers long. Some write the windows as columns and the kernel as a row.", "slide_type": "fragment", "text": "This is **im2col**, image to columns.\n\n- More input channels: longer rows.\n- More output channels: more columns on the right.\n- The price: 16 pixels became 36 numbers."}
# This rearrangement is called **im2col**, image to columns. (Some write the windows as columns and the kernel as a row.)
#
# - More input channels make the rows longer: `in * kh * kw` numbers, for a kernel of kh rows and kw columns.
# - More output channels are more columns on the right: the column of numbers becomes a matrix.
# - Windows overlap, so the matrix repeats many pixels. Here 16 pixels became 36 numbers. That is the price.

# %% [markdown] slideshow={"notes": "Ten minutes, or at home. The kernel need not be square; stride and padding hold for both axes. A loop over kernel positions is enough; it need not be fast.", "slide_type": "subslide", "text": "Write `conv2d(x, weight, bias=None, stride=1, padding=0)`: what torch's `F.conv2d` computes.\n\n- In come `x` (N, in, H, W), `weight` (out, in, kh, kw), perhaps `bias` (out,).\n- Out goes (N, out, H', W'). Gradients come back through it; `x` does not change.\n- Not allowed: `F.conv2d` and its relatives, `nn.Conv2d`.\n- Allowed: loops, `F.pad`, `Tensor.unfold`, `F.unfold`, `torch.einsum`, `@`.\n\nExample: an image of ones and a 3x3 kernel of ones give 9 everywhere; with `padding=1`, 4 in the corners and 6 along the borders."}
# ### Exercise: a convolution of your own
#
# Write `conv2d(x, weight, bias=None, stride=1, padding=0)`, which computes what torch's `F.conv2d` does.
#
# - In come `x` (N, in, H, W), `weight` (out, in, kh, kw) and perhaps `bias` (out,). The kernel need not be square. Stride and padding hold for both axes.
# - Out goes a tensor (N, out, H', W'). Gradients must come back through it, and `x` must not change.
# - Not allowed are torch's convolutions: `F.conv2d` and its relatives, `nn.Conv2d`. Allowed is all the rest: loops, `F.pad`, `Tensor.unfold`, `F.unfold`, `torch.einsum`, `@`.
#
# Example: on an image full of ones, a 3x3 kernel full of ones gives 9 everywhere; with `padding=1` it gives 4 in the corners and 6 along the borders.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def conv2d(
    x: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int = 1, padding: int = 0
) -> Tensor:
    """Cross-correlation as nn.Conv2d computes it, without torch's convolutions."""
    raise NotImplementedError


# %% [markdown] slideshow={"slide_type": "skip"}
# Compare it with torch's own, on kernels of several shapes:

# %% slideshow={"slide_type": "skip"}
x, rows = torch.randn(2, 3, 32, 32), []
for kernel, stride, padding in [((7, 7), 2, 3), ((3, 3), 1, 1), ((1, 1), 2, 0), ((3, 5), 1, 2)]:
    weight, bias = torch.randn(8, 3, *kernel), torch.randn(8)
    ours = conv2d(x, weight, bias, stride, padding)
    torchs = F.conv2d(x, weight, bias, stride, padding)
    same = torch.allclose(ours, torchs, atol=1e-3)
    rows.append((kernel, stride, padding, tuple(ours.shape), same))
figures.table(["kernel", "stride", "padding", "output", "same as torch's"], rows)

# %% [markdown] slideshow={"columns": true, "notes": "The convolution that they wrote gives torch's numbers, for kernels of several shapes, also 3x5. Now it looks at real images.", "slide_type": "subslide", "text": "One layer with three kernels makes three feature maps of each picture.\n\n- Vertical edges\n- Horizontal edges\n- A blur that averages nine pixels\n\nTwo pictures: (2, 1, 28, 28) becomes (2, 3, 28, 28)."}
# Now let it look at real images. One layer with three kernels makes three feature maps of each picture: vertical edges, horizontal edges, and a blur that averages nine pixels.

# %% slideshow={"slide_type": "skip"}
three_kernels = torch.stack([vertical_edges, vertical_edges.T, torch.full((3, 3), 1 / 9)])
weight = three_kernels.view(3, 1, 3, 3)  # 3 output channels, 1 input channel
pictures = test.images[[32, 1]] / 255  # (2, 1, 28, 28)
maps = conv2d(pictures, weight, padding=1)  # (2, 3, 28, 28)
print(tuple(pictures.shape), "->", tuple(maps.shape))

# %% jupyter={"source_hidden": true} slideshow={"notes": "Ask which outlines each kernel colours, and why the trousers have nearly no horizontal edges.", "slide_type": "-"} tags=["hide-input"]
figure, axes = plt.subplots(2, 4, figsize=(9, 4.6), layout="constrained")
for row, (picture, found) in enumerate(zip(pictures, maps, strict=True)):
    axes[row, 0].imshow(picture[0], cmap="gray")
    for column, feature_map in enumerate(found, start=1):
        look = {"cmap": "gray"} if column == 3 else {"cmap": "RdBu", "vmin": -3, "vmax": 3}
        axes[row, column].imshow(feature_map, **look)
titles = ("image", "vertical edges", "horizontal edges", "blur")
for place, title in zip(axes[0], titles, strict=True):
    place.set_title(title)
for place in axes.flat:
    place.axis("off")
figures.show(
    figure,
    alt="A boot and trousers with their feature maps. The first kernel colours left and right "
    "outlines, the second upper and lower ones, the third blurs.",
)

# %% [markdown] slideshow={"slide_type": "fragment", "text": "Nobody writes a network's kernels down: training finds them."}
# For a network nobody writes kernels down. They start as random numbers, and training finds better ones.

# %% [markdown] slideshow={"notes": "7 min. Weights are out times in times k squared. Then ask: can one do with fewer pairs?", "slide_type": "slide", "text": "- A slice of $k \\times k$ weights for each pair of channels: out \u00b7 in \u00b7 k\u00b2.\n- With **groups**, an output channel sees only the input channels of its own group."}
# ## What does it cost to keep? Parameters
#
# The weight tensor holds a slice of $k \times k$ numbers for each pair of an input and an output channel. So its size is out · in · k². Can one do with fewer pairs?
#
# Yes: cut the channels into **groups**. Each output channel then sees only the input channels of its own group. Below are four input and four output channels. In a hatched place there is no kernel.

# %% jupyter={"source_hidden": true} slideshow={"notes": "In a hatched place there is no kernel. Count the filled places: 16, 8, 4. Groups are what makes a ResNeXt; notebook 08 is about them.", "slide_type": "-"} tags=["hide-input"]
figure, axes = plt.subplots(1, 3, figsize=(11, 3.9), layout="constrained")
for place, groups in zip(axes, (1, 2, 4), strict=True):
    layer = nn.Conv2d(4, 4, kernel_size=3, groups=groups, bias=False)
    diagrams.kernels(place, layer.weight.detach(), groups)
    place.set_title(f"groups={groups}: {layer.weight.numel()} weights")
figures.show(
    figure,
    alt="Three tables of kernels, four output channels by four input channels. With 1 group all 16 "
    "places hold a kernel, 144 weights. With 2 groups 8 on the diagonal do, 72 weights. With 4 "
    "groups 4 do, 36 weights.",
)

# %% [markdown] slideshow={"slide_type": "fragment", "text": "An output channel has in / g slices instead of in. When every channel is a group of its own, as on the right, this is a **depthwise convolution**."}
# With $g$ groups, an output channel has in / g slices instead of in. When every channel is a group of its own, as on the right, this is a **depthwise convolution**. Groups are what makes a ResNeXt, and notebook 08 is all about them.

# %% [markdown] slideshow={"notes": "Five minutes in the notebook. The common slips are to divide both numbers of channels by the groups, and a bias for each weight.", "slide_type": "subslide", "text": "Write `conv_parameters(in_channels, out_channels, kernel_size, groups=1, bias=False)`.\n\n- The kernel is square, and `groups` divides both numbers of channels.\n- Out goes an `int`: all weights, and the biases if there are any.\n\nExample: from 2 channels to 5 with a 3x3 kernel there are 5 \u00b7 2 \u00b7 9 = 90 weights. With `bias=True` there are 95 parameters."}
# ### Exercise: count a convolution's parameters
#
# Write `conv_parameters(in_channels, out_channels, kernel_size, groups=1, bias=False)`. The kernel is square, and `groups` divides both numbers of channels. Out goes an `int`: all weights, and the biases if there are any.
#
# Example: from 2 channels to 5 with a 3x3 kernel there are 5 · 2 · 9 = 90 weights. With `bias=True` there are 95 parameters.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def conv_parameters(
    in_channels: int, out_channels: int, kernel_size: int, groups: int = 1, bias: bool = False
) -> int:
    """The number of parameters of a convolution with a square kernel."""
    raise NotImplementedError


# %% [markdown] slideshow={"slide_type": "subslide", "text": "Counted twice: layers that you will meet again."}
# Against built layers. Most of them you will meet again:

# %% slideshow={"notes": "Ask for the stem's number before you show the table: 64 times 3 times 49. The size of the image is nowhere in it.", "slide_type": "-"} tags=["hide-input"]
rows = []
for name, channels_in, channels_out, k, groups, bias in [
    ("stem of every ResNet", 3, 64, 7, 1, False),
    ("3x3 in ResNet-18", 64, 64, 3, 1, False),
    ("the same with a bias", 64, 64, 3, 1, True),
    ("1x1 in ResNet-50", 64, 256, 1, 1, False),
    ("3x3 in ResNeXt-50, 32 groups", 128, 128, 3, 32, False),
    ("the same without groups", 128, 128, 3, 1, False),
    ("depthwise 3x3", 128, 128, 3, 128, False),
]:
    layer = nn.Conv2d(channels_in, channels_out, k, groups=groups, bias=bias)
    formula = conv_parameters(channels_in, channels_out, k, groups, bias)
    rows.append((name, formula, count_parameters(layer)))
figures.table(["parameters of", "by the formula", "built"], rows)

# %% [markdown] slideshow={"slide_type": "fragment", "text": "The size of the image is not in the formula: a convolution has the same parameters on a stamp and on a poster. What changes is the work."}
# The stride, the padding and the size of the image are not in the formula. A convolution has the same parameters on a stamp and on a poster. What changes is the work.

# %% [markdown] slideshow={"notes": "8 min. Papers say FLOPs and mean multiply-adds. Count from the output: how many numbers, and how many products in each.", "slide_type": "slide", "text": "A **MAC**, multiply-add, is one product that is added to a sum. Papers often call them FLOPs. Count from the output:\n\n- How many numbers come out? One for each output channel and position.\n- How many products does each sum up? One for each cell of its window, in each channel of its group.\n\nFrom 2 channels to 5, kernel 3x3, to a map of 4 rows and 6 columns: 5 \u00b7 4 \u00b7 6 = 120 numbers, each a sum of 2 \u00b7 9 = 18 products. That makes 2,160 MACs."}
# ## What does it cost to run? Multiply-adds
#
# A multiply-add, or **MAC**, is one product that is added to a sum. Papers count the cost of a network in them, and often call them FLOPs. Count them from the output:
#
# - How many numbers come out? One for each output channel and position.
# - How many products does each of them sum up? One for each cell of its window, in each channel of its group.

# %% [markdown] slideshow={"notes": "Five minutes in the notebook. The common slip is the size of the input in place of the output's.", "slide_type": "subslide", "text": "Write `conv_macs`, for one image and a square kernel.\n\n- `out_height` and `out_width` are the size of the *output*.\n- A bias is not counted. Out goes an `int`.\n\nExample: `conv_macs(2, 5, 3, 4, 6)` is 2,160."}
# ### Exercise: count the multiply-adds
#
# Write `conv_macs(in_channels, out_channels, kernel_size, out_height, out_width, groups=1)` for one image. The kernel is square. `out_height` and `out_width` are the size of the *output*. A bias is not counted. Out goes an `int`.
#
# Example: from 2 channels to 5, kernel 3x3, to a map of 4 rows and 6 columns. 5 · 4 · 6 = 120 numbers come out, each a sum of 2 · 9 = 18 products. That makes 2,160 MACs.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def conv_macs(
    in_channels: int,
    out_channels: int,
    kernel_size: int,
    out_height: int,
    out_width: int,
    groups: int = 1,
) -> int:
    """Multiply-adds of a convolution with a square kernel, for one image."""
    raise NotImplementedError


# %% [markdown] slideshow={"notes": "The stem's two layers. Leave the last column for notebook 04. Then the formula: the same number.", "slide_type": "subslide", "text": "`cost` counts in another way. It hangs a **hook** on each layer of a built network: a function that is called when the layer has run, and sees the shape of what came out."}
# `cost` counts in another way. It hangs a **hook** on each layer of a built network: a function that is called whenever the layer has run, and sees the shape of what came out. Here are the stem's two layers. (Leave the last column for notebook 04.)

# %% slideshow={"slide_type": "-"}
cost(nn.Sequential(conv, pool), (3, 224, 224))

# %% slideshow={"slide_type": "fragment"}
print(f"formula {conv_macs(3, 64, 7, 112, 112):,}")

# %% [markdown] slideshow={"slide_type": "subslide", "text": "The MACs of a ResNet-18, counted in two ways that know nothing of each other:\n\n- **hooks**, which see each map while the network runs,\n- your **formula**, from the settings of each convolution and the size of its map.\n\nBeside them stands the paper's number:"}
# ### A whole network, twice
#
# Now all convolutions of a ResNet-18. The hooks say the size of each map; your formula says the MACs.

# %% slideshow={"notes": "The same number to the last digit, and the paper's figure beside it.", "slide_type": "-"} tags=["hide-input"]
with torch.device("meta"):  # shapes without numbers: enough for counting, and built at once
    network = resnet18()
counted = cost(network, (3, 224, 224))

by_formula = 0
for row in counted.layers:
    layer = network.get_submodule(row.name)
    if isinstance(layer, nn.Conv2d):
        _, height, width = row.output_shape
        by_formula += conv_macs(
            layer.in_channels, layer.out_channels, layer.kernel_size[0], height, width, layer.groups
        )
by_formula += network.fc.weight.numel()  # the last layer is linear: each weight works once

print(f"formula, computed               {by_formula:,}")
print(f"hooks, computed                 {counted.macs:,}")
print("He et al. 2015, paper, table 1  1.8 x 10^9")

# %% [markdown] slideshow={"notes": "Parameters and multiply-adds do not sit in the same place.", "slide_type": "subslide", "text": "`layer1` to `layer4` are the four stages of ResNet-18: parts in which all maps have one size."}
# ### Where the cost is
#
# Parameters and MACs do not sit in the same place. Here they are for the parts of ResNet-18. `layer1` to `layer4` are its four stages: parts in which all maps have one size.

# %% jupyter={"source_hidden": true} slideshow={"notes": "Ask which stage is the dear one. Parameters say the last, multiply-adds say: all the same.", "slide_type": "-"} tags=["hide-input"]
parts = [row for row in cost(network, (3, 224, 224), depth=1).layers if row.macs]
names = [f"{row.name}\n{' x '.join(map(str, row.output_shape))}" for row in parts]
figure, axes = plt.subplots(2, 1, figsize=(9, 4.2), sharex=True, layout="constrained")
for place, title, counts, color in [
    (axes[0], "parameters", [row.parameters for row in parts], figures.BLUE),
    (axes[1], "MACs", [row.macs for row in parts], figures.ORANGE),
]:
    bars = place.bar(names, [count / 1e6 for count in counts], color=color)
    place.bar_label(bars, fmt="%.2f" if title == "parameters" else "%.1f")
    place.set_ylabel(f"{title}, millions")
    place.margins(y=0.2)
figures.show(
    figure,
    alt="Two bar charts over the parts of ResNet-18. Parameters grow about fourfold from stage to "
    "stage, from 0.15 to 8.39 million. MACs stay nearly the same, 462 million in the first stage "
    "and 411 in each other one.",
)

# %% [markdown] slideshow={"notes": "Half the size and double the channels: by design, so that each stage takes the same time. MACs are not time, though: notebook 08 measures.", "slide_type": "subslide", "text": "By design, each stage halves the map and doubles the channels: four times as many pairs of channels, a quarter of the positions (He et al. 2015, section 3.3)."}
# This is by design. Each stage halves the map and doubles the channels. Four times as many pairs of channels, a quarter of the positions: the paper asks for just that, to keep the time of each layer (He et al. 2015, section 3.3).

# %% slideshow={"slide_type": "-"}
rows = []
for channels, size in [(64, 56), (128, 28), (256, 14), (512, 7)]:
    parameters = conv_parameters(channels, channels, 3)
    macs = conv_macs(channels, channels, 3, size, size)
    rows.append((channels, f"{size} x {size}", parameters, macs))
figures.table(["channels", "map", "weights of a 3x3", "MACs"], rows)

# %% [markdown] slideshow={"slide_type": "skip"}
# MACs are not time. How long a layer takes also depends on how much it must fetch from memory, as notebook 08 measures.

# %% [markdown] slideshow={"notes": "10 min. A network's outputs see more than their own kernel. Trace one output down with the finger.", "slide_type": "slide", "text": "A 3x3 kernel sees three cells, and each of these has seen three. The part of the input that can change one output is its **receptive field**."}
# ## How far does it see?
#
# A 3x3 kernel sees three cells. But the cells that it sees have seen three cells each. The part of the input that can change one output is its **receptive field**. Follow one output down through three layers:

# %% jupyter={"source_hidden": true} slideshow={"notes": "On the left three layers of stride 1: 3, 5, 7 cells. On the right the first has stride 2: 3, 7, 11.", "slide_type": "-"} tags=["hide-input"]
figure, axes = plt.subplots(1, 2, figsize=(11, 3.9), layout="constrained")
diagrams.cone(axes[0], [(3, 1), (3, 1), (3, 1)])
diagrams.cone(axes[1], [(3, 2), (3, 1), (3, 1)])
figures.show(
    figure,
    alt="Two pyramids of cells, each from one output down to the input. Three 3x3 layers of stride "
    "1 see 3, 5, then 7 cells. With stride 2 in the first layer the cells above lie two apart, and "
    "one output sees 11.",
)

# %% [markdown] slideshow={"notes": "Field and jump: let them fill in a small table for 7x7 stride 2, then 3x3 stride 2: 7 and 2, then 11 and 4.", "slide_type": "subslide", "text": "Go from the input upwards and keep two numbers. Both start at 1.\n\n- The **field**: how many input cells one output sees.\n- The **jump**: how far apart two neighbours are, in input cells.\n\nA layer with kernel $k$ looks at $k$ neighbours, which are $k-1$ jumps apart from end to end: the field grows by that much. Then its stride $s$ multiplies the jump.\n\n- Three 3x3 of stride 1: field 3, 5, 7.\n- The same, but the first has stride 2: field 3, 7, 11."}
# ### The rule
#
# Go from the input upwards and keep two numbers.
#
# - The *field*: how many input cells one output sees. It starts at 1, because an input cell sees itself.
# - The *jump*: how far apart two neighbours are, from middle to middle, in input cells. It starts at 1.
#
# A layer with kernel $k$ looks at $k$ neighbours. They are $k-1$ jumps apart from end to end, and the field grows by that much. Then its stride $s$ sets its own outputs further apart: the jump is multiplied by $s$.
#
# On the left above the jump stays 1, and the field grows by 2 in each layer. On the right it is 2 from the second layer on, and the field grows by 2, 4 and 4.

# %% [markdown] slideshow={"notes": "Five minutes in the notebook. The common slip is to multiply the jump before the field has grown.", "slide_type": "subslide", "text": "Write `receptive_field(layers)`.\n\n- In comes a list of pairs (kernel_size, stride), in order from the input.\n- Out goes an `int`: the side length, on the input, of what one output of the last layer sees.\n- Padding plays no role.\n\nExample: `receptive_field([(3, 1), (3, 1)])` is 5."}
# ### Exercise: how far does an output see?
#
# Write `receptive_field(layers)`. In comes a list of pairs (kernel_size, stride), in order from the input. Out goes an `int`: the side length, on the input, of what one output of the last layer sees. Padding plays no role.
#
# Example: `receptive_field([(3, 1), (3, 1)])` is 5.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def receptive_field(layers: list[tuple[int, int]]) -> int:
    """Side length, on the input, of what one output of the last layer sees."""
    raise NotImplementedError


# %% [markdown] slideshow={"notes": "All weights 1, so that nothing cancels.", "slide_type": "subslide", "text": "A receptive field can be measured: where changing the input changes nothing, the gradient of the output is zero.\n\n- Take one output of a built network. How far does its gradient reach?\n- Along one axis, all weights 1: the path through all 3x3 convolutions of ResNet-18."}
# ### Ask the gradient
#
# A receptive field can be measured. Where changing the input changes nothing, the gradient of the output is zero. So take one output of a built network and see how far its gradient reaches. Along one axis that is enough, with all weights 1, so that nothing cancels. Here is the path through all 3x3 convolutions of ResNet-18:

# %% slideshow={"notes": "Formula and measurement agree at every stage.", "slide_type": "-"} tags=["hide-input"]
chains = {"stem": [(7, 2), (3, 2)]}
for stage, stride in [(1, 1), (2, 2), (3, 2), (4, 2)]:  # two blocks of two convolutions each
    before = list(chains.values())[-1]
    chains[f"layer{stage}"] = [*before, (3, stride), (3, 1), (3, 1), (3, 1)]
fields = {name: receptive_field(layers) for name, layers in chains.items()}

rows = []
for name, layers in chains.items():
    built = nn.Sequential(*(nn.Conv1d(1, 1, k, stride=s, bias=False) for k, s in layers))
    for layer in built:
        nn.init.ones_(layer.weight)
    x = torch.zeros(1, 1, 600, requires_grad=True)
    built(x)[0, 0, 0].backward()
    rows.append((name, fields[name], int((x.grad != 0).sum())))
figures.table(["after", "field by the formula", "measured by the gradient"], rows)

# %% jupyter={"source_hidden": true} slideshow={"columns": true, "notes": "435 is more than the picture has. What lies beyond it is padding.", "slide_type": "subslide"} tags=["hide-input"]
figure, axes = plt.subplots(figsize=(5.2, 4.4), layout="constrained")
photo = plt.Rectangle((-112, -112), 224, 224, facecolor=figures.YELLOW, alpha=0.3)
_ = axes.add_patch(photo)
_ = axes.text(0, -98, "an image of 224 x 224", ha="center")
for stage, color in zip(range(1, 5), figures.PALETTE, strict=False):
    field = fields[f"layer{stage}"]
    corner = (-field / 2, -field / 2)
    _ = axes.add_patch(plt.Rectangle(corner, field, field, fill=False, edgecolor=color, lw=2))
    _ = axes.text(0, field / 2 + 6, f"layer{stage}: {field}", ha="center")
_ = axes.set(xlim=(-225, 225), ylim=(-222, 238), aspect="equal")
_ = axes.axis("off")
figures.show(
    figure,
    alt="Squares around one point: the receptive fields after the stages of ResNet-18, 43, 99, 211 "
    "and 435 pixels wide. The last is larger than the whole image of 224.",
)

# %% [markdown] slideshow={"slide_type": "-", "text": "The fields after the four stages of ResNet-18.\n\n- After the last, an output in the middle can see the whole image and beyond.\n- What lies beyond is padding.\n- Does it look at all of it equally hard?"}
# After the last stage an output in the middle can see the whole image and beyond; what lies beyond is padding. Seeing is not looking equally hard, though. Take ten 3x3 convolutions with all weights equal, and see how much each input pixel counts for one output:

# %% slideshow={"slide_type": "skip"}
x = torch.zeros(1, 1, 21, 21, requires_grad=True)
y = x
for _ in range(10):
    y = F.conv2d(y, torch.full((1, 1, 3, 3), 1 / 9))
y.sum().backward()  # y is one single output
weight_of_pixel = x.grad[0, 0]
middle = weight_of_pixel[5:16, 5:16].sum() / weight_of_pixel.sum()
print(f"formula: {receptive_field([(3, 1)] * 10)} x {receptive_field([(3, 1)] * 10)}")
print(f"the middle 11 x 11, 27 % of the field, has {100 * middle:.0f} % of the weight")

# %% jupyter={"source_hidden": true} slideshow={"columns": true, "notes": "Seeing is not looking equally hard. Many paths lead from the middle to the output, one from each corner.", "slide_type": "subslide"} tags=["hide-input"]
figure, axes = plt.subplots(figsize=(5, 4), layout="constrained")
shown = axes.imshow(weight_of_pixel, cmap="cividis")
_ = figure.colorbar(shown, label="weight in the output")
_ = axes.add_patch(plt.Rectangle((4.5, 4.5), 11, 11, fill=False, edgecolor="white", lw=2))
_ = axes.set(xticks=[], yticks=[], title="the field, 21 x 21, and its middle, 11 x 11")
figures.show(
    figure,
    alt="A round bright spot in the middle of a dark square: pixels in the middle of the receptive "
    "field count much, those near its border hardly at all.",
)

# %% [markdown] slideshow={"slide_type": "-", "text": "Seeing is not looking equally hard. Ten 3x3 convolutions, all weights equal:\n\n- The field is 21 x 21.\n- Its middle, 11 x 11, is 27 % of the field and has 94 % of the weight.\n- Many paths lead from the middle to the output, and only one from each corner."}
# The reason: many paths lead from the middle to the output, and only one from each corner.

# %% [markdown] slideshow={"notes": "Three 3x3 see as far as one 7x7, for about half the weights.", "slide_type": "slide", "text": "Several small kernels see as far as one large one, and cost less. With 64 channels in and out:"}
# ### Why small kernels
#
# You can now see why networks stack 3x3 kernels. Several small ones see as far as one large one and cost less. With 64 channels in and out:

# %% slideshow={"slide_type": "-"}
rows = []
for count, large in [(2, 5), (3, 7)]:
    field = receptive_field([(3, 1)] * count)
    assert field == receptive_field([(large, 1)])
    small_cost = count * conv_parameters(64, 64, 3)
    large_cost = conv_parameters(64, 64, large)
    rows.append((field, f"{count} x (3x3)", small_cost, f"one {large}x{large}", large_cost,
                 f"{small_cost / large_cost:.2f}"))  # fmt: skip
figures.table(["field", "small kernels", "weights", "large kernel", "weights", "ratio"], rows)

# %% [markdown] slideshow={"notes": "3 min. Back to the first slide. All of it comes out of five functions that they wrote.", "slide_type": "slide", "text": "Back to the start. Everything about the stem, out of the functions that you wrote:"}
# ## The stem, all at once
#
# Back to the start. Everything about the stem comes out of five small functions, and they are yours:

# %% slideshow={"slide_type": "-"}
size, layers, rows = 224, [], []
for name, channels, k, s in [("7x7 conv", (3, 64), 7, 2), ("3x3 pool", None, 3, 2)]:
    size = conv_output_size(size, k, s, same_padding(k))
    layers.append((k, s))
    parameters = conv_parameters(*channels, k) if channels else 0
    macs = conv_macs(*channels, k, size, size) if channels else 0
    rows.append((name, size, parameters, macs, receptive_field(layers)))
figures.table(["layer", "size", "parameters", "MACs", "field"], rows)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The stem makes the map four times smaller on each side. It holds 0.1 % of ResNet-18's parameters and does 6.5 % of its MACs.

# %% [markdown] slideshow={"notes": "4 min. Ask the room, one question each. The answers are in the notebook, folded up.", "slide_type": "slide"}
# ## Check yourself
#
# <details><summary>A map of 56 x 56 goes through a 3x3 convolution with stride 2 and padding 1. What size comes out? And from 7 x 7?</summary>
#
# 28: the room is 56 + 2 - 3 = 55, which is 27 whole steps, and one. From 7: the room is 6, three whole steps, so 4.
#
# </details>
#
# <details><summary>Somebody writes a 1x1 convolution with padding 1. What comes out of 28 x 28, and what is in the border?</summary>
#
# 30 x 30. In the border stand the bias alone, or zeros without one: the kernel saw nothing but padding there.
#
# </details>
#
# <details><summary>A 4x4 kernel at stride 1: which padding keeps the size?</summary>
#
# None. It loses three cells, and three cannot be shared equally by two ends. This is why nearly all kernels are odd.
#
# </details>
#
# <details><summary>You double the input and the output channels of a convolution. What happens to its weights? To its MACs?</summary>
#
# Both become four times as many.
#
# </details>
#
# <details><summary>And when you double height and width of the image?</summary>
#
# The weights stay. The MACs become about four times as many, because there are four times as many positions.
#
# </details>
#
# <details><summary>Two layers, a 3x3 with stride 2 and a 3x3 with stride 1. Does their order matter for the receptive field?</summary>
#
# Yes. Stride first: 3 + 2 · 2 = 7. Stride last: 3 + 2 · 1 = 5. A stride spreads what the layers behind it see.
#
# </details>

# %% [markdown] slideshow={"notes": "1 min. Next: what happens to gradients when many such layers are stacked.", "slide_type": "slide"}
# ## What to remember
#
# - Outputs = floor((n + 2p - d(k - 1) - 1) / s) + 1. Padding counts twice, the floor drops what is left over.
# - Padding (k - 1) / 2 keeps the size at stride 1 and halves it, rounded up, at stride 2. A 1x1 has padding 0.
# - Weights: out · (in / groups) · k². They do not depend on the image.
# - MACs: weights times output positions.
# - The receptive field grows by (k - 1) · jump in each layer, and every stride multiplies the jump.

# %% slideshow={"slide_type": "skip"}
exercises.progress("01_convolution_arithmetic")

# %% [markdown] slideshow={"slide_type": "skip"}
# Next: [02 Residual gradients](02_residual_gradients.ipynb) ([in Colab](https://colab.research.google.com/github/OWNER/REPOSITORY/blob/HEAD/notebooks/02_residual_gradients.ipynb)). What happens to gradients when you stack many such layers?
