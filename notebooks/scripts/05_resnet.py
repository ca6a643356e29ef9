# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] slideshow={"notes": "90 min in all. 2 min. Or two lectures: the second begins at Every depth. The four exercises are most of the learners' work: make_layer and initialize in the room, ResNet begun in the room, layer_shapes at home. Nobody is stuck without an answer: the notebook goes on with the reference.", "slide_type": "slide", "text": "- a ResNet of any depth from three pieces: stem, stages and head\n- when a stage needs a projection, and how large the first weights should be\n- the paper's table, and which of its numbers belong to which version\n- torchvision's weights in a network that you wrote yourself\n- the features of a trained network, and what they are good for"}
# # The whole ResNet
#
# At the end of this notebook you will be able to
#
# - build a ResNet of any depth from three pieces: stem, stages and head,
# - say when a stage needs a projection, and how large the first weights should be,
# - regenerate the paper's table, and say which of its numbers belong to which version,
# - load torchvision's weights into a network that you wrote yourself,
# - take features out of a trained network and look at them.
#
# You need the blocks of notebooks 03 and 04. This notebook takes about 60 minutes.

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
import copy  # noqa: F401 - for your layer_shapes
import math
from collections.abc import Sequence

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
import torchvision
from matplotlib.cbook import get_sample_data
from PIL import Image
from torch import Tensor, nn

from course_lib import data, exercise, exercises, explorers, figures
from course_lib.models import resnet
from course_lib.models.blocks import BasicBlock, Bottleneck, shortcut  # noqa: F401 - for your stages
from course_lib.models.cifar import CifarResNet
from course_lib.models.cost import cost
from course_lib.trained import published, shipped

torch.set_num_threads(1)  # the trained network is tiny: a second thread would only get in the way
_ = torch.manual_seed(0)

# %% [markdown] slideshow={"notes": "9 min. Ask before you move anything: where would you put 50 more layers? Let people answer each question before you show its picture. If you can, drag the blocks live.", "slide_type": "slide", "text": "ResNet-18, 34, 50, 101 and 152 are one class. Only five things differ: which block, and how many of them in each of four stages.\n\n- From 50 to 101 to 152 layers: which stages get the new blocks?\n- Images of twice the height and width: what happens to the MACs, and what to the parameters?\n- The four numbers of ResNet-50 with BasicBlocks: which network is that?\n- How many layers has the smallest network of this plan?"}
# ## Five networks, one plan
#
# ResNet-18, 34, 50, 101 and 152: the paper has five networks, and you will write all of them in one class. They share one plan. Only five things differ: which block, and how many of them in each of four stages.
#
# Look at the plan first. The blue slabs at the top are the feature maps, from the image on the left to the 1,000 class scores on the right; under them you can count the blocks of each stage. Try this:
#
# - Choose *ResNet-101*, then *ResNet-152*. In which stages do the new blocks go?
# - Double *image size* to 448. What happens to the MACs, and what to the parameters?
# - Back at ResNet-50 and size 224, choose *BasicBlock*. Which network have you got now?
# - Drag the blocks of a stage, or press its + and −: the network is then your own. How many layers has the smallest that you can build?

# %% slideshow={"notes": "In order: ResNet-50; ResNet-152, where the new blocks go into the second and the third stage (choose 101 on the way: all 17 go into the third); at twice the image size look at the MACs and at the parameters. Then press BasicBlock: the same four numbers make ResNet-34. Point at the two rows of bars: they do not peak in the same stage.", "slide_type": "subslide", "states": [{}, {"stage2": 8, "stage3": 36}, {"size": 448}]}
explorers.ResNetArchitect()

# %% [markdown] slideshow={"notes": "Count depth once together for ResNet-18: one convolution in the stem, two in each of eight blocks, one linear layer. Projections do not count.", "slide_type": "subslide", "text": "- From 50 to 101 layers all 17 new blocks go into the third stage. At 152 the second grows too.\n- Twice the height and width: fourfold MACs in the convolutions. The parameters stay, as a kernel does not know how large the map is.\n- [3, 4, 6, 3] is ResNet-34 with BasicBlocks and ResNet-50 with Bottlenecks.\n- One BasicBlock in each stage: 2 + 2 \u00b7 4 = 10 layers.\n\n**Depth** counts the layers with weights: all convolutions outside the projections, and the linear layer."}
# ### What you saw
#
# - From 50 to 101 layers all 17 new blocks go into the third stage. At 152 the second stage grows too.
# - Every map is twice as high and twice as wide, so the convolutions' MACs are fourfold. The parameters stay: a kernel does not know how large the map is.
# - The same four numbers, [3, 4, 6, 3], make ResNet-34 with BasicBlocks and ResNet-50 with Bottlenecks.
# - One BasicBlock in each stage makes 2 + 2 · 4 = 10 layers. Nothing in the plan asks for the paper's five networks.
#
# "Depth" counts the layers with weights: all convolutions outside the projections, and the linear layer.

# %% [markdown] slideshow={"notes": "6 min. Ask for the sizes before you show them: notebook 01 had this very example. The padding is half of the kernel, 3 for the 7x7 and 1 for the 3x3, so stride 2 halves an even size exactly: 224, 112, 56.", "slide_type": "slide"}
# ## The stem
#
# The **stem** is what comes before the first block. It makes the map small, fast: 16 times fewer positions after two layers.

# %% slideshow={"slide_type": "-"}
stem = nn.Sequential(
    nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False),
    nn.BatchNorm2d(64),
    nn.ReLU(),
    nn.MaxPool2d(kernel_size=3, stride=2, padding=1),
)
x = torch.zeros(1, 3, 224, 224)
print("image      ", tuple(x.shape))
for layer in stem:
    x = layer(x)
    print(f"{type(layer).__name__:12}{tuple(x.shape)}")

# %% [markdown] slideshow={"slide_type": "skip"}
# The padding is half of the kernel, 3 for the 7x7 and 1 for the 3x3. So stride 2 halves an even size exactly: 224, 112, 56, as you computed in notebook 01.

