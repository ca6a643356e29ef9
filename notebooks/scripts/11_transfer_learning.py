# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] slideshow={"notes": "60 min in all. 2 min. Ask who has a folder of pictures at hand that they would like to sort. They can use it here: one line is to be changed.", "slide_type": "slide", "text": "You will\n\n- train a classifier on a folder of your own pictures, starting from a trained network,\n- change the head of a network in two ways, and tell when a load has loaded nothing,\n- freeze a backbone, and say when that is enough,\n- predict one picture, or a whole folder in batches,\n- draw where the network looks, and say what such a picture means."}
# # Transfer learning
#
# At the end of this notebook you will be able to
#
# - train a classifier on a folder of your own pictures, starting from a trained network,
# - change the head of a network in two ways, and tell when a load has loaded nothing,
# - freeze a backbone, and say when that is enough,
# - predict one picture, or a whole folder in batches,
# - draw where the network looks, and say what such a picture means.
#
# You need notebooks 05 and 06. This one takes about 60 minutes.

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
import csv
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from textwrap import fill
from typing import Any

import matplotlib.pyplot as plt
import torch
import torchvision
from matplotlib.cbook import get_sample_data
from PIL import Image
from torch import Tensor, nn

from course_lib import data, exercise, exercises, explorers, figures
from course_lib.experiments import transfer
from course_lib.experiments.recorded import recorded
from course_lib.models.activation_map import class_activation_map, grad_cam, stages
from course_lib.models.cifar import CifarResNet
from course_lib.models.resnet import resnet18
from course_lib.models.transfer import train_mode
from course_lib.photos.decoding import find
from course_lib.photos.example_photos import write_digits, write_test_digits
from course_lib.photos.image_folder import scan
from course_lib.trained import model_file, shipped
from course_lib.trained.backbone import load_backbone
from course_lib.training.fit import fit
from course_lib.training.steps import accuracy

_ = torch.manual_seed(0)
torch.set_num_threads(1)  # the network is small, and another process reads the pictures beside it

# %% [markdown] slideshow={"notes": "5 min. Show the tree first, then run. Ask: what will happen to the two broken files? They are named and left out; nothing stops.", "slide_type": "slide", "text": "You want to sort pictures into classes of your own. Few people start from nothing.\n\n**Transfer learning**: take a network that was trained on other pictures, and train it a little further on yours.\n\nA folder has a sub-folder for each class. Their names are the classes:\n\n```\nmy_digits/\n  0/  000.png  002.png  003.png ...\n  1/  000.png  002.png  printed.jpg ...\n  ...\n```"}
# ## A folder of pictures
#
# You want to sort pictures into classes of your own. Few people start from nothing. They take a network that was trained on other pictures, and train it a little further on theirs. This is **transfer learning**.
#
# Put your pictures into a folder with a sub-folder for each class. The names of the sub-folders are the classes:
#
# ```
# my_digits/
#   0/  000.png  002.png  003.png ...
#   1/  000.png  002.png  printed.jpg ...
#   ...
# ```

# %% [markdown] slideshow={"notes": "Show where MY_PICTURES stands in the notebook: whoever has pictures changes this one line.", "slide_type": "subslide", "text": "Such a folder, of handwritten digits. Or one of your own:"}
# The next cell makes such a folder out of handwritten digits, so that there is something to work on. Have you pictures of your own? Then change the line that begins with `MY_PICTURES`, and run everything again.

# %% slideshow={"slide_type": "-"} tags=["nbval-ignore-output"]
scratch = tempfile.TemporaryDirectory()  # goes away when this kernel ends

MY_PICTURES = write_digits(Path(scratch.name, "my_digits"), 60)  # or your own folder: "~/pets"

folder = scan(MY_PICTURES)

# %% slideshow={"slide_type": "-"}
for line in folder.report().splitlines():
    print(fill(line, 88))

# %% [markdown] slideshow={"slide_type": "fragment", "text": "`scan` decodes every picture once. What cannot be read is named and left out: better now than in the third hour of a training."}
# `scan` decodes every picture once. What cannot be read is named and left out. Better now than in the third hour of a training.

# %% [markdown] slideshow={"notes": "Ask who has met a picture that a program refused. Most often its colour mode was the reason.", "slide_type": "subslide", "text": "| colour mode | what a pixel is |\n| :-- | :-- |\n| `L` | one grey value |\n| `RGB` | red, green and blue |\n| `RGBA` | the same, and transparency |\n| `P` | a number in a palette |\n| `CMYK` | ink for a printer |"}
# ### Pictures as people have them
#
# Files come in many kinds. A **colour mode** says what a pixel is: `L` is one grey value, `RGB` red, green and blue, `RGBA` has transparency as a fourth number, `P` is a number in a palette, `CMYK` is ink for a printer.

# %% slideshow={"slide_type": "-"}
kinds = Counter()
for file in folder.files:
    with Image.open(file) as image:
        kinds[f"{image.format} {image.mode}"] += 1
print(kinds.most_common())

# %% [markdown] slideshow={"slide_type": "fragment", "text": "A network takes one kind only. Reading converts each of them, to grey or to RGB. Transparent parts become white."}
# A network takes one kind only. Reading converts each of them: to grey, or to red, green and blue. Transparent parts become white.

# %% [markdown] slideshow={"notes": "Ask what goes wrong when each run splits anew. Then: pictures of the same object belong on one side, and no seed knows that.", "slide_type": "subslide", "text": "Some pictures must not be trained on: the **validation set**. It tells\n\n- which epoch was the best,\n- what the network makes of pictures that it does not know.\n\n```python\ntraining, validation = folder.split(fraction=0.25, seed=0)\n```\n\nOf 600 pictures 450 are trained on, 150 validate, and none does both."}
# ### The split
#
# Some pictures must not be trained on: the **validation set**. It tells which epoch was the best, and what the network makes of pictures that it does not know. Here a quarter of each class goes there.

# %% slideshow={"slide_type": "skip"}
training, validation = folder.split(fraction=0.25, seed=0)
print(f"{len(training)} pictures to train on, {len(validation)} to validate on")

again, _ = folder.split(fraction=0.25, seed=0)
print("the same seed, the same split:", again.files == training.files)
print("no picture is in both:", not set(training.files) & set(validation.files))

