# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] slideshow={"notes": "90 min in all. 2 min. Or two lectures: the second begins at The surprise. BatchNorm can be finished at home. This notebook tests one sentence; do not give the verdict away.", "slide_type": "slide", "text": "What do shortcuts do to gradients?\n\n- the Jacobian of one residual block, and the identity in it\n- gradients, measured from layer to layer\n- the scale of the first weights, and batch normalisation\n- what shortcuts do to gradients, and what that does not explain"}
# # Residual connections and gradients
#
# At the end of this notebook you will be able to
#
# - compute the Jacobian of a residual block, and say why the identity stands in it,
# - measure how gradients change from layer to layer of any network,
# - choose the scale of the first weights, and build batch normalisation, for training and for evaluation,
# - say what shortcuts do to gradients, and what that does not explain.
#
# You need notebook 01. This one takes about 75 minutes.

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
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib import data, exercise, exercises, explorers, figures
from course_lib.explorers.gradients import DEPTHS, weight_gradients
from course_lib.figures import BLUE, GREEN, ORANGE, VERMILION
from course_lib.models.blocks import zero_init_residual
from course_lib.models.cifar import CifarResNet
from course_lib.training import steps

_ = torch.manual_seed(0)
torch.set_num_threads(1)  # the networks are tiny: a second thread would only get in the way

# %% [markdown] slideshow={"notes": "5 min. Ask who has heard the sentence, and who believes it. Write the votes down; you come back to them at the end.", "slide_type": "slide", "text": "> \"Residual connections solve the vanishing gradient problem. That is why ResNets can be so deep.\"\n\n- You will meet this sentence often. It sounds right.\n- It names two things that can be measured.\n- Then it joins them with *\"that is why\"*.\n\nToday both are measured. At the end you take the sentence apart with your own numbers."}
# ## A sentence to test
#
# > "Residual connections solve the vanishing gradient problem. That is why ResNets can be so deep."
#
# You will meet this sentence often. It sounds right. It names two things that you can measure, and then joins them with "that is why".
#
# In this notebook you measure both. At the end you take the sentence apart with your own numbers.

# %% [markdown] slideshow={"notes": "Gradient, vanishing, exploding, plain, residual. The last paragraph is the real question: is the degradation problem a gradient problem?", "slide_type": "subslide", "text": "- A **gradient**: how much does the loss change when one weight changes a little?\n- **Vanishing**, **exploding**: smaller, or larger, with each layer on its way back.\n- A **plain network** replaces: $y = f(x)$.\n- A **residual network** adds: $y = x + f(x)$. Here $f$ is the **residual branch**, and the way of $x$ around it is the **shortcut**.\n- The **degradation problem**: in deep plain networks, more layers make even the *training* error larger. ResNet was made for it.\n\nAre vanishing gradients its cause?"}
# ### The words in it
#
# - A **gradient** holds the derivatives of one number, usually the loss, with respect to many: how much does the loss change when one weight changes a little?
# - On its way back from the loss, a gradient passes every layer. It is a **vanishing gradient** when it becomes smaller with each layer until nothing is left, an **exploding gradient** when it becomes larger with each.
# - A **plain network** is a chain: each block replaces what it gets, $y = f(x)$.
# - A **residual network** adds instead: $y = x + f(x)$. Here $f$ is the **residual branch**, and the way of $x$ around it is the **shortcut**.
#
# He et al. noticed something odd about plain networks: beyond some depth, more layers make even the error on the *training* images larger. They called it the **degradation problem**. It is what ResNet was made for. The question is whether vanishing gradients are its cause.

# %% [markdown] slideshow={"notes": "8 min. Compute the Jacobian together on the board, entry by entry. Ask what changes when the input is added.", "slide_type": "slide", "text": "Two numbers in, two numbers out: $f(a, b) = (a\\,b,\\; a^2)$\n\nHow fast does each output change with each input? The **Jacobian** has a row for each output and a column for each input. At $(a, b) = (2, 3)$:\n\n$$J_f = \\begin{pmatrix} b & a \\\\ 2a & 0 \\end{pmatrix} = \\begin{pmatrix} 3 & 2 \\\\ 4 & 0 \\end{pmatrix}$$"}
# ## One block
#
# Begin with the smallest case. A block takes two numbers and returns two numbers:
#
# $$f(a, b) = (a\,b,\; a^2)$$
#
# Ask four questions: how fast does each output change with each input? The answers form a table, the **Jacobian**. Each row is an output, each column an input. At $(a, b) = (2, 3)$:
#
# $$J_f = \begin{pmatrix} b & a \\ 2a & 0 \end{pmatrix} = \begin{pmatrix} 3 & 2 \\ 4 & 0 \end{pmatrix}$$

# %% [markdown] slideshow={"notes": "Each input now also reaches its own output directly, at rate 1. I is the identity matrix.", "slide_type": "fragment", "text": "Now add the input, $y = x + f(x)$. Each input also reaches *its own* output, at rate 1:\n\n$$J_y = \\begin{pmatrix} 1 + b & a \\\\ 2a & 1 \\end{pmatrix} = \\begin{pmatrix} 4 & 2 \\\\ 4 & 1 \\end{pmatrix} = I + J_f$$"}
# Now add the input: $y = x + f(x)$, that is $(a + a\,b,\; b + a^2)$. Each input now also reaches *its own* output directly, at rate 1:
#
# $$J_y = \begin{pmatrix} 1 + b & a \\ 2a & 1 \end{pmatrix} = \begin{pmatrix} 4 & 2 \\ 4 & 1 \end{pmatrix} = I + J_f$$
#
# $I$ is the identity matrix: ones on the diagonal, zeros elsewhere.

# %% [markdown] slideshow={"notes": "Five minutes in the notebook. torch.autograd differentiates one number at a time.", "slide_type": "subslide", "text": "Write `residual_jacobian(f, x)`.\n\n- In: a function `f` from shape (n,) to shape (n,), and a point `x` of shape (n,).\n- Out: the Jacobian of x + f(x) at that point, shape (n, n), rows outputs, columns inputs.\n\nExample: $f(a, b) = (a\\,b,\\; a^2)$ at (2, 3) gives [[4, 2], [4, 1]].\n\nLet autograd do the differentiating. It takes one number at a time: how do you get the rows?"}
# ### Exercise: the Jacobian of x + f(x)
#
# Write `residual_jacobian(f, x)`.
#
# - In come a function `f`, which maps a tensor of shape (n,) to one of the same shape, and a point `x` of shape (n,).
# - Out goes the Jacobian of x + f(x) at that point: shape (n, n), rows outputs, columns inputs.
#
# Example: for the `f` above and x = (2, 3) the answer is [[4, 2], [4, 1]].
#
# Let autograd do the differentiating. It differentiates one number at a time, so think of how to get the rows.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def residual_jacobian(f, x: Tensor) -> Tensor:
    """The Jacobian (n, n) of x + f(x) at x (n,): row i holds the derivatives of output i."""
    raise NotImplementedError


# %% [markdown] slideshow={"slide_type": "skip"}
# Run it on the example:


# %% slideshow={"slide_type": "skip"}
def example(x):
    a, b = x
    return torch.stack([a * b, a**2])


print(residual_jacobian(example, torch.tensor([2.0, 3.0])).tolist())

# %% [markdown] slideshow={"slide_type": "slide", "text": "$J_y = I + J_f$ holds whatever $f$ is. Here $f$ is a small neural network, from 8 numbers to 8."}
# ### The identity, seen
#
# The rule $J_y = I + J_f$ did not use what $f$ is. So it must hold for a neural network too. Take a small one with eight inputs and eight outputs, and put the three matrices side by side. The middle one is the difference of the outer two.

# %% jupyter={"source_hidden": true} slideshow={"notes": "Point at the diagonal of the left matrix. The middle one is the difference, not a drawing of I.", "slide_type": "-"} tags=["hide-input"]
branch = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 8))
point = torch.randn(8)
of_block = residual_jacobian(branch, point).detach()
of_branch = torch.autograd.functional.jacobian(branch, point)

figure, columns = plt.subplots(1, 3, figsize=(9, 3.1), layout="constrained")
matrices = [of_block, of_block - of_branch, of_branch]
titles = ["block: $J_y$", "their difference: $I$", "branch alone: $J_f$"]
for axes, matrix, title in zip(columns, matrices, titles, strict=True):
    picture = axes.imshow(matrix, cmap="RdBu", vmin=-1.3, vmax=1.3)
    axes.set(title=title, xlabel="input", ylabel="output")