# %% [markdown] slideshow={"notes": "Let them guess the price of the first stage on the full image, relative to the whole network: a half, the same, twice? It is more than twice.", "slide_type": "subslide", "text": "Neighbouring pixels of a photograph say nearly the same, and every position costs. The price of the first stage of ResNet-50, on the full image and behind the stem (*computed*):"}
# ### Why the hurry?
#
# Neighbouring pixels of a photograph say nearly the same, and every position costs. Here is the price of the first stage of ResNet-50, once behind the stem and once on the full image. All of it is *computed*.

# %% slideshow={"slide_type": "-"} tags=["hide-input"]
with torch.device("meta"):  # shapes without numbers: enough for counting, and built at once
    model = resnet.resnet50()
on_image = cost(model.layer1, (64, 224, 224)).macs
behind_stem = cost(model.layer1, (64, 56, 56)).macs
whole = cost(model, (3, 224, 224)).macs
print(f"first stage at 224 x 224: {on_image:14,} MACs")
print(f"first stage at  56 x  56: {behind_stem:14,} MACs")
print(f"the whole ResNet-50:      {whole:14,} MACs")

# %% [markdown] slideshow={"slide_type": "fragment", "text": "- Without the stem, the first stage alone would cost more than twice as much as the whole network.\n- For small images the hurry would be a mistake: of 32 x 32 pixels it would leave 8 x 8.\n- Networks for small images have a stem of one 3x3 convolution with stride 1."}
# Without the stem, the first stage alone would cost more than twice as much as the whole network.
#
# For small images the hurry would be a mistake: of 32 x 32 pixels it would leave 8 x 8. Networks for small images have a stem of one 3x3 convolution with stride 1.

# %% [markdown] slideshow={"notes": "15 min. Draw one stage of four blocks on the board, with the shapes between them. Ask: where can a shape change? Only at the first block.", "slide_type": "slide", "text": "A **stage** is a row of blocks whose outputs all have the same shape. ResNet has four. Each but the first starts by halving the map, and doubles the channels.\n\nOnly the first block of a stage can need a projection, for two reasons:\n\n1. its stride is 2, or\n2. it receives another number of channels than it puts out.\n\n`channels` is the width inside the block; out come `channels * expansion`.\n\nWhich stages are concerned?"}
# ## The stages
#
# A **stage** is a row of blocks whose outputs all have the same shape. ResNet has four. Each but the first starts by halving the map, and doubles the channels.
#
# A block needs a projection where its input has another shape than its output (notebook 03). Inside a stage that never happens. It can happen in the first block alone, for two reasons:
#
# 1. its stride is 2, or
# 2. it receives another number of channels than it puts out.
#
# Which stages are concerned? `channels` is the width inside the block; out come `channels * expansion`.

# %% slideshow={"notes": "Cover the last column with your hand and let them say identity or projection, line by line. The fifth line is the one that people get wrong: stride 1, and still a projection.", "slide_type": "subslide"} tags=["hide-input"]
rows = []
for block in (BasicBlock, Bottleneck):
    in_channels = 64  # from the stem
    for stage, channels in enumerate((64, 128, 256, 512), start=1):
        out_channels, stride = channels * block.expansion, 1 if stage == 1 else 2
        same = in_channels == out_channels and stride == 1
        past = "identity" if same else "projection"
        rows.append((block.__name__, stage, in_channels, out_channels, stride, past))
        in_channels = out_channels
figures.table(
    ["block", "stage", "in channels", "out channels", "stride", "first block's shortcut"], rows
)

# %% [markdown] slideshow={"slide_type": "fragment", "text": "Stage 1, twice with stride 1: the BasicBlock keeps 64 channels, identity. The Bottleneck makes 256 of 64: it needs a projection *although nothing shrinks*."}
# Look at the two lines of stage 1. Both have stride 1. The BasicBlock receives 64 channels and puts out 64: identity. The Bottleneck receives 64 and puts out 256. It needs a projection *although nothing shrinks*. This line is easy to get wrong.

# %% [markdown] slideshow={"notes": "Ten minutes in the notebook. Expect two mistakes: in_channels is not updated after the first block, and channels * expansion is passed where channels is due. The check names both. Nobody needs keyword arguments here: the reference hands further ones on, and notebook 09 will want that.", "slide_type": "slide", "text": "Write `make_layer(block, in_channels, channels, blocks, stride=1)`. It returns an `nn.Sequential` of `blocks` blocks.\n\n- `block` is called like `BasicBlock` and has its attribute `expansion`: `block(in_channels, channels, stride, downsample)`.\n- `in_channels` is what the stage receives. It puts out `channels * block.expansion`.\n- Only the first block may have the stride or a projection, which `shortcut(in_channels, out_channels, stride)` makes.\n\nExample: `make_layer(Bottleneck, 256, 128, 4, stride=2)` maps (N, 256, 56, 56) to (N, 512, 28, 28)."}
# ### Exercise: a stage
#
# Write `make_layer(block, in_channels, channels, blocks, stride=1)`. It returns an `nn.Sequential` of `blocks` blocks.
#
# - `block` is a class that is called like `BasicBlock` and has its attribute `expansion`: `block(in_channels, channels, stride, downsample)`.
# - `in_channels` is what the stage receives. It puts out `channels * block.expansion`.
# - Only the first block may have the stride or a projection. You have `shortcut(in_channels, out_channels, stride)` from notebook 03, imported above.
#
# Example: `make_layer(Bottleneck, 256, 128, 4, stride=2)` maps (N, 256, 56, 56) to (N, 512, 28, 28). Its first block has a projection from 256 to 512 channels, the other three have none.


# %% [markdown] slideshow={"slide_type": "skip"}
# (The reference solution hands further keyword arguments on to each block; notebook 09 will want that. Yours need not.)


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def make_layer(
    block: type[nn.Module], in_channels: int, channels: int, blocks: int, stride: int = 1
) -> nn.Sequential:
    """A stage: `blocks` blocks in a row, of which only the first may change the shape."""
    raise NotImplementedError


