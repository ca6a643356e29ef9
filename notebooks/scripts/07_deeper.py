# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] slideshow={"notes": "63 min in all. 2 min. Nothing is to be programmed here: they run an experiment and judge it. Start the training cell before you talk about the argument; it takes half a minute.", "slide_type": "slide", "text": "- Why a deeper network should never train worse, and that a plain one does\n- How to compare trainings fairly: all else equal, several seeds, an interval\n- What the experiment behind ResNet shows, and what it does not\n\nNothing to program today: an experiment to run, and to judge."}
# # Does deeper help?
#
# At the end of this notebook you will be able to
#
# - say why a deeper network should never train worse, and show that a plain one does,
# - compare trainings fairly: all else equal, several seeds, and an interval for the difference,
# - keep apart what the experiment behind ResNet shows and what it does not.
#
# You need notebooks 02, 05 and 06. This one takes about 50 minutes. It has no exercises: you run an experiment, and judge it.

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
from textwrap import fill

import torch

from course_lib import data, exercises, explorers, figures, labs
from course_lib.experiments import degradation
from course_lib.experiments.recorded import recorded
from course_lib.models.cifar import CifarResNet

torch.set_num_threads(1)  # the networks are tiny: a second thread would only get in the way

# %% [markdown] slideshow={"notes": "6 min. Ask for the argument before the result: why can the deeper network not do worse in theory? Because its further layers could pass on what they get.", "slide_type": "slide", "text": "- Make a network deeper: it *could* still do all that the shallow one does. Its further layers only have to pass on what they get\n- So its training loss should be lower, or at worst the same\n- He et al. measured the opposite: the **degradation problem**"}
# ## The argument
#
# Take a network and make it deeper. The deeper one *could* do all that the shallow one does: let its additional layers pass on what they get. So its training loss should be lower, or at worst the same.
#
# He et al. found the opposite, and called it the degradation problem. They were not the first to see it: they name He and Sun (2015) and the Highway Networks (Srivastava et al. 2015). In notebook 02 you saw it too, with one seed.

# %% [markdown] slideshow={"notes": "Their hypothesis, section 3.1. Write both on the board: a stack of layers that must learn x, and one that must learn 0.", "slide_type": "-", "text": "- Perhaps passing on is hard to *learn*: convolutions, batch normalisations and ReLUs have to hit the identity exactly\n- So add the input back: $y = x + f(x)$. To do nothing, push $f$ towards 0\n- That is a hypothesis: at equal depth, shortcuts should train better"}
# ### The idea
#
# Perhaps passing on is hard to *learn*. A stack of convolutions, batch normalisations and ReLUs has to hit the identity exactly, starting from random weights. So He et al. add the input back, and let the stack learn only what is missing (section 3.1): $y = x + f(x)$. If the best that a block can do is nothing, it now has only to push $f$ towards 0.
#
# That is a hypothesis. It tells you what to look for: at equal depth, the network with shortcuts should train better, and more layers should not hurt it.

# %% [markdown] slideshow={"notes": "9 min. Ask first what has to be equal for a fair comparison: depth, width, first weights' distribution, batches, rate, number of steps.", "slide_type": "slide", "text": "- Three depths, plain and residual, three seeds each, all else equal\n- A seed fixes the first weights and the batches\n- 8 channels at the start, batch normalisation, on the digits: 120 steps, batches of 64, a constant rate of 0.05"}
# ## The experiment that ResNet was made for
#
# One seed may be luck. So repeat the comparison of notebook 02: three depths, plain and residual, three seeds each, all else equal. A seed fixes the first weights and the batches.
#
# The networks have 8 channels at the start and batch normalisation. 120 steps on the digits, batches of 64, a constant rate of 0.05. This takes about half a minute.

# %% slideshow={"slide_type": "-"} tags=["nbval-ignore-output"]
digits = data.load("digits", "train")
experiment = degradation.Short("digits", depths=(8, 20, 44), steps=120, seeds=3)
runs = list(degradation.run(experiment, digits))
print(f"{len(runs)} networks trained")

