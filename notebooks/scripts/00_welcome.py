# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] slideshow={"notes": "51 min in all. 3 min. Before you begin, everybody should have JupyterLab open on this notebook. Say what the course is: every part of ResNet and ResNeXt built by hand, checked by running it. Shift+Enter runs a cell; Run All never stops.", "slide_type": "slide", "text": "You will\n\n- train a small residual network and look at what it predicts,\n- move an explorer,\n- solve an exercise and read what its check tells you,\n- count the parameters of any network.\n\nYou need Python and a first acquaintance with PyTorch."}
# # Welcome
#
# At the end of this notebook you will be able to
#
# - train a small residual network and look at what it predicts,
# - move an explorer, solve an exercise and read what its check tells you,
# - count the parameters of any network,
# - find your way through the course.
#
# You need Python and a first acquaintance with PyTorch: you have trained some small network before. This notebook takes about 35 minutes.

# %% [markdown] slideshow={"slide_type": "skip"}
# Run a cell with <kbd>Shift</kbd>+<kbd>Enter</kbd>. Run the cells in order, from the top. The menu *Run › Run All Cells* runs them all; nothing in this course stops it, also when your exercises are not solved yet.

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
from torch import nn

from course_lib import data, exercise, exercises, explorers, figures
from course_lib.models.cifar import CifarResNet
from course_lib.models.resnet import resnet50
from course_lib.training.fit import fit

_ = torch.manual_seed(0)
torch.set_num_threads(1)  # the network below is tiny: a second thread would only get in the way

# %% [markdown] slideshow={"notes": "3 min. Ask who has a GPU. Nobody needs one. Let everybody run the first two cells now: this is when broken installations show.", "slide_type": "slide", "text": "- A **GPU** is a processor that does thousands of multiplications at once.\n- Training is mostly multiplications, so a GPU trains many times faster.\n- You do not need one: two ordinary processor cores are enough."}
# ## Which machine is this?
#
# A **GPU** is a processor that does thousands of multiplications at once. Training a network is mostly multiplications, so a GPU trains many times faster. You do not need one: everything here is sized for two ordinary processor cores. If there is a GPU, the same cells use it.

# %% slideshow={"slide_type": "-"} tags=["nbval-ignore-output"]
if torch.cuda.is_available():
    print(f"PyTorch {torch.__version__} trains on the GPU: {torch.cuda.get_device_name()}")
else:
    print(f"PyTorch {torch.__version__} trains on the processor. That is enough.")

# %% [markdown] slideshow={"notes": "14 min. A win before any theory: load, look, train, look at the mistakes. Run the training live; it takes some seconds. Ask before the picture: which classes will be mixed up?", "slide_type": "slide", "text": "Ten thousand pictures of clothes, 28 pixels wide, in ten classes."}
# ## A first win
#
# Before any theory, train something. The data are ten thousand pictures of clothes, 28 pixels wide, in ten classes. They lie in this repository: no download.

# %% slideshow={"slide_type": "-"}
train = data.load("fashion_mnist_10k", "train")
test = data.load("fashion_mnist_10k", "test")
print(train.source)
print(test.source)

# %% jupyter={"source_hidden": true} slideshow={"notes": "Three pictures of each class. Ask which classes will be mixed up, and keep the bets for the test images.", "slide_type": "-"} tags=["hide-input"]
figure, rows = plt.subplots(3, 10, figsize=(9, 3.2))
for column, name in enumerate(train.classes):
    of_this_class = (train.labels == column).nonzero().flatten()
    for row, image in enumerate(of_this_class[:3]):
        rows[row, column].imshow(train.images[image, 0], cmap="gray_r")
        rows[row, column].axis("off")
    rows[0, column].set_title(name, fontsize=9)
figures.show(figure, alt="Three pictures of each of the ten classes, from T-shirt to ankle boot.")

# %% [markdown] slideshow={"notes": "Two words are enough here: convolution and residual. Do not explain more; notebooks 01 to 05 build every part. Train it live: five epochs, some seconds.", "slide_type": "slide", "text": "- It is made of **convolutions**: small filters that slide over the picture and look for patterns.\n- It is **residual**: each block computes a change, and adds it to what came in.\n- An **epoch** is one pass over all training images.\n- The **loss** says how wrong the predictions are; the **accuracy** is the fraction of pictures that are named right."}
# ### The network
#
# The network below is a small ResNet. Its parts are the subject of this course; for now, two words are enough.
#
# - It is made of **convolutions**: small filters that slide over the picture and look for patterns.
# - It is **residual**: each block of layers computes a change, and adds it to what came in.
#
# You will build every part of it yourself in notebooks 01 to 05.
#
# The next cell trains it. One pass over all training images is an **epoch**. The bar shows the **loss**, a number that says how wrong the predictions are, and the **accuracy**, the fraction of pictures that are named right.

