"""Exercise `train_step`: one step of gradient descent."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.optimizer import register_optimizer_step_post_hook

from course_lib.exercises.engine.compare import Told
from course_lib.exercises.engine.exercise import Exercise, Implementation, Probe
from course_lib.exercises.probes.call import randn
from course_lib.training.steps import train_step

OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "SGD with momentum": lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9),
    "SGD": lambda parameters: torch.optim.SGD(parameters, lr=0.1),
    "Adam": lambda parameters: torch.optim.Adam(parameters, lr=0.01),
}


SEVERAL = (
    "You take several steps in one call: it is one step, with the gradients of one batch. Whoever "
    "wants more of them calls it again."
)


def _model(scale: float) -> nn.Module:
    """Linear, batch norm, linear. Its running statistics are far from those of any batch.

    The first weights are multiplied by `scale`. Batch norm undoes that, but for their gradients: a
    small one makes them large. One feature is always 0, and heavy weights hang on it: whatever
    moves weights, other than their gradients, shows on these.

    No bias before the batch norm: its gradient is zero but for rounding, which Adam would magnify.
    """
    first, norm, last = nn.Linear(4, 6, bias=False), nn.BatchNorm1d(6), nn.Linear(6, 3)
    model = nn.Sequential(first, norm, nn.ReLU(), last)
    with torch.no_grad():
        for seed, parameter in enumerate(model.parameters()):
            parameter.copy_(0.5 + 0.5 * randn(*parameter.shape, seed=seed))
        first.weight.mul_(scale)
        norm.bias[0], last.weight[:, 0] = -30.0, 30.0
        norm.get_buffer("running_mean").add_(1.0)
        norm.get_buffer("running_var").mul_(4.0)
    return model


def _observe(
    implementation: Implementation,
    batches: list[tuple[Tensor, Tensor]],
    build: Callable[..., torch.optim.Optimizer],
    training: bool,
    left_over: float | None,
    scale: float,
) -> dict[str, Any]:
    """A step for each batch. `training` is the mode before, `left_over` every gradient before."""
    model = _model(scale).train(training)
    if left_over is not None:
        for parameter in model.parameters():
            parameter.grad = torch.full_like(parameter, left_over)
    optimizer = build(model.parameters())
    events: list[str] = []

    def stepped(moving: torch.optim.Optimizer, *_: Any) -> None:
        events.append("step" if moving is optimizer else "another optimiser's step")

    def reached(_: Tensor) -> None:
        if events[-1:] != ["gradients"]:
            events.append("gradients")

    model.get_parameter("0.weight").register_hook(reached)
    before = _weights(model)
    with register_optimizer_step_post_hook(stepped):
        losses = [implementation(model, images, labels, optimizer) for images, labels in batches]
    moved = _weights(model) - before
    if "another optimiser's step" in events:  # its step says nothing about the rest
        return {"who moves the weights": "another optimiser"}
    if "step" not in events and moved.any():
        return {"who moves the weights": "your own code"}
    if events.count("gradients") > len(batches) < events.count("step"):
        return {"what a call does": Told(SEVERAL)}
    with_graph = any(isinstance(loss, Tensor) and loss.requires_grad for loss in losses)
    returned = {f"loss returned by step {n}": loss for n, loss in enumerate(losses, start=1)}
    return returned | {
        "graph on the losses": "yes" if with_graph else "no",
        "movement of the weights": moved,
        "order of events": ", ".join(events) or "nothing",
    }


def _weights(model: nn.Module) -> Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


def _batches(*sizes: int) -> list[tuple[Tensor, Tensor]]:
    return [(randn(n, 4, seed=n), torch.arange(n) % 3) for n in sizes]


def _probe(
    label: str,
    sizes: tuple[int, ...],
    optimizer: str,
    *,
    training: bool = True,
    left_over: float | None = None,
    scale: float = 1.0,
) -> Probe:
    return Probe(
        f"{label}, {optimizer}",
        _observe,
        (_batches(*sizes), OPTIMIZERS[optimizer], training, left_over, scale),
    )


MODE, CLEAR = "    model.train()\n", "    optimizer.zero_grad()\n"
BACKWARD, STEP = "    loss.backward()\n", "    optimizer.step()\n"
LOSS = "F.cross_entropy(model(images), labels)"

EXERCISE = Exercise(
    train_step,
    title="One training step",
    difficulty=2,
    importance=5,
    minutes=10,
    insight=(
        "He et al. took 64,000 of these on CIFAR-10; leave out train(), zero_grad(), backward() "
        "or step(), and none of the four raises an error."
    ),
    hints=(
        "Five things must happen, and in an order that makes sense: set the mode, clear what an "
        "earlier step left behind, compute the loss, differentiate it, let the optimiser move the "
        "weights. Then return a number, not a tensor.",
        "L = the mean of -ln(probability of the right class);  g = dL/dw;  w becomes w - rate * g\n"
        "backward() adds g to whatever the gradients were before, and step() follows whatever it "
        "finds there. So when must they be 0, and when must they be g? And L still carries the "
        "graph of g: how do you get the bare number out of it?",
    ),
    probes=(
        _probe("a first step", (6,), "SGD with momentum"),
        _probe("two steps", (6, 5), "SGD with momentum", left_over=0.0),
        _probe("two steps, the model in eval mode before", (6, 5), "Adam", training=False),
        _probe("old gradients left on the weights", (5,), "SGD with momentum", left_over=3.0),
        _probe("large gradients", (7,), "SGD", scale=0.01),
    ),
    mistakes={
        "You never clear the gradients: backward() adds to what is in .grad, so each step "
        "still follows the batches before it.": {CLEAR: ""},
        "You clear the gradients only at the end: those that something else left on the "
        "weights before your call still take part in the step.": {CLEAR: "", STEP: STEP + CLEAR},
        "You clear the gradients between backward() and step(), so nothing is left for the "
        "optimiser to follow: clear them before backward().": {
            CLEAR: "",
            BACKWARD: BACKWARD + CLEAR,
        },
        "You call step() before backward(): then it finds no gradients, or those of an earlier "
        "batch. First work out where to go, then go there.": {BACKWARD: "", STEP: STEP + BACKWARD},
        "No gradients reach the weights, so the optimiser moves nothing: is backward() never "
        "called, or is the graph cut on the way to it, by detach(), .data or no_grad()?": {
            BACKWARD: ""
        },
        "You compute the gradients but never call step(), so no weight moves.": {STEP: ""},
        "You call step() twice: one call is one step of gradient descent.": {STEP: STEP + STEP},
        "You make an optimiser of your own: it knows neither the learning rate nor the momentum "
        "of the one that you are given, and forgets everything after each step.": {
            MODE: f"{MODE}    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n"
        },
        "You move the weights yourself: the learning rate, the momentum and whatever else "
        "belongs to a step are the optimiser's. Let it take the step.": {
            STEP: "    with torch.no_grad():\n"
            "        for parameter in model.parameters():\n"
            "            parameter -= 0.1 * parameter.grad\n"
        },
        "You clip the gradients: a large one then moves the weights less than it should. Asked "
        "for is the step along the gradient as it is.": {
            BACKWARD: f"{BACKWARD}    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n"
        },
        "You did not put the model into train mode: after an evaluation its batch "
        "normalisation would go on using the running statistics.": {MODE: ""},
        "You put the model into train mode only after it has computed the loss: switch before "
        "the forward pass.": {MODE: "", STEP: STEP + MODE},
        "You put the model into eval mode: there batch normalisation uses its running "
        "statistics and never updates them, and dropout does nothing.": {
            MODE: "    model.eval()\n"
        },
        "You apply a softmax before the cross entropy, which has one inside: the second one "
        "flattens the gradients, and training crawls.": {
            "model(images)": "model(images).softmax(dim=1)"
        },
        "You used nll_loss on logits: it expects logarithms of probabilities. Cross entropy "
        "takes the logits as they are.": {"F.cross_entropy": "F.nll_loss"},
        "You took the squared error between the logits and a one for the right class: asked for "
        "is the cross entropy, which looks at probabilities.": {
            "F.cross_entropy": "F.mse_loss",
            ", labels)\n": ", F.one_hot(labels, 3).float())\n",
        },
        "You smooth the labels: asked for is the plain cross entropy, with all of the target on "
        "the right class.": {", labels)\n": ", labels, label_smoothing=0.1)\n"},
        "Your loss has the wrong sign, so each step climbs: the cross entropy is minus the "
        "logarithm of the right class's probability.": {f"{LOSS}\n": f"-{LOSS}\n"},
        "You sum the losses of the images: the gradient then grows with the batch, and with "
        "it the step. Take their mean.": {", labels)\n": ", labels, reduction='sum')\n"},
        "You divide by the batch size once too often: cross entropy is a mean already.": {
            f"{LOSS}\n": f"{LOSS} / len(labels)\n"
        },
        "You return the loss as a tensor. It carries the whole graph with it, and a list of "
        "such losses fills the memory: return a float.": {"loss.item()": "loss"},
        "You return a tensor that holds the loss: asked for is a Python float.": {
            "loss.item()": "loss.detach()"
        },
        "You return the accuracy of the batch: asked for is its loss.": {
            "    loss = ": "    right = (model(images).argmax(dim=1) == labels).float().mean()\n"
            "    loss = ",
            "loss.item()": "right.item()",
        },
        "You return the loss times the batch size: asked for is the mean over the batch.": {
            "loss.item()": "loss.item() * len(labels)"
        },
        "You compute the loss anew after the step and return that: asked for is the loss that "
        "the step went down on, before the weights moved.": {"return loss": f"return {LOSS}"},
        "You did everything but return the loss.": {"return ": ""},
    },
)