# %% jupyter={"source_hidden": true} slideshow={"notes": "Left the curves, right the ends. Orange is plain, blue is residual. The bars are one standard deviation of three seeds. Ask what would make you doubt it: bars that overlap. At 44 layers they are far apart.", "slide_type": "subslide"} tags=["hide-input"]
figures.show(
    degradation.plot(runs),
    alt="Left, training loss over 120 steps: all three residual networks and plain with 8 layers fall "
    "to near zero, plain with 20 layers ends a little above, plain with 44 layers far above. Right, "
    "the final loss against depth: for plain networks it climbs steeply, for residual ones it stays "
    "close to zero. The bars are small against the difference.",
)

# %% [markdown] slideshow={"notes": "Seed by seed, so that no mean can hide anything.", "slide_type": "fragment", "text": "Every seed agrees: 36 more layers raise the plain loss by more than 0.5. The residual one changes by less than 0.3."}
# The right panel is the whole point, so check it seed by seed. The final loss is that on all training images:

# %% slideshow={"slide_type": "skip"} tags=["hide-input"]
final = degradation.group(runs, "final_loss")
plain_costs = final[44, False] - final[8, False]
residual_costs = final[44, True] - final[8, True]
print("36 more layers, plain:    loss higher by more than 0.5:", (plain_costs > 0.5).tolist())
print(
    "36 more layers, residual: loss changed by less than 0.3:",
    (residual_costs.abs() < 0.3).tolist(),
)
print(
    "every residual-44 below every plain-44:",
    (final[44, True].max() < final[44, False].min()).item(),
)

# %% [markdown] slideshow={"slide_type": "skip"}
# ### Lab: your own depths
#
# Now it is your turn. Run the next cell by itself, and it opens a lab: choose a depth, a kind of network, the steps and the seeds, say first what you expect, and watch it train. Results gather in one chart. *Done* closes the lab, and the chart stays.

# %% slideshow={"slide_type": "skip"}
labs.Depth()

# %% [markdown] slideshow={"notes": "5 min. The most important slide of the notebook. Ask: so residuals cure vanishing gradients? Leave it open; the explorer comes next. 1,000 steps and photographs come later.", "slide_type": "slide", "text": "**Shown**\n\n- With 20 and with 44 layers, the same training takes the residual network further. With 8 there is next to nothing between them\n- The deep plain network does worse *on its own training images*. No overfitting, but a difficulty of **optimisation**\n\n**Not shown**\n\n- that plain networks cannot learn: 120 steps are few\n- that deeper is better: on the digits, 44 residual layers are only no worse than 8\n- that vanishing gradients are the cause"}
# ## What it shows, and what not
#
# Shown: with 20 and with 44 layers, the same training takes the residual network further than the plain one; with 8 there is next to nothing between them. The deep plain network does worse *on the images that it is trained on*. So this is not overfitting. It is a difficulty of **optimisation**: weights that do better exist, and the training does not find them in these steps.
#
# Not shown:
#
# - *That plain networks cannot learn.* Their loss falls too, and 120 steps are few. Below you go on to 1,000.
# - *That deeper is better.* On the digits, 44 residual layers are about as good as 8. They are only no worse. Below you try photographs.
# - *That vanishing gradients are the cause.* Look at that one first.

# %% [markdown] slideshow={"columns": true, "notes": "7 min. Let them look for a small gradient. There is none. The line leans the other way. Dashed are networks without batch normalisation, known from notebook 02; the experiment has none.", "slide_type": "slide", "text": "Before the first step of training:\n\n- *Plain*, batch norm on. Move the depth from 8 to 44: where is a gradient small?\n- Towards which end does the line rise?\n- Switch to *residual*: how much of the slope is left?"}
# ## A suspect: vanishing gradients
#
# If vanishing gradients held the deep plain network back, you would see small ones in it. Here they are, before the first step of training, on digits, in networks like those above. Try this:
#
# - Leave it at *plain*, with batch norm on, and move the depth from 8 to 44. Where is a gradient small? Towards which end does the line rise?
# - Switch to *residual*. How much of the slope is left?
#
# (The dashed lines are networks without batch normalisation. You know them from notebook 02; the experiment has none.)

