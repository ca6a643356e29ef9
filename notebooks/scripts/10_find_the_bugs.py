# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] slideshow={"notes": "75 min in all. 3 min. Ask who has ever trained a network for a day and found a bug in it afterwards. What gave it away?", "slide_type": "slide", "text": "You will\n\n- read what a crash says about shapes, and go from there to the line,\n- find a mistake in a network that runs, by its shapes, parameters and multiply-adds,\n- find one that all counts agree with, by its gradients and by equality with a network that is right,\n- say which mistakes a training curve shows, and which it does not.\n\nIt takes what notebooks 01 to 09 taught: their tools are all you have."}
# # Find the bugs
#
# At the end of this notebook you will be able to
#
# - read what a crash says about shapes, and go from there to the line,
# - find a mistake in a network that runs, by its shapes, parameters and multiply-adds,
# - find one that all counts agree with, by its gradients and by equality with a network that is right,
# - say which mistakes a training curve shows, and which it does not.
#
# You need notebooks 01 to 09: their tools are all you have. This notebook takes about 75 minutes. You can stop after each of its three parts.

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
import copy
from textwrap import fill

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
import torchvision
from torch import Tensor, nn
from tqdm.auto import tqdm

from course_lib import data, exercise, exercises, explorers, figures
from course_lib.experiments import planted_bugs
from course_lib.experiments.recorded import recorded
from course_lib.from_memory import typed
from course_lib.from_memory.comparison import compare, same_outputs
from course_lib.from_memory.network import NETWORKS, PIECES, assemble
from course_lib.models.cost import count_parameters
from course_lib.trained import shipped
from course_lib.training.fit import fit

torch.set_num_threads(1)  # the trainings below are tiny: a second thread would only get in the way
_ = torch.manual_seed(0)

# %% [markdown] slideshow={"notes": "4 min. Let the class guess first: which of the three kinds is the most expensive? Then go through the table of tools, it is the plan of the hour.", "slide_type": "slide", "text": "Somebody typed ResNet and ResNeXt from memory. The file has **15 pieces**, each with exactly one mistake, of three kinds:\n\n1. **It stops** with an error.\n2. **It runs, and the numbers are wrong**: shapes, parameters, multiply-adds.\n3. **It is silent**: all counts agree, it may even learn.\n\nAll are mistakes that people really make.\n\nWhy not just read the code? In a file of your own you do not know that there is a mistake in it."}
# ## A file, typed from memory
#
# Somebody knew ResNet and ResNeXt well, and typed both from memory, in one go. The file has 15 pieces, and each of them has exactly one mistake. All are mistakes that people really make. They are of three kinds:
#
# 1. It stops with an error.
# 2. It runs, and the numbers are wrong: shapes, parameters, multiply-adds.
# 3. It is silent. It runs, all counts agree, it may even learn.
#
# You could stare at the code until you see the mistake. Better not: in a file of your own you do not know that there is one. So each time a tool shows you the *symptom* first. Then you search, with tools too, and read the code last.

# %% [markdown] slideshow={"notes": "Go through it row by row. Which of these questions could have found the last bug that you made yourself?", "slide_type": "subslide", "text": "First the *symptom*, by a tool. Then search, with tools too. Read the code last.\n\n| question | tool | notebook |\n| :-- | :-- | :-- |\n| Which shape comes out where? | `layer_shapes`, or run the layers one by one | 01, 05 |\n| How many weights, and where? | `count_parameters`, the table of `cost` | 00, 04 |\n| How much work, and where? | multiply-adds, in the same table | 01, 04 |\n| Who gets a gradient? | `parameter.grad` after `backward()` | 02 |\n| Is it the same function? | the outputs on the same weights | 05, 09 |\n| Does it depend on what it should not? | change that, and look again | 06, 08 |"}
# ### Your tools
#
# | question | tool | notebook |
# |:--|:--|:--|
# | Which shape comes out where? | `layer_shapes`, or run the layers one by one | 01, 05 |
# | How many weights, and where? | `count_parameters`, the table of `cost` | 00, 04 |
# | How much work, and where? | multiply-adds, in the same table | 01, 04 |
# | Who gets a gradient? | `parameter.grad` after `backward()` | 02 |
# | Is it the same function? | the outputs on the same weights | 05, 09 |
# | Does it depend on what it should not? | change that, and look again | 06, 08 |

# %% [markdown] slideshow={"notes": "One mistake at a time: all other pieces are right. Show in the notebook what the check says of an exercise that nobody touched.", "slide_type": "subslide", "text": "`typed` holds the 15 pieces as they were typed. `assemble` builds one of ten networks from repaired pieces, except for those that you hand to it:"}
# ### How it works here
#
# `typed` holds the 15 pieces as they were typed. `assemble` joins pieces into one of ten networks. It uses the repaired pieces, except for those that you hand to it. So a network has one mistake at a time:

# %% slideshow={"slide_type": "-"}
network = assemble("resnet50", fix_blocks=typed.fix_blocks)  # all is right but this piece
print(f"{count_parameters(network):,} parameters, and one mistake")
print(f"{count_parameters(assemble('resnet50')):,} parameters, without it")

# %% [markdown] slideshow={"slide_type": "fragment", "text": "- An exercise holds the piece as it was typed: code that runs. Repair it.\n- The check names the symptom, and no more.\n- Each exercise stands alone: all others count as repaired."}
# The exercise cells differ from those before. They hold code that runs: the piece as it was typed. Repair it in the cell. As long as it behaves as before, the check tells you the symptom and no more. Until a piece is right, its name stands for the repaired one, so each exercise stands alone.

# %% [markdown] slideshow={"notes": "14 min. Three crashes. Read each message aloud, from its last line up: which two numbers disagree?", "slide_type": "slide", "text": "A crash is the kindest mistake: where shapes disagree, its message names both numbers. Where does each of them come from?\n\n### ResNet-18 stops\n\nWith the typed layers of the basic block:"}
# ## It stops
#
# A crash is the kindest mistake. Where shapes disagree, its message names both numbers. Your work is to find out where each of them comes from.
#
# ### ResNet-18 stops
#
# The first network is ResNet-18, with the typed layers of the basic block. Read what the error says.

# %% slideshow={"slide_type": "-"} tags=["nbval-ignore-output"]
images = torch.zeros(1, 3, 224, 224)
network = assemble("resnet18", fix_basic_layers=typed.fix_basic_layers)
try:
    network(images)
except RuntimeError as error:
    print(fill(f"RuntimeError: {error}", 100))
else:
    raise AssertionError("it ran")

# %% [markdown] slideshow={"notes": "Ask before the table: at which stride will the two paths disagree? Stride 1 is no test: 1 x 1 is 1.", "slide_type": "subslide", "text": "14 does not match 28. Which two paths meet there? One block by hand, layer by layer, at stride 1 and at stride 2:"}
# Two sizes do not agree. Which two paths meet there? Run one block by hand, layer by layer. `layer1` has stride 1, so begin there, and go on with the first block of `layer2`, with stride 2.

