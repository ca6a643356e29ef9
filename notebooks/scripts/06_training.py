# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] slideshow={"notes": "83 min in all. 2 min. Or two lectures: the second begins at What fit adds. In the room: train_step, train_epoch, accuracy and one_cycle. At home: random_crop_flip. The trainings take from seconds to half a minute each; start a cell before you talk about it.", "slide_type": "slide", "text": "- a training loop from nothing: a step, an epoch, an accuracy, a learning rate schedule, augmentation\n- a training with `fit`: stop it, go on, and read its learning curves\n- six mistakes, and what they do to the numbers"}
# # Training
#
# At the end of this notebook you will be able to
#
# - write a training loop from nothing: a step, an epoch, an accuracy, a learning rate schedule, augmentation,
# - train with `fit`, stop it, go on, and read its learning curves,
# - recognise six mistakes by what they do to the numbers.
#
# You need notebooks 02 and 05. This one takes about 70 minutes.

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
import itertools
import math
import tempfile
from collections.abc import Iterable
from textwrap import fill

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib import data, exercise, exercises, explorers, figures
from course_lib.figures import BLUE, GREEN, ORANGE, VERMILION
from course_lib.models.cifar import CifarResNet
from course_lib.trained.shipped import load_shipped
from course_lib.training.fit import fit

_ = torch.manual_seed(0)
torch.set_num_threads(1)  # the networks are tiny: a second thread would only get in the way

# %% [markdown] slideshow={"notes": "5 min. Ask: what can go wrong with data before any training? Classes of unequal size, values from 0 to 255, the same image in both sets.", "slide_type": "slide", "text": "Two sets of images: the **training set**, from which the network learns, and the **test set**, which only judges it. No image is in both."}
# ## Look at the data first
#
# Before you train on anything, look at it. Two sets of images: the **training set**, from which the network learns, and the **test set**, which only judges it. No image is in both.

# %% slideshow={"slide_type": "-"}
train_set = data.load("fashion_mnist_10k", "train")
test_set = data.load("fashion_mnist_10k", "test")
print(train_set.source)
print(test_set.source)
print("one batch of images:", tuple(train_set.images[:128].shape), train_set.images.dtype)
print("smallest and largest value:", train_set.images.min().item(), train_set.images.max().item())
print("images of each class:", train_set.labels.bincount().tolist())

# %% jupyter={"source_hidden": true} slideshow={"notes": "Ask which two classes the network will mix up. Shirts, pullovers and coats; at the end of the notebook you see it.", "slide_type": "subslide"} tags=["hide-input"]
figure, places = plt.subplots(3, 10, figsize=(10, 3.4))
for column, name in enumerate(train_set.classes):
    for row, image in enumerate((train_set.labels == column).nonzero().flatten()[10:13]):
        places[row, column].imshow(train_set.images[image, 0], cmap="gray_r")
        places[row, column].axis("off")
    places[0, column].set_title(name, fontsize=9)
figures.show(figure, alt="Three pictures of each of the ten kinds of clothes, dark on white.")

# %% [markdown] slideshow={"notes": "Ten classes, equally many: one in ten is what you get for nothing. Write that number on the board.", "slide_type": "-", "text": "- Pixels are bytes, 0 to 255. `normalize` gives them mean 0 and standard deviation 1.\n- Every class has equally many images: the same answer every time is right one time in ten. That is the number to beat.\n- Some classes are hard: shirt, pullover and coat look alike at 28 pixels."}
# Three things to notice:
#
# - The pixels are whole numbers from 0 to 255, one byte each. The networks of this course want numbers around 0 with a standard deviation of about 1. `normalize` subtracts the training set's mean and divides by its standard deviation.
# - Every class has equally many images. So a network that always gives the same answer is right one time in ten. That is the number to beat.
# - Some classes are hard: a shirt, a pullover and a coat look alike at 28 pixels.

# %% slideshow={"slide_type": "skip"}
images, labels = train_set.normalize(train_set.images), train_set.labels
print("mean is 0:", images.mean().abs().item() < 0.01)
print("standard deviation is 1:", abs(images.std().item() - 1) < 0.01)

# %% [markdown] slideshow={"notes": "4 min. Ask: why not count the wrong answers instead? Because a count does not change when a weight moves a little: no gradient.", "slide_type": "slide", "text": "A network puts out ten **logits**, one for each class. The softmax turns them into probabilities. Look at the probability $p$ of the *right* class:\n\n$$\\text{loss} = -\\ln p$$\n\nIts mean over the images is the **cross entropy**. `F.cross_entropy` takes the logits: the softmax is inside."}
# ## What "wrong" means
#
# A network puts out ten numbers for an image, one for each class: the **logits**. The softmax turns them into probabilities. How bad is an answer? Look at the probability $p$ of the *right* class and take
#
# $$\text{loss} = -\ln p$$
#
# It is 0 when the network is sure and right, and grows without limit when it is sure and wrong. The mean over the images is the **cross entropy**. `F.cross_entropy` takes the logits as they are: the softmax is inside.

# %% slideshow={"notes": "Let them compute the first line: minus ln of a tenth is 2.303. Everybody should know this number by heart; it finds more bugs than any debugger.", "slide_type": "-"} tags=["hide-input"]
right = torch.tensor([3])
undecided = torch.zeros(1, 10)
sure, wrong = torch.zeros(1, 10), torch.zeros(1, 10)
sure[0, 3], wrong[0, 7] = 9, 9  # a large logit for class 3, and for class 7
rows = []
for name, logits in [("undecided", undecided), ("sure and right", sure), ("sure and wrong", wrong)]:
    p = logits.softmax(dim=1)[0, 3].item()
    loss = F.cross_entropy(logits, right).item()
    rows.append((name, f"{p:.4f}", f"{-math.log(p):.3f}", f"{loss:.3f}"))
figures.table(["the network is", "p", "-ln p", "cross_entropy"], rows)

# %% [markdown] slideshow={"slide_type": "fragment", "text": "Ten classes, and a network that knows nothing: ln 10 = 2.303. A training that starts far above it, or stays there, has something wrong."}
# Keep the first line in mind: with ten classes a network that knows nothing has a loss of ln 10 = 2.303. A training that starts far above it, or stays there, has something wrong.