# %% [markdown] slideshow={"slide_type": "fragment", "text": "The seed and the names of the files decide: the same split tomorrow, and on another machine. With a new one in each run, pictures that were trained on would end up in the validation set."}
# The seed and the names of the files decide. So you get this split tomorrow too, and on another machine. If each run drew a new one, pictures that were trained on would end up in the validation set, and the accuracy would be too good to be true.

# %% [markdown] slideshow={"notes": "4 min. Run load_backbone live and read out what it says: with a network it is ResNet-18 with ImageNet weights, without one the course's own network. Both work from here on; the accuracies differ. The slides were made without internet.", "slide_type": "slide", "text": "Which network to start from?\n\n```python\nbackbone = load_backbone()\n```\n\n| | with internet | without |\n| :-- | :-- | :-- |\n| network | ResNet-18 | the course's own, of 20 layers |\n| trained on | 1.28 million photographs of ImageNet | pictures of clothes (notebook 06) |\n| sees | colour | grey, 28 pixels wide |\n| good for | photographs | simple shapes |\n\nIt says which one you have, and what to expect of it."}
# ## A backbone
#
# Which network to start from? If you can reach the network, you get ResNet-18 with weights that were trained on 1.28 million photographs of ImageNet. If not, you get the course's own small network, trained on pictures of clothes (notebook 06). The cell says which, and what to expect.

# %% slideshow={"slide_type": "skip"} tags=["nbval-ignore-output"]
backbone = load_backbone()
print(fill(backbone.description, 90))

# %% [markdown] slideshow={"notes": "Ask which classes of theirs may be mirrored: pets yes, digits and letters no. Without flip=False pictures are mirrored at random.", "slide_type": "subslide", "text": "### Preprocessing\n\nPictures must reach the network as they did when it was trained: same size, same channels, same mean and standard deviation. Two things change:\n\n- digits are not mirrored: a mirrored 2 is no digit,\n- large pictures are reduced further, for a quick training without a GPU."}
# Pictures must reach the network as they did when it was trained: same size, same channels, same mean and standard deviation. That is the **preprocessing**, and it belongs to the network. Two things we change: digits are not mirrored (a mirrored 2 is no digit), and large pictures are reduced further, so that the training is quick without a GPU. With photographs of your own, leave out `flip=False`.

# %% slideshow={"slide_type": "-"} tags=["nbval-ignore-output"]
size = min(backbone.preprocessing.size, 48)
preprocessing = replace(backbone.preprocessing, resize=size, size=size, flip=False)
pictures = [part.prepared(preprocessing) for part in (training, validation)]
print(preprocessing)

# %% [markdown] slideshow={"columns": true, "notes": "Ask: would you know each digit from its part alone? Where you would not, the augmentation cuts too much.", "slide_type": "subslide", "text": "### As the network gets them\n\n- The first row: as they are judged.\n- The other rows: as they are trained on. Each time a random part, at least half of the area.\n\nThat is **augmentation**, as in notebook 06."}
# Six pictures as the network gets them. In the first row as they are judged, below it as they are trained on: each time a random part, at least half of the area. That is augmentation, as in notebook 06.