# %% slideshow={"slide_type": "-"}
x, rows = torch.zeros(1, 64, 56, 56), []
for name in ("layer1", "layer2"):
    block = network.get_submodule(name)[0]
    out = block.bn2(block.conv2(F.relu(block.bn1(block.conv1(x)))))
    rows.append((f"{name}[0]", tuple(out.shape), tuple(block.downsample(x).shape)))
figures.table(["block", "residual path", "shortcut"], rows)

# %% [markdown] slideshow={"notes": "Three minutes. Who has it should say how: which number of the table led to the line?", "slide_type": "slide", "text": "The inside of the block's `__init__`, with its `self`. The shortcut and `forward` are right.\n\n- **Symptom:** at stride 2 the residual path gives 14 x 14, the shortcut 28 x 28.\n- **Repair it**, so that both paths meet, at stride 1 and at stride 2."}
# ### Exercise: the layers of the basic block
#
# This is the inside of the block's `__init__`, shown by itself, with its `self`. The rest of the block is right: the shortcut, and a `forward` that uses the four layers by these names.
#
# Repair it, so that both paths of a block meet, at stride 1 and at stride 2.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def fix_basic_layers(self: nn.Module, in_channels: int, channels: int, stride: int = 1) -> None:
    """Set conv1, bn1, conv2, bn2 of a basic block: from H x W to H/stride x W/stride."""
    self.conv1 = nn.Conv2d(in_channels, channels, 3, stride=stride, padding=1, bias=False)
    self.bn1 = nn.BatchNorm2d(channels)
    self.conv2 = nn.Conv2d(channels, channels, 3, stride=stride, padding=1, bias=False)
    self.bn2 = nn.BatchNorm2d(channels)


# %% [markdown] slideshow={"slide_type": "skip"}
# With the repaired piece ResNet-18 runs:

# %% slideshow={"slide_type": "skip"}
network = assemble("resnet18", fix_basic_layers=fix_basic_layers)
print(tuple(network(images).shape))

# %% [markdown] slideshow={"notes": "Read the message from its end: got 256 channels, expected 64. Ask who put out 256, and who wanted 64.", "slide_type": "slide", "text": "Next piece, next network. `make_layer` is called `fix_stage` here. How far does the image get?"}
# ### ResNet-50 stops early
#
# Next piece, next network. `make_layer` is called `fix_stage` here. How far does the image get?

# %% slideshow={"slide_type": "-"} tags=["nbval-ignore-output"]
try:
    network = assemble("resnet50", fix_stage=typed.fix_stage)
    x = network.maxpool(network.relu(network.bn1(network.conv1(images))))
    for number, block in enumerate(network.layer1):
        print(f"to layer1[{number}]: {tuple(x.shape)}")
        x = block(x)
except RuntimeError as error:
    print(fill(f"RuntimeError: {error}", 100))
else:
    raise AssertionError("it ran")

# %% [markdown] slideshow={"notes": "Four minutes. Ask first: for what does the second block of layer1 have to be built?", "slide_type": "slide", "text": "- A block builds its own shortcut: `block(in_channels, channels, stride, **options)`.\n- It maps `in_channels` to `channels * block.expansion` channels.\n- **Repair the stage**: each block is built for what it receives."}
# ### Exercise: a stage
#
# In this file a block builds its own shortcut: `block(in_channels, channels, stride, **options)`. It maps `in_channels` to `channels * block.expansion` channels. `options` are the groups and their width, for ResNeXt.
#
# Repair the stage. It is right when each block is built for what it receives.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def fix_stage(
    block: type[nn.Module],
    in_channels: int,
    channels: int,
    blocks: int,
    stride: int = 1,
    **options: int,
) -> nn.Sequential:
    """A stage of `blocks` blocks. Each block builds its own shortcut."""
    stage = [block(in_channels, channels, stride, **options)]
    for _ in range(blocks - 1):
        stage.append(block(in_channels, channels, **options))
    return nn.Sequential(*stage)


# %% slideshow={"slide_type": "skip"}
network = assemble("resnet50", fix_stage=fix_stage)
x = torch.zeros(1, 64, 56, 56)
for number, block in enumerate(network.layer1):
    print(f"layer1[{number}]: from {tuple(x.shape)}", end=" ")
    x = block(x)
    print(f"to {tuple(x.shape)}")

# %% [markdown] slideshow={"notes": "Let the class compare the two that run with the two that stop: what is different in their blocks?", "slide_type": "slide", "text": "A piece can be right for one network and wrong for the next. The head, in four of them:"}
# ### ResNet-18 runs, ResNet-50 stops at the very end
#
# Now the head. A piece can be right for one network and wrong for the next. So try several:

# %% slideshow={"slide_type": "-"} tags=["nbval-ignore-output"]
ran = []
for name in ("resnet18", "resnet34", "resnet50", "resnext50_32x4d"):
    try:
        print(name, tuple(assemble(name, fix_head=typed.fix_head).eval()(images).shape))
        ran.append(name)
    except RuntimeError as error:
        print(fill(f"{name} RuntimeError: {error}", 100))
assert ran == ["resnet18", "resnet34"]

# %% [markdown] slideshow={"notes": "Two minutes. The shortest repair of all; whoever is done explains why ResNet-18 ran.", "slide_type": "slide", "text": "From the last feature map to the logits: (N, C, 7, 7) to (N, C) to (N, classes).\n\n- **Symptom:** ResNet-18 and 34 run. ResNet-50 and ResNeXt-50 stop: 1 x 2048 does not fit 512 x 1000.\n- `block` is the class of the network's blocks, and knows its `expansion`.\n- **Repair it** for all of them."}
# ### Exercise: the head
#
# It takes the last feature map to the logits: (N, C, 7, 7) to (N, C) to (N, classes). `block` is the class of the network's blocks, and knows its `expansion`.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def fix_head(self: nn.Module, block: type[nn.Module], num_classes: int = 1000) -> None:
    """Set avgpool and fc: from the last feature map of these blocks to the logits."""
    self.avgpool = nn.AdaptiveAvgPool2d(1)
    self.fc = nn.Linear(512, num_classes)


# %% slideshow={"slide_type": "skip"}
for name in ("resnet18", "resnext50_32x4d"):
    print(name, tuple(assemble(name, fix_head=fix_head).eval()(images).shape))

# %% [markdown] slideshow={"notes": "22 min. Six pieces. The table does the work: let the class find the first row that differs before anybody reads code. Stop after each for one sentence on how the mistake came about.", "slide_type": "slide", "text": "No error now. But a network of the literature has known numbers: shapes, parameters, multiply-adds.\n\n- `compare` puts this file's network beside torchvision's.\n- It sends the shape of one image of 224 x 224 through both.\n- **\u2260** marks where they differ: first this file's number, then torchvision's.\n- Nothing is trained, and no pixel is computed.\n\nLook for the *first* difference."}
# ## It runs, and the numbers are wrong
#
# No error now. But a network of the literature has known numbers: the shapes of its feature maps, its parameters, its multiply-adds. Put them side by side and look for the first difference.
#
# `compare` does that. It builds the file's network and torchvision's, sends the shape of one image of 224 x 224 through both, and marks with ≠ where they differ: first this file's number, then torchvision's. Nothing is trained and no pixel is computed.