# %% [markdown] slideshow={"slide_type": "subslide", "text": "The first two stages of ResNet-50, built with `make_layer`. Which blocks have a projection?"}
# Build the first two stages of ResNet-50 with it, and find the projections: they are the parameters of each block's `downsample`.

# %% slideshow={"notes": "Do one number by hand: 64 times 256 weights and twice 256 for the batch norm make 16,896. Then point at the zeros: five of seven blocks pay nothing for their shortcut.", "slide_type": "-"} tags=["hide-input"]
stages = {
    "layer1": make_layer(Bottleneck, 64, 64, blocks=3),
    "layer2": make_layer(Bottleneck, 256, 128, blocks=4, stride=2),
}
x, rows = torch.zeros(1, 64, 56, 56), []
for name, stage in stages.items():
    for number, block in enumerate(stage):
        x = block(x)
        past = sum(p.numel() for name, p in block.named_parameters() if "downsample" in name)
        rows.append((f"{name}[{number}]", tuple(x.shape), past))
figures.table(["block", "puts out", "parameters of its projection"], rows)

# %% [markdown] slideshow={"notes": "13 min. Ask for bets while the outline still stands: by what factor does the gradient change over 20 layers? Initialisation is the choice of the distribution of the first, random weights.", "slide_type": "slide", "text": "20 convolutions with a ReLU after each. Send a gradient back. Three standard deviations:\n\n- PyTorch's default\n- $\\sqrt{2 / \\text{fan-out}}$\n- twice that"}
# ## How large are the first weights?
#
# A network starts with random weights. **Initialisation** is the choice of their distribution. How much does it matter? Take 20 convolutions with a ReLU after each, and nothing else. Send a gradient back through them, and measure its size at each layer. Three choices:
#
# - PyTorch's default,
# - a standard deviation of $\sqrt{2 / \text{fan-out}}$, explained below,
# - twice that.

# %% slideshow={"slide_type": "skip"}
depth, channels = 20, 32
he = math.sqrt(2 / (channels * 3 * 3))
sizes = {}
for name, std in {"PyTorch's default": None, "sqrt(2 / fan-out)": he, "twice that": 2 * he}.items():
    torch.manual_seed(0)
    x = torch.randn(8, channels, 16, 16, requires_grad=True)
    maps = [x]
    for _ in range(depth):
        conv = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        if std:
            nn.init.normal_(conv.weight, std=std)
        maps.append(F.relu(conv(maps[-1])))
    gradients = torch.autograd.grad(maps[-1], maps, torch.randn_like(x))
    sizes[name] = [gradient.std().item() for gradient in gradients]

# %% jupyter={"source_hidden": true} slideshow={"columns": true, "notes": "Read it from the right, as the gradient runs. Twice the standard deviation is a factor of 2 a layer: 2 to the power of 20 is a million, and that is what you see at the input.", "slide_type": "-"} tags=["hide-input"]
figure, axes = plt.subplots(figsize=(8, 3.8), layout="constrained")
for (name, curve), style in zip(sizes.items(), ("s--", "o-", "^:"), strict=True):
    _ = axes.semilogy(curve, style, label=name, color=figures.PALETTE[len(axes.lines)])
axes.set(xlabel="layer (20 is the output)", ylabel="size of the gradient")
axes.set_xticks(range(0, 21, 4))
axes.spines[["top", "right"]].set_visible(False)
axes.legend(frameon=False)
figures.show(
    figure,
    alt="The size of the gradient at each of 20 layers, on a logarithmic axis. From the output "
    "back to the input it falls by many powers of ten with PyTorch's default, stays nearly level "
    "with the square root of 2 over fan-out, and grows by many powers of ten with twice that.",
)

# %% [markdown] slideshow={"notes": "Derive it on the board in three lines: a sum of fan-out terms, variances add, the ReLU lets half of them through. The name confuses people: Kaiming and He are one person. The fan-in, in_channels times the kernel, keeps the signal on its way forward instead; ResNet takes fan-out.", "slide_type": "subslide", "text": "A factor per layer, to the power of 20. So it must be 1.\n\nGoing back, the gradient at an input is a sum over all outputs that it reaches. Their number is the **fan-out**: `out_channels` times the kernel's height and width. Variances $\\sigma^2$ add up, and the ReLU lets about half through:\n\n$$\\text{factor} = \\underbrace{\\text{fan-out}}_{\\text{terms}} \\cdot \\sigma^2 \\cdot \\underbrace{\\tfrac{1}{2}}_{\\text{ReLU}} = 1\n\\qquad\\Rightarrow\\qquad \\sigma = \\sqrt{\\frac{2}{\\text{fan-out}}}$$\n\nThis is **Kaiming initialisation** (He et al. 2015, arXiv 1502.01852)."}
# ### Where the formula comes from
#
# A factor per layer, to the power of 20: that is what you see. So the factor must be 1.
#
# Going back, the gradient at one input is a sum: one term for each output that the input reaches. Their number is the **fan-out**, `out_channels` times the kernel's height and width. With independent weights of variance $\sigma^2$ the variances add up. The ReLU passes a gradient only where it was open, about half of the time:
#
# $$\text{factor} = \underbrace{\text{fan-out}}_{\text{terms}} \cdot \sigma^2 \cdot \underbrace{\tfrac{1}{2}}_{\text{ReLU}} = 1
# \qquad\Rightarrow\qquad \sigma = \sqrt{\frac{2}{\text{fan-out}}}$$
#
# This is **Kaiming initialisation** (He et al. 2015, arXiv 1502.01852), after the first author's given name: the He initialisation of notebook 02. The **fan-in**, `in_channels` times the kernel, keeps the signal on its way *forward* instead. ResNet takes fan-out.