_ = figure.colorbar(picture, ax=columns, label="derivative")
figures.show(
    figure,
    alt="Three 8 by 8 matrices. The block's Jacobian has a strong positive diagonal. Its "
    "difference to the branch's Jacobian is one on the diagonal and zero elsewhere. The "
    "branch's own Jacobian has small entries of both signs and no special diagonal.",
)
same = torch.allclose(of_block - of_branch, torch.eye(8), atol=1e-5)
print("the difference is the identity:", same)

# %% [markdown] slideshow={"notes": "A derivative is a promise about small steps. Rounding would spoil such small differences, hence double precision.", "slide_type": "subslide", "text": "A derivative is a promise about small steps. So take small steps: move input $j$ by a millionth, and see how far all the outputs move.\n\n```python\nfor j in range(8):\n    moved = point.clone()\n    moved[j] += 1e-6\n    by_steps[:, j] = ((moved + branch(moved)) - (point + branch(point))) / 1e-6\n```\n\nColumn $j$ is what moves with input $j$. In double precision no entry differs from autograd's by more than 0.00001."}
# ### Do not take autograd's word for it
#
# A derivative is a promise about small steps. So take small steps: move input $j$ by a millionth, see how far all the outputs move, and you have column $j$. Rounding would spoil such small differences, so compute in double precision.

# %% slideshow={"slide_type": "skip"}
branch, point, step = branch.double(), point.double(), 1e-6
by_steps = torch.empty(8, 8, dtype=torch.float64)
with torch.no_grad():
    for j in range(8):
        moved = point.clone()
        moved[j] += step
        by_steps[:, j] = ((moved + branch(moved)) - (point + branch(point))) / step

print("largest difference below 0.00001:", (by_steps - of_block).abs().max().item() < 1e-5)

# %% [markdown] slideshow={"notes": "7 min. Multiply out two factors on the board, then show the three. Each term is a way through the network: through the branch, or around it.", "slide_type": "slide", "text": "The Jacobian of a chain is the *product* of its blocks' Jacobians. Three residual blocks:\n\n$$(I + J_3)(I + J_2)(I + J_1) = I + J_1 + J_2 + J_3 + J_2 J_1 + J_3 J_1 + J_3 J_2 + J_3 J_2 J_1$$\n\n- Eight terms, eight **paths**: at every block the gradient goes through the branch or around it.\n- A plain chain has one path only, the last term."}
# ## A chain of blocks multiplies
#
# A network applies blocks one after another, and the chain rule says what that does: the Jacobian of the chain is the *product* of the blocks' Jacobians. For three residual blocks:
#
# $$(I + J_3)(I + J_2)(I + J_1) = I + J_1 + J_2 + J_3 + J_2 J_1 + J_3 J_1 + J_3 J_2 + J_3 J_2 J_1$$
#
# Multiply it out and you see eight terms. Each is a **path** through the network: at every block the gradient goes either through the branch or around it. A plain chain has one path only, the last term.

# %% slideshow={"notes": "Eight paths, and one of them touches no branch.", "slide_type": "skip"}
branches = [nn.Sequential(nn.Linear(6, 6), nn.Tanh()) for _ in range(3)]
identity, x = torch.eye(6), torch.randn(6)
product, paths = identity, [identity]
for f in branches:
    of_block = residual_jacobian(f, x).detach()
    product = of_block @ product
    paths += [(of_block - identity) @ path for path in paths]  # each path so far, through f too
    x = (x + f(x)).detach()

same = torch.allclose(sum(paths), product, atol=1e-5)
print(f"{len(paths)} paths; their sum is the product: {same}")
print("the first path is the identity:", torch.equal(paths[0], identity))

# %% [markdown] slideshow={"notes": "Eight paths, and one of them touches no branch.", "slide_type": "fragment", "text": "Whatever the branches do, one path touches none of them. This is the true core of the sentence."}
# Whatever the branches do, one path touches none of them. This is the true core of the sentence that you test.

# %% [markdown] slideshow={"notes": "Now the doubt: one safe term does not make the sum safe. Ask what 1.5 to the power of 50 is.", "slide_type": "slide", "text": "One path is safe. But what arrives is the *sum* of all of them. 50 blocks, all of one slope:"}
# ### A sum is no insurance
#
# One term is safe. But you get the *sum* of all terms, and the others may be huge, or cancel it. One number per layer is enough to see that. Let every branch have the same slope, and chain 50 blocks:

# %% slideshow={"slide_type": "-"} tags=["hide-input"]
figures.table(
    ["slope of f", "plain: slope^50", "residual: (1 + slope)^50"],
    [
        (slope, f"{slope**50:.0e}", f"{(1 + slope) ** 50:.0e}")
        for slope in (1.0, 0.5, 0.05, -0.05, -0.5, -1.0)
    ],
)

# %% [markdown] slideshow={"slide_type": "skip"}
# Read the residual column from top to bottom. Slope 0.5 explodes, slope -0.5 vanishes, slope -1 kills the gradient at the first block. Only small slopes are harmless.

# %% [markdown] slideshow={"notes": "Read the residual column from top to bottom: 0.5 explodes, -0.5 vanishes, -1 kills the gradient at the first block. Whether a real network stands in the safe place has to be measured.", "slide_type": "fragment", "text": "- A plain chain keeps its gradient where slopes are near *one*, a residual chain where they are near *zero*.\n- A shortcut moves the safe place. It does not abolish the danger."}
# - A plain chain keeps its gradient when each block's slope is near *one*.
# - A residual chain keeps it when each branch's slope is near *zero*.
#
# So a shortcut moves the safe place. It does not abolish the danger. Whether a real network stands in the safe place is a question for measurement.

# %% [markdown] slideshow={"notes": "6 min. One number to differentiate, one norm to report. The exercise is the measuring tool for the rest.", "slide_type": "slide", "text": "How large is the gradient still when it arrives in front of each block?\n\n- One number to differentiate: the *sum* of all outputs.\n- One number to report: the gradient's **L2 norm**.\n\n$$\\lVert g \\rVert = \\sqrt{\\textstyle\\sum_i g_i^2}$$\n\nTwo blocks that double and triple, four numbers in: the derivatives are 6 in front of the first block and 3 in front of the second, the norms 12 and 6."}
# ## Measure it
#
# You want to know how large the gradient still is when it arrives in front of each block. For one number to differentiate, take the sum of all outputs; for the size of a gradient, its **L2 norm**: square all entries, add them up, take the square root.

# %% [markdown] slideshow={"notes": "Five minutes in the notebook. The example is the one on the slide before.", "slide_type": "subslide", "text": "Write `gradient_norms(blocks, x)`.\n\n- In: a list of modules, applied in order, and the first one's input `x`.\n- Out: a list of floats, first block first: the L2 norm of the derivative of the *sum of the final output* with respect to the *input of that block*.\n- The caller's `x` stays as it was, also for the next call.\n\nExample: two blocks that double and triple, x of shape (4,): [12.0, 6.0]."}
# ### Exercise: gradient norms
#
# Write `gradient_norms(blocks, x)`.
#
# - In come a list of modules, which are applied in order, and the first one's input `x`.
# - Out goes a list of floats, one for each block, first block first: the L2 norm of the derivative of the *sum of the final output* with respect to the *input of that block*.
# - The caller's `x` stays as it was, also for the next call.
#
# Example: with two blocks that double and triple, and x of shape (4,), the derivative is 6 in front of the first block and 3 in front of the second. There are four entries each, so the norms are [12.0, 6.0].


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def gradient_norms(blocks: list[nn.Module], x: Tensor) -> list[float]:
    """The L2 norm of d sum(output) / d input for the input of each block, first block first."""
    raise NotImplementedError


# %% [markdown] slideshow={"notes": "8 min. Ask for votes: which of the four choices arrives at the input? PyTorch's own default is 1/3.", "slide_type": "slide", "text": "50 blocks, each a linear layer with 128 outputs and a ReLU. The weights are random with mean 0, and you choose their **variance**. PyTorch's default is 1/3 of 1/128."}
# ## How large should weights be at the start?
#
# Take the simplest deep network: 50 blocks, each a linear layer with 128 outputs and a ReLU. There are no biases. The weights are random numbers; their mean is 0, and you choose their **variance**, the mean of their squares. Try four choices, as multiples of 1/128. The first, 1/3, is what PyTorch's `nn.Linear` takes by default.

# %% slideshow={"slide_type": "skip"}
WIDTH = 128


def plain_chain(variance, batch_norm=False):
    """50 blocks; the weights' variance is `variance` / WIDTH."""
    blocks = []
    for _ in range(50):
        linear = nn.Linear(WIDTH, WIDTH, bias=False)
        nn.init.normal_(linear.weight, std=(variance / WIDTH) ** 0.5)
        norm = nn.BatchNorm1d(WIDTH) if batch_norm else nn.Identity()
        blocks.append(nn.Sequential(linear, norm, nn.ReLU()))
    return blocks