# %% [markdown] slideshow={"notes": "Ask for the first row that differs before anybody says a word about code.", "slide_type": "subslide"}
# ### A feature map of 55 x 55
#
# The stem of ResNet-50, as typed:

# %% slideshow={"slide_type": "-"}
compare("resnet50", fix_stem=typed.fix_stem)

# %% [markdown] slideshow={"notes": "Without the shapes inside nobody would have noticed: weights load, logits have the right shape.", "slide_type": "subslide", "text": "### What does not differ\n\n| output | as typed | torchvision's |\n| :-- | :-- | :-- |\n| of `maxpool` | 55 x 55 | 56 x 56 |\n| of `layer1` | 55 x 55 | 56 x 56 |\n| of `layer2` | 28 x 28 | 28 x 28 |\n\n- The parameters, in all rows. So torchvision's weights load.\n- The shapes from `layer2` on: rounding makes 28 of 55, as it makes 28 of 56.\n- The logits have the right shape.\n\nThe first wrong shape sits deep inside the network. You have to ask for it."}
# Look at what does *not* differ. The parameters agree in all rows. From `layer2` on all shapes agree: rounding made 28 of 55 as it makes 28 of 56. So the logits have the right shape, torchvision's weights load, and the first wrong shape sits deep inside. You have to ask for it.

# %% [markdown] slideshow={"notes": "Three minutes. Several ways lead to 56. Ask which one torchvision's weights were trained in.", "slide_type": "slide", "text": "From (N, 3, 224, 224) to (N, 64, 56, 56). The output size follows the formula of notebook 01.\n\n- **Symptom:** after the max pooling 55 x 55, not 56 x 56.\n- There is more than one way to get 56. Only one is the function that torchvision's weights were trained in."}
# ### Exercise: the stem
#
# The stem maps (N, 3, 224, 224) to (N, 64, 56, 56). You know the formula of the output size from notebook 01.
#
# There is more than one way to get 56. Only one is the function that torchvision's weights were trained in.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def fix_stem(self: nn.Module) -> None:
    """Set conv1, bn1, relu and maxpool: from images (N, 3, 224, 224) to (N, 64, 56, 56)."""
    self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)
    self.bn1 = nn.BatchNorm2d(64)
    self.relu = nn.ReLU(inplace=True)
    self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2)


# %% slideshow={"slide_type": "skip"}
repaired = compare("resnet50", fix_stem=fix_stem)
print("same table as torchvision's:", "≠" not in str(repaired))

# %% [markdown] slideshow={"notes": "Three hundredths of a per cent, and yet another network. Go to depth=3 live, or let the class do it.", "slide_type": "slide", "text": "Three hundredths of a per cent of all. `depth=2` gives a row for each block; a long table lists only those that differ:"}
# ### 7,680 parameters too few
#
# The next difference is small: three hundredths of a per cent. With `depth` you ask `compare` for more rows. `depth=2` has one for each block, `depth=3` one for each layer in it. A long table lists only the rows that differ.

# %% slideshow={"slide_type": "-"}
compare("resnet50", depth=2, fix_shortcut=typed.fix_shortcut)

# %% [markdown] slideshow={"slide_type": "fragment", "text": "Always the first block of a stage. Go one level deeper before you repair it: `depth=3`."}
# It is always the first block of a stage. Go one level deeper yourself, in a cell of your own, before you repair it.

# %% [markdown] slideshow={"notes": "Three minutes. 7,680 is a sum of four differences; ask what each of them is in numbers of channels.", "slide_type": "slide", "text": "As in notebook 03: nothing where the shapes agree, else a projection.\n\n- **Symptom:** the first block of each stage has too few parameters: 512, 1,024, 2,048 and 4,096 are missing.\n- The multiply-adds agree."}
# ### Exercise: the way past a block
#
# As in notebook 03: nothing where the shapes agree, else a projection.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def fix_shortcut(in_channels: int, out_channels: int, stride: int) -> nn.Module:
    """The way past a block: nothing where the shapes agree, else a projection."""
    if stride == 1 and in_channels == out_channels:
        return nn.Identity()
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride, bias=False),
    )


# %% slideshow={"slide_type": "skip"}
repaired = compare("resnet50", depth=2, fix_shortcut=fix_shortcut)
print("same table as torchvision's:", "≠" not in str(repaired))

# %% [markdown] slideshow={"columns": true, "notes": "Work it live: add a block to one stage, read the parameters, take it back. Let the class bet on the stage first.", "slide_type": "slide", "text": "30,019,624 parameters instead of 25,557,032.\n\n- Stages of 3, 4, 6, 3: how many layers?\n- Give each stage in turn one block more, then take it back. Which one gives 30,019,624?\n- How many layers has that network?"}
# ### A ResNet-50 of 30 million parameters
#
# You met this one above: 30,019,624 parameters instead of 25,557,032. The explorer builds any ResNet. It begins with the right one, and its stages can be changed: with the sliders, with + and −, or by dragging the blocks.
#
# - With 3, 4, 6, 3 the text below the picture says 25,557,032 parameters. How many layers are there?
# - Give each stage in turn one block more, then take it back. Which stage gives 30,019,624? How many layers has that network?
#
# <details><summary>What you should see</summary>
#
# With 3, 4, 6, 3 there are 50 layers. A fourth block in the last stage makes it 30,019,624 parameters, and 53 layers.
#
# </details>

# %% slideshow={"slide_type": "-"} tags=["hide-input"]
explorers.ResNetArchitect()

# %% [markdown] slideshow={"notes": "One minute. Notebook 05 has the paper's table to compare with.", "slide_type": "slide", "text": "The number of blocks in each stage, for each depth.\n\n- **Symptom:** the ResNet-50 of this file has 4,462,592 parameters too many.\n- The paper's table stands in notebook 05."}
# ### Exercise: the blocks of the stages
#
# The number of blocks in each stage, for each depth. Notebook 05 has the paper's table.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def fix_blocks(depth: int) -> list[int]:
    """The number of blocks in each of the four stages."""
    return {
        18: [2, 2, 2, 2],
        34: [3, 4, 6, 3],
        50: [3, 4, 6, 4],
        101: [3, 4, 23, 3],
        152: [3, 8, 36, 3],
    }[depth]


# %% slideshow={"slide_type": "skip"}
for depth, convolutions in [(18, 2), (34, 2), (50, 3), (101, 3), (152, 3)]:
    blocks = fix_blocks(depth)
    print(f"{depth:3}: 2 + {convolutions} * {sum(blocks):2} = {2 + convolutions * sum(blocks)}")

# %% [markdown] slideshow={"notes": "Ask: which rows agree, and what do these layers have in common? Then ask for depth=3 live.", "slide_type": "slide", "text": "The name 32x4d goes through `fix_template`, which makes a block's options of it:"}
# ### All shapes fit, and there are 10 million parameters too many
#
# Now ResNeXt. The name 32x4d goes through `fix_template`, which turns it into the options of a block.