# %% [markdown] slideshow={"notes": "Ask first: what happens to the output when all weights are ten times as large? Nothing, but for rounding and the small eps. So in a ResNet the choice matters less than the curves say; it still sets the size of a step relative to the weights.", "slide_type": "-", "text": "Ten times the weights, the same output: it takes the scale out again, after each convolution. A network without it depends on its first weights wholly."}
# ### And batch normalisation?
#
# It takes the scale out again, after each convolution. Then the size of the weights no longer decides whether a signal arrives:

# %% slideshow={"slide_type": "skip"}
x = torch.randn(8, 16, 10, 10)
conv, norm = nn.Conv2d(16, 16, 3, bias=False), nn.BatchNorm2d(16)
with torch.no_grad():
    before = norm(conv(x))
    conv.weight *= 10
    print(
        "same output from ten times the weights:", torch.allclose(norm(conv(x)), before, atol=1e-3)
    )

# %% [markdown] slideshow={"slide_type": "skip"}
# So in a ResNet the choice matters less than in the picture above. It still sets the size of a step relative to the weights, and a network without normalisation depends on it wholly.

# %% [markdown] slideshow={"notes": "Five minutes in the notebook. Expect fan-in, which is the default of the function, and a loop over the direct children only, which misses the convolutions inside the blocks.", "slide_type": "slide"}
# ### Exercise: the first weights
#
# Write `initialize(model)`. It changes the model in place:
#
# - the weight of each convolution: Kaiming normal, fan-out, with the ReLU's gain. That is a normal distribution around 0 with standard deviation $\sqrt{2 / \text{fan-out}}$;
# - each batch normalisation: weight 1, bias 0;
# - everything else stays as it is. The linear layer too: no ReLU follows it.
#
# Convolutions may lie anywhere, inside stages and blocks.
#
# Example: a 3x3 convolution with 128 output channels gets $\sqrt{2 / (128 \cdot 9)} = 0.042$.
#
# `torch.nn.init` is yours to use.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def initialize(model: nn.Module) -> None:
    """Kaiming normal (fan-out, ReLU) for convolutions, 1 and 0 for batch norms, in place."""
    raise NotImplementedError


# %% [markdown] slideshow={"notes": "Where several convolutions have one fan-out, their orange points lie on each other. The squares lie apart, because PyTorch's default looks at the fan-in.", "slide_type": "subslide", "text": "Each point is one convolution of a stage. The line is the formula.\n\nPyTorch's default looks at the fan-in: its squares lie off the line."}
# Check it on a whole stage: each point is one convolution, and the line is the formula.

# %% slideshow={"slide_type": "skip"}
stage = make_layer(Bottleneck, 256, 128, blocks=4, stride=2)
convolutions = [module for module in stage.modules() if isinstance(module, nn.Conv2d)]
fans = [conv.weight[:, 0].numel() for conv in convolutions]
default = [conv.weight.std().item() for conv in convolutions]
initialize(stage)
ours = [conv.weight.std().item() for conv in convolutions]

# %% jupyter={"source_hidden": true} slideshow={"columns": true, "slide_type": "-"} tags=["hide-input"]
figure, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
axis = torch.arange(100, 1300, 10)
axes.plot(axis, (2 / axis).sqrt(), color=figures.GREY, label="sqrt(2 / fan-out)")
axes.plot(fans, default, "s", color=figures.BLUE, label="PyTorch's default", fillstyle="none")
axes.plot(fans, ours, "o", color=figures.ORANGE, label="after initialize")
axes.set(xlabel="fan-out", ylabel="std of the weights", ylim=(0, None))
axes.spines[["top", "right"]].set_visible(False)
axes.legend(frameon=False)
figures.show(
    figure,
    alt="The standard deviation of the weights of each convolution of a stage against its fan-out. "
    "After initialize all points lie on the curve of the formula; PyTorch's default lies off it.",
)

# %% [markdown] slideshow={"notes": "17 min. Ask: why may a network take images of any size, when a linear layer has a fixed number of inputs? The mean over the map is the answer. Then: why no softmax?", "slide_type": "slide", "text": "The **head** turns the last feature map into class scores:\n\n1. **Global average pooling**, the mean over the whole map: one number a channel, whatever the size of the map.\n2. A linear layer to the classes. It puts out **logits**, scores that may be negative and do not sum to 1. There is no softmax.\n\nEverything before is the **backbone**. It describes the image; the head only decides.\n\n`include_top=False` is the description without the decision, to search for similar images or to put another head on."}
# ## The head
#
# The **head** turns the last feature map into class scores. Two layers:
#
# 1. **Global average pooling**: the mean over the whole map. One number a channel is left, whatever the size of the map.
# 2. A linear layer from these numbers to the classes. It puts out **logits**: scores that may be negative and do not sum to 1. There is no softmax; the loss takes care of it (notebook 06).
#
# Everything before the head is the **backbone**. It describes the image; the head only decides. Often you want the description without the decision: to search for similar images, or to put another head on. That is `include_top=False`: the network ends with the last feature map.

# %% [markdown] slideshow={"notes": "Fifteen minutes in the room, the rest at home. Say once more: what a stage receives is what the stage before puts out, channels times expansion, and the linear layer wants 512 times expansion. Both are the usual slips.", "slide_type": "slide"}
# ### Exercise: the whole network
#
# Write the class `ResNet(block, layers, num_classes=1000, include_top=True)`.
#
# - Stem: 7x7 convolution from 3 to 64 channels, stride 2, no bias; batch normalisation; ReLU; 3x3 max pooling with stride 2. Both are padded by half of the kernel.
# - Four stages with `layers[0]` to `layers[3]` blocks and `channels` 64, 128, 256, 512. All but the first have stride 2. Mind what each one receives.
# - Head: global average pooling, linear layer to `num_classes`. Without the top there is no head, not even its parameters, and the last feature map comes out.
#
# Example: `ResNet(Bottleneck, [3, 4, 6, 3])` is ResNet-50. It maps (N, 3, 224, 224) to (N, 1000), and without the top to (N, 2048, 7, 7).

