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


def residual_forward(blocks: list[nn.Module], x: Tensor) -> Tensor:
    """x + block(x) for each block in turn. The caller's x is not changed."""
    for block in blocks:
        x = x + block(x)  # not +=, which would write into the caller's tensor
    return x