# %% slideshow={"slide_type": "-"}
compare("resnext50_32x4d", fix_template=typed.fix_template)

# %% [markdown] slideshow={"slide_type": "skip"}
# No shape differs, in no stage. Which layers of a block have too many weights, and by which factor? Ask for `depth=3`, in a cell of your own.
#
# <details><summary>What you should see</summary>
#
# In every block `conv2` alone differs, and it has 8 times the weights: in `layer1.0` it is 36,864 where torchvision's has 4,608.
#
# </details>

# %% [markdown] slideshow={"notes": "Three minutes. Ask what a wide ResNet has to do with ResNeXt: its template is 1x128d.", "slide_type": "slide", "text": "\"32x4d\" goes in, the options of the block come out.\n\n- **Symptom:** 34.9 million parameters instead of 25.0 million, and all shapes agree.\n- Which layers of a block have too many weights, and by which factor? Ask for `depth=3`.\n- It must do for 32x8d, 64x4d and for 1x128d too, the block of a wide ResNet."}
# ### Exercise: what 32x4d means
#
# "32x4d" goes in, the options of the block come out. The same function must do for 32x8d, 64x4d and for 1x128d, which is the block of a wide ResNet.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def fix_template(template: str) -> dict[str, int]:
    """The groups and their width that a name such as "32x4d" stands for."""
    width_per_group, groups = template.removesuffix("d").split("x")
    return {"groups": int(groups), "width_per_group": int(width_per_group)}


# %% slideshow={"slide_type": "skip"}
for name in ("resnext50_32x4d", "wide_resnet50_2"):
    repaired = compare(name, fix_template=fix_template)
    print(f"{name}: same table as torchvision's: {'≠' not in str(repaired)}")

# %% [markdown] slideshow={"notes": "Let the class recognise the number before you show the third line.", "slide_type": "slide", "text": "The layers of the ResNeXt block, as typed. Do you know the number?"}
# ### A ResNeXt-50 with the parameters of ResNet-50
#
# The same network, and another piece: the layers of the ResNeXt block. How many parameters has it? Do you know that number?

# %% slideshow={"slide_type": "-"}
network = assemble("resnext50_32x4d", fix_resnext_layers=typed.fix_resnext_layers)
print(f"this file's ResNeXt-50   {count_parameters(network):,}")
print(f"torchvision's ResNeXt-50 {count_parameters(torchvision.models.resnext50_32x4d()):,}")
print(f"torchvision's ResNet-50  {count_parameters(torchvision.models.resnet50()):,}")

# %% [markdown] slideshow={"slide_type": "fragment", "text": "Equal to the last digit. That is no coincidence, and no error told anybody."}
# Equal to the last digit. That is no coincidence. No error told anybody.

# %% [markdown] slideshow={"notes": "Four minutes. Let them print the two numbers inside the function: do they arrive?", "slide_type": "slide", "text": "The stage passes `groups=32, width_per_group=4` by name. Follow the two numbers."}
# ### Exercise: the layers of the ResNeXt block
#
# The stage hands two options to every block, by name: `groups=32, width_per_group=4`. They arrive here. Without options the block is that of a ResNet.
#
# Everything else of the piece is right. Follow the two numbers.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def fix_resnext_layers(
    self: nn.Module,
    in_channels: int,
    channels: int,
    stride: int = 1,
    cardinality: int = 1,
    base_width: int = 64,
    **options: int,
) -> None:
    """Set conv1, bn1, ... conv3, bn3 of a ResNeXt block. The stage passes groups and the width."""
    width = int(channels * base_width / 64) * cardinality
    self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)
    self.bn1 = nn.BatchNorm2d(width)
    self.conv2 = nn.Conv2d(
        width, width, 3, stride=stride, padding=1, groups=cardinality, bias=False
    )
    self.bn2 = nn.BatchNorm2d(width)
    self.conv3 = nn.Conv2d(width, channels * 4, 1, bias=False)
    self.bn3 = nn.BatchNorm2d(channels * 4)


# %% slideshow={"slide_type": "skip"}
block = assemble("resnext50_32x4d", fix_resnext_layers=fix_resnext_layers).layer1[0]
print(f"conv2: {block.conv2.out_channels} channels in {block.conv2.groups} groups")

# %% [markdown] slideshow={"notes": "Parameters and shapes agree in all rows. Ask what is left that may differ.", "slide_type": "slide", "text": "ResNet-50, with the typed layers of the bottleneck. Torchvision's weights load strictly."}
# ### Every weight fits, and the MACs do not
#
# Back to ResNet-50, with the typed layers of the bottleneck. Torchvision's weights load strictly, and every shape in this table agrees.

# %% slideshow={"slide_type": "-"}
compare("resnet50", fix_bottleneck_layers=typed.fix_bottleneck_layers)

# %% [markdown] slideshow={"notes": "Ask which of the two is the wrong one. Neither: both are ResNet-50, but only one computes what torchvision's weights were trained for.", "slide_type": "subslide", "text": "### Two networks of one name\n\n| ResNet-50 | multiply-adds |\n| :-- | --: |\n| as typed | 3.858 billion |\n| torchvision's | 4.089 billion |\n| the paper's, table 1 | 3.8 billion |\n\n- The typed network is the cheaper one. So is the *paper's*.\n- The weights of one load into the other.\n- Their outputs do not agree."}
# The typed network is the cheaper one: 3.858 instead of 4.089 billion multiply-adds. So is the *paper's*: it says 3.8 billion (table 1). Both are ResNet-50, and the weights of one load into the other. Their outputs do not agree:

# %% slideshow={"slide_type": "skip"}
right = torchvision.models.resnet50()
noise = torch.randn(2, 3, 64, 64)
network = assemble("resnet50", fix_bottleneck_layers=typed.fix_bottleneck_layers)
print("same outputs as torchvision's:", same_outputs(network, right, noise))

# %% [markdown] slideshow={"notes": "Three minutes. Where do fewer multiply-adds come from when no weight is missing?", "slide_type": "slide", "text": "Repair it, so that it computes what torchvision computes: \"v1.5\" of notebook 04.\n\n- **Symptom:** same weights, same shapes, fewer multiply-adds in `layer2` to `layer4`."}
# ### Exercise: the layers of the bottleneck
#
# The file is meant to load torchvision's weights, and to compute what torchvision computes with them. That is "v1.5" of notebook 04.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def fix_bottleneck_layers(
    self: nn.Module, in_channels: int, channels: int, stride: int = 1
) -> None:
    """Set conv1, bn1, ... conv3, bn3 of a bottleneck as torchvision has it ("v1.5")."""
    self.conv1 = nn.Conv2d(in_channels, channels, 1, stride=stride, bias=False)
    self.bn1 = nn.BatchNorm2d(channels)
    self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
    self.bn2 = nn.BatchNorm2d(channels)
    self.conv3 = nn.Conv2d(channels, channels * 4, 1, bias=False)
    self.bn3 = nn.BatchNorm2d(channels * 4)