# %% slideshow={"notes": "Guessing would be right once in ten.", "slide_type": "-"} tags=["nbval-ignore-output"]
model = CifarResNet(depth=8, width=16, in_channels=1, stem_stride=2)
history = fit(model, train, test, epochs=5, batch_size=64, max_lr=0.2, augment=False)
history

# %% [markdown] slideshow={"notes": "Point at the two accuracies: on the training images it is measured while the network still changes, on the test images after each epoch.", "slide_type": "subslide", "text": "Guessing would be right once in ten. *Validation*, in orange, is measured on images that the network is not trained on."}
# Guessing would be right once in ten. The cell below makes sure that the network has learned much more than that, and draws how it got there. On the right, *validation* is the accuracy on the test images after each epoch. *Training, in passing* is measured during the epoch, while the network still changes.

# %% jupyter={"source_hidden": true} slideshow={"notes": "The loss of each step jumps about; its mean over an epoch falls.", "slide_type": "-"} tags=["hide-input"]
assert history.validation_accuracy[-1] > 0.8
figures.show(
    history.plot(),
    alt="Two charts. The training loss falls. The accuracy on the training images rises with each "
    "epoch; that on the test images ends well above where it began.",
)

# %% [markdown] slideshow={"notes": "Ask: would you do better at 28 pixels? Shirts, T-shirts, pullovers and coats look alike.", "slide_type": "slide", "text": "Twenty **test images**, never seen in training. A wrong answer has a cross, and the right one stands in brackets."}
# ### What does it say?
#
# Twenty **test images**: pictures that the network has not seen in training. Above each stands the network's answer. A wrong one is marked with a cross, and the right one stands in brackets.