# %% slideshow={"columns": true, "notes": "First 8 layers, plain: level. Then 44, plain: the line climbs towards the input, some hundreds of times. Then 44, residual: about ten times.", "slide_type": "-"} tags=["hide-input"]
explorers.Gradients()

# %% [markdown] slideshow={"notes": "The paper found healthy norms, here they are lopsided. Both are against the suspect. Recall notebook 02: ten times the weights, a tenth of the gradient.", "slide_type": "subslide", "text": "- *No gradient is small.* In the plain network they *grow* towards the input: at 44 layers to hundreds of times the last one, with shortcuts to about ten times\n- He et al. found healthy norms in their plain networks, and report no imbalance (section 4.1). But nobody sees a vanishing gradient\n- The imbalance is no culprit yet: batch normalisation makes a layer blind to the scale of its weights. Ten times the weights get a tenth of the gradient\n- One limit: this is the start of training, and nothing of what comes later"}
# No layer's gradient is small. In the plain network they *grow* towards the input: at 44 layers the first is hundreds of times the last. With shortcuts it is about ten times.
#
# - He et al. looked at their plain networks too, which have batch normalisation, and found the gradients' norms healthy (section 4.1). You see an imbalance and they do not report one. But neither of you sees a vanishing gradient.
# - The imbalance is no culprit yet. Batch normalisation makes a layer blind to the scale of its weights: notebook 02 took ten times the weights and got a tenth of the gradient. So the size of a gradient alone does not say how well its layer learns.
#
# One limit: this is the start of training. What comes later, it does not show.

# %% [markdown] slideshow={"notes": "9 min. The run takes ten minutes or more, so it is recorded. Ask before the picture: will the gap close?", "slide_type": "slide", "text": "Perhaps the plain network only needs longer. The same networks over 1,000 steps, five seeds, *recorded*: that takes ten minutes or more."}
# ## Do more steps settle it?
#
# Perhaps the plain network only needs longer. Here are the same networks over 1,000 steps, with five seeds. That takes ten minutes or more, so it was run once, and you see the *recorded* curves.

# %% jupyter={"source_hidden": true} slideshow={"notes": "Left: plain with 20 layers catches up within some hundred steps, plain with 44 falls with setbacks. Right: its seeds lie far apart. Ask whether the gap has closed.", "slide_type": "-"} tags=["hide-input"]
longer = recorded("degradation_digits")
print(fill(f"recorded: {longer['data']}", 90))
print("machine: ", longer["machine"], "| torch", longer["versions"]["torch"])
figures.show(
    degradation.plot(longer["runs"]),
    alt="Recorded, 1,000 steps. Plain with 20 layers comes close to the residual networks within some "
    "hundred steps. Plain with 44 layers falls, with setbacks, and ends above all others, the seeds "
    "far apart.",
)


# %% slideshow={"notes": "Plain with 44 layers: 0.555, give or take 0.454. Ask what such a large spread means: some seeds get there and some do not.", "slide_type": "subslide"} tags=["hide-input"]
def spreads(ends):
    """A row for each depth: the mean final loss ± its standard deviation, plain and residual."""
    for depth in dict.fromkeys(depth for depth, _ in ends):
        cells = [ends[depth, residual] for residual in (False, True)]
        yield depth, *(f"{each.mean():.3f} ± {each.std():.3f}" for each in cells)


ends = degradation.group(longer["runs"], "final_loss")
print("plain with 44 layers, seed by seed:", *(f"{end:.2f}" for end in ends[44, False]))
print("final loss, mean ± standard deviation of five seeds (recorded):")
figures.table(["layers", "plain", "residual"], spreads(ends))