# %% slideshow={"slide_type": "skip"}
network = assemble("resnet50", fix_bottleneck_layers=fix_bottleneck_layers)
print("same outputs as torchvision's:", same_outputs(network, right, noise))

# %% [markdown] slideshow={"notes": "22 min. Six silent pieces. Say at the start: in each of them all counts are right. Ask for a tool before you show one.", "slide_type": "slide", "text": "Six pieces are left. Shapes, parameters and multiply-adds agree, and nothing stops before you train. Ask about *behaviour*.\n\n- The strongest question: **is it the same function?**\n- Load torchvision's weights and compare the outputs.\n- It answers yes or no, and needs no training.\n- Where it says no, other tools say where."}
# ## It is silent
#
# What is left are six pieces of which no table tells. Shapes, parameters and multiply-adds agree, and nothing stops before you train. You need questions about *behaviour*.
#
# The strongest is the one above: is it the same function? Load torchvision's weights and compare the outputs. It answers yes or no, and it needs no training. Where it says no, other tools say where.

# %% [markdown] slideshow={"notes": "Ask before you name them: which layers of a ResNet-18 could be idle, and nobody notices? 9 is three times three: a convolution's weight, and the weight and bias of a batch normalisation.", "slide_type": "subslide", "text": "The `forward` of the basic block, in ResNet-18. The same outputs as torchvision's? **No.** So who gets a gradient?\n\n```python\nnetwork.train()(noise).sum().backward()\nwithout = [name for name, p in network.named_parameters() if p.grad is None]\n```\n\n9 of 62 parameters have none. They belong to\n\n- `layer2.0.downsample`,\n- `layer3.0.downsample`,\n- `layer4.0.downsample`."}
# ### Weights that get no gradient
#
# The `forward` of the basic block, in ResNet-18. First the strong question, then who gets a gradient:

# %% slideshow={"slide_type": "skip"}
network = assemble("resnet18", fix_basic_forward=typed.fix_basic_forward)
print("same outputs:", same_outputs(network, torchvision.models.resnet18(), noise))
network.train()(noise).sum().backward()
without = [name for name, p in network.named_parameters() if p.grad is None]
print(f"{len(without)} of {len(list(network.parameters()))} parameters have no gradient, those of")
print(*sorted({name.rsplit(".", 2)[0] for name in without}), sep=", ")

# %% [markdown] slideshow={"notes": "Two minutes. Nothing computed is wrong here. What is computed and not used?", "slide_type": "slide", "text": "A method, with its `self`. `self.downsample` is the way past the block: an `nn.Identity` where the shapes agree, else a projection.\n\n- **Symptom:** other outputs, and the projections get no gradient."}
# ### Exercise: what a basic block computes
#
# A method, shown by itself with its `self`. `self.downsample` is the way past the block: an `nn.Identity` where the shapes agree, else a projection.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def fix_basic_forward(self: nn.Module, x: Tensor) -> Tensor:
    """What a basic block computes."""
    identity = self.downsample(x)
    out = F.relu(self.bn1(self.conv1(x)), inplace=True)
    out = self.bn2(self.conv2(out))
    assert out.shape == identity.shape, "the two paths do not meet"
    return F.relu(out, inplace=True)


# %% slideshow={"slide_type": "skip"}
network = assemble("resnet18", fix_basic_forward=fix_basic_forward)
print("same outputs:", same_outputs(network, torchvision.models.resnet18(), noise))

# %% [markdown] slideshow={"columns": true, "slide_type": "slide", "text": "The bottleneck's `forward`, in ResNet-50. All get a gradient, but the outputs differ.\n\nEight images go through: the mean of what each block puts out.\n\nA block makes a number *smaller*\n\n- in the right network in 31 % of the places,\n- as typed in 0 %."}
# ### Maps that grow from block to block
#
# The `forward` of the bottleneck, in ResNet-50. Every parameter gets a gradient, and the outputs are not torchvision's. So look inside: send eight real images through, and note the mean of what each of the 16 blocks puts out. Note also how often a block makes a number smaller.

# %% slideshow={"slide_type": "skip"}
test = data.load("fashion_mnist_10k", "test")
pictures = F.interpolate(test.normalize(test.images[:8]), 64).expand(-1, 3, -1, -1)
means, smaller = {}, {}
for kind, pieces in {
    "right": {},
    "as typed": {"fix_bottleneck_forward": typed.fix_bottleneck_forward},
}.items():
    torch.manual_seed(0)
    network = assemble("resnet50", **pieces)
    with torch.no_grad():
        x = network.maxpool(network.relu(network.bn1(network.conv1(pictures))))
        means[kind], smaller[kind] = [], []
        for block in [*network.layer1, *network.layer2, *network.layer3, *network.layer4]:
            before, x = x, block(x)
            means[kind].append(x.mean().item())
            if x.shape == before.shape:  # an empty shortcut
                smaller[kind].append((x < before).float().mean().item())
for kind, shares in smaller.items():
    print(
        f"{kind:9} a number gets smaller in {100 * sum(shares) / len(shares):2.0f} % of the places"
    )

# %% jupyter={"source_hidden": true} slideshow={"notes": "Ask where the lines fall back: at the first block of each stage, where a projection with a batch normalisation stands on the shortcut.", "slide_type": "-"} tags=["hide-input"]
figure, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
for (kind, values), style in zip(means.items(), ("s-", "o--"), strict=True):
    color = figures.BLUE if kind == "right" else figures.VERMILION
    _ = axes.plot(range(1, 17), values, style, color=color, label=kind)
axes.set(xlabel="block of ResNet-50", ylabel="mean of its output", ylim=(0, None))
axes.set_xticks([1, 4, 8, 14], ["layer1", "layer2", "layer3", "layer4"])
axes.spines[["top", "right"]].set_visible(False)
axes.legend(frameon=False)
figures.show(
    figure,
    alt="The mean of the output of each of the 16 blocks. In both networks it grows within a stage "
    "and falls back at the start of the next. As typed it grows in equal steps, and ends higher; in "
    "the right network the steps get smaller.",
)

# %% [markdown] slideshow={"notes": "Two minutes. Ask: what can be added to a number and never makes it smaller?", "slide_type": "slide", "text": "Repair it, so that its outputs are torchvision's.\n\n- **Symptom:** in the right network a block makes numbers larger *and* smaller. This one only makes them larger."}
# ### Exercise: what a bottleneck computes
#
# In the right network a block makes numbers larger *and* smaller. This one only makes them larger. Repair it, so that its outputs are torchvision's.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def fix_bottleneck_forward(self: nn.Module, x: Tensor) -> Tensor:
    """What a bottleneck computes."""
    identity = self.downsample(x)
    out = F.relu(self.bn1(self.conv1(x)), inplace=True)
    out = F.relu(self.bn2(self.conv2(out)), inplace=True)
    out = F.relu(self.bn3(self.conv3(out)), inplace=True)
    return out + identity