# %% [markdown] slideshow={"notes": "Names matter for one thing only: published weights. A learner who uses other names passes the check, and the notebook then goes on with the reference where weights are loaded.", "slide_type": "subslide"}
# You have `make_layer` and `initialize`. Call `initialize(self)` at the end if you like.
#
# The check accepts any names, and brings a small block of its own, called like `BasicBlock`. But only with torchvision's names will published weights fit later: `conv1`, `bn1`, `layer1` to `layer4`, `fc`.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
class ResNet(nn.Module):
    """Stem, four stages of `layers` blocks each, and a head."""

    def __init__(
        self,
        block: type[nn.Module],
        layers: Sequence[int],
        num_classes: int = 1000,
        include_top: bool = True,
    ) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError


# %% [markdown] slideshow={"notes": "Let them answer both questions from the table. More than two thirds of the parameters are in layer4, because weights grow with the square of the channels. The MACs are even: four times the weights on a quarter of the positions.", "slide_type": "subslide", "text": "ResNet-18, part by part. Where are most of the parameters, and where most of the MACs?"}
# This is ResNet-18, part by part. Where are most of the parameters, and where most of the MACs?

# %% slideshow={"slide_type": "-"} tags=["hide-input"]
cost(ResNet(BasicBlock, [2, 2, 2, 2]), (3, 224, 224), depth=1)

# %% [markdown] slideshow={"slide_type": "skip"}
# More than two thirds of the parameters are in the last stage, because the weights of a convolution grow with the square of its channels. The MACs are spread evenly over the stages: four times the weights on a quarter of the positions.

# %% [markdown] slideshow={"notes": "Ask for the last line before you show it: 320 / 32 = 10 and 256 / 32 = 8.", "slide_type": "subslide", "text": "Nothing in the network fixes the size of the image. Two sizes, with and without the top:"}
# Nothing in the network fixes the size of the image. Try two sizes, with and without the top:

# %% slideshow={"slide_type": "-"}
rows = []
for include_top in (True, False):
    model = ResNet(BasicBlock, [2, 2, 2, 2], include_top=include_top).eval()
    for size in [(224, 224), (320, 256)]:
        with torch.no_grad():
            out = model(torch.zeros(1, 3, *size))
        rows.append((include_top, size, tuple(out.shape)))
figures.table(["include_top", "image", "output"], rows)

# %% [markdown] slideshow={"notes": "6 min. Two columns of somebody else's numbers to compare with. Say why: a count that nothing can contradict is worth little.", "slide_type": "slide", "text": "Each count has a counterpart that somebody else has published.\n\n- torchvision, with its *published weights*: bottlenecks are v1.5, stride in the 3x3\n- He et al., table 1, as \"FLOPs\" (*paper*): bottlenecks are v1, stride in the first 1x1"}
# ## Every depth
#
# Now the table of the paper. Each count has a counterpart that somebody else has published:
#
# - torchvision states parameters and MACs with its *published weights*. Its bottlenecks are v1.5: stride in the 3x3.
# - He et al. give MACs in table 1, as "FLOPs" (*paper*). Their bottlenecks are v1: stride in the first 1x1.

# %% slideshow={"slide_type": "skip"}
DEPTHS = {
    18: (BasicBlock, [2, 2, 2, 2], 1.8),
    34: (BasicBlock, [3, 4, 6, 3], 3.6),
    50: (Bottleneck, [3, 4, 6, 3], 3.8),
    101: (Bottleneck, [3, 4, 23, 3], 7.6),
    152: (Bottleneck, [3, 8, 36, 3], 11.3),
}

# %% slideshow={"notes": "Let them find the row where the published and the paper's MACs differ. People take 3.8 and 4.1 for a misprint; it is the stride.", "slide_type": "-"} tags=["hide-input"]
rows = []
for depth, (block, layers, paper) in DEPTHS.items():
    with torch.device("meta"):
        model = ResNet(block, layers)
        v1 = resnet.ResNet(block, layers, v1=True) if block is Bottleneck else model
    found = cost(model, (3, 224, 224))
    known = torchvision.models.get_model_weights(f"resnet{depth}").IMAGENET1K_V1.meta
    macs = found.macs / 1e9, known["_ops"], cost(v1, (3, 224, 224)).macs / 1e9
    rows.append((depth, found.parameters, known["num_params"], *(f"{g:.3f}" for g in macs), paper))
figures.table(
    ["depth", "parameters, computed", "published", "G MACs v1.5, computed", "published",
     "G MACs v1, computed", "paper"],
    rows,
)  # fmt: skip

# %% [markdown] slideshow={"notes": "v1 has the stride in the first 1x1, v1.5 in the 3x3: the 3x3 is then computed from the large map. Notebook 04 built both.", "slide_type": "subslide", "text": "- The parameters agree to the last digit.\n- The v1.5 column is torchvision's. A BasicBlock has no 1x1: for 18 and 34 layers both versions are the same.\n- The paper's numbers have one decimal, some rounded and some cut off. They fit v1 alone: from 50 layers on, v1.5 costs 0.23 G more.\n- ResNet-152 has more than 8 times the layers of ResNet-18, and only 5 times the parameters. Bottlenecks are why."}
# ### Reading the table
#
# - The parameters agree to the last digit: your network has exactly the weights of the published one.
# - Our v1.5 column is torchvision's. A BasicBlock has no 1x1, so for 18 and 34 layers both versions are the same.
# - The paper's numbers have one decimal, some rounded and some cut off. They fit the v1 column alone: from 50 layers on, v1.5 costs 0.23 G more. For ResNet-50 that makes 3.8 or 4.1. Neither is wrong: they count two networks of the same name.
# - ResNet-152 has more than 8 times as many layers as ResNet-18, and only 5 times the parameters. Bottlenecks are why.