# %% jupyter={"source_hidden": true} slideshow={"slide_type": "-"} tags=["hide-input"]
figure, rows = plt.subplots(4, 6, figsize=(8, 4.8), layout="constrained")
step = max(1, len(training) // 6)
for column, file in enumerate(training.files[::step][:6]):
    for row in range(4):
        picture = preprocessing.read(file, augment=row > 0)
        rows[row, column].imshow(picture.permute(1, 2, 0), cmap="gray", vmin=0, vmax=255)
        rows[row, column].axis("off")
    rows[0, column].set_title(file.parent.name, fontsize=11)
rows[0, 0].text(-0.1, 0.5, "judged", transform=rows[0, 0].transAxes, ha="right", va="center")
rows[2, 0].text(-0.1, 0.5, "trained on", transform=rows[2, 0].transAxes, ha="right", va="center")
figures.show(
    figure,
    alt="Six pictures of different classes. The first row shows each whole, the three rows below "
    "show random parts of it, enlarged.",
)

# %% [markdown] slideshow={"notes": "10 min, of which 8 for the exercise. Then the point to dwell on: strict=False turned an error into a network that guesses. Ask before you show it: what will happen?", "slide_type": "slide", "text": "- The backbone describes a picture by its features.\n- The **head**, a linear layer, makes class scores of them.\n- Its classes are not yours. So it gets replaced: as many inputs, another number of outputs.\n\nTwo ways:\n\n1. Change the network that you have. That is the exercise.\n2. Build it anew, and load the weights that fit."}
# ## A new head
#
# The backbone describes a picture by its features. The head, a linear layer, makes class scores of them. Its classes are not yours. So it gets replaced: as many inputs, another number of outputs.
#
# There are two ways to do it. The first changes the network that you have. It is the exercise.

# %% [markdown] slideshow={"notes": "Eight minutes. Who is done early asks: why must the new head know the old one's device?", "slide_type": "subslide"}
# ### Exercise: a new head
#
# Write `replace_head(model, num_classes)`. Put a new `nn.Linear` in the place of `model.fc`, and return the model.
#
# - It takes what the old head took, and puts out `num_classes` scores. Its weights are fresh.
# - It is of the old head's dtype and lies on its device. The rest of the model stays as it is.
#
# Example: ResNet-18 has `fc`, 512 to 1000. After `replace_head(model, 3)` it has `fc`, 512 to 3.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def replace_head(model: nn.Module, num_classes: int) -> nn.Module:
    """Give the model a new, untrained head `fc` for `num_classes` classes; returns the model."""
    raise NotImplementedError


# %% [markdown] slideshow={"slide_type": "skip"}
# Here it changes the course's own network, from ten kinds of clothes to three classes:

# %% slideshow={"slide_type": "skip"}
trained, recipe = shipped.load_shipped()
print("before:", trained.fc)
first_way = replace_head(copy.deepcopy(trained), 3)
print("after: ", first_way.fc)

# %% [markdown] slideshow={"notes": "Ask before the output: which names will be missing? Then: why must wrong shapes be left out by hand?", "slide_type": "subslide", "text": "`load_state_dict` is strict: it refuses when a name is missing or unknown. `strict=False` lets that pass and returns the names. A wrong *shape* it refuses all the same."}
# ### The second way: build anew, load what fits
#
# Build the network with your number of classes, and give it those weights that have the right shape. `load_state_dict` is strict: it refuses when a name is missing, or unknown to the network. `strict=False` lets that pass, and returns which names did not fit. (A wrong *shape* it refuses all the same. So those are left out before.)

# %% slideshow={"slide_type": "-"}
second_way = CifarResNet(**recipe["network"] | {"num_classes": 3})
shapes = {name: tensor.shape for name, tensor in second_way.state_dict().items()}
fitting = {name: t for name, t in trained.state_dict().items() if t.shape == shapes[name]}
result = second_way.load_state_dict(fitting, strict=False)
print(f"{len(fitting)} of {len(shapes)} tensors loaded")
print("missing:   ", result.missing_keys)
print("unexpected:", result.unexpected_keys)

# %% [markdown] slideshow={"slide_type": "fragment", "text": "Exactly the head is missing, and nothing is unexpected: this is how it must be. But for the heads, both ways lead to the same network."}
# Exactly the head is missing, and nothing is unexpected. This is how it must be. Below the heads, both ways lead to the same network:

# %% slideshow={"slide_type": "skip"}
first_way.fc = second_way.fc
x = torch.randn(4, 1, 28, 28, generator=torch.Generator().manual_seed(0))
with torch.no_grad():
    print("the same output:", torch.equal(first_way.eval()(x), second_way.eval()(x)))

# %% [markdown] slideshow={"notes": "Let them vote before the table: error, warning, or nothing? It happens to everybody once.", "slide_type": "slide", "text": "Weights saved inside `nn.DataParallel`, a wrapper for several GPUs, have `module.` in front of every name. Load them with `strict=False`:"}
# ### Why `strict=False` is dangerous
#
# Somebody gives you weights that were saved from a model inside `nn.DataParallel`, a wrapper for several GPUs. It puts `module.` in front of every name. You load them, with `strict=False`:

# %% slideshow={"slide_type": "-"}
file = {f"module.{name}": tensor for name, tensor in trained.state_dict().items()}
unlucky = CifarResNet(**recipe["network"])
result = unlucky.load_state_dict(file, strict=False)
print("no error, no warning")

# %% [markdown] slideshow={"slide_type": "fragment", "text": "Did it load? On 500 test pictures of clothes, in ten classes:\n\n| the same weights | tensors loaded | right |\n| :-- | :-- | :-- |\n| their own names, strict | 116 of 116 | more than 85 % |\n| `module.` in front, `strict=False` | 0 of 116 | less than 20 % |"}
# So, did it load? Measure. These are 500 test pictures of clothes, in ten classes:

# %% slideshow={"slide_type": "skip"}
test = data.load("fashion_mnist_10k", "test")
clothes = [(test.normalize(test.images[:500]), test.labels[:500])]
right = {"strict": accuracy(trained, clothes), "not strict": accuracy(unlucky, clothes)}
print("loaded strictly, more than 85 % right:           ", right["strict"] > 0.85)
print("loaded with strict=False, less than 20 % right:  ", right["not strict"] < 0.2)
print("tensors loaded:", len(file) - len(result.unexpected_keys), "of", len(file))

# %% [markdown] slideshow={"notes": "You might train it, wonder about the accuracy, and never learn why.", "slide_type": "subslide", "text": "### Two rules\n\nNot one tensor was loaded: the network has its random first weights, and guesses.\n\n**1.** Leave `strict` on whenever nothing should be missing. Then this error comes at once:"}
# Not one tensor was loaded. The network has its random first weights, and guesses. You might train it, wonder about the accuracy, and never learn why.
#
# Two rules:
#
# - Leave `strict` on whenever nothing should be missing. Then you get this error at once:

# %% slideshow={"slide_type": "-"}
try:
    unlucky.load_state_dict(file)
except RuntimeError as error:
    print(str(error)[:110], "...")

# %% [markdown] slideshow={"slide_type": "fragment", "text": "**2.** Where something must be missing, check what: `missing_keys` is the head and nothing else, `unexpected_keys` is empty."}
# - Where something must be missing, check what: `missing_keys` is the head and nothing else, `unexpected_keys` is empty.

# %% [markdown] slideshow={"notes": "8 min, of which 6 for the exercise. Then ask: is a frozen network really unchanged when it trains? The running statistics move.", "slide_type": "slide", "text": "What should learn?\n\n- **Fine-tuning**: everything, the backbone too, from the weights that it has.\n- A **frozen** backbone: only the head. Where `requires_grad` is False, no gradient is computed, and the optimiser leaves the parameter alone.\n\n| with ten classes | parameters | learned when frozen |\n| :-- | --: | --: |\n| the course's own network | 269,434 | 650 |\n| ResNet-18 | 11,181,642 | 5,130 |"}
# ## Freezing
#
# What should learn? There are two choices.
#
# - **Fine-tuning**: everything learns, the backbone too, from the weights that it has.
# - A **frozen** backbone: only the head learns. A parameter is frozen when its `requires_grad` is False. Then no gradient is computed for it, and the optimiser leaves it alone.

# %% [markdown] slideshow={"notes": "Six minutes. Ask the quick ones: what if the model came with a frozen head?", "slide_type": "subslide"}
# ### Exercise: freeze the backbone
#
# Write `freeze_backbone(model)`. It works in place. Afterwards exactly the parameters of the head `model.fc` learn, whatever was frozen before.
#
# Only `requires_grad` changes. Weights and mode stay as they are. The head may have several layers, such as a dropout before the linear one.
#
# Example: of a network with `conv1`, `bn1`, `layer1` and `fc`, `fc.weight` and `fc.bias` learn.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def freeze_backbone(model: nn.Module) -> None:
    """Let only the head `fc` learn: in place, by the parameters' requires_grad."""
    raise NotImplementedError


# %% [markdown] slideshow={"slide_type": "skip"}
# How many numbers are still learned? ResNet-18 here has a head for ten classes.

# %% slideshow={"slide_type": "skip"}
rows = []
for name, model in {"the course's own": copy.deepcopy(trained), "ResNet-18": resnet18(10)}.items():
    freeze_backbone(model)
    learned = sum(p.numel() for p in model.parameters() if p.requires_grad)
    rows.append((name, sum(p.numel() for p in model.parameters()), learned))
figures.table(["network", "parameters", "of them learned, frozen"], rows)

# %% [markdown] slideshow={"notes": "Ask first: all parameters are frozen, one batch goes through. Is the network the same afterwards?", "slide_type": "subslide", "text": "Batch normalisation keeps running statistics. They are buffers, not parameters: `requires_grad` does not hold them. In train mode every batch moves them.\n\n| set to train by | the running mean, one batch later |\n| :-- | :-- |\n| `model.train()` | has moved |\n| `train_mode(model)` | is what it was |\n\n`train_mode` of this course leaves a frozen batch normalisation in eval mode. `fit` calls it.\n\nSo to freeze takes two things: `requires_grad` for the parameters, eval mode for the statistics."}
# ### Frozen, and yet it moves
#
# Batch normalisation keeps running statistics. They are buffers, not parameters: `requires_grad` does not hold them. In train mode every batch moves them. `train_mode` of this course is `model.train()`, but it leaves a frozen batch normalisation in eval mode. `fit` calls it.

# %% slideshow={"slide_type": "skip"}
for start in (nn.Module.train, train_mode):
    model = copy.deepcopy(trained)
    freeze_backbone(model)
    start(model)
    with torch.no_grad():
        _ = model(x)
    moved = not torch.equal(model.bn1.running_mean, trained.bn1.running_mean)
    print(f"after {start.__name__:10} and one batch, the running mean has moved: {moved}")

# %% [markdown] slideshow={"notes": "5 min. Let them bet before the picture: on which of the two tasks does the backbone help? Then read the error bars together.", "slide_type": "slide", "text": "\"Start from trained weights\" is good advice, but no law. So measure it. A network knows five kinds of clothes, and goes on to\n\n- a **near** task: five *other* kinds of clothes,\n- a **far** task: handwritten digits,\n\nwith 5, 20 or 80 pictures of each class, in three ways: frozen, fine-tuned, and from scratch. Five seeds, *recorded*.\n\nOn which of the two does the backbone help?"}
# ## Does it help?
#
# "Start from trained weights" is good advice, but it is no law. So measure it, on two tasks. A network was trained on five kinds of clothes: T-shirts, trousers, dresses, sneakers and bags. Then it went on to
#
# - a near task: five *other* kinds of clothes,
# - a far task: handwritten digits.
#
# Each with 5, 20 or 80 pictures of each class, in three ways: frozen, fine-tuned, and from scratch, that is with random first weights. Each way has its better one of two learning rates. Five seeds; a seed draws the pictures, the first weights and the backbone's own training. It takes a quarter of an hour, so it was run once. The curves are *recorded*.

# %% jupyter={"source_hidden": true} slideshow={"notes": "Each way has its better one of two learning rates. Ask for the place where two lines cross, and whether the bars overlap there.", "slide_type": "subslide"} tags=["hide-input"]
recording = recorded("transfer")
figures.show(
    transfer.plot(recording["runs"]),
    alt="Test accuracy against pictures of each class, recorded. Left, other clothes: the fine-tuned "
    "network leads throughout; the frozen one starts level with it and falls behind. Right, digits: "
    "fine-tuned leads with 5 pictures, and is level with from scratch from 20 on; frozen stays far "
    "below both.",
)

# %% slideshow={"notes": "The last column is the difference seed by seed. Ask which of the six rows are more than two standard errors from zero.", "slide_type": "subslide"} tags=["hide-input"]
found = transfer.accuracies(recording["runs"])
rows = []
for task in dict.fromkeys(task for task, _, _ in found):
    for count in (5, 20, 80):
        cells = [found[task, way, count] for way in ("frozen", "fine-tuned", "from scratch")]
        gain = cells[1] - cells[2]  # seed by seed
        error = gain.std() / len(gain) ** 0.5
        spreads = [f"{cell.mean():.1f} ± {cell.std():.1f}" for cell in cells]
        rows.append((task.split()[-1], count, *spreads, f"{gain.mean():.1f} ± {error:.1f}"))
print("recorded, test accuracy in %: mean ± standard deviation; of the difference ± standard error")
figures.table(
    [
        "to",
        "pictures of each class",
        "frozen",
        "fine-tuned",
        "from scratch",
        "fine-tuned minus scratch",
    ],
    rows,
)

# %% [markdown] slideshow={"notes": "Frozen on digits: its features were made for clothes, and it cannot change them. Ask everybody: how near is your task?", "slide_type": "subslide", "text": "- With 5 pictures of each class the trained weights are a head start on both tasks: about 6 and 7.5 points.\n- On clothes some of it is left with 80. On digits nothing is left with 20.\n- *Fine-tuning* was nowhere clearly worse than from scratch.\n- *Freezing* is cheaper. It kept up only where the task was near and the pictures few; on digits it is the worst way by far.\n\nHow near is your task, and how many pictures have you?"}
# ### What it shows
#
# - *Fine-tuned against from scratch.* With 5 pictures of each class the trained weights are a head start on both tasks, by about 6 and 7.5 points. On clothes, some of it is left with 80. On digits nothing is left with 20.
# - *Frozen.* With 5 pictures of other clothes it is as good as fine-tuned. With more it falls behind: its features were made for other classes, and it cannot change them. On digits it is the worst way by far, and more pictures do not help it.
#
# So fine-tuning was nowhere clearly worse. Freezing is cheaper, and kept up only where the task was near and the pictures few. How near is your task, and how many pictures have you?

# %% [markdown] slideshow={"notes": "The first point is the one to stay with: 5.8 points with a standard error of 3.6.", "slide_type": "subslide", "text": "- With 5 pictures of clothes the 6 points may be half as many: in two of the five seeds, from scratch was a little ahead.\n- All trainings had 80 steps. From scratch may need more, and catch up.\n- The better learning rate was picked by the test accuracy itself. That flatters all three ways.\n- The backbone is small and has seen 5,000 small pictures. One that has seen a million photographs has more to give.\n\nWhat do you get with the published weights, on your own pictures?"}
# ### And what it does not show
#
# - Look at the standard errors: with 5 pictures of clothes, five seeds lie so far apart that the 6 points may be half as many. In two of the five, from scratch was a little ahead.
# - All trainings had 80 steps. From scratch may need more of them, and catch up.
# - The better rate was picked by the test accuracy itself. That flatters all three ways a little.
# - The backbone is small and has seen 5,000 small pictures. One that has seen a million photographs has more to give. With the published weights, see what you get on your own pictures.

# %% [markdown] slideshow={"notes": "5 min. Run it live. While it trains, explain the worker processes and why the best epoch is picked on validation pictures.", "slide_type": "slide", "text": "First the head alone, on a frozen backbone. Then everything: with `keep_best` the network ends with the weights of its best epoch, judged on the validation pictures."}
# ## Train on your pictures
#
# `fit` of notebook 06 also takes pictures in files. While the network learns from one batch, a **worker process** of PyTorch's `DataLoader` reads, decodes and augments the next ones. With `keep_best` the network ends with the weights of its best epoch, judged on the validation pictures.
#
# First the head alone, on a frozen backbone. Then everything. (With a few dozen pictures of your own, take more epochs: an epoch is then a few steps only.)

# %% slideshow={"slide_type": "-"} tags=["nbval-ignore-output"]
frozen = replace_head(copy.deepcopy(backbone.model), len(folder.classes))
freeze_backbone(frozen)
head_only = fit(frozen, *pictures, epochs=4, batch_size=32, max_lr=0.1)

model = replace_head(copy.deepcopy(backbone.model), len(folder.classes))
history = fit(model, *pictures, epochs=4, batch_size=32, max_lr=0.05, keep_best=True)
print(f"the head alone:         {head_only.validation_accuracy[-1]:.1%} right")
print(f"all, epoch {history.best_epoch} is kept:  {max(history.validation_accuracy):.1%} right")

# %% [markdown] slideshow={"notes": "While the network learns from one batch, a worker process reads, decodes and augments the next ones. With a few dozen pictures of your own, take more epochs.", "slide_type": "subslide", "text": "Fine-tuned, on 450 digits. Guessing would be right once in ten."}
# What must hold, whichever backbone you got, for the digits:

# %% slideshow={"slide_type": "skip"}
best = max(history.validation_accuracy)
print("guessing would be right once in", len(folder.classes))
print("fine-tuned, more than 80 % right:", best > 0.8)

# %% jupyter={"source_hidden": true} slideshow={"slide_type": "-"} tags=["hide-input"]
figures.show(
    history.plot(),
    alt="Two charts. The training loss of the fine-tuned network falls. Its accuracy on the "
    "validation pictures rises with the epochs and ends well above where it began.",
)

# %% [markdown] slideshow={"notes": "Ask what is lost when somebody sends you the weights alone. Most often it is the order of the classes.", "slide_type": "subslide", "text": "Weights alone are not enough to use a network:\n\n- the **recipe**: which layers, by the network's name and its arguments,\n- the classes: which output is which,\n- the preprocessing: how a picture must be prepared.\n\nAll go into one file, and come back from it:"}
# ### Keep it together
#
# Weights alone are not enough to use a network. Which layers do they belong to? Which output is which class? How must a picture be prepared? So the weights, the network's **recipe** (its name and its arguments), the classes and the preprocessing go into one file, and come back from it:

# %% slideshow={"slide_type": "-"} tags=["nbval-ignore-output"]
path = Path(scratch.name, "my_model.safetensors")
recipe = backbone.recipe.with_classes(len(folder.classes))
model_file.save(path, model, recipe, folder.classes, preprocessing)
saved = model_file.load(path)
assert saved.classes == folder.classes and saved.preprocessing == preprocessing
print(type(saved.model).__name__, "for the classes", ", ".join(saved.classes))
print(saved.preprocessing)

# %% [markdown] slideshow={"notes": "11 min, of which 10 for two of the exercises; who is quick does both. Point out that the last batch is smaller, and that nothing is lost.", "slide_type": "slide", "text": "The network puts out logits. A person wants names and probabilities of the best few: the **top-k** are the k most probable classes."}
# ## Use it
#
# The network puts out logits. A person wants names and probabilities, the best few of them: **top-k** means the k most probable classes.

# %% [markdown] slideshow={"slide_type": "-", "text": "Write `predict(model, images, classes, k=5)`, for a normalised batch (N, C, H, W).\n\n- For each image a list of pairs, name and probability, the best first: k of them, or all if there are fewer classes.\n- Eval mode, no graph; the model comes back in the mode it had.\n\nExample: logits 2 and 0 give `[[(\"cat\", 0.88), (\"dog\", 0.12)]]`."}
# ### Exercise: predict
#
# Write `predict(model, images, classes, k=5)`. `images` is a normalised batch (N, C, H, W), and `classes[i]` is the name of output i. For each image return a list of the k most probable classes: pairs of name and probability, the best first.
#
# - The names are as in `classes`, the probabilities Python floats between 0 and 1.
# - With fewer classes than k, all of them.
# - Eval mode, no graph; the model comes back in the mode it had.
#
# Example: one image, logits 2 and 0, classes `("cat", "dog")`: `[[("cat", 0.88), ("dog", 0.12)]]`.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def predict(
    model: nn.Module, images: Tensor, classes: Sequence[str], k: int = 5
) -> list[list[tuple[str, float]]]:
    """For each image the `k` most probable (class, probability) pairs, best first."""
    raise NotImplementedError