def signal_sizes(blocks, x):
    """The root mean square of what goes into each block."""
    sizes = []
    with torch.no_grad():
        for block in blocks:
            sizes.append(x.square().mean().sqrt().item())
            x = block(x)
    return sizes


# %% jupyter={"source_hidden": true} slideshow={"notes": "Read the right panel from right to left, as the gradient travels.", "slide_type": "-"} tags=["hide-input"]
STYLES = {1 / 3: (VERMILION, ":"), 1.0: (ORANGE, "--"), 2.0: (BLUE, "-"), 4.0: (GREEN, "-.")}
batch = torch.randn(128, WIDTH)
chains = {variance: plain_chain(variance) for variance in STYLES}

figure, (forward, backward) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
for variance, (color, line) in STYLES.items():
    label = f"{'1/3' if variance < 1 else f'{variance:.0f}'} / 128"
    blocks = chains[variance]
    style = {"color": color, "linestyle": line, "linewidth": 2}
    _ = forward.semilogy(signal_sizes(blocks, batch), label=label, **style)
    _ = backward.semilogy(gradient_norms(blocks, batch), label=label, **style)
_ = forward.set(title="size of the signal", xlabel="block", ylabel="root mean square")
_ = backward.set(title="size of the gradient", xlabel="block", ylabel="norm")
_ = backward.legend(title="variance of a weight")
figures.show(
    figure,
    alt="Two panels over 50 blocks, logarithmic. Left, the signal: with variance 1/3 over 128 it "
    "falls by about twenty powers of ten towards the output, with 1/128 by about eight, with 2/128 "
    "it stays level, with 4/128 it grows by about seven. Right, the gradient: the same, from the "
    "output back to the input.",
)

# %% [markdown] slideshow={"slide_type": "fragment", "text": "With PyTorch's default next to nothing arrives. With 4/128 the gradient explodes. One line is level."}
# Read the right panel from right to left, as the gradient travels. With PyTorch's default next to nothing arrives. With variance 4/128 it explodes. In between, one line is level.

# %% [markdown] slideshow={"notes": "Two ideas: products of unrelated terms average out, and the ReLU halves the mean square. So n times the variance must be 2.", "slide_type": "slide", "text": "One output of a linear layer, $z = w_1 x_1 + \\dots + w_n x_n$: products of different terms average out.\n\n$$\\text{mean of } z^2 = n \\cdot \\text{variance}(w) \\cdot \\text{mean of } x^2$$\n\nThe ReLU sets the negative half to zero, and so halves the mean square. To stay level:\n\n$$n \\cdot \\text{variance}(w) / 2 = 1 \\qquad\\Rightarrow\\qquad \\text{variance}(w) = \\frac{2}{n}$$\n\nThis is **He initialisation**.\n\n- Forward, $n$ is the **fan-in**: channels x kernel height x kernel width.\n- Backward, $n$ is the **fan-out**. This course's networks use it, as torchvision's do."}
# ### Why two?
#
# Look at one output of a linear layer with $n$ inputs: $z = w_1 x_1 + \dots + w_n x_n$. The weights are random with mean 0, so products of two different terms average out, and what is left is
#
# $$\text{mean of } z^2 = n \cdot \text{variance}(w) \cdot \text{mean of } x^2$$
#
# The ReLU sets the negative half to zero, and so halves the mean square. One block multiplies it by $n \cdot \text{variance}(w) / 2$. To keep the signal level, set this to 1:
#
# $$\text{variance}(w) = \frac{2}{n}$$
#
# This is **He initialisation** (He et al. 2015, arXiv 1502.01852). Here $n$ is the **fan-in**, the number of inputs that one output sums up: in a convolution, channels x kernel height x kernel width. Going backward the same sum runs over the outputs, the **fan-out**. This course's networks use the fan-out, as torchvision's do, and so keep the gradient level rather than the signal.

# %% [markdown] slideshow={"notes": "0.4 looks harmless. To the power of 50 it is 10 to the minus 19.", "slide_type": "subslide", "text": "### Prediction and measurement\n\nPredicted: each block changes the gradient's norm by the factor $\\sqrt{n \\cdot \\text{variance}(w) / 2}$. Measured: the slope of the curves, between blocks 5 and 45."}
# The derivation predicts the factor by which each block changes the gradient's norm: $\sqrt{n \cdot \text{variance}(w) / 2}$. Compare it with the slope of your curves, between blocks 5 and 45:

# %% slideshow={"slide_type": "-"} tags=["hide-input"]
rows = []
for variance, blocks in chains.items():
    norms = gradient_norms(blocks, batch)
    factor = (norms[5] / norms[45]) ** (1 / 40)
    rows.append((f"{variance:.2f}", f"{(variance / 2) ** 0.5:.1f}", f"{factor:.1f}"))
figures.table(["variance x 128", "factor, derived", "factor, computed"], rows)

# %% [markdown] slideshow={"slide_type": "fragment", "text": "0.4 looks harmless in one block. Over 50 blocks it is $10^{-19}$. Depth makes the scale matter."}
# A factor of 0.4 looks harmless in one block. Over 50 blocks it is a factor of $10^{-19}$. Depth makes the scale matter.

# %% [markdown] slideshow={"notes": "18 min. Instead of computing the right scale in advance, measure it in each layer and divide it out.", "slide_type": "slide", "text": "He initialisation computes the right scale in advance. Training then changes the weights, and the calculation is void. **Batch normalisation** (BN) *measures* the scale instead, in every layer and step, and divides it out. For each channel by itself:\n\n1. the mean $\\mu$ and the variance $\\sigma^2$, over all images of the batch and all positions\n2. subtract and divide: $\\hat x = (x - \\mu) / \\sqrt{\\sigma^2 + \\epsilon}$\n3. scale and shift, with two learned numbers: $y = \\gamma\\,\\hat x + \\beta$\n\nIn PyTorch $\\gamma$ is `weight` and starts at 1, $\\beta$ is `bias` and starts at 0."}
# ## Batch normalisation
#
# He initialisation computes the right scale in advance, for random weights, with ReLU. Training then changes the weights, and the calculation is void. Ioffe and Szegedy proposed something more direct: *measure* the scale in every layer, in every step, and divide it out. That is **batch normalisation**, BN for short.
#
# For each channel by itself:
#
# 1. the mean $\mu$ and the variance $\sigma^2$ over all images of the batch and all positions,
# 2. subtract and divide: $\hat x = (x - \mu) / \sqrt{\sigma^2 + \epsilon}$, which has mean 0 and variance 1; the small $\epsilon$ guards against dividing by zero,
# 3. $y = \gamma\,\hat x + \beta$ with two learned numbers for each channel, so that the network can choose another scale where it needs one.
#
# $\gamma$ is called `weight` in PyTorch and starts at 1; $\beta$ is `bias` and starts at 0.

# %% [markdown] slideshow={"notes": "Eight minutes in the notebook. Over which axes is the mean? All but the channels.", "slide_type": "subslide", "text": "Write `batch_norm(x, weight, bias, eps=1e-5)`, as it works during training.\n\n- In: `x` of shape (N, C, H, W), `weight` and `bias` of shape (C,).\n- Out: a new tensor of x's shape. The variance is the biased one: divide by the number of values.\n\nExample: one channel with the values 1 and 3, weight 10, bias 5. Normalised they are -1 and 1, and the output is -5 and 15, but for the tiny `eps`.\n\nBuild it from means and roots, without `nn.BatchNorm2d` and `F.batch_norm`."}
# ### Exercise: batch normalisation
#
# Write `batch_norm(x, weight, bias, eps=1e-5)`, as it works during training.
#
# - In come `x` of shape (N, C, H, W), and `weight` and `bias` of shape (C,).
# - Out goes a new tensor of x's shape. The variance is the biased one: divide by the number of values, not by that number minus one.
#
# Example: one channel with the two values 1 and 3, weight 10, bias 5. Mean 2, variance 1, so the normalised values are -1 and 1, and the output is -5 and 15, but for the tiny `eps`.
#
# Build it from means and roots. `nn.BatchNorm2d` and `F.batch_norm` are what you are rebuilding, so leave them aside.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def batch_norm(x: Tensor, weight: Tensor, bias: Tensor, eps: float = 1e-5) -> Tensor:
    """Batch normalisation in training mode: x (N, C, H, W), weight and bias (C,)."""
    raise NotImplementedError