# %% slideshow={"slide_type": "skip"}
network = assemble("resnet50", fix_bottleneck_forward=fix_bottleneck_forward)
print("same outputs as torchvision's:", same_outputs(network, right, noise))

# %% [markdown] slideshow={"notes": "Two symptoms, one mistake. Ask why eval under no_grad did not notice.", "slide_type": "slide", "text": "The `forward` of the ResNeXt block. The same outputs? **Yes.** Then somebody starts the training:\n\n```\nRuntimeError: one of the variables needed for gradient computation\nhas been modified by an inplace operation\n```"}
# ### It evaluates well, and cannot be trained
#
# The `forward` of the ResNeXt block. This time the strong question says yes. Then somebody starts the training.

# %% slideshow={"slide_type": "skip"}
network = assemble("resnext50_32x4d", fix_resnext_forward=typed.fix_resnext_forward)
print("same outputs:", same_outputs(network, torchvision.models.resnext50_32x4d(), noise))
try:
    network.train()(noise).sum().backward()
except RuntimeError as error:
    print(fill(f"RuntimeError: {str(error).partition(':')[0]}", 100))
else:
    raise AssertionError("it can be trained")

# %% [markdown] slideshow={"slide_type": "fragment", "text": "Only the outputs were compared. A function can do something else besides. Call one block twice with the same `x`:\n\n- `x` is not what it was,\n- and the second answer is another one."}
# "The same function" was asked of the outputs only. A function can do something else besides. Call one block and look at what you gave to it:

# %% slideshow={"slide_type": "skip"}
block = network.layer1[1].eval()
x = torch.rand(2, 256, 8, 8)
kept = x.clone()
with torch.no_grad():
    first = block(x).clone()
    second = block(x).clone()
print("x is what it was:          ", torch.equal(x, kept))
print("the same x, the same answer:", torch.equal(first, second))

# %% [markdown] slideshow={"notes": "Three minutes. Several repairs are right; the check looks at the input, the outputs and the gradients.", "slide_type": "slide", "text": "Adding in place saves a copy of the map. You may keep it or give it up.\n\n- **Symptom:** the outputs are right, and `x` is changed.\n- **Repair** what the piece does to its input, and keep the gradients of both paths."}
# ### Exercise: what a ResNeXt block computes
#
# Adding in place is a fine idea: it saves a copy of the map. You may keep it or give it up.
#
# The outputs are right already. Repair what the piece does to its input, and keep the gradients of both paths.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def fix_resnext_forward(self: nn.Module, x: Tensor) -> Tensor:
    """What a ResNeXt block computes. The sum is made in place, which saves a copy."""
    identity = self.downsample(x)
    out = F.relu(self.bn1(self.conv1(x)), inplace=True)
    out = F.relu(self.bn2(self.conv2(out)), inplace=True)
    out = self.bn3(self.conv3(out))
    identity += out
    return F.relu(identity, inplace=True)


# %% slideshow={"slide_type": "skip"}
network = assemble("resnext50_32x4d", fix_resnext_forward=fix_resnext_forward)
network.train()(noise).sum().backward()
print("every parameter has a gradient:", all(p.grad is not None for p in network.parameters()))

# %% [markdown] slideshow={"columns": true, "slide_type": "slide", "text": "Equality on the same weights overwrites the *first* weights. So look at them by themselves.\n\nEach point is a convolution of ResNet-50: its standard deviation, and that of the formula of notebook 05.\n\nWhich ones are off, and what have they in common?"}
# ### First weights of another size
#
# Equality on the same weights cannot see a mistake in the *first* weights: it overwrites them. So look at them by themselves. Each point is one convolution of ResNet-50: the standard deviation that the formula of notebook 05 gives it, and the one that it has. Below are four of the points. Which convolutions are off, and what have they in common?
#
# <details><summary>What the off ones have in common</summary>
#
# The number of channels changes in them. Where it grows, the weights are too large. Where it falls, they are too small.
#
# </details>

# %% jupyter={"source_hidden": true} slideshow={"notes": "Ask: which points lie on the line, and what have these convolutions in common? As many channels in as out.", "slide_type": "-"} tags=["hide-input"]
torch.manual_seed(0)
network = assemble("resnet50", fix_initialize=typed.fix_initialize)
modules = network.modules()
weights = [each.weight.detach() for each in modules if isinstance(each, nn.Conv2d)]
formula = torch.tensor([(2 / weight[:, 0].numel()) ** 0.5 for weight in weights])
spread = torch.stack([weight.std() for weight in weights])
off = (spread / formula - 1).abs() > 0.1
figure, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
line = torch.stack([formula.min(), formula.max()])
_ = axes.loglog(line, line, color=figures.GREY, label="as the formula says")
_ = axes.loglog(formula[~off], spread[~off], "o", color=figures.BLUE, label="on the line")
_ = axes.loglog(formula[off], spread[off], "s", color=figures.VERMILION, label="off the line")
axes.set(xlabel="std by the formula", ylabel="std of the first weights")
axes.spines[["top", "right"]].set_visible(False)
axes.legend(frameon=False)
figures.show(
    figure,
    alt="The standard deviation of the first weights of each convolution of ResNet-50 against the "
    "one that the formula gives. Some points lie on the line where both are equal, others lie above "
    "it or below it.",
)

# %% slideshow={"slide_type": "skip"} tags=["hide-input"]
rows = []
for name in ("layer1.0.conv1", "layer1.0.conv2", "layer1.0.conv3", "layer1.1.conv1"):
    weight = network.get_submodule(name).weight
    outputs, inputs, side, _ = weight.shape
    usual = (2 / weight[:, 0].numel()) ** 0.5
    sizes = f"{inputs} to {outputs}", f"{side} x {side}"
    rows.append((name, *sizes, f"{usual:.2f}", f"{weight.std():.2f}"))
figures.table(["weight of", "channels", "kernel", "std by the formula", "found"], rows)