# %% [markdown] slideshow={"notes": "Whoever has a picture of their own tries it now: NEW_PICTURES in the notebook. Ask what the network says of a picture that is of none of its classes.", "slide_type": "subslide", "text": "A picture that the network has never seen, and its five most probable classes:\n\n```python\n[best] = predict(model, preprocessing.normalize(picture[None]), folder.classes)\n```"}
# Try it on a picture that is in no folder so far. Have you one of your own? Change `NEW_PICTURES`.

# %% slideshow={"slide_type": "skip"}
NEW_PICTURES = write_test_digits(Path(scratch.name, "new_digits"), 100)  # or your own folder

new_files = list(find(Path(NEW_PICTURES).expanduser()))
print(len(new_files), "new pictures, the first one is", new_files[0].name)

# %% slideshow={"slide_type": "skip"} tags=["nbval-ignore-output"]
picture = preprocessing.read(new_files[0])
[best] = predict(model, preprocessing.normalize(picture[None]), folder.classes)
for name, probability in best:
    print(f"{name}  {probability:6.1%}")

# %% jupyter={"source_hidden": true} slideshow={"slide_type": "-"} tags=["hide-input"]
figure, (left, axes) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
left.imshow(picture.permute(1, 2, 0), cmap="gray", vmin=0, vmax=255)
left.axis("off")
bars = axes.barh([name for name, _ in best], [100 * p for _, p in best], color=figures.BLUE)
_ = axes.bar_label(bars, fmt="%.1f", padding=3)
axes.invert_yaxis()
axes.set(xlabel="probability in %", xlim=(0, 112))
axes.spines[["top", "right"]].set_visible(False)
figures.show(
    figure, alt="A new picture, and beside it the five most probable classes with their bars."
)

