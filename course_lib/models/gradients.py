"""What a shortcut does to derivatives, and batch normalisation, which decides their size.

y = x + f(x) is the residual block of He et al. 2015 (arXiv 1512.03385, equation 1).
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn


def residual_jacobian(f: "Callable[[Tensor], Tensor]", x: Tensor) -> Tensor:
    """The Jacobian (n, n) of x + f(x) at x (n,): row i holds the derivatives of output i.

    Raises ValueError unless x and f(x) are of shape (n,).
    """
    x = x.detach().requires_grad_()
    change = f(x)
    if x.ndim != 1 or change.shape != x.shape:
        raise ValueError(
            f"x {tuple(x.shape)} and f(x) {tuple(change.shape)} must both be of shape (n,)"
        )
    y = x + change
    rows = [torch.autograd.grad(output, x, retain_graph=True)[0] for output in y]
    return torch.stack(rows)


def gradient_norms(blocks: list[nn.Module], x: Tensor) -> list[float]:
    """The L2 norm of d sum(output) / d input for the input of each block, first block first.

    The blocks are applied to x in order. Neither x nor the parameters' `.grad` are changed.
    """
    inputs = []
    x = x.detach().requires_grad_()
    for block in blocks:
        inputs.append(x)
        x = block(x.clone())  # a clone, because a block may change its input in place
    return [gradient.norm().item() for gradient in torch.autograd.grad(x.sum(), inputs)]


def batch_norm(x: Tensor, weight: Tensor, bias: Tensor, eps: float = 1e-5) -> Tensor:
    """Batch normalisation in training mode (Ioffe and Szegedy 2015, arXiv 1502.03167, algorithm 1).

    Maps x (N, C, H, W) to the same shape, with `weight` and `bias` (C,). Each channel gets mean 0
    and variance 1 over the batch and all positions, then its own scale and shift.

    Raises ValueError where the shapes do not fit.
    """
    if x.ndim != 4 or not weight.shape == bias.shape == x.shape[1:2]:
        raise ValueError(
            f"x must be (N, C, H, W), weight and bias (C,); got {tuple(x.shape)}, "
            f"{tuple(weight.shape)} and {tuple(bias.shape)}"
        )
    mean = x.mean(dim=(0, 2, 3), keepdim=True)
    variance = x.var(dim=(0, 2, 3), correction=0, keepdim=True)  # biased: divided by N * H * W
    normalized = (x - mean) / torch.sqrt(variance + eps)
    return weight.view(1, -1, 1, 1) * normalized + bias.view(1, -1, 1, 1)


class BatchNorm(nn.Module):
    """Batch normalisation in both modes (Ioffe and Szegedy 2015, arXiv 1502.03167, algorithm 2).

    Maps x (N, C, H, W) to the same shape. In training mode the statistics are the batch's, and the
    running ones move towards them by a part `momentum`; in evaluation mode they are the running
    ones, which stay as they are. As in torch, the running variance is the unbiased one.

    Raises ValueError in training mode: where the shapes do not fit, and for a batch of one value a
    channel, which has no unbiased variance.
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, channels: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise x; in training mode, move the running statistics too."""
        if self.training:
            output = batch_norm(x, self.weight, self.bias, self.eps)
            self._move_running(x.detach())  # detached, or they would keep the graph of every batch
            return output
        deviation = torch.sqrt(self.running_var + self.eps)
        normalized = (x - self.running_mean.view(-1, 1, 1)) / deviation.view(-1, 1, 1)
        return self.weight.view(-1, 1, 1) * normalized + self.bias.view(-1, 1, 1)

    def _move_running(self, x: Tensor) -> None:
        if x[:, 0].numel() == 1:
            raise ValueError(f"one value a channel has no variance: x is {tuple(x.shape)}")
        mean, variance = x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3))  # the unbiased variance
        self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
        self.running_var = (1 - self.momentum) * self.running_var + self.momentum * variance


def residual_forward(blocks: list[nn.Module], x: Tensor) -> Tensor:
    """x + block(x) for each block in turn. The caller's x is not changed."""
    for block in blocks:
        x = x + block(x)  # not +=, which would write into the caller's tensor
    return x