# %% [markdown] slideshow={"notes": "15 min. Ask: what does a batch's gradient know of the other images? Nothing, and on average it still points the right way.", "slide_type": "slide", "text": "One pass over 10,000 images for one small move would be slow.\n\n- **Batch**: a few images at a time. Go down the gradient of *its* mean loss: roughly the right way, and cheap.\n- **Momentum**: move along a running sum of the gradients, in which each old one counts nine tenths of what it counted a step before.\n- **Learning rate**: it says how far each step goes.\n\nThe optimiser here is gradient descent with momentum."}
# ## One step
#
# To train on all images at once would be slow: one pass over 10,000 images for one small move. So take a few at a time, a **batch**, and go down the gradient of *its* mean loss. Such a gradient points roughly the right way, and it is cheap.
#
# The optimiser here is gradient descent with **momentum**: it moves the weights along a running sum of the gradients, in which each old one counts nine tenths of what it counted a step before. The **learning rate** says how far.

# %% [markdown] slideshow={"notes": "Six minutes in the notebook. Four lines in the right order. Expect a softmax too many, zero_grad forgotten or at the end only, and a tensor returned in place of a float.", "slide_type": "subslide"}
# ### Exercise: one training step
#
# Write `train_step(model, images, labels, optimizer)`.
#
# - In come a model, a batch of images and their labels, and an optimiser from `torch.optim`, which already holds the model's parameters.
# - The model takes one step of gradient descent on the mean cross entropy of the batch, in train mode, whatever mode it was in.
# - Out goes that loss, as a Python float: the loss before the weights moved.
#
# Gradients that lie about from earlier must not count.
#
# Example: with a learning rate of 0.1 and plain SGD, a weight whose gradient is 2 becomes smaller by 0.2.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def train_step(
    model: nn.Module, images: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> float:
    """One step of gradient descent on the mean cross entropy of a batch; returns that loss."""
    raise NotImplementedError


# %% [markdown] slideshow={"notes": "Ask what the first loss should be before you run it: near 2.3. It starts a little above. The network is a small ResNet of notebook 05's family: 8 layers, 8 channels at the start.", "slide_type": "slide", "text": "All images in a random order, cut into batches, a step on each: that is an **epoch**."}
# ### One epoch by hand
#
# Now loop. Put the images into a random order, cut it into batches, take a step on each. When every image has had its turn, that is an **epoch**.


# %% [markdown] slideshow={"slide_type": "skip"}
# The network is a small ResNet from notebook 05's family: 8 layers, 8 channels at the start.


# %% slideshow={"slide_type": "-"} tags=["nbval-ignore-output"]
def small_network(width=8):
    torch.manual_seed(0)
    return CifarResNet(depth=8, width=width, in_channels=1, stem_stride=2)


model = small_network()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
losses = []
for chosen in torch.randperm(len(images)).split(128):
    losses.append(train_step(model, images[chosen], labels[chosen], optimizer))
    if len(losses) % 20 == 1:
        print(f"step {len(losses):2}: loss {losses[-1]:.2f}")

# %% [markdown] slideshow={"notes": "Ask before you show it: what would the mean over batches do to the last 16 images?", "slide_type": "subslide", "text": "To follow a training you want one number for each epoch, its mean loss. The mean over what?\n\n- In batches of 128, 10,000 images leave 16 for the last batch.\n- If every *batch* counted the same, each of these 16 would weigh eight times as much as any other image, for no better reason than its place in the order.\n- The loss says how wrong the network is about an image.\n\nSo let every *image* count the same."}
# ### One number for an epoch
#
# To follow a training you want one number for each epoch: its mean loss. The mean over what? In batches of 128, your 10,000 images leave 16 for the last batch. If every *batch* counted the same, each of these 16 would weigh eight times as much as any other image, for no better reason than its place in the order. The loss says how wrong the network is about an image, so let every *image* count the same.

# %% [markdown] slideshow={"notes": "Five minutes in the notebook. Expect losses summed as they come and divided by the number of images, and a return inside the loop.", "slide_type": "subslide"}
# ### Exercise: one epoch
#
# Write `train_epoch(model, loader, optimizer)`.
#
# - A `loader` gives pairs of a batch of images and its labels: it is a `DataLoader`, or simply a list of such pairs. Go through it once, and take one step on each batch, just as `train_step` does.
# - Out goes a float: the mean, over all images of the epoch, of the losses that these steps went down on.
#
# Example: a batch of 3 images with a mean loss of 1 and a batch of 1 image with a loss of 2 make (3 x 1 + 1 x 2) / 4 = 1.25.
#
# You may call your `train_step`.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def train_epoch(
    model: nn.Module, loader: Iterable[tuple[Tensor, Tensor]], optimizer: torch.optim.Optimizer
) -> float:
    """One step on each batch of `loader`; returns the mean of the images' losses in these steps."""
    raise NotImplementedError


# %% [markdown] slideshow={"slide_type": "skip"}
# Give your network a second epoch with it:

# %% slideshow={"slide_type": "skip"} tags=["nbval-ignore-output"]
batches = [(images[some], labels[some]) for some in torch.randperm(len(images)).split(128)]
second = train_epoch(model, batches, optimizer)
print(f"{len(batches)} steps, mean loss {second:.2f}")

# %% [markdown] slideshow={"slide_type": "skip"}
# The numbers depend a little on your machine. This must hold on any:

# %% slideshow={"slide_type": "skip"}
assert losses[0] > 1.8 and sum(losses[-10:]) / 10 < 1.2 and second < 1

# %% [markdown] slideshow={"notes": "8 min. Two words that get mixed up: the loss is trained on, the accuracy is reported. Ask why one cannot train on the accuracy.", "slide_type": "slide", "text": "The loss is what the network goes down on. People ask: how often is it right? That fraction is the **accuracy**. It has no useful gradient, so it is measured, and never trained on.\n\nTo judge:\n\n- **eval mode**: batch normalisation uses its running statistics. In **train mode** it uses those of the batch.\n- No graph: nobody will call `backward()`."}
# ## How good is it?
#
# The loss is what the network goes down on. People ask something else: how often is it right? That fraction is the **accuracy**. It has no useful gradient: move a weight a little and no answer changes. So it is measured, and never trained on.
#
# Measuring has two rules. In **train mode** batch normalisation uses the statistics of the batch; to judge, you want **eval mode**, where it uses the running ones. And nobody will call `backward()`, so no graph should be recorded.