# %% [markdown] slideshow={"notes": "Five minutes, and a reserve for those who are done with predict. Nothing gets lost at the end: ask for 100 pictures in batches of 32.", "slide_type": "slide", "text": "A folder may hold more pictures than fit into memory at once. Write `batches(items, size)`: it returns, or yields, lists.\n\n- The items in order, `size` of them in each. Every item comes once.\n- The last batch may be smaller, but never empty.\n\nExample: `batches([1, 2, 3, 4, 5], 2)` gives `[[1, 2], [3, 4], [5]]`."}
# ### Exercise: batches
#
# A folder may hold more pictures than fit into memory at once. So they are cut into batches.
#
# Write `batches(items, size)`. `items` is a list. Return a list of lists, or yield them: the items in order, `size` of them in each. Every item comes once. The last batch may be smaller, but never empty.
#
# Example: `batches([1, 2, 3, 4, 5], 2)` gives `[[1, 2], [3, 4], [5]]`.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def batches(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """The items in order, `size` of them in each batch; the last one may be smaller."""
    raise NotImplementedError


# %% [markdown] slideshow={"notes": "Open the CSV file in a spreadsheet and sort it by probability: the least sure ones come first.", "slide_type": "subslide", "text": "The whole folder, 32 pictures at a time, into a CSV file that any spreadsheet opens:"}
# Now the whole folder, 32 pictures at a time, into a table: a CSV file, which any spreadsheet opens.