# %% [markdown] slideshow={"notes": "8 min. Hooks work on any network, also on one that you did not write. Ask: what would be printed if handle.remove() were missing? The line, twice.", "slide_type": "slide", "text": "What passes between the parts of a network? You could edit `forward`, but there is a way that works on any network.\n\nA **forward hook** is a function that PyTorch calls after a module has run, with the module, its inputs and its output."}
# ## Look inside
#
# The paper's table has one more column: the size of the map after each part. To compare it you must see what passes between the parts of a network. You could edit `forward`. There is a better way, which works on any network.
#
# A **forward hook** is a function that PyTorch calls after a module has run, with the module, its inputs and its output:

# %% slideshow={"slide_type": "-"}
pool = nn.MaxPool2d(2)
handle = pool.register_forward_hook(
    lambda module, inputs, output: print("in", tuple(inputs[0].shape), "out", tuple(output.shape))
)
_ = pool(torch.zeros(1, 3, 8, 8))
handle.remove()
_ = pool(torch.zeros(1, 3, 8, 8))  # the hook is gone: silence

# %% [markdown] slideshow={"notes": "Homework, or ten minutes. The usual mistake is a hook that looks its name up when it runs: by then the loop has ended, and all shapes come under the last name. The second: hooks are left on the model.", "slide_type": "subslide"}
# ### Exercise: the shape after each part
#
# Write `layer_shapes(model, x)`. It runs the model on `x` and returns a dict: the name of each direct child (`model.named_children()`) to the shape of its output, a tuple with the batch dimension. The entries are in order of *execution*, which need not be the order of registration.
#
# Leave the model as you found it: in its mode, and without hooks.
#
# Example: for `nn.Sequential(nn.Conv2d(3, 8, 3), nn.Flatten())` and `x` of shape (2, 3, 5, 5) it returns `{"0": (2, 8, 3, 3), "1": (2, 72)}`.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def layer_shapes(model: nn.Module, x: Tensor) -> dict[str, tuple[int, ...]]:
    """The output shape of each direct child of `model`, by name, in order of execution."""
    raise NotImplementedError


# %% [markdown] slideshow={"slide_type": "subslide", "text": "All five networks on an image of 224 x 224 pixels: channels x height x width, *computed*. The size on the right is that of table 1 (*paper*)."}
# Now all five networks, on an image of 224 x 224 pixels. Channels x height x width is *computed*; the size on the right is that of table 1 (*paper*), which calls our `layer1` conv2_x, and so on.

# %% slideshow={"notes": "Read down one column, then across one row: depth changes nothing in the sizes. Only the block changes the channels.", "slide_type": "-"} tags=["hide-input"]
shapes = {}
for depth, (block, layers, _) in DEPTHS.items():
    with torch.device("meta"):
        model, x = resnet.ResNet(block, layers), torch.zeros(1, 3, 224, 224)
    shapes[depth] = layer_shapes(model, x)

rows = []
parts = ["conv1", "maxpool", "layer1", "layer2", "layer3", "layer4", "avgpool"]
paper = ["112x112", "56x56", "56x56", "28x28", "14x14", "7x7", "1x1"]
for part, size in zip(parts, paper, strict=True):
    rows.append((part, *(" x ".join(map(str, found[part][1:])) for found in shapes.values()), size))
figures.table(["part", *(f"ResNet-{depth}" for depth in shapes), "paper"], rows)

# %% [markdown] slideshow={"notes": "The paper calls our layer1 conv2_x, and so on.", "slide_type": "fragment"}
# All five agree with the paper in every row. Depth changes neither the sizes nor the number of stages.

# %% [markdown] slideshow={"notes": "4 min. Ask: if it loads without an error, is it the same network? Leave the question open; it comes back as the last one of Check yourself. The code in the notebook loads with strict=True, then compares with allclose. A stride in the wrong place would pass the first and fail the second.", "slide_type": "slide", "text": "The hardest test of a rewrite: take the weights of the original, and compare outputs.\n\n- A **state dict** maps the name of each parameter and buffer to its tensor.\n- `load_state_dict` is strict: one name too many, one missing, or one wrong shape, and it refuses.\n- 122 tensors load into ResNet-18, 320 into ResNet-50, and the outputs agree."}
# ## Torchvision's weights in your network
#
# The hardest test of a rewrite: take the weights of the original, and compare outputs. A **state dict** maps the name of each parameter and buffer to its tensor. `load_state_dict` is strict: one name too many, one missing, or one wrong shape, and it refuses.

# %% slideshow={"notes": "Point at the code in the notebook: load_state_dict with strict=True, then allclose on the outputs. A stride in the wrong place would pass the first and fail the second.", "slide_type": "skip"} tags=["hide-input"]
images = torch.randn(2, 3, 96, 96, generator=torch.Generator().manual_seed(0))
networks = {}
for depth in (18, 50):
    theirs = getattr(torchvision.models, f"resnet{depth}")().eval()
    block, layers, _ = DEPTHS[depth]
    mine = ResNet(block, layers).eval()
    if mine.state_dict().keys() != theirs.state_dict().keys():
        print("Your parts have other names than torchvision's: going on with the reference.")
        mine = resnet.ResNet(block, layers).eval()
    mine.load_state_dict(theirs.state_dict(), strict=True)
    with torch.no_grad():
        same = torch.allclose(mine(images), theirs(images), rtol=1e-4, atol=1e-5)
    print(f"ResNet-{depth}: {len(mine.state_dict())} tensors loaded, same output: {same}")
    networks[depth] = mine

# %% [markdown] slideshow={"slide_type": "skip"}
# These weights were random: enough to show that the two compute the same. In the next cell they are the trained ones.

# %% [markdown] slideshow={"notes": "The compared weights were random: enough to show that the two compute the same. With a network, go to the notebook and show it live: a photograph and the five most probable classes.", "slide_type": "-", "text": "Torchvision's ResNet-18 has seen 1.28 million photographs of 1,000 classes, and gets 69.758 % of the validation images right (*published weights*). They fit into your network."}
# ### Weights that were trained on ImageNet
#
# Torchvision's ResNet-18 has seen 1.28 million photographs of 1,000 classes, and gets 69.758 % of the validation images right (*published weights*). Its file has 45 MB. With a network, or with the file in torch's cache, the next cell loads it into your network and shows it a photograph. Without, it says so in one line, and nothing else in this notebook changes.