# %% [markdown] slideshow={"notes": "Three minutes. Four of the points as numbers. Ask for the one row that decides.", "slide_type": "slide", "text": "In place: convolutions as ResNet has them, batch normalisations at weight 1 and bias 0.\n\n| weight of | channels | kernel | std by the formula | found |\n| :-- | :-- | :-- | --: | --: |\n| `layer1.0.conv1` | 64 to 64 | 1 x 1 | 0.18 | 0.18 |\n| `layer1.0.conv2` | 64 to 64 | 3 x 3 | 0.06 | 0.06 |\n| `layer1.0.conv3` | 64 to 256 | 1 x 1 | 0.09 | 0.18 |\n| `layer1.1.conv1` | 256 to 64 | 1 x 1 | 0.18 | 0.09 |"}
# ### Exercise: the first weights
#
# In place: convolutions as ResNet has them, batch normalisations at weight 1 and bias 0, everything else as it was.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def fix_initialize(model: nn.Module) -> None:
    """Kaiming initialisation as ResNet has it, in place."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_in", nonlinearity="relu")
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)


# %% slideshow={"slide_type": "skip"}
torch.manual_seed(0)
network = assemble("resnet50", fix_initialize=fix_initialize)
weight = network.layer1[0].conv3.weight
print(f"layer1[0].conv3: std {weight.std():.2f}, by the formula {(2 / 256) ** 0.5:.2f}")

# %% [markdown] slideshow={"notes": "Ask for the loss of a perfect answer first: close to 0. Then show it. The notebook trains three seeds in ten seconds.", "slide_type": "slide", "text": "Now the training. To test a loss, give it an answer that you know: the logit of the right class is 100, the others are 0."}
# ### A loss that stays above 1.46
#
# The last two pieces are not of the network, but of its training. To test a loss, give it an answer that you know. Here is a model that is right for all ten classes, and sure of it: its logit for the right class is 100, for the others 0.

# %% slideshow={"slide_type": "-"}
sure = nn.Linear(10, 10, bias=False)
nn.init.eye_(sure.weight).data.mul_(100)
optimizer = torch.optim.SGD(sure.parameters(), lr=0.0)
loss = typed.fix_train_step(sure, torch.eye(10), torch.arange(10), optimizer)
print(f"loss of a perfect answer: {loss:.2f}")

# %% [markdown] slideshow={"slide_type": "fragment", "text": "Does a network learn with it? A small one of 8 layers, on the digits: it does, and less well with each of three seeds.\n\nIf you saw only these curves, would you suspect a bug? Or a learning rate?"}
# And does a network learn with it? Measure: a small network of 8 layers on the digits, three seeds, once with the right loss and once as typed. On a CPU this takes about ten seconds.

# %% slideshow={"slide_type": "skip"} tags=["nbval-ignore-output"]
train, digits = data.load("digits", "train"), data.load("digits", "test")
ends = {False: [], True: []}
for seed in range(3):
    for wrong, found in ends.items():
        torch.manual_seed(seed)
        model = planted_bugs.network("fix_train_step", wrong)
        history = fit(
            model, train, digits, epochs=8, batch_size=64, max_lr=0.05, augment=False, seed=seed
        )
        found.append(100 * history.validation_accuracy[-1])
rows = [
    ("as typed" if wrong else "right", *(f"{value:.1f} %" for value in found))
    for wrong, found in ends.items()
]
figures.table(["test accuracy", *(f"seed {seed}" for seed in range(3))], rows)
assert max(ends[True]) < min(ends[False])

# %% [markdown] slideshow={"slide_type": "skip"}
# It learns, and less well with each of the three seeds. If you saw only the lower row, would you suspect a bug? Or a learning rate?

# %% [markdown] slideshow={"notes": "Two minutes. The documentation of cross_entropy says what it wants for input.", "slide_type": "slide", "text": "As in notebook 06: one step on the mean cross entropy of the batch, in train mode. It returns the loss as a float.\n\n- **Symptom:** a perfect answer has a loss of 1.46."}
# ### Exercise: a training step
#
# As in notebook 06: one step on the mean cross entropy of the batch, in train mode. It returns the loss as a float.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def fix_train_step(
    model: nn.Module, images: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> float:
    """One step of gradient descent on the mean cross entropy of a batch; returns that loss."""
    model.train()
    optimizer.zero_grad()
    probabilities = F.softmax(model(images), dim=1)
    loss = F.cross_entropy(probabilities, labels)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% slideshow={"slide_type": "skip"}
loss = fix_train_step(sure, torch.eye(10), torch.arange(10), optimizer)
print(f"loss of a perfect answer: {loss:.2f}")

# %% [markdown] slideshow={"notes": "Ask: the same network, the same images. What may differ between the rows? Only their neighbours in the batch.", "slide_type": "slide", "text": "How you stack the images must not matter. The course's trained network, as a training step leaves it, judges the same 500 test images:"}
# ### An accuracy that depends on the batch size
#
# The accuracy is a property of the network and the images. How you stack the images must not matter. Take the course's own trained network, as a training step leaves it, and 500 test images. Judge them in batches of several sizes, and once more sorted by class.

# %% slideshow={"slide_type": "-"} tags=["nbval-ignore-output", "hide-input"]
trained, _ = shipped.load_shipped()


def judge(accuracy, size, order):
    """The accuracy of a copy of the trained network on the images in this order."""
    batches = [(test.normalize(test.images[some]), test.labels[some]) for some in order.split(size)]
    return 100 * accuracy(copy.deepcopy(trained).train(), batches)


mixed = torch.arange(500)
by_class = test.labels[:500].argsort(stable=True)
rows = [(size, f"{judge(typed.fix_accuracy, size, mixed):.1f} %") for size in (4, 10, 50)]
in_order = judge(typed.fix_accuracy, 50, by_class)
figures.table(["batches of", "accuracy"], [*rows, ("50, sorted by class", f"{in_order:.1f} %")])
assert in_order < 60 < judge(typed.fix_accuracy, 50, mixed)

# %% [markdown] slideshow={"notes": "Three minutes. The model has to leave as it came; ask what that means for a model in train mode.", "slide_type": "slide", "text": "As in notebook 06: the fraction of all images that the model names right. The model leaves it as it came.\n\n- **Symptom:** the accuracy depends on the size of the batches and on their order."}
# ### Exercise: the accuracy
#
# As in notebook 06: the fraction of all images that the model names right. The model leaves it as it came.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def fix_accuracy(model: nn.Module, loader: list[tuple[Tensor, Tensor]]) -> float:
    """The fraction of all images that the model names right. It leaves the model as it was."""
    right = total = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum().item()
            total += len(labels)
    return right / total


# %% slideshow={"slide_type": "skip"} tags=["nbval-ignore-output"]
found = {judge(fix_accuracy, size, order) for size in (10, 50) for order in (mixed, by_class)}
print("in batches of 10 and 50, mixed and sorted:", *(f"{value:.1f} %" for value in found))
assert max(found) - min(found) < 0.5

# %% [markdown] slideshow={"notes": "3 min. Cover the legend and ask for each panel: would this curve have sent you searching?", "slide_type": "slide", "text": "Three of the silent mistakes, trained on the digits: ten seeds each. *Recorded.*"}
# ## What a training tells
#
# Three of the silent mistakes were trained: small networks on the digits, ten seeds, right and wrong, in each round with the same first draw and the same order of images. It takes some minutes, so you see the *recorded* curves. The network with the typed `forward` of the basic block has 44 layers, the other two have 8.

# %% jupyter={"source_hidden": true} slideshow={"notes": "Left and middle: far apart. But the middle one alone looks like a network that learns. Right: nobody would search.", "slide_type": "-"} tags=["hide-input"]
recording = recorded("planted_bugs")
titles = {
    "fix_basic_forward": "forward, 44 layers",
    "fix_train_step": "training step, 8 layers",
    "fix_initialize": "first weights, 8 layers",
}
figures.show(
    planted_bugs.plot(recording["runs"], titles),
    alt="Recorded. Three charts of test accuracy over eight epochs, right and with a mistake, ten "
    "seeds each. With the typed forward the accuracy ends near 63 % instead of 99, with the typed "
    "training step near 83 % instead of 99. With the typed first weights the curves lie on each other.",
)

# %% slideshow={"slide_type": "skip"}
print("recorded:", recording["data"])
print("machine: ", recording["machine"], "| torch", recording["versions"]["torch"])
finals = {
    which: curves[:, -1] for which, curves in planted_bugs.accuracies(recording["runs"]).items()
}
rows = []
for mistake, title in titles.items():
    without, having = finals[mistake, False], finals[mistake, True]
    error = (having - without).std() / len(having) ** 0.5
    means = f"{without.mean():.1f} %", f"{having.mean():.1f} %"
    rows.append((title, *means, f"{(having - without).mean():.1f} ± {error:.1f}"))
figures.table(["the mistake", "without it", "with it", "difference ± its standard error"], rows)

# %% [markdown] slideshow={"notes": "The third row is the point: less than two standard errors. Batch normalisation takes the scale of the weights out again.", "slide_type": "subslide", "text": "| the mistake | without it | with it | difference \u00b1 its standard error |\n| :-- | --: | --: | --: |\n| forward, 44 layers | 98.7 % | 63.1 % | \u221235.6 \u00b1 2.9 |\n| training step, 8 layers | 98.7 % | 82.6 % | \u221216.2 \u00b1 1.9 |\n| first weights, 8 layers | 98.7 % | 98.3 % | \u22120.4 \u00b1 0.3 |\n\n- The first you would notice, if you knew what to expect.\n- The second learns smoothly. Only a second run shows that it could do better.\n- The third no curve shows. Still it is not the network that was meant.\n\nA training curve tells *that* a network learns, not that it is the one you meant. That takes equality with a reference, and seconds."}
# ### What to learn from it
#
# - Without the shortcut the deep network loses 36 points. You would notice, if you knew what to expect.
# - With the typed training step the network loses 16. It learns smoothly, and only a second run, with the right loss, shows that it could do better.
# - With the typed first weights the difference is less than two standard errors: these ten seeds do not show that it does harm. Batch normalisation takes the scale of the weights out again (notebook 05), so little is left of this mistake. Still it is not the network that was meant, and no curve will say so.
#
# A training curve tells you *that* a network learns. It does not tell you that it is the network you meant. That takes equality with a reference, and it takes seconds.

# %% [markdown] slideshow={"notes": "3 min. Run it, and read the first line together: how many of the pieces are your own?", "slide_type": "slide", "text": "Thirteen pieces make ten networks; the two of the training are not part of it.\n\n- ResNet-18, 34, 50, 101 and 152\n- ResNeXt-50 32x4d, ResNeXt-101 32x8d and 64x4d\n- Wide ResNet-50-2 and 101-2\n\nEach has to take torchvision's state dict strictly, without a name or shape too many, and to put out the same."}
# ## The repaired file
#
# Join your 15 pieces into all ten networks. Each has to take torchvision's state dict without a name or shape too many, and to put out the same. The weights are torchvision's random first ones; nothing is downloaded. The networks come one after the other, so that at most one set of weights is in memory. The two pieces of the training are not part of it.

# %% slideshow={"slide_type": "skip"} tags=["nbval-ignore-output", "hide-input"]
mine = {name: globals()[name] for name in PIECES}
own = [name for name, piece in mine.items() if piece is not exercises.get(name).reference]
print(f"{len(own)} of the {len(mine)} pieces are yours, the others are the reference's.")
network = right = None  # the memory of the networks above is needed
noise, rows = torch.randn(1, 3, 64, 64), []
for name in tqdm(NETWORKS, unit=" networks", leave=False):
    theirs = getattr(torchvision.models, name)().eval()
    with torch.device("meta"):  # no weights of its own: it takes over torchvision's
        ours = assemble(name, **mine).eval()
    if ours.state_dict().keys() != theirs.state_dict().keys():
        rows.append((name, count_parameters(ours), "not compared, your parts have other names"))
        continue
    ours.load_state_dict(theirs.state_dict(), strict=True, assign=True)
    with torch.no_grad():
        same = torch.allclose(ours(noise), theirs(noise), rtol=1e-4, atol=1e-5)
    rows.append((name, count_parameters(ours), same))
    assert same
    del ours, theirs  # before the next one is built
figures.table(["network", "parameters", "same outputs"], rows)

# %% [markdown] slideshow={"notes": "3 min. Let pairs answer one question each, then compare.", "slide_type": "slide"}
# ## Check yourself
#
# <details><summary>Two networks have the same number of parameters to the last digit. What do you know about their functions?</summary>
#
# Nothing yet. Six of the networks here ran with the right count and a mistake: in the stem, in the layers of the bottleneck, in one of the three forwards, in the first weights. Compare shapes and multiply-adds, then the outputs on the same weights.
#
# </details>
#
# <details><summary>Torchvision's state dict loads strictly, and the outputs differ. Where do you look first?</summary>
#
# At what has no weights: stride, padding, the place of the ReLU, the addition. Multiply-adds show a stride, shapes a padding; for the rest compare the feature maps from the first layer on.
#
# </details>
#
# <details><summary>The outputs agree in eval mode. Name two mistakes that may still be there.</summary>
#
# The input may be overwritten, so that training stops. And the first weights may have the wrong size: loading weights hides that.
#
# </details>
#
# <details><summary>Why did nobody get an error when the options of ResNeXt were lost?</summary>
#
# The signature ended with `**options`, which takes any name. Python would have refused an unknown argument otherwise.
#
# </details>
#
# <details><summary>After backward() the gradient of some weights is None, not zero. What does that say?</summary>
#
# The loss does not depend on them: they took no part in the computation. A zero would say that they took part and the derivative happened to vanish.
#
# </details>
#
# <details><summary>A colleague's accuracy is 89 % in shuffled batches and a third in sorted ones. What happened?</summary>
#
# The network was judged in train mode. Batch normalisation then takes its mean and variance from the batch, and a batch of one class has others than a mixed one.
#
# </details>

# %% [markdown] slideshow={"notes": "1 min. The last line is the one to keep.", "slide_type": "slide"}
# ## What to remember
#
# - Let a tool show the symptom before you read code. Look for the *first* place that differs.
# - A crash names two numbers. Run the layers one by one, and see where each comes from.
# - Count shapes, parameters and multiply-adds against a table. Each sees mistakes that the others do not.
# - A gradient of None marks what takes no part.
# - Test a loss with an answer that you know, and a measurement by changing what must not matter.
# - Training tells that it learns. Equality with a reference tells that it is right.

# %% slideshow={"slide_type": "skip"}
exercises.progress("10_find_the_bugs")

# %% [markdown] slideshow={"slide_type": "skip"}
# Next: [11 Transfer learning](11_transfer_learning.ipynb) ([in Colab](https://colab.research.google.com/github/OWNER/REPOSITORY/blob/HEAD/notebooks/11_transfer_learning.ipynb)).