# %% slideshow={"slide_type": "-"}
table = Path(scratch.name, "predictions.csv")
with table.open("w", newline="", encoding="utf-8") as file:
    writer = csv.writer(file)
    writer.writerow(["file", "class", "probability"])
    for some in batches(new_files, 32):
        images = torch.stack([preprocessing.read(each) for each in some])
        answers = predict(model, preprocessing.normalize(images), folder.classes, k=1)
        for each, [(name, probability)] in zip(some, answers, strict=True):
            writer.writerow([each.name, name, f"{probability:.4f}"])
        print(f"{len(some)} pictures")

# %% slideshow={"slide_type": "skip"} tags=["nbval-ignore-output"]
print("".join(table.read_text(encoding="utf-8").splitlines(keepends=True)[:6]))

# %% [markdown] slideshow={"columns": true, "notes": "Let the class find the largest number beside the diagonal. Is it a mistake that a person would make?", "slide_type": "slide", "text": "One number, the accuracy, hides what goes wrong. A **confusion matrix** counts:\n\n- a row for each true class,\n- a column for each answer.\n\nWhat is right stands on the diagonal. Which classes are mixed up?"}
# ### Which classes does it mix up?
#
# One number, the accuracy, hides what goes wrong. A **confusion matrix** counts: a row for each true class, a column for each answer. What is right stands on the diagonal.

# %% slideshow={"slide_type": "skip"}
judged = []  # (true class, answer, probability, file) of each validation picture
for some in batches(list(range(len(validation))), 32):
    images = torch.stack([preprocessing.read(validation.files[i]) for i in some])
    answers = predict(model, preprocessing.normalize(images), folder.classes, k=1)
    for i, [(name, probability)] in zip(some, answers, strict=True):
        truth = folder.classes[validation.labels[i]]
        judged.append((truth, name, probability, validation.files[i]))
print(len(judged), "pictures judged")

# %% jupyter={"source_hidden": true} slideshow={"slide_type": "-"} tags=["hide-input"]
classes = folder.classes
matrix = torch.zeros(len(classes), len(classes), dtype=torch.int64)
for truth, answer, _, _ in judged:
    matrix[classes.index(truth), classes.index(answer)] += 1
figure, axes = plt.subplots(figsize=(5.6, 5), layout="constrained")
axes.imshow(matrix, cmap="cividis")
for (row, column), count in [((r, c), int(matrix[r, c])) for r, c in matrix.nonzero().tolist()]:
    color = "black" if count > matrix.max() / 2 else "white"
    axes.text(column, row, count, ha="center", va="center", color=color)
axes.set_xticks(range(len(classes)), classes)
axes.set_yticks(range(len(classes)), classes)
axes.set(xlabel="answer", ylabel="true class")
figures.show(
    figure,
    alt="A square table of counts, true classes down, answers across. Most pictures stand on the "
    "diagonal, few beside it.",
)

# %% [markdown] slideshow={"notes": "Ask of each: whose mistake is it, the network's or the label's?", "slide_type": "subslide", "text": "The mistakes that the network is most sure of: wrong labels, pictures that no one could tell, habits of the network. No other look at your data pays off as much."}
# ### Wrong, and sure of it
#
# Look at the mistakes that the network is most sure of. You will find wrong labels there, pictures that no one could tell, and habits of the network. No other look at your data pays off as much.

# %% jupyter={"source_hidden": true} slideshow={"slide_type": "-"} tags=["hide-input"]
wrong = sorted((each for each in judged if each[0] != each[1]), key=lambda each: -each[2])[:6]
figure, places = plt.subplots(1, 6, figsize=(9.5, 2.4), layout="constrained")
for place in places:
    place.axis("off")
for place, (truth, answer, probability, file) in zip(places, wrong, strict=False):
    picture = preprocessing.read(file).permute(1, 2, 0)
    place.imshow(picture, cmap="gray", vmin=0, vmax=255)
    place.set_title(f"says {answer}, {probability:.0%}\nin truth {truth}", fontsize=10)
figures.show(
    figure,
    alt="Up to six validation pictures that the network got wrong, the surest one first, each with "
    "its answer, the probability and the true class.",
)

