# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] slideshow={"notes": "45 min in all. 3 min. Before you begin, everybody should have JupyterLab open on this notebook. Say what the course is: every part of ResNet and ResNeXt built by hand, checked by running it. Shift+Enter runs a cell; Run All never stops.", "slide_type": "slide"}
# # Welcome
#
# At the end of this notebook you will be able to
#
# - train a small residual network and look at what it predicts,
# - move an explorer, solve an exercise and read what its check tells you,
# - count the parameters of any network,
# - find your way through the course.
#
# You need Python and a first acquaintance with PyTorch: you have trained some small network before. This notebook takes about 30 minutes.

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
    names = ("torch", "torchvision", "numpy", "matplotlib", "PIL", "safetensors", "tqdm")
    if missing := [name.replace("PIL", "pillow") for name in names if not find_spec(name)]:
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

# %% [markdown] slideshow={"notes": "3 min. Ask who has a GPU. Nobody needs one. Let everybody run the first two cells now: this is when broken installations show.", "slide_type": "slide"}
# ## Which machine is this?
#
# A **GPU** is a processor that does thousands of multiplications at once. Training a network is mostly multiplications, so a GPU trains many times faster. You do not need one: everything here is sized for two ordinary processor cores. If there is a GPU, the same cells use it.

# %% slideshow={"slide_type": "-"} tags=["nbval-ignore-output"]
if torch.cuda.is_available():
    print(f"PyTorch {torch.__version__} trains on the GPU: {torch.cuda.get_device_name()}")
else:
    print(f"PyTorch {torch.__version__} trains on the processor. That is enough.")

# %% [markdown] slideshow={"notes": "14 min. A win before any theory: load, look, train, look at the mistakes. Run the training live; it takes some seconds. Ask before the picture: which classes will be mixed up?", "slide_type": "slide"}
# ## A first win
#
# Before any theory, train something. The data are ten thousand pictures of clothes, 28 pixels wide, in ten classes. They lie in this repository: no download.

# %% slideshow={"slide_type": "-"}
train = data.load("fashion_mnist_10k", "train")
test = data.load("fashion_mnist_10k", "test")
print(train.source)
print(test.source)

# %% slideshow={"slide_type": "subslide"} tags=["hide-input"]
figure, rows = plt.subplots(3, 10, figsize=(9, 3.2))
for column, name in enumerate(train.classes):
    of_this_class = (train.labels == column).nonzero().flatten()
    for row, image in enumerate(of_this_class[:3]):
        rows[row, column].imshow(train.images[image, 0], cmap="gray_r")
        rows[row, column].axis("off")
    rows[0, column].set_title(name, fontsize=9)
figures.show(figure, alt="Three pictures of each of the ten classes, from T-shirt to ankle boot.")

# %% [markdown] slideshow={"notes": "Two words are enough here: convolution and residual. Do not explain more; notebooks 01 to 03 do.", "slide_type": "slide"}
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

# %% [markdown] slideshow={"slide_type": "skip"}
# Guessing would be right once in ten. The cell below makes sure that the network has learned much more than that, and draws how it got there. On the right, *validation* is the accuracy on the test images after each epoch. *Training, in passing* is measured during the epoch, while the network still changes.

# %% slideshow={"notes": "Point at the two accuracies: on the training images it is measured while the network still changes, on the test images after each epoch.", "slide_type": "subslide"} tags=["hide-input"]
assert history.validation_accuracy[-1] > 0.8
figures.show(
    history.plot(),
    alt="Two charts. The training loss falls. The accuracy on the training images rises with each "
    "epoch; that on the test images ends well above where it began.",
)

# %% [markdown] slideshow={"notes": "Ask: would you do better at 28 pixels? Shirts, T-shirts, pullovers and coats look alike.", "slide_type": "slide"}
# ### What does it say?
#
# Twenty **test images**: pictures that the network has not seen in training. Above each stands the network's answer. A wrong one is marked with a cross, and the right one stands in brackets.