# %% [markdown] slideshow={"slide_type": "slide", "text": "Real digits through a convolution that nobody has trained: the values in each of its eight channels."}
# ### Before and after
#
# Send real images through a convolution that nobody has trained, and look at the values in each of its eight channels: their mean, and one standard deviation to either side. The images are 8 x 8 pixels: the digits that come with the course.

# %% jupyter={"source_hidden": true} slideshow={"notes": "The dot is a channel's mean, the bar one standard deviation to either side. The printed lines say that all means are 0 and all variances 1.", "slide_type": "-"} tags=["hide-input"]
digits = data.load("digits", "train")
images, labels = digits.normalize(digits.images), digits.labels
with torch.no_grad():
    raw = nn.Conv2d(1, 8, kernel_size=3, padding=1)(images)
    normalized = batch_norm(raw, torch.ones(8), torch.zeros(8))

figure, panels = plt.subplots(1, 2, figsize=(9, 3), sharey=True, layout="constrained")
for axes, maps, title in zip(panels, [raw, normalized], ["before", "after"], strict=True):
    mean, std = maps.mean(dim=(0, 2, 3)), maps.std(dim=(0, 2, 3))
    _ = axes.errorbar(range(8), mean, std, fmt="o", color=BLUE, capsize=4)
    _ = axes.set(title=f"{title} batch normalisation", xlabel="channel", xticks=range(8))
    axes.grid(axis="y")
_ = panels[0].set_ylabel("mean ± standard deviation")
figures.show(
    figure,
    alt="Mean and standard deviation of eight channels. Before batch normalisation each channel "
    "has its own. After it all eight have mean 0 and standard deviation 1.",
)
print("means 0:", torch.allclose(normalized.mean(dim=(0, 2, 3)), torch.zeros(8), atol=1e-3))
print("variances 1:", torch.allclose(normalized.var(dim=(0, 2, 3)), torch.ones(8), atol=1e-2))

# %% [markdown] slideshow={"notes": "Ask first: a trained network gets one image. With which neighbours should it be compared? Let them predict whether the three numbers agree.", "slide_type": "slide", "text": "A trained network is asked about *one* image. Take the first digit, a zero, in three companies, and look at the smallest number of its output."}
# ### One image, three answers
#
# That was training, with many images at a time. A trained network is asked about one. Take the first digit, a zero: once alone, once with the other zeros, once with all digits. Look at the smallest number of its output:

# %% slideshow={"slide_type": "-"}
companies = {"alone": raw[:1], "with zeros": raw[labels == 0], "with all": raw}
for company, maps in companies.items():
    answer = batch_norm(maps, torch.ones(8), torch.zeros(8))[0].min().item()
    print(f"{company:12} {answer:6.2f}")

# %% [markdown] slideshow={"slide_type": "fragment", "text": "The image is measured by its company. In training this does no harm: the company changes with every step. But a judgement on an image should depend on that image alone."}
# Each time the image is measured by its company. In training this does no harm: the company changes with every step. But a judgement on an image should depend on that image, and not on what came with it.

# %% [markdown] slideshow={"notes": "Draw the running mean on the board: after each batch a tenth of the way towards it. After one batch it has hardly moved, after fifty it has forgotten where it started.", "slide_type": "subslide", "text": "The layer needs statistics that belong to no batch: the **running statistics**, a mean and a variance for each channel. In training, each batch moves them a part $m$ of the way (`momentum`, 0.1):\n\n$$\\text{running} \\leftarrow (1 - m) \\cdot \\text{running} + m \\cdot \\text{new}$$\n\n- What remains is an average over roughly the last twenty batches.\n- In evaluation mode the layer normalises with it: the company no longer matters.\n- `model.train()` and `model.eval()` set `self.training` in every layer.\n- Measured, not learned: no parameters, but saved and moved with the model. `self.register_buffer(\"name\", tensor)` makes such a **buffer**, `self.name`."}
# ### Statistics that last
#
# So the layer needs statistics that belong to no batch. It collects them during training, for each channel: the **running statistics**, a mean and a variance. After each batch they move a part $m$ of the way towards the batch's own. PyTorch calls this part `momentum`; it is 0.1 if you do not say otherwise.
#
# $$\text{running} \leftarrow (1 - m) \cdot \text{running} + m \cdot \text{new}$$
#
# Old batches fade, and what remains is an average over roughly the last twenty. In evaluation mode the layer normalises with it, and the company no longer matters. `model.train()` and `model.eval()` set `self.training` in every layer.
#
# The running statistics are measured, not learned, so they are no parameters: an optimiser must not touch them. Yet without them the trained network is worthless. They must be saved with it, and move to a GPU with it. That is what a buffer is for: `self.register_buffer("name", tensor)` makes one, and from then on it is `self.name`.