# %% [markdown] slideshow={"notes": "5 min. The swap of two sums is all there is to a class activation map. Then the explorer: the shoulder bag, which the network takes for trousers. Warn: a map says where, not why.", "slide_type": "slide", "text": "The head takes the mean over all places of the last feature maps $A_k$, then weights $w_{ck}$ and a bias $b_c$ for each class $c$. Swap the two sums:\n\n$$\\text{logit}_c = b_c + \\sum_k w_{ck}\\,\\underset{\\text{places}}{\\text{mean}}\\, A_k = b_c + \\underset{\\text{places}}{\\text{mean}} \\underbrace{\\sum_k w_{ck} A_k}_{\\text{a map for class } c}$$\n\nThe sum on the right has a number for each place: how much it speaks for class $c$, or against it. This is the **class activation map** (Zhou et al. 2016, arXiv 1512.04150)."}
# ## Where does it look?
#
# The head of a ResNet is simple: the mean over all places of the last feature maps $A_k$, then weights $w_{ck}$ and a bias $b_c$ for each class $c$. Swap the two sums:
#
# $$\text{logit}_c = b_c + \sum_k w_{ck}\,\underset{\text{places}}{\text{mean}}\, A_k = b_c + \underset{\text{places}}{\text{mean}} \underbrace{\sum_k w_{ck} A_k}_{\text{a map for class } c}$$
#
# The sum on the right has a number for each place: how much it speaks for class $c$, or, below zero, against it. This is the **class activation map** (Zhou et al. 2016, arXiv 1512.04150).

# %% [markdown] slideshow={"slide_type": "fragment", "text": "Confirmed on the course's own network, with eight pictures of clothes: the mean of the map and the bias make the logit.\n\n```python\nmaps = torch.einsum(\"ck,nkhw->nchw\", trained.fc.weight, last_maps)\n```"}
# Confirm it on the course's own network, with pictures of clothes. The last stage is `layer3`:

# %% slideshow={"slide_type": "skip"}
images = test.normalize(test.images[:8])
kept = []
handle = trained.layer3.register_forward_hook(lambda module, inputs, output: kept.append(output))
with torch.no_grad():
    logits = trained(images)
handle.remove()

maps = torch.einsum("ck,nkhw->nchw", trained.fc.weight, kept[0]).detach()
print("images, classes, rows, columns:", tuple(maps.shape))
sums = maps.mean(dim=(2, 3)) + trained.fc.bias
print("mean of the map + bias = logit:", torch.allclose(sums, logits, atol=1e-4))

# %% [markdown] slideshow={"notes": "Selvaraju cuts off what is below zero; this course shows it too. Ask why the mean of an early map cannot be the logit: layers with a ReLU follow.", "slide_type": "slide", "text": "- The head does not see them. There are no weights $w_{ck}$ for their maps.\n- **Grad-CAM** takes the gradient instead: channel $k$ counts as much as the logit grows, on average over the places, when $A_k$ does (Selvaraju et al. 2017, arXiv 1610.02391).\n- On the last stage the gradient *is* the weight, divided by the number of places. Both are the same map there, but for a factor of 7 \u00b7 7 = 49."}
# ### And the earlier stages?
#
# The head does not see them, so there are no weights $w_{ck}$ for their maps. **Grad-CAM** takes the gradient instead: channel $k$ counts as much as the logit grows, on average over the places, when $A_k$ does (Selvaraju et al. 2017, arXiv 1610.02391). On the last stage the gradient *is* the weight, divided by the number of places. So there both are the same map, but for a factor of 7 · 7 = 49:

# %% slideshow={"slide_type": "skip"}
boot = test.classes.index("Ankle boot")
on_last = class_activation_map(trained, images, boot)
print("stages:", stages(trained))
print("the same map:", torch.allclose(on_last / 49, grad_cam(trained, images, boot), atol=1e-4))

# %% [markdown] slideshow={"slide_type": "fragment", "text": "On an earlier stage it is an estimate, to first order. Its mean is *not* the logit."}
# On an earlier stage it is an estimate, to first order. Its mean is *not* the logit. (The paper cuts off what is below zero. Here you see it too.)

# %% [markdown] slideshow={"columns": true, "notes": "Do it live, the bag first. Let the class say where the network looks before you change the class.", "slide_type": "slide", "text": "Orange speaks for the class, purple against it.\n\n- The *shoulder bag*: what does the network say, and where does it see it?\n- *Class* Bag: what speaks for the right answer?\n- From the last *stage* to the first: what looks like trousers?\n- The *boot*, as Sneaker: what speaks against it?"}
# ### Look yourself
#
# This is the course's own network, on test pictures of clothes. Orange speaks for the class, purple against it. On the last stage you see the map's numbers: their mean, and the head's bias, make the logit. Click a picture or a class, or use the sliders. Try this:
#
# - Take the *shoulder bag*. What does the network say, and where does it see it?
# - Set *class* to Bag. Which part of the picture speaks for the right answer?
# - Set *class* back to the predicted one, and go from the last *stage* to the first. What looks like trousers?
# - Take the *boot*, on the last stage, and set *class* to Sneaker. What speaks against a sneaker?

# %% slideshow={"slide_type": "-"} tags=["hide-input"]
explorers.ActivationMap()

# %% [markdown] slideshow={"notes": "Warn again: where, not why. Each place has seen more than the spot it is drawn at.", "slide_type": "subslide", "text": "- Trouser: what speaks for it reaches from the bag down to the straps.\n- Bag: above all the handle, what is under it, and one end of a strap.\n- On the first stage the map falls apart into edges. Two of them are the straps: they hang down like two legs.\n- The middle of the boot, up to the ankle, speaks against a sneaker.\n\nA map says *where* a sum comes from, not why. Each place has seen more than the spot it is drawn at: its receptive field (notebook 01)."}
# ### What you saw
#
# - The network says Trouser. On the last stage what speaks for it reaches from the bag down to the straps.
# - For Bag it is above all the handle and what is below it, and one end of a strap.
# - On the first stage the map is fine, and falls apart into edges. Two of them are the straps: they hang down like two legs.
# - The middle of the boot, up to the ankle, speaks against a sneaker: the outline is dotted, the map purple.
#
# A map says *where* a sum comes from. It does not say why, and each place has seen more than the spot it is drawn at: its receptive field (notebook 01).