# %% jupyter={"source_hidden": true} slideshow={"slide_type": "skip"} tags=["nbval-ignore-output"]
try:
    state = published.weights("resnet18")
except published.WeightsUnavailable as reason:
    print(reason)
else:
    mine, theirs = networks[18], torchvision.models.resnet18().eval()
    mine.load_state_dict(state)
    theirs.load_state_dict(state)
    about = torchvision.models.ResNet18_Weights.IMAGENET1K_V1
    with Image.open(get_sample_data("grace_hopper.jpg", asfileobj=False)) as photo:
        images = about.transforms()(photo)[None]  # resized, cropped, normalised: (1, 3, 224, 224)
        figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
        left.imshow(photo)
    with torch.no_grad():
        assert torch.allclose(mine(images), theirs(images), rtol=1e-4, atol=1e-5)
        best, classes = mine(images).softmax(dim=1)[0].topk(5)
    left.axis("off")
    right.barh([about.meta["categories"][i] for i in classes], 100 * best, color=figures.BLUE)
    right.invert_yaxis()
    right.set(xlabel="probability in %")
    right.spines[["top", "right"]].set_visible(False)
    figures.show(figure, alt="A portrait of Grace Hopper, and the five most probable classes.")

# %% [markdown] slideshow={"notes": "5 min. Say what kind of network this is: 20 layers, 28 x 28 pixels, ten kinds of clothes. It is far from ImageNet.", "slide_type": "slide", "text": "**Features** are what the backbone puts out: numbers that describe an image. This network has learned some: a ResNet of 20 layers for small images, trained on pictures of clothes."}
# ## What a network looks at
#
# **Features** are what the backbone puts out: numbers that describe an image. To look at some you need a network that has learned something. One ships with this course: a ResNet of 20 layers for small images, trained on pictures of clothes. You will train such a network yourself in notebook 06.

# %% slideshow={"slide_type": "-"}
network, recipe = shipped.load_shipped()
test = data.load(recipe["data"]["name"], "test")
images = test.normalize(test.images)
with torch.no_grad():
    guesses = network(images).argmax(dim=1)

print("trained on:", recipe["data"]["train"])
print("looked at: ", test.source)
print(f"of these it gets {(guesses == test.labels).float().mean():.0%} right")

# %% [markdown] slideshow={"notes": "The calls are the plan of the lecture: stem, stages. Ask for the last shape: twice halved, twice doubled.", "slide_type": "subslide", "text": "The same plan on a smaller scale: a stem of one 3x3 convolution, three stages, a head. What does each part put out?"}
# It has the plan of this notebook on a smaller scale: a stem of one 3x3 convolution, three stages, a head. Walk through it, and keep what each part puts out.


# %% slideshow={"slide_type": "-"}
def feature_maps(network: CifarResNet) -> dict[str, Tensor]:
    """The maps (N, C, H, W) that stem and stages make of the test images."""
    with torch.no_grad():
        maps = {"stem": F.relu(network.bn1(network.conv1(images)))}
        maps["layer1"] = network.layer1(maps["stem"])
        maps["layer2"] = network.layer2(maps["layer1"])
        maps["layer3"] = network.layer3(maps["layer2"])
    return maps


maps = feature_maps(network)
for name, features in maps.items():
    print(f"{name:7}{tuple(features.shape)}")

# %% jupyter={"source_hidden": true} slideshow={"notes": "Ask in each row: can you still recognise the shoe? The eight channels are those with most contrast, not the most important ones. After the last stage a map has 49 numbers: it can say where something is, and hardly how it looks.", "slide_type": "subslide"} tags=["hide-input"]
image = 0
figure, axes = plt.subplots(4, 9, figsize=(11, 5.2), layout="constrained")
for row, (name, features) in zip(axes, maps.items(), strict=True):
    channels = features[image].flatten(1).std(dim=1).topk(8).indices  # those with most contrast
    row[0].imshow(test.images[image, 0], cmap="gray_r")
    row[0].set_ylabel(f"{name}\n{features.shape[2]} x {features.shape[3]}")
    for place, channel in zip(row[1:], channels, strict=True):
        place.imshow(features[image, channel], cmap="viridis")
    for place in row:
        place.set(xticks=[], yticks=[])
figures.show(
    figure,
    alt="A shoe, and eight feature maps of it after the stem and after each of the three stages. "
    "The maps get coarser from row to row, from 28 by 28 to 7 by 7.",
)

# %% [markdown] slideshow={"slide_type": "-", "text": "Eight channels a row, those with most contrast. At first you can still recognise the shoe; in the last row a map has 49 numbers."}
# Each row shows the same image and the eight channels with most contrast. After the stem you can still recognise it: outlines, bright and dark parts. After the last stage a map has 49 numbers. It can say where something is, and hardly how it looks.

# %% [markdown] slideshow={"notes": "Ask for a guess before you show it: will the features after the stem beat the raw pixels? They do not. The neighbour is the other image whose description points in the most similar direction; there is no head.", "slide_type": "slide", "text": "Describe each image by the mean of each channel. Is its nearest neighbour of the same class?"}
# ### Are these features good for anything?
#
# Put them to use without any head. Describe each image by the mean of each channel, as global average pooling does. For each test image, find the *other* image whose description points in the most similar direction. Is it of the same class?


# %% slideshow={"slide_type": "skip"}
def same_class(descriptions: Tensor) -> float:
    """How often an image's nearest neighbour is of its class. `descriptions` is (N, D)."""
    directions = F.normalize(descriptions, dim=1)
    similarity = (directions @ directions.T).fill_diagonal_(-1)  # nobody is their own neighbour
    nearest = similarity.argmax(dim=1)
    return (test.labels[nearest] == test.labels).float().mean().item()