# %% [markdown] slideshow={"notes": "Begin it in the room, ten minutes; it can be finished at home. Expect momentum the wrong way round, the biased variance in the running one, and plain attributes in place of buffers.", "slide_type": "subslide", "text": "`BatchNorm(channels, eps=1e-5, momentum=0.1)`, for `x` of shape (N, C, H, W)\n\n- Two parameters, weight 1 and bias 0. Two buffers, running mean 0 and running variance 1.\n- Training mode: returns what `batch_norm` returns, and moves the running statistics. The running variance takes in the *unbiased* variance. Neither keeps the batch's graph.\n- Evaluation mode: normalises with the running statistics, and changes nothing.\n\nExample: a first batch of 1 and 3. The running mean is 0.2, the running variance 1.1. In evaluation mode 3 becomes $(3 - 0.2) / \\sqrt{1.1} = 2.67$."}
# ### Exercise: batch normalisation as a layer
#
# Write the class `BatchNorm(channels, eps=1e-5, momentum=0.1)`, for `x` of shape (N, C, H, W).
#
# - It has two parameters of C numbers, a weight of ones and a bias of zeros, and two buffers of C numbers, a running mean of zeros and a running variance of ones. Name them as you like.
# - In training mode it returns what `batch_norm` returns, and moves the running statistics. The running variance takes in the *unbiased* variance of the batch, the better estimate for images still to come. Neither keeps the batch's graph.
# - In evaluation mode it normalises with the running statistics, and changes nothing.
#
# Example: the first batch has one channel with the values 1 and 3, so mean 2 and unbiased variance 2. Then the running mean is 0.9 x 0 + 0.1 x 2 = 0.2, and the running variance 0.9 x 1 + 0.1 x 2 = 1.1. In evaluation mode, 3 now becomes $(3 - 0.2) / \sqrt{1.1} = 2.67$.
#
# You may call your `batch_norm`. Leave PyTorch's aside once more.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
class BatchNorm(nn.Module):
    """Batch normalisation of x (N, C, H, W), with running statistics for evaluation mode."""

    def __init__(self, channels: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError


# %% [markdown] slideshow={"notes": "Compared on one batch, in both modes. Ask why the last one differs before you show the reason.", "slide_type": "slide", "text": "Yours and PyTorch's, after one batch:\n\n- in training mode they agree\n- in evaluation mode they agree, too\n- but evaluation mode does *not* return what training mode returned\n\nIs that a mistake?"}
# ### Against the built layer
#
# Yours must agree with PyTorch's layer, in both modes:

# %% slideshow={"slide_type": "skip"}
yours, built = BatchNorm(8), nn.BatchNorm2d(8)
print("training mode, same as PyTorch's:  ", torch.allclose(yours(raw), built(raw), atol=1e-4))
_ = yours.eval(), built.eval()
evaluated = yours(raw)
print("evaluation mode, same as PyTorch's:", torch.allclose(evaluated, built(raw), atol=1e-4))
print("evaluation mode, same as training: ", torch.allclose(evaluated, normalized, atol=1e-2))

# %% [markdown] slideshow={"slide_type": "fragment", "text": "It is right. After a single batch the running statistics are still mostly their first values, 0 and 1. A network judged in evaluation mode after a handful of steps looks worse than it is."}
# The `False` is right. After a single batch the running statistics are still mostly their initial values, 0 and 1. A network judged in evaluation mode after a handful of steps looks worse than it is.

# %% [markdown] slideshow={"notes": "Let them say what they expect of the third row: the answers agree again, and are others than in the first. The judging itself has changed the layer.", "slide_type": "subslide", "text": "The layer has seen a hundred batches: its running statistics are good. The first digit again, in its three companies, in evaluation mode, then as if `eval()` were forgotten, then in evaluation mode."}
# ### If you forget to switch
#
# Show the layer a hundred batches, so that its running statistics are good. Then ask it about the first digit again, in the three companies: in evaluation mode, in training mode, as if you had forgotten `eval()`, and in evaluation mode once more.

# %% slideshow={"slide_type": "-"} tags=["hide-input"]
_ = yours.train()
for chosen in torch.randint(len(raw), (100, 64)):
    _ = yours(raw[chosen])

rows = []
for mode in ("evaluation", "training", "evaluation again"):
    _ = yours.train(mode == "training")
    answers = [yours(maps)[0].min().item() for maps in companies.values()]
    rows.append((mode, *(f"{answer:.2f}" for answer in answers)))
figures.table(["mode", *companies], rows)

# %% [markdown] slideshow={"notes": "And if one trains on without train()? The statistics stand still while the weights change.", "slide_type": "fragment", "text": "- First row: as it should be.\n- Second row: the company decides again.\n- Third row: damage that stays. Each batch judged in training mode has moved the running statistics, and nothing raised an error."}
# The first row is as it should be. In the second, the company decides again. The third shows the damage that stays: each batch judged in training mode has moved the running statistics. Nothing raised an error.

# %% [markdown] slideshow={"slide_type": "skip"}
# The other switch is forgotten as easily. Train on without `train()`, and the layer divides by statistics that stand still while the weights before it change.

# %% [markdown] slideshow={"notes": "The signal is safe at any scale. Ask: and the gradient?", "slide_type": "subslide", "text": "Whatever scale $a > 0$ a layer gives to its output, the BN behind it divides it out:\n\n$$\\text{BN}(a \\cdot z) = \\text{BN}(z)$$\n\nMake all weights of a convolution *ten times* larger:\n\n- the output stays the same\n- the gradient at the weights becomes a tenth"}
# ### The scale of the weights no longer matters
#
# Whatever scale a layer gives to its output, the BN behind it divides it out. Make all weights of a convolution ten times larger:

# %% slideshow={"slide_type": "skip"}
some, one, zero = images[:64].double(), torch.ones(4).double(), torch.zeros(4).double()
small, large = (nn.Conv2d(1, 4, 3, bias=False).double() for _ in range(2))
large.load_state_dict({"weight": 10 * small.weight.detach()})
outputs = [batch_norm(conv(some), one, zero, eps=1e-12) for conv in (small, large)]
print("same output:                       ", torch.allclose(*outputs))

for output in outputs:
    output.relu().square().sum().backward()
a_tenth = torch.allclose(large.weight.grad, small.weight.grad / 10)
print("gradient at the weights, a tenth:  ", a_tenth)

# %% [markdown] slideshow={"slide_type": "fragment", "text": "With BN no choice of the first scale can make the *signal* vanish or explode. Surely the gradient is safe, too?"}
# So with BN no choice of the initial scale can make the *signal* vanish or explode. Surely the gradient is safe, too?

# %% [markdown] slideshow={"notes": "6 min. Everybody writes down a guess for the right panel. Only then the picture.", "slide_type": "slide", "text": "50 plain blocks again, and a BN in each. What do you expect of the gradient? Write it down."}
# ## The surprise
#
# Take the chain of 50 plain blocks again, and put a BN into each. Before you run the cell, write down what you expect of the right panel.

# %% jupyter={"source_hidden": true} slideshow={"notes": "The signal is level. The gradient grows on its way back.", "slide_type": "fragment"} tags=["hide-input"]
normalized_chains = {variance: plain_chain(variance, batch_norm=True) for variance in STYLES}
blocks = normalized_chains[2.0]
figure, (forward, backward) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
_ = forward.semilogy(signal_sizes(chains[1.0], batch), color=ORANGE, linestyle="--")
_ = backward.semilogy(gradient_norms(chains[1.0], batch), color=ORANGE, linestyle="--")
_ = forward.semilogy(signal_sizes(blocks, batch), color=BLUE)
_ = backward.semilogy(gradient_norms(blocks, batch), color=BLUE)
_ = forward.set(title="size of the signal", xlabel="block", ylabel="root mean square")
_ = backward.set(title="size of the gradient", xlabel="block", ylabel="norm")
_ = forward.legend(["without BN, variance 1/128", "with BN"])
figures.show(
    figure,
    alt="Two panels over 50 plain blocks, logarithmic. With batch normalisation the signal is "
    "level, while without it and with variance 1/128 it falls. The gradient with batch "
    "normalisation grows from the output back to the input, by more than three powers of ten.",
)

# %% [markdown] slideshow={"notes": "Yang et al. (ICLR 2019) prove it for wide networks. It explodes; it does not vanish.", "slide_type": "slide", "text": "The signal is perfect. The gradient *grows* on its way back, over 50 blocks by more than three powers of ten. And the first scale makes no difference:"}
# ### It explodes
#
# The signal is perfect. The gradient *grows* on its way back, over 50 blocks by more than three powers of ten. And the initial scale makes no difference:

# %% slideshow={"slide_type": "-"} tags=["hide-input"]
rows = []
for variance, blocks in normalized_chains.items():
    norms = gradient_norms(blocks, batch)
    rows.append((f"{variance:.2f}", f"{(norms[0] / norms[-1]) ** (1 / 49):.1f}"))
figures.table(["variance x 128", "growth of the gradient per block"], rows)

# %% [markdown] slideshow={"slide_type": "fragment", "text": "In a deep plain network with BN, before any training, gradients do not vanish. They explode. (Yang et al., ICLR 2019, prove it for wide networks.)"}
# So in a deep plain network with BN, before any training, gradients do not vanish. They explode. Yang et al. (ICLR 2019) prove it for wide networks.

# %% [markdown] slideshow={"notes": "For those who like it; otherwise say the last paragraph and go on. The ReLU's output is partly a constant, BN takes the constant away and magnifies the rest.", "slide_type": "subslide", "text": "- BN hands the ReLU numbers with mean 0 and variance 1; take them as normally distributed.\n- The ReLU's output has mean square $\\frac12$, but variance only $\\frac12\\left(1 - \\frac1\\pi\\right)$: a part of it is constant.\n- With $v = n \\cdot \\text{variance}(w)$: forward, the next BN divides squares by $v \\cdot \\frac12\\left(1 - \\frac1\\pi\\right)$.\n- Backward, the squared gradient is divided by the same, multiplied by $v$, and halved by the ReLU."}
# ### Where 1.2 comes from
#
# BN hands the ReLU numbers with mean 0 and variance 1; take them as normally distributed. What comes out of the ReLU has mean square $\frac12$, of which the mean $1/\sqrt{2\pi}$ is a part. Without it the variance is $\frac12\left(1 - \frac1\pi\right)$.
#
# With $v$ for $n \cdot \text{variance}(w)$, look at the next layer:
#
# - The linear layer multiplies mean squares by $v$. The BN removes the constant part and divides by the standard deviation that is left, so squares are divided by $v \cdot \frac12\left(1 - \frac1\pi\right)$.
# - Going back, the squared gradient is divided by the same number, multiplied by $v$ in the linear layer, and halved by the ReLU.

# %% [markdown] slideshow={"notes": "BN's statistics depend on x too; left out here, it matters little in a large batch.", "slide_type": "fragment", "text": "$$v \\cdot \\frac12 \\,\\Big/\\, \\left(v \\cdot \\frac12\\left(1 - \\frac1\\pi\\right)\\right) = \\frac{\\pi}{\\pi - 1} \\approx 1.47 \\qquad \\sqrt{1.47} \\approx 1.21$$\n\nThe $v$ cancels: no first scale helps. BN throws the constant away and magnifies the rest, and the gradient along with it."}
# Together, for the squared gradient: $\;v \cdot \frac12 \,\big/\, \left(v \cdot \frac12\left(1 - \frac1\pi\right)\right) = \frac{\pi}{\pi - 1} \approx 1.47$, for its norm $\sqrt{1.47} \approx 1.21$.
#
# The $v$ cancels: no initial scale helps. In words: a ReLU's output is partly a constant, BN throws the constant away and magnifies the rest, and the gradient is magnified along with it. (Left out: BN's statistics depend on x too, which matters little in a large batch.)

# %% [markdown] slideshow={"notes": "7 min. From here on residual chains. The exercise is short: three lines.", "slide_type": "slide", "text": "Each block adds something to the signal that passes by."}
# ## The shortcut in a chain
#
# Now the residual chain. Each block adds something to the signal that passes by. You need it as a function.

# %% [markdown] slideshow={"slide_type": "-", "text": "Write `residual_forward(blocks, x)`.\n\n- In: a list of modules, the residual branches, and a tensor `x`. Each branch returns the shape that it gets.\n- Out: the result of $x \\leftarrow x + \\text{block}(x)$ for each block in turn.\n- The caller's `x` is not changed.\n\nExample: two blocks that double and triple. x = 1 becomes 1 + 2 = 3, and then 3 + 9 = 12."}
# ### Exercise: a chain of residual blocks
#
# Write `residual_forward(blocks, x)`.
#
# - In come a list of modules, the residual branches, and a tensor `x`. Each branch returns the shape that it gets.
# - Out goes the result of $x \leftarrow x + \text{block}(x)$ for each block in turn.
# - The caller's `x` is not changed.
#
# Example: with two blocks that double and triple, x = 1 becomes 1 + 2 = 3, and then 3 + 9 = 12.


# %% slideshow={"slide_type": "-"} tags=["exercise"]
@exercise
def residual_forward(blocks: list[nn.Module], x: Tensor) -> Tensor:
    """x + block(x) for each block in turn. The caller's x is not changed."""
    raise NotImplementedError


# %% [markdown] slideshow={"notes": "Ask: twice as large in every block, how large after 24? Sixteen million.", "slide_type": "slide", "text": "- He initialisation: a branch returns something as large as its input.\n- The two are unrelated, so mean squares add: each block *doubles* them, $2^k$.\n- With a BN at its end, a branch adds exactly 1: $1 + k$."}
# ### What the signal does
#
# Let a branch return something as large as its input, as He initialisation arranges it. Input and branch output are unrelated at the start, so their mean squares add: $1 + 1 = 2$. Every block *doubles* the mean square, and after $k$ blocks it is $2^k$.
#
# With a BN at the end of the branch, a branch adds exactly 1, however large its input: after $k$ blocks the mean square is $1 + k$. Build both:


# %% slideshow={"slide_type": "skip"}
def branch(batch_norm):
    """Two linear layers. They preserve the mean square, or with BN set it to one."""
    first, second = (nn.Linear(WIDTH, WIDTH, bias=False) for _ in range(2))
    for linear in (first, second):
        nn.init.normal_(linear.weight, std=(2 / WIDTH) ** 0.5)
    if batch_norm:
        norms = nn.BatchNorm1d(WIDTH), nn.BatchNorm1d(WIDTH)
        return nn.Sequential(first, norms[0], nn.ReLU(), second, norms[1])
    return nn.Sequential(nn.ReLU(), first, nn.ReLU(), second)


# %% jupyter={"source_hidden": true} slideshow={"columns": true, "notes": "Without BN the residual chain explodes already on the way forward. With BN it grows like 1 + k. Without BN the points leave the line by a small factor: what one block does by chance, all later ones multiply.", "slide_type": "-"} tags=["hide-input"]
counts = torch.arange(25)
figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
for batch_norm_in, derived, color, marker in [
    (False, 2.0**counts, VERMILION, "o"),
    (True, 1.0 + counts, BLUE, "s"),
]:
    branches = [branch(batch_norm_in) for _ in range(24)]
    with torch.no_grad():
        squares = [residual_forward(branches[:k], batch).square().mean() for k in counts]
    name = "with BN" if batch_norm_in else "without BN"
    formula = "1 + k" if batch_norm_in else "2^k"
    _ = axes.semilogy(counts, derived, color=color, label=f"{name}, derived: ${formula}$")
    _ = axes.semilogy(counts, squares, marker, color=color, label=f"{name}, computed")
_ = axes.set(xlabel="residual blocks k", ylabel="mean square of the signal")
_ = axes.legend()
figures.show(
    figure,
    alt="Mean square of the signal after up to 24 residual blocks, logarithmic. Without batch "
    "normalisation the computed points grow along 2 to the k, to millions. With it they lie "
    "on 1 plus k, up to 25.",
)

# %% [markdown] slideshow={"slide_type": "skip"}
# Without BN the points leave the line by a small factor: what one block does by chance, all later ones multiply.

# %% [markdown] slideshow={"notes": "The deeper the block, the less its branch contributes. The four real networks show what comes of it.", "slide_type": "fragment", "text": "Without BN the chain explodes already on the way forward.\n\nWith BN, block $k$ adds 1 to a signal of size $\\sqrt{k}$. Its BN divides by that: the deeper the block, the nearer its Jacobian is to $I$. That is the *safe place*."}
# Two lessons. A residual chain *without* BN explodes already on the way forward. *With* BN, block $k$ adds a part of size 1 to a signal of size $\sqrt{k}$: its BN divides by that size. So the derivatives of the branch are divided by $\sqrt{k}$ too: the deeper the block, the nearer its Jacobian is to $I$. That is the safe place of a residual chain. The next section shows what comes of it.

# %% [markdown] slideshow={"notes": "11 min. Real networks, small images, four combinations. The measure changes: the loss's gradient at the weights.", "slide_type": "slide", "text": "As in He et al.: 3x3 convolutions on small images, 8, 20 or 44 layers, He initialisation. Plain or residual, with BN or without.\n\nMeasured: the gradient of the *loss* at the *weights* of each convolution."}
# ## Four real networks
#
# Enough of random inputs. He et al. compared plain and residual networks of equal depth on small images: 20, 32, 44, 56 layers of 3x3 convolutions. Take such networks, of 8, 20 and 44 layers, with 8 channels in the first stage, on 16 of the digits. There are two choices, so four networks: plain or residual, with BN or without. All start from He initialisation.

# %% [markdown] slideshow={"notes": "Collect guesses for each question before the picture.", "slide_type": "fragment", "text": "Your guesses:\n\n1. With BN, which line climbs more steeply towards the input, *plain* or *residual*?\n2. *Plain* without BN: do the gradients vanish *towards the input*?\n3. *Residual* without BN: where does the line go as the depth grows?\n4. Which change brings vanished gradients back: no zeros around the maps, more channels, or other first weights?"}
# This time ask what training asks: how large is the gradient of the *loss* with respect to the *weights* of each convolution? Try this:
#
# - Leave the depth at 44, BN on, and switch from *plain* to *residual*. Which line climbs more steeply towards the input?
# - Switch BN off for the plain network. The gradients vanish, but look at the shape of the line: do they vanish towards the input?
# - Keep BN off, choose *residual*, and move the depth from 8 to 44. Where does the line go?
# - Three suspects for the vanished gradients: the zeros around the maps, the few channels, and the first weights. Go back to *plain* with BN off and 44 layers, and change one of them at a time. Which change brings the gradients back?

# %% slideshow={"notes": "Plain with BN first; switch to residual: which line climbs more? Then plain without BN: low, but level. Switch to residual and move the depth from 8 to 44: look at the axis. Last the suspects: circular padding brings the gradients back; twice the width does not; with PyTorch's own first weights they vanish altogether, unless there is a shortcut.", "slide_type": "subslide", "states": [{}, {"batch_norm": false}, {"batch_norm": false, "change": "padding"}]}
explorers.Gradients()

# %% [markdown] slideshow={"notes": "The textbook picture would be a line that falls towards the input. Here all layers are small alike.", "slide_type": "slide", "text": "- The textbook: a line that falls towards the input.\n- Plain without BN: low, but level.\n- A weight's gradient is made of products: the *signal* that comes in, times the *gradient* that comes back."}
# ### Vanished everywhere
#
# The textbook picture of a vanishing gradient is a line that falls towards the input. Without BN the plain network's line is low, but roughly level. Here is why. A weight's gradient is made of products of two things: the signal that comes into the layer, and the gradient that comes back to it.

# %% jupyter={"source_hidden": true} slideshow={"columns": true, "notes": "The weight's gradient is the product of both. One falls where the other rises. He's calculation knows no zeros around the maps; in the last stage, at 2 x 2 pixels, most of what a filter sees is zeros.", "slide_type": "-"} tags=["hide-input"]
torch.manual_seed(0)
model = CifarResNet(44, residual=False, batch_norm=False, width=8, in_channels=1)
with torch.no_grad():
    stem = F.relu(model.conv1(images[:64]))
signal = torch.tensor(signal_sizes(model.blocks, stem))
gradient = torch.tensor(gradient_norms(model.blocks, stem))

figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
_ = axes.semilogy(signal, color=BLUE, linestyle="--", label="signal")
_ = axes.semilogy(gradient, color=ORANGE, linestyle=":", linewidth=2, label="gradient")
_ = axes.semilogy(signal * gradient, color=VERMILION, linewidth=2, label="their product")
_ = axes.set(xlabel="block, from the input to the output", ylabel="size at the block's input")
_ = axes.set_xticks(range(0, 21, 4))
_ = axes.legend()
figures.show(
    figure,
    alt="Plain network of 44 layers without batch normalisation, logarithmic. The signal falls by "
    "several powers of ten towards the output, the gradient falls as much towards the input. "
    "Their product changes far less than either.",
)

# %% [markdown] slideshow={"slide_type": "fragment", "text": "What one loses towards the output, the other loses towards the input. The product is small in *all* layers alike."}
# What one loses towards the output, the other loses towards the input. The product is small in *all* layers alike. (He initialisation should have kept both level, and with circular padding it does: you saw it above. Its calculation knows no zeros around the maps. In the last stage the maps are 2 x 2 pixels, and most of what a filter sees there is zeros.)

# %% [markdown] slideshow={"slide_type": "slide", "text": "The gradient at the first convolution, and how many times that of the last it is. Three initialisations each: the middle one, and bars from the smallest to the largest."}
# ### All depths at once
#
# Two numbers for each network: the gradient at the first convolution, and how many times larger it is than that at the last. Each point is the middle one of three random initialisations, the bars reach from the smallest to the largest.

# %% jupyter={"source_hidden": true} slideshow={"notes": "Solid lines have BN. Which network's first layer gets too little? Only plain without BN.", "slide_type": "-"} tags=["hide-input"]
NETWORKS = {
    "plain, with BN": ((False, True), VERMILION, "o-"),
    "residual, with BN": ((True, True), BLUE, "s-"),
    "plain, without BN": ((False, False), VERMILION, "o--"),
    "residual, without BN": ((True, False), BLUE, "s--"),
}
figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.8), layout="constrained")
for name, (network, color, style) in NETWORKS.items():
    measured = [torch.from_numpy(weight_gradients(depth, *network)) for depth in DEPTHS]
    first = torch.stack([each[:, 0] for each in measured])  # (depths, initialisations)
    ratio = first / torch.stack([each[:, -1] for each in measured])
    for axes, values in [(left, first), (right, ratio)]:
        low, middle, high = values.sort(dim=1).values.T
        bars = torch.stack([middle - low, high - middle])
        look = {"fmt": style, "color": color, "capsize": 3, "label": name}
        _ = axes.errorbar(DEPTHS, middle.numpy(), bars.numpy(), **look)