# %% jupyter={"source_hidden": true} slideshow={"notes": "Go through the crosses one by one, and let the room name each picture before you read the brackets.", "slide_type": "-"} tags=["hide-input"]
shown = torch.arange(0, len(test), len(test) // 20)[:20]
_ = model.eval()
with torch.no_grad():
    logits = model(test.normalize(test.images[shown]))
answers = logits.argmax(dim=1)

figure, axes = plt.subplots(2, 10, figsize=(11, 3), layout="constrained")
for place, image, answer in zip(axes.flat, shown, answers, strict=True):
    right = test.labels[image]
    place.imshow(test.images[image, 0], cmap="gray_r")
    place.axis("off")
    title = test.classes[answer]
    if answer != right:
        title = f"✗ {title}\n({test.classes[right]})"
    place.set_title(title, fontsize=9)
figures.show(
    figure,
    alt="Twenty test pictures of clothes, each with the network's answer above it. A wrong answer "
    "has a cross before it and the right one in brackets below it.",
)

# %% [markdown] slideshow={"slide_type": "fragment", "text": "Would you do better? Shirts, T-shirts, pullovers and coats look alike at 28 pixels."}
# You have trained a residual network. Look at the crosses. Would you do better? Shirts, T-shirts, pullovers and coats look alike at 28 pixels.

# %% [markdown] slideshow={"columns": true, "notes": "6 min. Step through the blocks with the arrow keys, then take them out one at a time. Let the room bet on the costliest block first.", "slide_type": "slide", "text": "A larger network, trained beforehand: nine blocks on one road.\n\n- Each block computes a change $f(x)$ and adds it to what came in.\n- The road past it is the **shortcut**.\n- A small square is a **feature map**: a picture that a layer makes.\n\nWhich single block costs most when it is taken out?"}
# ## Look inside
#
# Here is a larger network of the same kind, trained beforehand: nine blocks on one road. Each block computes a change $f(x)$ and adds it to what came in; the road past it is the shortcut. Every small square is a feature map, one of the many pictures that a layer makes of its input. Try this:
#
# - Step from block 1 to block 9. The maps get smaller and more: 16 of 28 x 28, 32 of 14 x 14, 64 of 7 x 7. Up to which block do you still recognise the boot?
# - Guess which single block costs most when you take it out. Then click all nine, one after the other. (It is block 1: 90.0 % of the test images become 26.2 %. Block 9 costs least.)
# - Choose the long coat. The network calls it a dress. Of all the single blocks, only without block 6 does it say coat; yet it is then right on 80.1 % of the test images in place of 90.0 %.

# %% slideshow={"notes": "The maps get smaller and more: ask up to which block the boot can be recognised. Block 1 costs most (90.0 % become 26.2 %), block 9 least. Each of the others leaves between two thirds and four fifths of the test images right. The long coat is called a dress.", "slide_type": "-"} tags=["hide-input"]
explorers.InsideResNet()

# %% [markdown] slideshow={"columns": true, "notes": "7 min. Move the sliders live: with the mouse, or with the arrow keys after a click. Nobody has to understand the formula yet.", "slide_type": "slide", "text": "An **explorer** is a picture with controls.\n\n- On the left an image with a window, on the right one of its rows, *x*, and the outputs *y*.\n- Set *stride* to 2: how many outputs are left?\n- Back to 1, and *padding* up: the hatched cells are zeros.\n- Drag the window."}
# ## How the course works: explorers
#
# An **explorer** is a picture with controls. Here is one from notebook 01. On the left is a small image with a window on it. On the right is one row of the image, *x*, and above it the outputs *y* that a convolution computes from it. You need not understand all of it yet. Move the sliders with the mouse, or click one and use the arrow keys. Try this:
#
# - Move *stride* to 2. How many outputs are there now, and how many before?
# - Move *stride* back to 1, and *padding* up. The hatched cells are zeros that are added at both ends.
# - Take hold of the window on the image and drag it. The sliders follow.

# %% slideshow={"notes": "Let the room say the number of outputs before you set stride 2: six become three.", "slide_type": "-"} tags=["hide-input"]
explorers.Convolution(stride=1)

# %% [markdown] slideshow={"notes": "10 min. Parameters are what training changes. Ask for the layer's number of parameters before the output: 6 weights and 2 biases.", "slide_type": "slide", "text": "A network's **parameters** are the numbers that training changes. PyTorch keeps them in tensors, one or two for each layer."}
# ## How the course works: exercises
#
# A network's **parameters** are the numbers that training changes. How many there are says how large a file it makes and how much it can learn. PyTorch keeps them in tensors, one or two for each layer:

# %% slideshow={"slide_type": "-"}
layer = nn.Linear(in_features=3, out_features=2)
figures.table(
    ["parameter", "shape", "numbers"],
    [(name, tuple(tensor.shape), tensor.numel()) for name, tensor in layer.named_parameters()],
)

# %% [markdown] slideshow={"notes": "Give five minutes to solve it in the notebook. Then show a wrong answer live, len(list(module.parameters())), and read aloud what the check says.", "slide_type": "subslide", "text": "Write `count_parameters(module)`. In comes any `nn.Module`. Out goes an `int`: how many numbers all its parameters hold together.\n\n- Parameters that are frozen (`requires_grad=False`) count too.\n- **Buffers** do not: a buffer is a tensor that the module keeps but does not learn, such as a running mean.\n\nExample: `nn.Linear(3, 2)` holds 6 + 2 = 8."}
# ### Exercise: count a network's parameters
#
# Write `count_parameters(module)`. In comes any `nn.Module`. Out goes an `int`: how many numbers all its parameters hold together. For the layer above that is 6 + 2 = 8.
#
# - Parameters that are frozen (`requires_grad=False`) count too.
# - **Buffers** do not: a buffer is a tensor that the module keeps but does not learn, such as a running mean.
#
# Write your code in place of `raise NotImplementedError` and run the cell. Its output says at once whether it is right, and if not, what exactly is wrong. Below it are two hints and the solution; click to open them.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def count_parameters(module: nn.Module) -> int:
    """The number of parameters, frozen ones included. Buffers are not parameters."""
    raise NotImplementedError


# %% [markdown] slideshow={"notes": "Run it live on both. Xie et al. 2017 give 25.5 million (their table 1). This is the exact number, counted.", "slide_type": "subslide", "text": "The function counts:\n\n| network | parameters |\n|---|---:|\n| the small network | 75,002 |\n| ResNet-50 | 25,557,032 |"}
# The cells below an exercise always run. If yours is correct they use it. If not, they use the reference solution, and the output above says so. Here is what it counts:

# %% slideshow={"slide_type": "skip"}
print(f"the small network above  {count_parameters(model):>12,}")
print(f"ResNet-50                {count_parameters(resnet50()):>12,}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Xie et al. 2017 give ResNet-50 25.5 million parameters (*paper*, table 1). You have just *computed* the exact number.

# %% [markdown] slideshow={"notes": "Put this wrong answer into the exercise live. The check shows a case, what it expected and what came, and names the mistake.", "slide_type": "fragment", "text": "And a wrong answer, on purpose: what does the check say?\n\n```python\n@exercise\ndef count_parameters(module):\n    return len(list(module.parameters()))\n```"}
# Make a mistake on purpose once, to see the other half of how this works. Put this into the exercise cell and run it:
#
# ```python
# @exercise
# def count_parameters(module):
#     return len(list(module.parameters()))
# ```
#
# The check does not only say "wrong". It shows a case, the answer it expected and yours, and names the mistake.

# %% [markdown] slideshow={"notes": "3 min. Read the questions, not the topics. Each notebook needs those before it.", "slide_type": "slide"}
# ## The map of the course
#
# | notebook | question |
# |---|---|
# | 01 Convolution arithmetic | What size comes out, what does it cost, how far does it see? |
# | 02 Residual gradients | What does adding the input do to gradients, and what does it not do? |
# | 03 BasicBlock | How is the block of ResNet-18 and 34 built? |
# | 04 Bottleneck | How is the block of ResNet-50 and up built, and why is it cheaper? |
# | 05 ResNet | How do blocks become a network, and does yours equal the published one? |
# | 06 Training | How is it trained, and what goes wrong? |
# | 07 Does deeper help? | What happens to the training of a deeper network, with shortcuts and without? |
# | 08 Grouped convolution | What do groups save, and what do they cost? |
# | 09 ResNeXt | Many thin paths or one wide one, at the same price? |
# | 10 Find the bugs | It runs, and it trains. Is it right? |
# | 11 Transfer learning | Can a trained network sort your own pictures? |
#
# Each notebook takes 30 to 75 minutes and builds on those before it. A word in bold is a new term, explained where it stands; the [glossary](glossary.md) lists them all, with their Chinese names.

# %% [markdown] slideshow={"notes": "3 min. Ask the room; the answers are in the notebook, folded up.", "slide_type": "slide", "text": "- Your exercise is wrong, and you run everything. What happens to the code that uses it?\n- A batch normalisation over 8 channels has a weight and a bias of 8 numbers each, and running statistics. How many parameters does it have?\n- Why look at test images, when the training images have right answers too?\n- You delete `.course_progress.json`. What is lost?\n\nTwo minutes with your neighbour, then together."}
# ## Check yourself
#
# <details><summary>Your exercise is wrong, and you run all cells. What happens below it?</summary>
#
# Everything runs: the name is bound to the reference solution until yours is correct.
#
# </details>
#
# <details><summary>A batch normalisation over 8 channels has a weight and a bias of 8 numbers each, and running statistics. How many parameters does it have?</summary>
#
# 16. The running mean and variance are buffers: they are kept, but not learned.
#
# </details>
#
# <details><summary>Why look at test images, when the training images have right answers too?</summary>
#
# A network can memorise the images it was trained on. Only images that it has not seen tell what it has learned about others.
#
# </details>
#
# <details><summary>You delete <code>.course_progress.json</code>. What is lost?</summary>
#
# The ticks in the table below. Your code stays in the notebook.
#
# </details>

# %% [markdown] slideshow={"notes": "2 min. For next time: notebook 01 up to its first exercise.", "slide_type": "slide", "text": "- Start at the top; nothing breaks when an exercise is unsolved.\n- A check compares what your code does with what the reference does. How you write it is up to you.\n- Parameters are what a network learns: `module.parameters()` holds them, and `numel()` counts a tensor's numbers.\n\nFor next time: notebook 01, up to its first exercise."}
# ## What to remember
#
# - Run the cells from the top; nothing breaks when an exercise is unsolved.
# - A check compares what your code does with what the reference does. How you write it is up to you.
# - Parameters are what a network learns: `module.parameters()` holds them, and `numel()` counts a tensor's numbers.

# %% slideshow={"slide_type": "skip"}
exercises.progress("00_welcome")

# %% [markdown] slideshow={"slide_type": "skip"}
# Next: [01 Convolution arithmetic](01_convolution_arithmetic.ipynb) ([in Colab](https://colab.research.google.com/github/OWNER/REPOSITORY/blob/HEAD/notebooks/01_convolution_arithmetic.ipynb)).