torch.manual_seed(0)
untrained = CifarResNet(**recipe["network"]).eval()
rates = {
    name: [100 * same_class(features.mean(dim=(2, 3))) for features in found.values()]
    for name, found in {"trained": maps, "untrained": feature_maps(untrained)}.items()
}
pixels = 100 * same_class(images.flatten(1))

# %% jupyter={"source_hidden": true} slideshow={"columns": true, "notes": "Three lines, three questions. Trained rises: each stage is more about the class. Untrained hardly rises: it is not the architecture alone. The dotted line is what plain pixels can do.", "slide_type": "-"} tags=["hide-input"]
figure, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
axes.plot(list(maps), rates["trained"], "o-", color=figures.BLUE, label="trained")
axes.plot(list(maps), rates["untrained"], "s--", color=figures.ORANGE, label="untrained")
axes.axhline(pixels, color=figures.GREY, linestyle=":", label="the pixels themselves")
axes.set(ylabel="neighbour of the same class, %", ylim=(0, 100))
axes.spines[["top", "right"]].set_visible(False)
axes.legend(frameon=False, loc="lower right")
assert rates["trained"][-1] > max(pixels, *rates["trained"][:-1], *rates["untrained"])
figures.show(
    figure,
    alt="How often the nearest neighbour is of the same class, after the stem and each stage. The "
    "trained network's line rises and ends above the untrained one's and above that of the pixels.",
)

# %% [markdown] slideshow={"slide_type": "-", "text": "- Nobody asked for neighbours. Yet from stage to stage they are more often of the class.\n- After the stem the features do worse than the pixels.\n- At the end 64 numbers do better than all 784 pixels."}
# Nobody asked the network for neighbours. It was asked for classes, and the further you go into it, the more often the nearest neighbour is of the same class. After the stem the features do worse than the pixels. At the end 64 numbers an image do better than all its 784 pixels.

# %% [markdown] slideshow={"notes": "Look for the mistakes, too. They are between things that look alike.", "slide_type": "subslide", "text": "Left an image, then its five nearest neighbours by the features of the last stage.\n\nWhich of them are wrong?"}
# Look at some. On the left an image, then its five nearest neighbours by the features of the last stage.

# %% jupyter={"source_hidden": true} slideshow={"columns": true, "slide_type": "-"} tags=["hide-input"]
directions = F.normalize(maps["layer3"].mean(dim=(2, 3)), dim=1)
figure, axes = plt.subplots(4, 6, figsize=(7.5, 5), layout="constrained")
for row, label in zip(axes, (5, 8, 1, 4), strict=True):
    query = (test.labels == label).nonzero()[0, 0]
    neighbours = (directions @ directions[query]).topk(6).indices  # the first is the image itself
    for place, found in zip(row, neighbours, strict=True):
        place.imshow(test.images[found, 0], cmap="gray_r")
        place.set_title(test.classes[test.labels[found]], fontsize=9)
        place.set(xticks=[], yticks=[])
figures.show(
    figure,
    alt="Four rows: a sandal, a bag, trousers and a coat, each followed by its five nearest "
    "neighbours among the test images, with their classes.",
)

# %% [markdown] slideshow={"notes": "4 min. Ask the room, one question each. The answers are in the notebook, folded up. The first is the one that most people get half right: do not forget the first stage of ResNet-50.", "slide_type": "slide"}
# ## Check yourself
#
# <details><summary>Which first blocks of ResNet-34 and of ResNet-50 have a projection?</summary>
#
# ResNet-34: those of stages 2, 3 and 4. ResNet-50: all four, because a Bottleneck puts out 256 channels in stage 1, where 64 come in.
#
# </details>
#
# <details><summary>What does the second block of a stage receive, in terms of <code>channels</code> and the expansion?</summary>
#
# channels * expansion channels, on the small map. So it needs neither a stride nor a projection.
#
# </details>
#
# <details><summary>Why does doubling the image size not change the parameters?</summary>
#
# The convolutions use the same kernels at more positions, and global average pooling leaves one number a channel for the linear layer.
#
# </details>
#
# <details><summary>One paper says that ResNet-50 has 3.8 G MACs, another one 4.1. Who is right?</summary>
#
# Both. 3.8 is v1, with the stride in the first 1x1; 4.1 is v1.5, with the stride in the 3x3. The parameters are the same.
#
# </details>
#
# <details><summary>A 1x1 convolution has 64 inputs and 256 outputs. Which standard deviation does Kaiming initialisation with fan-out give it?</summary>
#
# $\sqrt{2/256} = 0.088$. With fan-in it would be $\sqrt{2/64} = 0.177$, twice as much.
#
# </details>
#
# <details><summary>Your network loads torchvision's state dict strictly. Does that prove that both compute the same?</summary>
#
# No. It proves that names and shapes agree. A stride in another place changes neither. Compare the outputs.
#
# </details>

# %% [markdown] slideshow={"notes": "1 min. Next: the network learns something.", "slide_type": "slide"}
# ## What to remember
#
# - Stem, four stages, head. Block and four numbers make all five networks.
# - Only the first block of a stage changes the shape. In Bottleneck networks the first stage has a projection too.
# - A block puts out channels * expansion. The next stage and the linear layer must know it.
# - Kaiming initialisation, $\sqrt{2 / \text{fan-out}}$, makes the factor per layer 1.
# - `include_top=False` ends with the last feature map: the features.
# - Same names and shapes are not yet the same function. Compare outputs.

# %% slideshow={"slide_type": "skip"}
exercises.progress("05_resnet")

# %% [markdown] slideshow={"slide_type": "skip"}
# Next: [06 Training](06_training.ipynb) ([in Colab](https://colab.research.google.com/github/OWNER/REPOSITORY/blob/HEAD/notebooks/06_training.ipynb)). You have the network; now teach it something.