_ = left.set(title="first convolution", ylabel="norm of the loss's gradient")
_ = right.set(title="first over last convolution", ylabel="ratio")
for axes in (left, right):
    _ = axes.set(xlabel="layers", yscale="log", xticks=DEPTHS)
_ = left.legend(fontsize=8, handlelength=5)
figures.show(
    figure,
    alt="Two panels over depths 8 to 44, logarithmic. Left, the gradient at the first convolution: "
    "plain without batch normalisation it falls to a few hundred-thousandths, in the three other "
    "networks it grows. Right, first over last: plain with batch normalisation grows to several "
    "hundred, residual with it to about ten, both networks without it stay within a "
    "factor of ten of one.",
)

# %% [markdown] slideshow={"notes": "Statements that can be false; the notebook checks each. Ask somebody to write a sixth one.", "slide_type": "slide", "text": "A picture suggests. Statements can be false. These five hold on all three initialisations:\n\n- Plain, with BN, 44 layers: no gradient is below 0.1.\n- Plain, with BN, 44 layers: first over last is above 100.\n- Residual, with BN, any depth: first over last is below 20.\n- Plain, without BN, 44 layers: every gradient is below 0.0001.\n- Residual, without BN, 44 layers: every gradient is above 10."}
# ### In words that a program can check
#
# A picture suggests. Put what you saw into statements that can be false, and have each checked on all three initialisations:


# %% slideshow={"slide_type": "skip"} tags=["hide-input"]
def norms(network, depth):
    """One row for each initialisation, one column for each convolution."""
    return weight_gradients(depth, *NETWORKS[network][0])


def first_over_last(network, depth):
    return norms(network, depth)[:, 0] / norms(network, depth)[:, -1]


findings = [
    ("plain, BN, 44 layers: no gradient is below 0.1",
     norms("plain, with BN", 44).min() > 0.1),
    ("plain, BN, 44 layers: first over last is above 100",
     first_over_last("plain, with BN", 44).min() > 100),
    ("residual, BN, any depth: first over last is below 20",
     max(first_over_last("residual, with BN", depth).max() for depth in DEPTHS) < 20),
    ("plain, no BN, 44 layers: every gradient is below 0.0001",
     norms("plain, without BN", 44).max() < 1e-4),
    ("residual, no BN, 44 layers: every gradient is above 10",
     norms("residual, without BN", 44).min() > 10),
]  # fmt: skip
for statement, holds in findings:
    print(f"{bool(holds)!s:6} {statement}")

# %% [markdown] slideshow={"notes": "Ask: can a network learn whose branches have gradients of exactly zero?", "slide_type": "slide", "text": "The last BN weight of each branch starts at zero: every block is its shortcut. What does that do to the gradients of the convolutions in the branches?"}
# ### A network whose gradients are zero
#
# One more measurement. It is common to start a residual network with the last BN weight of each branch at zero. Then every branch returns zero, and the whole block is its shortcut. Notebook 03 says more. What does it do to the gradients of the convolutions in the branches?

# %% slideshow={"notes": "A common start; the basic block's notebook says more about it.", "slide_type": "-"}
torch.manual_seed(0)
model = CifarResNet(20, width=8, in_channels=1)
zero_init_residual(model)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
convolutions = [conv for block in model.blocks for conv in (block.conv1, block.conv2)]
for step in range(3):
    _ = steps.train_step(model, images[:64], labels[:64], optimizer)
    zero = sum(not conv.weight.grad.any() for conv in convolutions)
    print(f"step {step}: gradient exactly zero in {zero} of {len(convolutions)} convolutions")

# %% [markdown] slideshow={"slide_type": "fragment", "text": "The BN weights do have a gradient. They move, and from step 1 on everything learns. So zero gradients at the start are not even a reason to expect that a network does not train."}
# At step 0 no convolution in any branch has a gradient at all. The BN weights do have one. They move, and from step 1 on everything learns. So "its gradients at the start are zero" is not even a reason to expect that a network does not train.

# %% [markdown] slideshow={"notes": "6 min. So far everything was before training. Ask for a bet on each of the four.", "slide_type": "slide", "text": "So far everything was measured *before* training.\n\nNow train four networks with BN:\n\n- plain and residual\n- 8 and 44 layers\n- 120 steps on the digits\n\nWhich of the four falls behind?"}
# ## And does it train?
#
# Everything so far was measured *before* training. Now train four networks with BN, 8 and 44 layers, plain and residual, for 120 steps on the digits. This takes some seconds.

# %% slideshow={"slide_type": "skip"} tags=["hide-input"]
losses = {}
for depth, residual in [(8, False), (44, False), (8, True), (44, True)]:
    torch.manual_seed(0)
    model = CifarResNet(depth, residual=residual, width=8, in_channels=1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)
    curve = [
        steps.train_step(model, images[chosen], labels[chosen], optimizer)
        for chosen in torch.randint(len(images), (120, 64))  # 120 batches of 64 images
    ]
    losses[depth, residual] = torch.tensor(curve)
    print(f"{'residual' if residual else 'plain'}, {depth} layers: trained")

# %% jupyter={"source_hidden": true} slideshow={"columns": true, "notes": "More layers, larger training loss, in the plain network only.", "slide_type": "-"} tags=["hide-input"]
figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
for (depth, residual), curve in losses.items():
    smooth = curve.unfold(0, 10, 1).mean(dim=1)  # the mean of ten steps
    name = f"{'residual' if residual else 'plain'}, {depth} layers"
    color, line = BLUE if residual else VERMILION, "-" if depth == 44 else "--"
    _ = axes.plot(range(10, 121), smooth, color=color, linestyle=line, linewidth=2, label=name)
_ = axes.set(xlabel="step", ylabel="loss, mean of ten steps")
_ = axes.legend()
figures.show(
    figure,
    alt="Training loss over 120 steps. Three curves fall close to zero: plain with 8 layers, "
    "residual with 8, residual with 44. The plain network with 44 layers stays far above them.",
)
final = {network: curve[-20:].mean().item() for network, curve in losses.items()}
rows = []
for (depth, residual), loss in final.items():
    words = "above 0.5" if loss > 0.5 else "below 0.3" if loss < 0.3 else "in between"
    rows.append(("residual" if residual else "plain", depth, words))
figures.table(["network", "layers", "loss at the end"], rows)