# %% [markdown] slideshow={"notes": "With ResNet-18 and pictures of 48 pixels a map has 2 x 2 places only: too few to see much.", "slide_type": "subslide", "text": "The surest mistakes again, with the map of the answer that was given: 7 x 7 places."}
# ### Your own network, where it was wrong
#
# The surest mistakes again, with the map of the answer that was given. With the course's network a map has 7 x 7 places. (With ResNet-18 and pictures of 48 pixels only 2 x 2: too few to see much.)

# %% jupyter={"source_hidden": true} slideshow={"slide_type": "-"} tags=["hide-input"]
figure, places = plt.subplots(2, 6, figsize=(9.5, 3.6), layout="constrained")
for place in places.flat:
    place.axis("off")
for (above, below), (_, answer, _, file) in zip(places.T, wrong, strict=False):
    picture = preprocessing.read(file)
    batch = preprocessing.normalize(picture[None])
    heat = class_activation_map(model, batch, folder.classes.index(answer))[0]
    above.imshow(picture.permute(1, 2, 0), cmap="gray", vmin=0, vmax=255)
    above.set_title(f"says {answer}", fontsize=10)
    colors = below.imshow(heat / heat.abs().max(), cmap="PuOr_r", vmin=-1, vmax=1)
if wrong:
    bar = figure.colorbar(colors, ax=places[1].tolist(), ticks=[-1, 0, 1])
    bar.ax.set_yticklabels(["against it", "0", "for it"])
figures.show(
    figure,
    alt="Above the pictures that were named wrongly, below each its class activation map for the "
    "answer: dark orange where the picture speaks for it, violet where it speaks against it.",
)

# %% [markdown] slideshow={"slide_type": "skip"}
# ### A photograph
#
# With the published weights, ResNet-18 looks at a photograph of 224 pixels. `layer4` has 7 x 7 places. Without a network there are no such weights, and the cell says so.

# %% jupyter={"source_hidden": true} slideshow={"slide_type": "skip"} tags=["nbval-ignore-output", "hide-input"]
if stages(backbone.model)[-1] != "layer4":
    print(fill(backbone.description.partition(" In its place")[0], 90))
else:
    names = torchvision.models.ResNet18_Weights.IMAGENET1K_V1.meta["categories"]
    photo = backbone.preprocessing.read(get_sample_data("grace_hopper.jpg", asfileobj=False))
    batch = backbone.preprocessing.normalize(photo[None])
    [best] = predict(backbone.model, batch, names, k=3)
    figure, places = plt.subplots(1, 4, figsize=(10, 3), layout="constrained")
    places[0].imshow(photo.permute(1, 2, 0))
    for place, (name, probability) in zip(places[1:], best, strict=True):
        heat = class_activation_map(backbone.model, batch, names.index(name))[0]
        most = heat.abs().max()
        colors = place.imshow(heat / most, cmap="PuOr_r", vmin=-1, vmax=1)
        place.set_title(f"{name}, {probability:.0%}", fontsize=10)
    for place in places:
        place.axis("off")
    bar = figure.colorbar(colors, ax=places.tolist(), ticks=[-1, 0, 1], shrink=0.7)
    bar.ax.set_yticklabels(["against it", "0", "for it"])
    figures.show(
        figure,
        alt="A portrait of Grace Hopper, and the class activation maps of the three most probable "
        "classes: orange for the class, violet against it.",
    )

# %% [markdown] slideshow={"notes": "1 min. For those who want to use it without a notebook.", "slide_type": "slide", "text": "Train and keep the best epoch. With `--resume` it goes on where it was stopped:\n\n```\npython -m course_lib train my_digits --out my_model.safetensors \\\n    --epochs 4 --no-flip\n```\n\nName pictures or folders, and write a table:\n\n```\npython -m course_lib predict my_model.safetensors new_digits \\\n    --csv predictions.csv\n```\n\n`--help` behind either word lists all options."}
# ## From the command line
#
# The same without a notebook. The first line trains and keeps the best epoch, and goes on with `--resume` where it was stopped. The second names pictures or folders, and writes a table.
#
# ```
# python -m course_lib train my_digits --out my_model.safetensors --epochs 4 --no-flip
# python -m course_lib predict my_model.safetensors new_digits --csv predictions.csv
# ```
#
# `--help` behind either word lists all options.

# %% [markdown] slideshow={"notes": "3 min. Let them answer in pairs; the answers are in the notebook, folded up.", "slide_type": "slide"}
# ## Check yourself
#
# <details><summary>You load weights with <code>strict=False</code>, and no error comes. What do you know?</summary>
#
# Nothing yet. Look at what it returned: `missing_keys` must be the head and nothing else, and `unexpected_keys` must be empty.
#
# </details>
#
# <details><summary>You freeze the backbone, train, and its outputs change all the same. What is it?</summary>
#
# Batch normalisation's running statistics. They are buffers: `requires_grad` does not hold them, but eval mode does.
#
# </details>
#
# <details><summary>A colleague reports the validation accuracy of the best of 50 epochs. Is it what new pictures will give?</summary>
#
# It is a little too good: the epoch was picked on just these pictures. Pictures that were used for nothing, neither training nor picking, tell more.
#
# </details>
#
# <details><summary>100 pictures, batches of 32. How many batches are there, and how large is the last?</summary>
#
# Four: 32, 32, 32 and 4.
#
# </details>
#
# <details><summary>The class activation map of a wrong answer lights up on the background. Does that prove that the background is the reason?</summary>
#
# No. It shows where the sum that makes up the logit comes from, at the last stage. What a place there "has seen" reaches far beyond it: its receptive field is larger than the place (notebook 01). Change the background and look whether the answer changes: that would be a proof.
#
# </details>

# %% [markdown] slideshow={"notes": "1 min. Ask everybody for the folder of pictures that they will try first.", "slide_type": "slide"}
# ## What to remember
#
# - A model is weights, class names and preprocessing. Keep them in one file.
# - `strict=False` is a question, not an answer: read what it returns.
# - Freezing holds parameters. Running statistics are held by eval mode.
# - Trained weights help most when pictures are few. Freeze only where the tasks are near. Measure it on yours.
# - Look at the surest mistakes before anything else.
# - A class activation map splits a logit into places. It says where, not why.

# %% slideshow={"slide_type": "skip"}
exercises.progress("11_transfer_learning")

# %% [markdown] slideshow={"slide_type": "skip"}
# This is the last notebook so far. Take a folder of your own pictures, and begin.