# %% slideshow={"slide_type": "-"} tags=["hide-input"]
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
    place.set_title(
        title, fontsize=9, color=figures.BLACK if answer == right else figures.VERMILION
    )
figures.show(
    figure, alt="Twenty test pictures of clothes, each with the network's answer above it."
)

# %% [markdown] slideshow={"slide_type": "skip"}
# You have trained a residual network. Look at the crosses. Would you do better? Shirts, T-shirts, pullovers and coats look alike at 28 pixels.

# %% [markdown] slideshow={"notes": "7 min. Move the sliders live if you can; the next slides show the same pictures. Nobody has to understand the formula yet.", "slide_type": "slide"}
# ## How the course works: explorers
#
# An **explorer** is a picture with controls. Here is one from notebook 01. It shows one row of an input and the outputs that a convolution computes from it. You need not understand all of it yet. Move the sliders with the mouse, or click one and use the arrow keys. Try this:
#
# - Move *stride* to 2. How many outputs are there now, and how many before?
# - Move *stride* back to 1, and *padding* up. The hatched cells are zeros that are added at both ends.

# %% slideshow={"notes": "Ask how many outputs there will be with stride 2, then go on.", "slide_type": "subslide", "states": [{"stride": 1}, {"stride": 2}, {"padding": 2}]}
explorers.Convolution(stride=1)

# %% [markdown] slideshow={"notes": "10 min. Parameters are what training changes. Ask for the layer's number of parameters before the output: 6 weights and 2 biases.", "slide_type": "slide"}
# ## How the course works: exercises
#
# A network's **parameters** are the numbers that training changes. How many there are says how large a file it makes and how much it can learn. PyTorch keeps them in tensors, one or two for each layer:

# %% slideshow={"slide_type": "-"}
layer = nn.Linear(in_features=3, out_features=2)
for name, parameter in layer.named_parameters():
    print(f"{name:6} shape {tuple(parameter.shape)}  {parameter.numel()} numbers")

# %% [markdown] slideshow={"notes": "Give five minutes to solve it in the notebook. Then show a wrong answer live, len(list(module.parameters())), and read aloud what the check says.", "slide_type": "subslide"}
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


# %% [markdown] slideshow={"slide_type": "skip"}
# The cells below an exercise always run. If yours is correct they use it. If not, they use the reference solution, and the output above says so. Here is what it counts:

# %% slideshow={"notes": "Xie et al. 2017 give 25.5 million (their table 1). This is the exact number, counted.", "slide_type": "subslide"}
print(f"the small network above  {count_parameters(model):>12,}")
print(f"ResNet-50                {count_parameters(resnet50()):>12,}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Xie et al. 2017 give ResNet-50 25.5 million parameters (*paper*, table 1). You have just *computed* the exact number.

# %% [markdown] slideshow={"slide_type": "skip"}
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

# %% [markdown] slideshow={"notes": "3 min. Ask the room; the answers are in the notebook, folded up.", "slide_type": "slide"}
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

# %% [markdown] slideshow={"notes": "2 min. For next time: notebook 01 up to its first exercise.", "slide_type": "slide"}
# ## What to remember
#
# - Run the cells from the top; nothing breaks when an exercise is unsolved.
# - A check compares what your code does with what the reference does. How you write it is up to you.
# - Parameters are what a network learns: `module.parameters()` holds them, and `numel()` counts a tensor's numbers.

# %% slideshow={"slide_type": "skip"}
exercises.progress("00_welcome")

# %% [markdown] slideshow={"slide_type": "skip"}
# Next: [01 Convolution arithmetic](01_convolution_arithmetic.ipynb) ([in Colab](https://colab.research.google.com/github/OWNER/REPOSITORY/blob/HEAD/notebooks/01_convolution_arithmetic.ipynb)).