# %% [markdown] slideshow={"notes": "Spend time here: the interval comes back in all later comparisons. The factor 2.776 is Student's t for five values; for three it would be 4.303.", "slide_type": "-", "text": "- Both networks of a seed saw the same batches: take the difference seed by seed, and then its mean\n- Its 95 % interval: $\\text{mean} \\pm 2.776 \\cdot \\text{standard deviation} / \\sqrt{5}$\n- Say \"larger\" or \"smaller\" only if the interval leaves out zero"}
# ### How sure is a difference?
#
# Both networks of a seed saw the same batches. So take the difference seed by seed, and then its mean. But other seeds would have given another mean. How far off may this one be?
#
# Take the differences' standard deviation, divide it by the root of the number of seeds, and go 2.776 times that far to both sides. (The factor is Student's $t$ for five values.) That is the mean's 95 % interval: out of many experiments, 95 in 100 would get an interval that holds the true difference. Here you say "larger" or "smaller" only if it leaves out zero.


# %% slideshow={"slide_type": "skip"}
def difference(first, second):
    """Mean of second - first over five seeds, its 95 % interval, and whether that holds zero."""
    each = second - first
    mean, half = each.mean(), 2.776 * each.std() / len(each) ** 0.5
    interval = f"{mean - half:+.3f} to {mean + half:+.3f}"
    return f"{mean:+.3f}", interval, "no" if mean.abs() > half else "yes"