# %% [markdown] slideshow={"notes": "Six minutes in the notebook. Expect the average over batches, a model left in eval mode, and no_grad forgotten. The check names each.", "slide_type": "subslide"}
# ### Exercise: accuracy
#
# Write `accuracy(model, loader)`.
#
# - In come a model and a `loader`.
# - Out goes a float from 0 to 1: the fraction of *all* images whose largest logit is in the place of the label.
# - Judge in eval mode and record no graph. Leave the model in the mode that it came in.
#
# Example: a batch of 5 with 5 right and a batch of 1 with none right make 5/6. The batches need not have the same size.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def accuracy(model: nn.Module, loader: Iterable[tuple[Tensor, Tensor]]) -> float:
    """The fraction of all images in `loader` whose largest logit is the label's."""
    raise NotImplementedError


# %% [markdown] slideshow={"notes": "Two passes over 10,000 images: from chance to about three quarters. The numbers differ a little from machine to machine.", "slide_type": "subslide", "text": "On the test set, before and after two epochs:"}
# Use it on the test set, in batches of 500, before and after these two epochs:

# %% slideshow={"slide_type": "-"} tags=["nbval-ignore-output", "hide-input"]
test_images = test_set.normalize(test_set.images)
test_batches = list(zip(test_images.split(500), test_set.labels.split(500), strict=True))
print(f"before: {accuracy(small_network(), test_batches):.1%}")
print(f"after:  {accuracy(model, test_batches):.1%}")

# %% [markdown] slideshow={"notes": "The first of six mistakes. Let them do it in the head: three batches at 80 %, one at 30 %.", "slide_type": "-", "text": "Take the accuracy of each batch, and average those. 1,000 images in batches of 330 leave 10 for the last one:"}
# ### Wrong 1: average the averages
#
# What if you took the accuracy of each batch, and averaged those? Say 1,000 images come in batches of 330. Then 10 are left over for the last one:

# %% slideshow={"slide_type": "-"}
sizes, correct = [330, 330, 330, 10], [264, 264, 264, 3]
by_images = sum(correct) / sum(sizes)
by_batches = sum(c / n for c, n in zip(correct, sizes, strict=True)) / len(sizes)
print(f"counted by images:    {sum(correct)} of {sum(sizes)} = {by_images:.2%}")
print(f"averaged over batches: {by_batches:.2%}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Ten images pull the result down by 12 points. Usually the error is smaller, and then nobody notices it.

# %% [markdown] slideshow={"notes": "15 min. Take your time: nothing else that you set matters as much. Ask the three questions, let people answer, then show the three pictures.", "slide_type": "slide", "text": "Large steps get far, but each follows one noisy batch. Small steps are precise, but slow. A **schedule** gives each step its own learning rate.\n\nA toy with two weights: the loss is a bowl, steep in one direction, flat in the other, with noise on each gradient.\n\n- A constant rate: the loss stops falling after a while. What keeps it up?\n- Down along a cosine: as fast at first, and where does it end?\n- From a rate of 3.8 on, says theory, the loss must grow here. Does it?"}
# ## How large a step?
#
# The learning rate matters more than anything else that you set. Large steps get far, but they are noisy: each follows one batch, not all images. Small steps are precise, but slow. So change the rate on the way: a **schedule** gives each step its own.
#
# Below is a toy that shows why. It has only two weights. The loss is a bowl, steep in one direction, flat in the other, and noise is added to each gradient, as a batch does. The right panel shows the loss, averaged exactly over all noise. Try this:
#
# - Choose *constant*. The loss stops falling after a while. What keeps it up? Then compare 400 steps at a highest rate of 0.5 and of 0.05: which ends lower, and which is there sooner?
# - Go back to *cosine* at 0.5. It starts as fast as the large rate and ends lower than both.
# - Drag the peak of the curve, or move the highest rate, up to 5. The loss leaves the picture. The dashed lines mark the step at which the rate passes 3.8: from there on, says theory, the loss must grow here.

# %% slideshow={"notes": "In order: a constant rate of 0.5, which ends at 0.027: the noise of the gradient keeps the loss up (set it to 0.05: it ends lower, at 0.017, but arrives late); cosine from 0.5 is fast and ends at 0.0037, below both; a rate of 5 diverges. The dashed lines mark the step at which the rate passes 3.8.", "slide_type": "subslide", "states": [{"schedule": "constant", "steps": 400}, {"max_lr": 0.5, "schedule": "cosine", "steps": 400}, {"max_lr": 5.0}]}
explorers.Schedule()

# %% [markdown] slideshow={"notes": "Draw the curve on the board: a line up, half a cosine down. Mark the peak and the last step. Ask what would happen without a warm-up at random weights.", "slide_type": "subslide", "text": "- **One-cycle schedule** (after Smith and Topin, arXiv 1708.07120): up in a straight line, down along half a cosine. This course uses it.\n- **Warm-up**: the part that goes up. At random first weights the gradients can be large, as notebook 02 measured, and a large step there throws the weights far away.\n- **Step decay**, the older recipe: a constant rate, divided by ten at one or two points. He et al. trained so."}
# ### One cycle
#
# The schedule of this course is the **one-cycle schedule** (after Smith and Topin, arXiv 1708.07120): up in a straight line, down along half a cosine.
#
# The part that goes up is the **warm-up**. The bowl does not need one, as you could see. Networks often do: at random first weights the gradients can be large, as notebook 02 measured, and a large step there throws the weights far away.
#
# The older recipe is **step decay**: a constant rate, divided by ten at one or two points. He et al. trained so.

# %% [markdown] slideshow={"notes": "Eight minutes in the notebook. The usual slip is off by one: the last step is total_steps - 1. The second: the fall is measured from step 0 in place of the peak.", "slide_type": "subslide"}
# ### Exercise: the one-cycle schedule
#
# Write `one_cycle(step, total_steps, max_lr, warmup=0.3)`. Out goes the learning rate of that step, a float. Steps count from 0; the last is `total_steps - 1`.
#
# - The peak is at step `warmup * total_steps`. Before it the rate rises in a line: 0 at step 0, `max_lr` at the peak.
# - From the peak on it falls along half a cosine, the part between 0 and pi, from `max_lr` to exactly 0 at the last step.
# - `warmup` may be 0. Then the fall begins at once.
#
# Example: with 11 steps, a highest rate of 1 and no warm-up, step 0 has the rate 1, step 5 has 0.5, and step 10 has 0.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def one_cycle(step: int, total_steps: int, max_lr: float, warmup: float = 0.3) -> float:
    """The learning rate of step 0, 1, ..., total_steps - 1."""
    raise NotImplementedError


# %% [markdown] slideshow={"notes": "Point at the one new line: the rate is set anew before each step. Weight decay is new, too: in every step each weight shrinks by a tiny part of itself.", "slide_type": "slide", "text": "The bowl was a toy. Train the small network for three epochs, at a constant rate and with one cycle. The loop is the same; only the rate is set anew in each step."}
# ### Does it help a network?
#
# The bowl was a toy. Train the small network four times, for three epochs each: with a constant rate and with one cycle, at a highest rate of 0.1 and of 1. The loop is the one from before; only the rate is set anew in each step.


# %% slideshow={"slide_type": "-"}
def train(model, rate, max_lr, epochs, step=train_step):
    """The losses of all steps. `rate(step, total_steps, max_lr)` gives each its learning rate."""
    optimizer = torch.optim.SGD(model.parameters(), lr=max_lr, momentum=0.9, weight_decay=5e-4)
    losses, total = [], epochs * (len(images) // 128)
    for _ in range(epochs):
        for chosen in torch.randperm(len(images)).split(128)[: total // epochs]:
            optimizer.param_groups[0]["lr"] = rate(len(losses), total, max_lr)
            losses.append(step(model, images[chosen], labels[chosen], optimizer))
    return losses


def constant(step, total_steps, max_lr):
    return max_lr


# %% [markdown] slideshow={"slide_type": "skip"}
# The `weight_decay` is new: in every step each weight also shrinks by a tiny part of itself. **Weight decay** keeps weights from growing without need.

# %% slideshow={"notes": "Ask for bets on the worst of the four before you run it. By how much it loses differs from run to run.", "slide_type": "subslide"} tags=["nbval-ignore-output"]
curves, reached = {}, {}
for max_lr, schedule in itertools.product((0.1, 1.0), (constant, one_cycle)):
    model = small_network()
    key = f"{schedule.__name__}, {max_lr}"
    curves[key] = torch.tensor(train(model, schedule, max_lr, epochs=3))
    reached[key] = accuracy(model, test_batches)
    print(f"{key:15} test accuracy {reached[key]:.1%}")

# %% jupyter={"source_hidden": true} slideshow={"columns": true, "notes": "At first the large constant rate is ahead: it ends worst. The two one-cycle curves end close together with peaks ten times apart. That is the gain: the rate need be right only roughly.", "slide_type": "subslide"} tags=["hide-input"]
assert reached["one_cycle, 1.0"] > reached["constant, 1.0"] + 0.02
assert reached["one_cycle, 0.1"] > 0.75 and reached["one_cycle, 1.0"] > 0.75
figure, axes = plt.subplots(figsize=(7.5, 3.6), layout="constrained")
looks = [(ORANGE, "--"), (BLUE, "-"), (VERMILION, ":"), (GREEN, "-.")]
for (name, losses), (color, style) in zip(curves.items(), looks, strict=True):
    smooth = losses.unfold(0, 20, 1).mean(dim=1)  # the mean of 20 steps
    _ = axes.plot(range(20, 235), smooth, color=color, linestyle=style, linewidth=2, label=name)
_ = axes.set(xlabel="step", ylabel="training loss, mean of 20 steps", ylim=(0.3, 1.3))
_ = axes.legend()
figures.show(
    figure,
    alt="Training loss over 234 steps for four schedules. At a highest rate of 1 the constant rate "
    "ends highest. The two one-cycle curves end close together, although one has ten times the "
    "other's highest rate.",
)

# %% [markdown] slideshow={"notes": "By how much the large constant rate loses is a matter of luck.", "slide_type": "-", "text": "- A constant rate of 1 is too large: ahead at first, it ends worst.\n- One cycle with the same peak ends well.\n- So you need to find the rate only roughly."}
# A constant rate of 1 is too large: it ends worse, and by how much is a matter of luck. One cycle with the same peak ends well. That is the practical gain: you need to find the rate only roughly.

# %% [markdown] slideshow={"notes": "8 min. Ask for a change that leaves the label alone, and for one that does not. A digit 6 upside down is a 9.", "slide_type": "slide", "text": "A shoe that lies two pixels further left is still a shoe. So is its mirror image. **Augmentation** shows such variants, a new one in each epoch, so that the network cannot learn single pixels by heart.\n\nThe standard recipe for small images, which He et al. used for CIFAR-10 too:\n\n1. Pad with 4 pixels on each side.\n2. Cut out a piece of the old size at a random place.\n3. Mirror it with probability 1/2."}
# ## More images than you have
#
# A shoe that lies two pixels further left is still a shoe. So is its mirror image. **Augmentation** shows the network such variants, a new one in each epoch, so that it cannot learn the single pixels of an image by heart.
#
# The standard recipe for small images, which He et al. used for CIFAR-10 too: pad each image with 4 pixels on each side, cut out a piece of the old size at a random place, and mirror it with probability 1/2.

# %% [markdown] slideshow={"notes": "Homework, or ten minutes in the room. A loop over the images is enough; without it, it is faster and harder. The slip to expect: one crop and one flip for the whole batch.", "slide_type": "subslide"}
# ### Exercise: crop and flip at random
#
# Write `random_crop_flip(images, padding=4, generator=None)`.
#
# - In comes a batch of images, (N, C, H, W), of any dtype. Out goes a new one of the same shape and dtype; the old one stays as it is.
# - For *each image by itself*: pad with `padding` zeros on all four sides; cut out H x W pixels at a random place, all $(2 \cdot \text{padding} + 1)^2$ places equally likely; with probability 1/2 mirror left and right.
# - All random numbers come from `generator` when there is one: `torch.randint` and `torch.rand` both take it, as `generator=generator`.
#
# Example: with padding 1, a picture of 3 x 3 pixels has 9 places and 2 directions: 18 views.


# %% [markdown] slideshow={"slide_type": "skip"}
# You may use a loop over the images. Without a loop it is faster, and harder.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def random_crop_flip(
    images: Tensor, padding: int = 4, generator: torch.Generator | None = None
) -> Tensor:
    """Each image (N, C, H, W) shifted by up to `padding` pixels and, half of them, mirrored."""
    raise NotImplementedError


# %% [markdown] slideshow={"slide_type": "slide", "text": "One boot, the original first, then twenty-three views of it:"}
# ### Look at it
#
# Look at what your network will see. One boot, the original first, then twenty-three views of it:

# %% jupyter={"source_hidden": true} slideshow={"notes": "Find a mirrored one and a cut-off one together.", "slide_type": "-"} tags=["hide-input"]
boot = (train_set.labels == 9).nonzero()[3]
views = random_crop_flip(
    train_set.images[boot.expand(23)], generator=torch.Generator().manual_seed(0)
)
figure, places = plt.subplots(2, 12, figsize=(11, 2.2), layout="constrained")
for place, view in zip(places.flat, [train_set.images[boot][0], *views], strict=True):
    place.imshow(view[0], cmap="gray_r")
    place.set(xticks=[], yticks=[])
_ = places[0, 0].set_title("original", fontsize=9)
figures.show(
    figure,
    alt="An ankle boot and twenty-three views of it: shifted by a few pixels in all directions, some "
    "of them cut off at the edge, about half of them pointing the other way.",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Always look, and ask: would I still give this the same label? For clothes, yes. For digits, no: a mirrored 3 is no digit at all. Turn augmentation off there.

# %% [markdown] slideshow={"notes": "6 min. fit is their loop plus what a real training needs. Two trainings of six epochs: start the cell, and read the code aloud meanwhile.", "slide_type": "slide", "text": "A step, a schedule, augmentation, an accuracy: `fit` puts them together, and adds what a real training needs. The same network, trained without and with augmentation:"}
# ## `fit`
#
# You have all the parts: a step, a schedule, augmentation, an accuracy. `fit`, in `course_lib.training.fit`, uses the course's own versions of the last three and a step like yours, and adds what a real training needs. Train with and without augmentation:

# %% slideshow={"notes": "Read the table by row: training accuracy against validation accuracy. The word validation means the test set here.", "slide_type": "-"} tags=["nbval-ignore-output", "hide-input"]
on_gpu = torch.cuda.is_available()
if on_gpu and "fashion_mnist" in data.available():  # more data, if they are there
    train_set, test_set = data.load("fashion_mnist", "train"), data.load("fashion_mnist", "test")
epochs = 30 if on_gpu else 6
print(f"{train_set.source}, {epochs} epochs")

plain_model, augmented_model = small_network(width=16), small_network(width=16)
plain = fit(plain_model, train_set, test_set, epochs=epochs, max_lr=0.3, augment=False)
augmented = fit(augmented_model, train_set, test_set, epochs=epochs, max_lr=0.3)
rows = []
for name, history in [("without", plain), ("with", augmented)]:
    accuracies = history.train_accuracy[-1], history.validation_accuracy[-1]
    rows.append((name, f"{history.train_loss[-1]:.3f}", *(f"{share:.1%}" for share in accuracies)))
figures.table(["augmentation", "training loss", "training accuracy", "validation accuracy"], rows)

# %% [markdown] slideshow={"slide_type": "subslide", "text": "Without augmentation: the loss of each step, and the accuracies of each epoch."}
# ### Read the curves
#
# First without augmentation. `plot` shows the loss of each step, and the accuracies of each epoch.

# %% jupyter={"source_hidden": true} slideshow={"notes": "Left the loss, right the accuracies. Ask: what is the gap on the right? The network begins to know its images by heart.", "slide_type": "-"} tags=["hide-input"]
figures.show(
    plain.plot(),
    alt="Without augmentation. Left, the training loss falls, noisy from step to step, steady as the "
    "mean of an epoch. Right, the accuracy in training rises above that on the test images.",
)

# %% jupyter={"source_hidden": true} slideshow={"notes": "With augmentation. The gap is nearly gone, and the test accuracy is not better: six epochs are too few for images that change every time.", "slide_type": "subslide"} tags=["hide-input"]
figures.show(
    augmented.plot(),
    alt="With augmentation. The training loss stays higher. The two accuracies end close together.",
)
gaps = [h.train_accuracy[-1] - h.validation_accuracy[-1] for h in (plain, augmented)]
print("the gap is larger without augmentation:", gaps[0] > gaps[1] + 0.02)
assert plain.validation_accuracy[-1] > 0.8 and augmented.validation_accuracy[-1] > 0.7

# %% [markdown] slideshow={"notes": "Use it as a table of symptoms. Let people tell a training of their own that went like one of these. A test accuracy that jumps about is normal while the rate is high; as the rate goes to zero, the jumping should stop. Images that change each time take longer to learn.", "slide_type": "-", "text": "With augmentation the two stay close together. In six epochs the test accuracy did *not* gain.\n\n- *Training far above test:* the images are learned by heart, **overfitting**.\n- *Both low and close together:* the network is too small, or the training too short.\n- *The loss stays at 2.3:* the learning rate, the labels, a softmax too many."}
# What to look for:
#
# - *The loss stays at 2.3:* the learning rate, the labels, a softmax too many.
# - *It falls, and the test accuracy jumps about:* normal while the rate is high. At the end, when the rate goes to zero, the jumping should stop.
# - *Training far above test:* the network learns its images by heart. This is **overfitting**. Augmentation, weight decay or more data narrow the gap.
# - *Both low and close together:* the network is too small, or the training too short.
#
# Your two trainings show the last two points. Augmentation closed most of the gap, as it should. In six epochs it did *not* make the network better: images that change each time take longer to learn. Set `epochs = 40`, wait some minutes, and see which of the two is ahead then, and what each has learned by heart.

# %% [markdown] slideshow={"notes": "3 min. Ask: what is 1 + 0.001 with two to three digits? That is why the weights stay float32.", "slide_type": "slide", "text": "Units that multiply numbers of 16 bits do several times as many per second. **Mixed precision** uses them where it does no harm.\n\n- **bfloat16** has the range of a float32 and two to three significant digits: enough for a product.\n- Weights change by tiny amounts: they stay float32. `autocast` takes care of it."}
# ## What `fit` adds: speed
#
# Most of the time goes into multiplications. Units that multiply numbers of 16 bits do several times as many per second. **Mixed precision** is to use them where it does no harm. `fit` takes **bfloat16** where the hardware has such units: the range of a float32, but only two to three significant digits. That is enough for a product. It is not enough for weights, which change by tiny amounts, so those stay float32. `autocast` takes care of it:

# %% slideshow={"slide_type": "-"}
one = torch.tensor(1.0, dtype=torch.bfloat16)
print("1 + 0.01 in bfloat16: ", (one + 0.01).item())
print("1 + 0.001 in bfloat16:", (one + 0.001).item())

layer = nn.Linear(4, 4)
with torch.autocast("cpu", torch.bfloat16):
    print("the product:", layer(torch.ones(1, 4)).dtype, "  the weight:", layer.weight.dtype)

# %% [markdown] slideshow={"notes": "Draw one pixel with its 16 channels: side by side in memory in the one layout, 784 numbers apart in the other.", "slide_type": "subslide", "text": "**Channels last**: a convolution needs all channels of one pixel together, so store them together. The shape stays; only the strides change, the steps in memory along each axis."}
# A tensor is one long row of numbers in memory. Usually all of channel 0 comes first, then all of channel 1. A convolution, though, needs all channels of one pixel together. The **channels last** layout stores them so. The shape stays; only the strides, the steps in memory along each axis, change. `fit` asks for it; how much it gains depends on the machine.

# %% slideshow={"slide_type": "-"}
x = torch.zeros(8, 16, 28, 28)
print("stride along N, C, H, W:", x.stride())
print("channels last:          ", x.to(memory_format=torch.channels_last).stride())

# %% [markdown] slideshow={"notes": "Only name them. Label smoothing comes back with the network at the end.", "slide_type": "-", "text": "And smaller things:\n\n- Images stay one byte a pixel, on the network's device. Each batch is augmented there.\n- SGD with **Nesterov momentum** looks a little more at the gradient's newest part.\n- **Label smoothing** of 0.1: the target is \"shoe 91 %, 1 % for each other class\".\n- A loss that is not finite stops the training at once."}
# And some smaller things:
#
# - The images stay one byte a pixel, on the device where the network is. Each batch is augmented and normalised there. No other process, no copying.
# - The optimiser is SGD with **Nesterov momentum**: it takes the gradient's newest part a little more into account.
# - **Label smoothing**, if you ask for it: the target is not "shoe, 100 %" but, with 0.1, "shoe 91 %, 1 % for each other class". The network need not become ever more sure.
# - A loss that is not finite stops the training at once, with the step, the rate and what to try.

# %% [markdown] slideshow={"notes": "4 min. Ask what is lost when you save the weights alone: momentum, the place in the schedule, the order of the images. In the test a hook raises what the stop button raises, in the 26th batch: the third of four epochs.", "slide_type": "slide", "text": "Trainings break off. To go on *exactly* as if nothing had happened, `fit` writes a **checkpoint** after every epoch, when you name a file. It holds\n\n- the weights,\n- the optimiser's momentum,\n- the place in the schedule,\n- the state of the random numbers: order of the images, augmentation.\n\nA test: the stop button in the 26th batch, at 11 batches an epoch."}
# ## What `fit` adds: going on after a break
#
# Trainings break off: a power cut, a stop button, the end of your time on a machine. So `fit` writes a **checkpoint** after every epoch, when you name a file. To go on *exactly* as if nothing had happened, the weights alone are not enough. The file also holds the optimiser's momentum, the place in the schedule, and the state of the random numbers, from which the order of the images and the augmentation come.
#
# Put it to the test. A hook plays the stop button: in the 26th batch it raises what the button raises. The digits have 11 batches an epoch, so that is in the third of four epochs.

# %% slideshow={"notes": "Two epochs are finished, the third is gone. No error: the training was stopped, not broken.", "slide_type": "-"} tags=["nbval-ignore-output", "hide-input"]
digits, digits_test = data.load("digits", "train"), data.load("digits", "test")
recipe = {"epochs": 4, "augment": False, "device": "cpu"}


def digits_network():
    torch.manual_seed(0)
    return CifarResNet(depth=8, width=8, in_channels=1)


def stop_button(batch):
    batches = itertools.count(1)

    def hook(module, inputs):
        if module.training and next(batches) == batch:
            raise KeyboardInterrupt

    return hook


folder = tempfile.TemporaryDirectory()
path = f"{folder.name}/digits.pt"

stopped = digits_network()
button = stopped.register_forward_pre_hook(stop_button(26))
print(fit(stopped, digits, digits_test, **recipe, checkpoint=path))
button.remove()

# %% [markdown] slideshow={"notes": "Bit for bit is a strong claim, so the notebook checks it on every weight and on every loss. It holds on a CPU; on a GPU sums come in another order.", "slide_type": "subslide", "text": "Go on from the file, and for comparison train without a break:"}
# You get the two finished epochs, and no error. Now go on from the file, and for comparison train without a break:

# %% slideshow={"slide_type": "-"} tags=["nbval-ignore-output"]
resumed, unbroken = digits_network(), digits_network()
second = fit(resumed, digits, digits_test, **recipe, checkpoint=path, resume=True)
whole = fit(unbroken, digits, digits_test, **recipe)
print(second)

# %% slideshow={"slide_type": "skip"}
pairs = zip(resumed.state_dict().values(), unbroken.state_dict().values(), strict=True)
print("every weight the same, bit for bit:", all(torch.equal(a, b) for a, b in pairs))
print("the same losses:", second.losses == whole.losses)

# %% [markdown] slideshow={"slide_type": "fragment", "text": "- On the CPU the two networks agree in every weight, bit for bit, and in every loss.\n- On a GPU some sums are added up in another order each time, so the last digits differ."}
# This holds on the CPU. On a GPU some sums are added up in another order each time, so the last digits differ.

# %% [markdown] slideshow={"notes": "Ask what a half-written file would do after a power cut. So: write a new file, then let it take the old one's name.", "slide_type": "subslide"}
# A checkpoint appears in one piece or not at all: a new file is written first and then takes the old one's name. And `fit` refuses to overwrite a training that you did not ask to resume:

# %% slideshow={"slide_type": "-"}
try:
    fit(digits_network(), digits, digits_test, **recipe, checkpoint=path)
except FileExistsError as error:
    print(fill(str(error).removeprefix(folder.name + "/"), 90))
folder.cleanup()

# %% [markdown] slideshow={"notes": "7 min. None of these raises an error. For each, ask: how would you notice? Write symptom and cause side by side on the board.", "slide_type": "slide", "text": "None of these mistakes raises an error. You recognise them by what they do to the numbers."}
# ## What goes wrong
#
# You have seen one mistake, the average of averages. None of the next ones raises an error. You recognise them by what they do to the numbers.

# %% [markdown] slideshow={"notes": "Ask for a guess: how far does the accuracy fall in batches of two, and in batches of one class only?", "slide_type": "-", "text": "In train mode, batch normalisation uses the statistics of the batch: the answer for an image depends on its neighbours. The test accuracy of one network:"}
# ### Wrong 2: no `model.eval()`
#
# In train mode, batch normalisation uses the statistics of the batch. Then the answer for an image depends on its neighbours. Judge the network that you trained without augmentation, in eval mode and in train mode, in batches of several kinds:


# %% slideshow={"notes": "Read down the last column. The last row is a batch of one class, shoes only for example: batch normalisation takes away what its images have in common, and that is what makes them shoes. The check judged copies, because train mode also moves the running statistics.", "slide_type": "-"} tags=["nbval-ignore-output", "hide-input"]
def right_answers(model, order, size):
    """The accuracy, in whatever mode the model is in."""
    with torch.no_grad():
        hits = [
            (model(test_images[some]).argmax(dim=1) == test_labels[some]).sum().item()
            for some in order.split(size)
        ]
    return sum(hits) / len(order)


test_images, test_labels = test_set.normalize(test_set.images[:2000]), test_set.labels[:2000]
shuffled, sorted_by_class = torch.arange(2000), test_labels.argsort()
judged = {}
for name, order, size in [
    ("of 200, shuffled", shuffled, 200),
    ("of 8, shuffled", shuffled, 8),
    ("of 2, shuffled", shuffled, 2),
    ("of 200, sorted by class", sorted_by_class, 200),
]:
    judged[name] = [
        right_answers(copy.deepcopy(plain_model).train(mode), order, size) for mode in (False, True)
    ]
figures.table(
    ["batches", "eval mode", "train mode"],
    [(name, *(f"{share:.1%}" for share in shares)) for name, shares in judged.items()],
)

# %% slideshow={"slide_type": "skip"} tags=["hide-input"]
in_eval, in_train = zip(*judged.values(), strict=True)
print("eval mode, the same everywhere:", max(in_eval) - min(in_eval) < 0.005)
print("train mode, sorted by class, below one half:", in_train[-1] < 0.5)

# %% [markdown] slideshow={"slide_type": "fragment", "text": "The last row: a batch of shoes only. Batch normalisation subtracts what the images have in common, and that is just what makes them shoes."}
# Look at the last row: a batch of shoes only. Batch normalisation subtracts what the images have in common, and that is just what makes them shoes. (In train mode each batch also moves the running statistics: such an "evaluation" changes the model. That is why this cell judged copies.)

# %% [markdown] slideshow={"notes": "A vote by hands: which one is the worst? Keep the counts on the board.", "slide_type": "slide"}
# ### Wrong 3, 4, 5: in the step
#
# Three ways to write the training step wrongly. Which one do you think is the worst?


# %% slideshow={"notes": "Let them find the mistake in each: one line is missing, one has a softmax too many, one stands in the wrong place. All three run without an error.", "slide_type": "-"}
def without_zero_grad(model, images, labels, optimizer):
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def softmax_first(model, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images).softmax(dim=1), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def cleared_too_late(model, images, labels, optimizer):
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


# %% slideshow={"notes": "Softmax first is the treacherous one: it learns, only worse.", "slide_type": "subslide"} tags=["nbval-ignore-output"]
steps = [train_step, without_zero_grad, softmax_first, cleared_too_late]
curves, reached = {}, {}
for step in steps:
    model = small_network()
    curves[step.__name__] = torch.tensor(train(model, constant, 0.1, epochs=1, step=step))
    reached[step.__name__] = accuracy(model, test_batches)
    print(f"{step.__name__:18} test accuracy {reached[step.__name__]:.1%}")

# %% jupyter={"source_hidden": true} slideshow={"columns": true, "notes": "Four curves to tell apart. Blue is right. Without zero_grad the loss leaves the picture; with the softmax it creeps down; cleared too late it stays where it began, at 2.3. Come back to the vote.", "slide_type": "subslide"} tags=["hide-input"]
assert reached["train_step"] > 0.5 and reached["without_zero_grad"] < 0.3
assert curves["without_zero_grad"][-20:].mean() > 5 and curves["softmax_first"].min() > 1.461
figure, axes = plt.subplots(figsize=(7.5, 3.6), layout="constrained")
looks = [(BLUE, "-"), (VERMILION, "--"), (ORANGE, "-."), (GREEN, ":")]
for (name, losses), (color, style) in zip(curves.items(), looks, strict=True):
    _ = axes.plot(losses, color=color, linestyle=style, linewidth=2, label=name)
_ = axes.axhline(math.log(10), color=figures.GREY, linewidth=0.8)
_ = axes.set(xlabel="step", ylabel="loss", ylim=(0, 5))
_ = axes.legend(loc="upper right")
figures.show(
    figure,
    alt="Loss over one epoch, 78 steps. The right step falls below 1. Without zero_grad the loss "
    "climbs out of the picture. With a softmax first it crawls down from 2.3 and stays near 2. "
    "Cleared too late it stays where it began.",
)

# %% [markdown] slideshow={"notes": "1.461 is the best that a network can reach with a softmax too many. Number 6 needs no run: append loss in place of loss.item(), and every step's graph stays in memory.", "slide_type": "-", "text": "- *Without `zero_grad`* each step follows all batches so far: the loss explodes.\n- *Softmax first*: never below 1.461. It learns, slowly. The most dangerous, as nothing looks broken.\n- *Cleared too late*: no gradient is left for the optimiser."}
# - *Without `zero_grad`* each step follows all batches so far, together. The steps grow and grow, and the loss explodes.
# - *With a softmax first* the network is squashed twice. Its outputs lie between 0 and 1, so the loss cannot even become small: the best possible is 1.461, as computed below. It does learn, slowly. This is the most dangerous mistake of the three, because nothing looks broken.
# - *Cleared too late*, nothing is left for the optimiser. `zero_grad` leaves no gradients at all, and the optimiser skips a weight without one, weight decay included. Only batch normalisation's running statistics still change.

# %% slideshow={"slide_type": "skip"}
perfect = torch.zeros(1, 10)
perfect[0, 3] = 1  # the probabilities of a network that is sure and right
print(f"smallest loss with a softmax too many: {F.cross_entropy(perfect, right).item():.3f}")

# %% [markdown] slideshow={"notes": "The memory fills up until the process dies, hours later.", "slide_type": "fragment", "text": "**Wrong 6**: append `loss`, not `loss.item()`. Each step's graph stays in memory."}
# Wrong 6 needs no run. Append `loss` instead of `loss.item()` to a list, and each entry keeps the whole graph of its step. The memory fills up until the process dies, hours later.

# %% [markdown] slideshow={"notes": "2 min. Notebook 11 starts from this network.", "slide_type": "slide", "text": "The course brings one network that was trained longer with `fit`. Later notebooks use it. Its recipe is stored beside it:"}
# ## A network to keep
#
# The course brings one network that was trained longer, with the `fit` of this notebook: 20 layers, 16 channels, 20 epochs, augmentation, label smoothing. Later notebooks use it. Its recipe is stored beside it:

# %% slideshow={"notes": "20 layers, 16 channels, 20 epochs, augmentation, label smoothing.", "slide_type": "-"} tags=["hide-input"]
shipped, recipe = load_shipped()
rows = [
    (part, ", ".join(f"{name}={value}" for name, value in recipe[part].items()))
    for part in ("network", "training")
]
rows.append(("data", recipe["data"]["train"]))
rows.append(("test accuracy", f"{recipe['measured']['test_accuracy']:.1%} (recorded)"))
figures.table(["part", "recipe"], rows)

# %% [markdown] slideshow={"notes": "A line above a bar chart worth saying: do not believe a README, measure.", "slide_type": "subslide", "text": "Do not believe a README; measure, class by class. Which classes are hard?"}
# Do not believe a README; measure. Your function judges it, class by class:

# %% jupyter={"source_hidden": true} slideshow={"notes": "Shirt is the hardest by far. Compare with the guess from the beginning. Every class has 200 test images, so here the average of averages is right.", "slide_type": "-"} tags=["hide-input"]
test_set = data.load("fashion_mnist_10k", "test")
test_images, test_labels = test_set.normalize(test_set.images), test_set.labels
per_class = []
for number in range(10):
    own = test_labels == number
    per_class.append(accuracy(shipped, [(test_images[own], test_labels[own])]))
measured = sum(per_class) / 10  # every class has 200 test images, so this average is right
print("as recorded:", abs(measured - recipe["measured"]["test_accuracy"]) < 0.005)

figure, axes = plt.subplots(figsize=(8, 3.4), layout="constrained")
bars = axes.barh(test_set.classes, [100 * value for value in per_class], color=BLUE)
_ = axes.bar_label(bars, fmt="%.0f", padding=3)
_ = axes.set(xlabel="test accuracy in %, computed", xlim=(0, 105))
axes.invert_yaxis()
figures.show(
    figure,
    alt="Test accuracy of the shipped network for each of the ten classes. Shirt is by far the lowest.",
)

# %% [markdown] slideshow={"notes": "3 min. Ask the room, one question each. The answers are in the notebook, folded up.", "slide_type": "slide"}
# ## Check yourself
#
# <details><summary>Ten classes, and the loss stays at 2.30 from the first step to the last. What does the network know?</summary>
#
# Nothing: 2.303 is ln 10, the loss of a network that finds all ten classes equally likely. Look for gradients that never reach the weights.
#
# </details>
#
# <details><summary>A colleague's accuracy changes when the batch size of the evaluation changes. What is the first thing to check?</summary>
#
# Whether the model is in eval mode. Then: whether batches of unequal size are averaged.
#
# </details>
#
# <details><summary>Why is the accuracy in training lower than that on the test set, in the first epochs with augmentation?</summary>
#
# It is measured in passing, while the network still gets better, on cropped and mirrored images. The test accuracy is measured after the epoch, on whole images.
#
# </details>
#
# <details><summary>You resume from a file that holds the weights only. What is different from a training without a break?</summary>
#
# The momentum starts from zero, the schedule from its first step, and the images come in another order.
#
# </details>

# %% [markdown] slideshow={"notes": "1 min. Next: the experiment that ResNet was made for.", "slide_type": "slide"}
# ## What to remember
#
# - A step: train mode, clear the gradients, loss, backward, step. Return a float.
# - Judge in eval mode, without a graph. For a loss as for an accuracy, count images, not batches.
# - One cycle: up in a line, down along a cosine to zero. It forgives a roughly chosen rate.
# - Augmentation narrows the gap between training and test. It needs time, and whether the test accuracy gains is to be measured.
# - A checkpoint is weights, optimiser, schedule and random state.

# %% slideshow={"slide_type": "skip"}
exercises.progress("06_training")

# %% [markdown] slideshow={"slide_type": "skip"}
# Next: [07 Does deeper help?](07_deeper.ipynb) ([in Colab](https://colab.research.google.com/github/OWNER/REPOSITORY/blob/HEAD/notebooks/07_deeper.ipynb)). You can train a network now. So repeat the experiment that ResNet was made for.
