"""Exercise `train_step`: one step of gradient descent."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib.exercises.engine.exercise import Exercise, Implementation, Mistake, Probe
from course_lib.exercises.probes.call import randn
from course_lib.training.steps import train_step

OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "SGD with momentum": lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9),
    "Adam": lambda parameters: torch.optim.Adam(parameters, lr=0.01),
}


def _model() -> nn.Module:
    """Linear, batch norm, linear. Its running statistics are far from those of any batch.

    No bias before the batch norm: its gradient is zero but for rounding, which Adam would magnify.
    """
    norm = nn.BatchNorm1d(6)
    model = nn.Sequential(nn.Linear(4, 6, bias=False), norm, nn.ReLU(), nn.Linear(6, 3))
    with torch.no_grad():
        for seed, parameter in enumerate(model.parameters()):
            parameter.copy_(0.5 + 0.5 * randn(*parameter.shape, seed=seed))
        norm.get_buffer("running_mean").add_(1.0)
        norm.get_buffer("running_var").mul_(4.0)
    return model


def _observe(
    implementation: Implementation,
    batches: list[tuple[Tensor, Tensor]],
    build: Callable[..., torch.optim.Optimizer],
    training: bool,
    left_over: float,
) -> dict[str, Any]:
    """A step for each batch. `training` is the mode before, `left_over` every gradient before."""
    model = _model().train(training)
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, left_over)
    optimizer = build(model.parameters())
    seen = {"backward": 0, "step": 0}

    def count(what: str) -> Callable:
        return lambda *_: seen.update({what: seen[what] + 1})

    model.get_parameter("0.weight").register_hook(count("backward"))
    optimizer.register_step_post_hook(count("step"))
    losses = [implementation(model, images, labels, optimizer) for images, labels in batches]
    return {
        "losses returned": losses,
        "weights afterwards": torch.cat([p.detach().flatten() for p in model.parameters()]),
        "optimizer.step() was called": f"{seen['step']} times",
        "gradients were computed": "yes" if seen["backward"] else "no",
    }


def _batches(*sizes: int) -> list[tuple[Tensor, Tensor]]:
    return [(randn(n, 4, seed=n), torch.arange(n) % 3) for n in sizes]


def _probe(label: str, sizes: tuple, optimizer: str, training: bool, left_over: float) -> Probe:
    return Probe(
        f"{label}, {optimizer}",
        _observe,
        (_batches(*sizes), OPTIMIZERS[optimizer], training, left_over),
    )


def _step(
    loss: Callable[[Tensor, Tensor], Tensor] = F.cross_entropy,
    *,
    mode: Callable[[nn.Module], Any] = nn.Module.train,
    before: Callable[[torch.optim.Optimizer], Any] = torch.optim.Optimizer.zero_grad,
    backward: Callable[[Tensor], Any] = Tensor.backward,
    between: Callable[[torch.optim.Optimizer], Any] = lambda optimizer: None,
    step: Callable[[torch.optim.Optimizer], Any] = lambda optimizer: optimizer.step(),
    result: Callable[..., Any] = lambda loss, *_: loss.item(),
) -> Implementation:
    """The right step, but for what is given."""

    def attempt(model, images, labels, optimizer):
        mode(model)
        before(optimizer)
        value = loss(model(images), labels)
        backward(value)
        between(optimizer)
        step(optimizer)
        return result(value, model, images, labels)

    return attempt


def _nothing(_: Any) -> None:
    pass


def _clear_at_the_end(model, images, labels, optimizer):
    loss = _step(before=_nothing)(model, images, labels, optimizer)
    optimizer.zero_grad()
    return loss


def _train_mode_at_the_end(model, images, labels, optimizer):
    loss = _step(mode=_nothing)(model, images, labels, optimizer)
    model.train()
    return loss


def _twice(optimizer: torch.optim.Optimizer) -> None:
    optimizer.step()
    optimizer.step()


EXERCISE = Exercise(
    name="train_step",
    title="One training step",
    difficulty=2,
    importance=5,
    minutes=10,
    reference=train_step,
    hints=(
        "Five things must happen, and in an order that makes sense: set the mode, clear what an "
        "earlier step left behind, compute the loss, differentiate it, let the optimiser move the "
        "weights. Then return a number, not a tensor.",
        "model.<which mode?>()\n"
        "optimizer.<clear the gradients>()\n"
        "loss = F.cross_entropy(<logits>, labels)\n"
        "<the gradients of loss>\n"
        "<move the weights>\n"
        "return <loss as a Python number>",
    ),
    probes=(
        _probe("one step", (6,), "SGD with momentum", True, 0.0),
        _probe("two steps", (6, 5), "SGD with momentum", True, 0.0),
        _probe("two steps, the model in eval mode before", (6, 5), "Adam", False, 0.0),
        _probe("old gradients left on the weights", (5,), "SGD with momentum", True, 3.0),
    ),
    mistakes=(
        Mistake(
            "You never clear the gradients: backward() adds to what is in .grad, so each step "
            "still follows the batches before it.",
            _step(before=_nothing),
        ),
        Mistake(
            "You clear the gradients only at the end: those that something else left on the "
            "weights before your call still take part in the step.",
            _clear_at_the_end,
        ),
        Mistake(
            "You clear the gradients between backward() and step(), so nothing is left for the "
            "optimiser to follow: clear them before backward().",
            _step(before=_nothing, between=torch.optim.Optimizer.zero_grad),
        ),
        Mistake(
            "You never call backward(): the optimiser finds no gradients and moves nothing.",
            _step(backward=_nothing),
        ),
        Mistake(
            "You compute the gradients but never call step(), so no weight moves.",
            _step(step=_nothing),
        ),
        Mistake(
            "You call step() twice: one call is one step of gradient descent.",
            _step(step=_twice),
        ),
        Mistake(
            "You did not put the model into train mode: after an evaluation its batch "
            "normalisation would go on using the running statistics.",
            _step(mode=_nothing),
        ),
        Mistake(
            "You put the model into train mode only after it has computed the loss: switch before "
            "the forward pass.",
            _train_mode_at_the_end,
        ),
        Mistake(
            "You put the model into eval mode: there batch normalisation uses its running "
            "statistics and never updates them, and dropout does nothing.",
            _step(mode=nn.Module.eval),
        ),
        Mistake(
            "You apply a softmax before the cross entropy, which has one inside: the second one "
            "flattens the gradients, and training crawls.",
            _step(lambda logits, labels: F.cross_entropy(logits.softmax(dim=1), labels)),
        ),
        Mistake(
            "You used nll_loss on logits: it expects logarithms of probabilities. Cross entropy "
            "takes the logits as they are.",
            _step(F.nll_loss),
        ),
        Mistake(
            "You sum the losses of the images: the gradient then grows with the batch, and with "
            "it the step. Take their mean.",
            _step(lambda logits, labels: F.cross_entropy(logits, labels, reduction="sum")),
        ),
        Mistake(
            "You divide by the batch size once too often: cross entropy is a mean already.",
            _step(lambda logits, labels: F.cross_entropy(logits, labels) / len(labels)),
        ),
        Mistake(
            "You return the loss as a tensor. It carries the whole graph with it, and a list of "
            "such losses fills the memory: return a float.",
            _step(result=lambda loss, *_: loss),
        ),
        Mistake(
            "You return the loss times the batch size: asked for is the mean over the batch.",
            _step(result=lambda loss, model, images, labels: loss.item() * len(labels)),
        ),
        Mistake(
            "You compute the loss anew after the step and return that: asked for is the loss that "
            "the step went down on, before the weights moved.",
            _step(
                result=lambda loss, model, images, labels: F.cross_entropy(
                    model(images), labels
                ).item()
            ),
        ),
        Mistake("You did everything but return the loss.", _step(result=lambda *_: None)),
    ),
)