# %% [markdown] slideshow={"notes": "Left the digits, right the paper. The same pattern, a hundred times the size. Say the limits aloud: one seed, short training.", "slide_type": "slide", "text": "| | shallow | deep | |\n|:--|--:|--:|:--|\n| plain: loss on digits after 120 steps, 8 and 44 layers | below 0.3 | above 0.5 | *computed* |\n| residual: the same | below 0.3 | below 0.3 | *computed* |\n| plain: top-1 error on ImageNet, 18 and 34 layers | 27.94 % | 28.54 % | *paper* |\n| residual: the same | 27.88 % | 25.03 % | *paper* |\n\n(He et al. 2015, table 2: share of wrong validation images, ten crops)"}
# ### Yours and the paper's
#
# | | shallow | deep | |
# |:--|--:|--:|:--|
# | plain: loss on digits after 120 steps, 8 and 44 layers | below 0.3 | above 0.5 | *computed* |
# | residual: the same | below 0.3 | below 0.3 | *computed* |
# | plain: top-1 error on ImageNet, 18 and 34 layers | 27.94 % | 28.54 % | *paper* |
# | residual: the same | 27.88 % | 25.03 % | *paper* |
#
# (He et al. 2015, table 2. The top-1 error is the share of validation images whose most probable class is wrong. With ten crops, the prediction is the mean over ten cut-outs of the image.)

# %% [markdown] slideshow={"notes": "Notebook 07 repeats the experiment with several seeds, with more steps and on photographs.", "slide_type": "fragment", "text": "- This is the degradation problem: more layers, *larger* training loss, in the plain network only.\n- The limits: one seed, a tiny data set, a short training.\n- On the digits the deep residual network ends no better than the shallow one. It is just no worse."}
# You have seen the degradation problem: more layers, *larger* training loss, in the plain network only. Note the limits. This is one seed, a tiny data set, and a short training. And here the deep residual network ends no better than the shallow one. It is just no worse. Notebook 07 repeats the experiment with several seeds, with more steps and on photographs.

# %% [markdown] slideshow={"notes": "Read section 4.1 of the paper with them if there is time. It says nearly the opposite of the sentence.", "slide_type": "slide", "text": "He et al. asked the same question (section 4.1). Their plain networks have BN.\n\n- The forward signals therefore cannot die.\n- They checked the norms of the backward gradients, and found them healthy.\n- So vanishing gradients are *unlikely* to be why deep plain networks do worse.\n- They call it an *optimisation difficulty*, and leave its reason to later work.\n\nThe paper that introduced residual networks says nearly the opposite of the sentence."}
# ### What the paper says
#
# He et al. asked your question themselves (section 4.1). Their plain networks have BN. They argue that the forward signals therefore cannot die, report that they checked the norms of the backward gradients and found them healthy, and conclude that vanishing gradients are unlikely to be the reason why deep plain networks do worse. They call it an *optimisation difficulty* and leave its reason to later work.
#
# So the paper that introduced residual networks does not say the sentence from the beginning. It says nearly the opposite.

# %% [markdown] slideshow={"notes": "3 min. Row by row, with the votes from the beginning. Stay on the last row: it is the next tempting sentence.", "slide_type": "slide", "text": "| statement | | what you have seen |\n|:--|:--|:--|\n| In a deep plain net without BN, gradients vanish. | it&nbsp;depends | on borders and first weights |\n| Shortcuts prevent that. | yes, but | from He initialisation they explode instead |\n| In a deep plain net with BN, gradients vanish. | no | at the start they explode towards the input |\n| With BN, shortcuts change the gradients. | yes | first over last: below 20, not over 100 |\n| ResNets are better *because* their gradients do not vanish. | not so | the plain nets that lose have BN; at the start theirs do not vanish |\n| Deep plain nets with BN are bad *because* their gradients explode at the start. | not&nbsp;shown | both in one network is no proof |\n\nThe last row is the next tempting sentence. To test it, change the gradients and nothing else, and train."}
# ## The sentence, taken apart
#
# | statement | | what you have seen |
# |:--|:--|:--|
# | In a deep plain net without BN, gradients vanish. | it depends | with zeros around small maps: below 0.0001 in every layer at 44 layers; with circular padding: level; with PyTorch's own first weights: gone |
# | Shortcuts prevent that. | yes, but | without BN, from He initialisation, they explode instead, the signal as well |
# | In a deep plain net with BN, gradients vanish. | no | at the start they explode towards the input |
# | With BN, shortcuts change the gradients. | yes | first over last: below 20 instead of over 100 at 44 layers |
# | ResNets are better *because* their gradients do not vanish. | not so | the plain nets that lose have BN, and theirs do not vanish at the start; the paper found none vanishing either |
# | Deep plain nets with BN are bad *because* their gradients explode at the start. | not shown | you saw both in one network; that is no proof that one causes the other |
#
# Mind the last row. It is the next tempting sentence. To test it you would have to change the gradients and nothing else, and then train.

# %% [markdown] slideshow={"notes": "2 min. Two questions for the room, the others for home. The answers are in the notebook, folded up.", "slide_type": "slide"}
# ## Check yourself
#
# <details><summary>A residual block has the branch f(x) = -x. What is the Jacobian of the block, and what reaches the blocks before it?</summary>
#
# I + (-I) = 0. No gradient gets past this block. A shortcut adds an identity; it cannot stop the branch from taking it away.
#
# </details>
#
# <details><summary>A 3x3 convolution maps 64 channels to 128. Which variance does He initialisation give its weights, by fan-in and by fan-out?</summary>
#
# Fan-in is 64 x 9 = 576, so 2/576 = 1/288. Fan-out is 128 x 9 = 1,152, so 2/1,152 = 1/576.
#
# </details>
#
# <details><summary>You end a chain with a BN in training mode, nothing after it, and call gradient_norms. All norms are zero, up to rounding. Why?</summary>
#
# The function differentiates the sum of the output. Behind a BN each channel's mean is its bias, whatever comes in, so that sum is a constant. In this notebook a ReLU always came after the last BN. Before you trust a measurement, ask whether it could have come out otherwise.
#
# </details>

# %% [markdown] slideshow={"slide_type": "-"}
# <details><summary>"In my 56-layer plain net without BN, the first layer's gradient is about as large as the last layer's. So nothing has vanished." What is wrong?</summary>
#
# The ratio hides it: all layers' gradients have become tiny together. Look at the sizes, too.
#
# </details>
#
# <details><summary>Somebody takes a 50-layer network with PyTorch's default initialisation and no BN. The gradients vanish. With shortcuts they do not. "And that is why ResNet works." Name two gaps in the argument.</summary>
#
# ResNet was compared with plain networks that have BN and He initialisation, and theirs do not vanish. And the gradients were measured at the start, which does not say how training goes: you saw a network with zero gradients in all its branches begin to learn.
#
# </details>
#
# <details><summary>Why can you not write x += block(x) in residual_forward, not even on a copy of x?</summary>
#
# On the caller's tensor it overwrites what the caller still needs. On a copy it overwrites what the block has saved for its own backward pass: autograd notices and refuses. In `BasicBlock` you will see `out += identity`: that writes into the branch's output, which nobody else needs.
#
# </details>

# %% [markdown] slideshow={"notes": "1 min. Next: the block itself, with its shortcut.", "slide_type": "slide", "text": "- The Jacobian of x + f(x) is I + J. One path of a residual chain touches no branch.\n- That is no insurance: a residual chain is safe where its branches contribute little.\n- He initialisation, variance 2/fan, keeps a wide chain with ReLU level at the start.\n- BN keeps the signal level. In a deep plain net with BN the gradients do not vanish: at the start they grow towards the input.\n- BN: the batch's statistics in training, the running ones in evaluation. Say which mode you mean.\n- Without BN it depends on first weights and borders whether plain gradients vanish.\n- The degradation problem is real. In the plain nets that have it, neither you, at the start, nor the paper found vanishing gradients. What a network does at the start does not settle how it trains."}
# ## What to remember
#
# - The Jacobian of x + f(x) is I + J. A chain of residual blocks always has one path that no branch touches.
# - That is no insurance: a residual chain is safe where its branches contribute little.
# - He initialisation, variance 2/fan, keeps a wide chain with ReLU level at the start.
# - BN keeps the signal level. In a deep plain net with BN the gradients do not vanish: at the start they grow towards the input.
# - In training mode BN uses the statistics of the batch and moves its running ones. In evaluation mode it uses those, and nothing moves. Say which mode you mean.
# - Without BN it depends on the first weights and on the borders whether plain gradients vanish, and from He initialisation residual signals explode.
# - The degradation problem is real. In the plain nets that have it, neither you, at the start of training, nor the paper found vanishing gradients. What a network does at the start does not settle how it trains.

# %% slideshow={"slide_type": "skip"}
exercises.progress("02_residual_gradients")

# %% [markdown] slideshow={"slide_type": "skip"}
# Next: [03 BasicBlock](03_basic_block.ipynb) ([in Colab](https://colab.research.google.com/github/OWNER/REPOSITORY/blob/HEAD/notebooks/03_basic_block.ipynb)). You build the block itself: two convolutions, the shortcut, and what to do when the shapes do not agree.