# %% slideshow={"notes": "The gap narrows from line to line, at both depths. The last line is the final loss on all training images, and holds zero by a hair.", "slide_type": "subslide"} tags=["hide-input"]
curves, rows = degradation.group(longer["runs"]), []
for depth in (20, 44):
    for step in (120, 250, 500, 1000):
        plain, residual = (curves[depth, kind][:, step // 10 - 1] for kind in (False, True))
        rows.append((depth, f"ten batches, to step {step:,}", *difference(residual, plain)))
    rows.append((depth, "all images", *difference(ends[depth, True], ends[depth, False])))
print("loss (recorded), plain minus residual:")
figures.table(["layers", "loss on", "difference", "95 % interval", "holds zero?"], rows)

# %% [markdown] slideshow={"notes": "Two lessons: what the toy shows, and that the paper's footnote says the opposite of what one would like to conclude from it.", "slide_type": "subslide", "text": "- *On the digits the gap narrows.* With 20 layers, the interval holds zero from step 500 on\n- With 44 layers all five plain networks end above their residual partners. Still the last interval holds zero, if only just\n- That does not mean \"no difference\". It means that five seeds do not settle it\n- *Do not carry that over.* On ImageNet, the degradation was still there after three times the iterations (He et al., footnote 3)\n- Their conjecture: deep plain networks converge exponentially slowly"}
# *On the digits the gap narrows.* With 20 layers little is left of it, and from step 500 on the interval holds zero. With 44, two seeds of five are still near 1. All five plain networks end above their residual partners; but they lie so far apart that the last interval holds zero too, if only just. That does not mean "no difference". It means that five seeds do not settle it.
#
# *Do not carry that over.* The digits are 1,500 tiny images. On ImageNet, He et al. gave their plain networks three times the iterations, and the degradation was still there (footnote 3). They conclude that simply training longer is no practical way out, and conjecture that deep plain networks converge exponentially slowly (section 4.1).

# %% [markdown] slideshow={"columns": true, "notes": "8 min. Bet first: pairs of blocks, which pair costs least? Nobody trained the network for missing blocks. Blocks 6 and 9 out: 80.2 %, of all pairs the cheapest, as much as without 6 alone (80.1 %). Blocks 1 and 4 out: 10.0 %, no better than guessing. All nine: 10.1 %.", "slide_type": "slide", "text": "- A block is out: its shortcut is left, and the network still answers\n- But nobody trained it for that\n- Take out 6 and 9. Then 1 and 4. Then all nine. Bet first!\n- Take out 4 alone and look at *y*"}
# ## What one block is worth
#
# In a plain network, taking a layer out cuts the road. In a residual one the shortcut is left, and with a block fewer the network still answers. But nobody trained it for that: nearly every further block that goes costs more. Try this, on the course's trained network:
#
# - Take out blocks 6 and 9. Of all pairs this one costs least: 80.2 % of the test images are still right, as many as without block 6 alone (80.1 %).
# - Take out 1 and 4: 10.0 %, no better than guessing. All nine: 10.1 %.
# - Take out block 4 alone and look at *y*. The shortcut has to halve the map and double the channels without a single weight: every second pixel of *x* is left, and 16 maps of zeros.

# %% slideshow={"columns": true, "notes": "Block 4 alone: the shortcut halves the map and doubles the channels without a weight, so every second pixel is left, and 16 maps of zeros. This is one network, trained once, on one data set. It shows what this network does, not what all do.", "slide_type": "-"} tags=["hide-input"]
explorers.InsideResNet(block=4)

# %% [markdown] slideshow={"slide_type": "skip"}
# One network, trained once: other seeds would give other numbers. What carries over is the question, which every experiment here asks: which part of this machine does the work?

# %% [markdown] slideshow={"notes": "9 min. Digits need no depth. On photographs the deeper plain network is worse again; what of the deeper residual one?", "slide_type": "slide", "text": "The digits are too easy to need depth. Now photographs: 2,000 images of CIFAR-10 at 16 x 16 pixels, 250 steps, five seeds, *recorded*."}
# ## Where deeper is better
#
# The digits are too easy to need depth. On photographs it is another matter. The same experiment on 2,000 images of CIFAR-10, reduced to 16 x 16 pixels, 250 steps, *recorded*:

# %% jupyter={"source_hidden": true} slideshow={"notes": "Right panel: orange up, blue down and then a little up again. Nobody should say that deeper is always better.", "slide_type": "-"} tags=["hide-input"]
photographs = recorded("degradation_cifar10_small")
print(fill(f"recorded: {photographs['data']}", 90))
figures.show(
    degradation.plot(photographs["runs"]),
    alt="Recorded on small photographs. Final loss against depth: for plain networks it rises from 8 "
    "to 20 to 32 layers. For residual networks it falls from 8 to 20 layers, and 32 lies in between.",
)

# %% slideshow={"notes": "Means and standard deviations first. Ask which of these differences the five seeds can settle; the next table says.", "slide_type": "skip"} tags=["hide-input"]
ends = degradation.group(photographs["runs"], "final_loss")
print("final loss, mean ± standard deviation of five seeds (recorded):")
figures.table(["layers", "plain", "residual"], spreads(ends))

# %% slideshow={"notes": "Read the intervals, not the means. Three lines hold zero. Let the room say each line as a sentence, and only then show the three. So deeper can help, if there are shortcuts. It does not always.", "slide_type": "subslide"} tags=["hide-input"]
rows = []
for kind, residual in [("plain", False), ("residual", True)]:
    for few, many in ((8, 20), (20, 32), (8, 32)):
        change = difference(ends[few, residual], ends[many, residual])
        rows.append((f"{kind}, {many} minus {few} layers", *change))
for depth in (8, 20, 32):
    gap = difference(ends[depth, True], ends[depth, False])
    rows.append((f"{depth} layers, plain minus residual", *gap))
figures.table(["final loss (recorded)", "difference", "95 % interval", "holds zero?"], rows)

# %% [markdown] slideshow={"slide_type": "fragment", "text": "- *Plain:* every step in depth makes the training loss larger\n- *Residual:* 20 layers *are* better than 8; what 32 do, five seeds do not show\n- *At equal depth:* residual is ahead with 20 and 32, with 8 it is not settled"}
# - *Plain:* every step in depth makes the training loss larger.
# - *Residual:* 20 layers *are* better than 8. Whether 32 are better than 8, or worse than 20, five seeds do not show.
# - *At equal depth:* with 20 and 32 layers the residual network is ahead, with 8 the experiment does not show it.
#
# So deeper can help, if there are shortcuts. It does not always.

# %% [markdown] slideshow={"notes": "4 min. The errors are quoted from the paper, the parameters counted here. With a GPU, `python -m course_lib experiment degradation_cifar10` does a run on all of CIFAR-10; without one, leave it out.", "slide_type": "slide", "text": "The same kind of network on all of CIFAR-10, for 64,000 steps. The errors are the paper's, on the *test* images."}
# ## At full size
#
# 2,000 small images, re-encoded as JPEG, and 250 steps are far from the real CIFAR-10. He et al. trained the same kind of network on all of it, for 64,000 steps, and measured the error on the *test* images. The parameters are those of the networks of this course:

# %% slideshow={"slide_type": "-"} tags=["hide-input"]
errors = {20: "8.75", 32: "7.51", 44: "7.17", 56: "6.97", 110: "6.61", 1202: "7.93"}
rows = []
for depth, error in errors.items():
    with torch.device("meta"):  # shapes without numbers: enough to count
        model = CifarResNet(depth, in_channels=3)
    rows.append((depth, sum(p.numel() for p in model.parameters()), error))
figures.table(["layers, residual", "parameters, computed", "test error in %, paper, table 6"], rows)

# %% [markdown] slideshow={"notes": "The row of 110 layers is the mean of five runs, \u00b1 0.16; the best is 6.43. The others are one run each. 1,202 layers are 19 million parameters for 50,000 small images.", "slide_type": "fragment", "text": "- The error falls up to 110 layers, and with 1,202 it rises again: the authors blame overfitting\n- A *plain* network of 110 layers stays above 60 % (*paper*, section 4.2)"}
# - The error falls up to 110 layers. (That row is the mean of five runs, ± 0.16; the best is 6.43. The others are one run each.)
# - With 1,202 layers it rises again. The authors blame overfitting: 19 million parameters for 50,000 small images.
# - A *plain* network of 110 layers stays above 60 % (*paper*, section 4.2).
#
# Have you a GPU? `python -m course_lib experiment degradation_cifar10` trains plain and residual networks of 20 and 56 layers on all of CIFAR-10, three seeds each, and records their curves.

# %% [markdown] slideshow={"notes": "3 min. Ask the room, one question each. The answers are in the notebook, folded up. Do not skip the second one: it is the claim that people bring along.", "slide_type": "slide"}
# ## Check yourself
#
# <details><summary>The plain network with 44 layers has a higher training loss than the one with 8. Why is that not overfitting?</summary>
#
# Overfitting is a low loss on the training images and a high one on others. Here the loss on the training images themselves is high.
#
# </details>
#
# <details><summary>"Residual networks beat plain ones because gradients vanish in plain ones." What did you measure against that?</summary>
#
# With batch normalisation, no gradient of the deep plain network is small at the start; towards the input they are even large. And the paper reports healthy norms.
#
# </details>
#
# <details><summary>You train plain networks on the digits ten times as long, and the gap nearly closes. "So degradation is a lack of patience." What do you answer?</summary>
#
# On 1,500 tiny images it may be. On ImageNet three times the iterations did not help (footnote 3 of the paper). What a toy shows holds for the toy, until somebody has measured the rest.
#
# </details>
#
# <details><summary>Five differences are all above zero, and the 95 % interval of their mean reaches from -0.01 to 1.12. What may you say?</summary>
#
# That five of five were above zero, and that the size of the difference is not settled. Not that there is none, and not that it is 0.555. More seeds would tell.
#
# </details>

# %% [markdown] slideshow={"notes": "1 min. Next: convolutions with groups.", "slide_type": "slide"}
# ## What to remember
#
# - A deeper network could copy a shallower one. Training does not find that copy in a deep plain network: its loss is larger on the training images themselves. That is the degradation problem, a difficulty of optimisation.
# - At equal depth, the same training takes the deep residual network further.
# - On the digits more steps narrow the gap. On ImageNet three times the steps did not close it.
# - Vanishing gradients do not explain it: in the plain networks that do worse, none were found.
# - With shortcuts deeper can be better, and need not be. Measure it, with several seeds, and say "better" only if the interval leaves out zero.

# %% slideshow={"slide_type": "skip"}
exercises.progress()

# %% [markdown] slideshow={"slide_type": "skip"}
# Next: [08 Grouped convolution](08_grouped_convolution.ipynb) ([in Colab](https://colab.research.google.com/github/OWNER/REPOSITORY/blob/HEAD/notebooks/08_grouped_convolution.ipynb)). Groups are what makes a ResNeXt out of a ResNet.
