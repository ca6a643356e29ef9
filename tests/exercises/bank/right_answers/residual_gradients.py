"""Right answers to the exercises of notebook 02."""

import functools

import torch
import torch.nn.functional as F
from torch import nn


def jacobian_of_the_sum(f, x):
    return torch.autograd.functional.jacobian(lambda t: t + f(t), x)


def identity_plus_jacobian(f, x):
    return torch.eye(x.numel(), dtype=x.dtype) + torch.func.jacrev(f)(x)


def jacobian_by_columns(f, x):
    basis = torch.eye(len(x))
    columns = [torch.func.jvp(lambda t: t + f(t), (x,), (step,))[1] for step in basis]
    return torch.stack(columns, dim=1)


def jacobian_with_backward(f, x):
    rows = torch.empty(len(x), len(x))
    for i in range(len(x)):
        leaf = x.clone().requires_grad_(True)
        (leaf + f(leaf))[i].backward()
        rows[i] = leaf.grad
    return rows


def norms_with_retain_grad(blocks, x):
    signals = [x.detach().clone().requires_grad_()]
    for block in blocks:
        signals.append(block(signals[-1]))
    for signal in signals:
        signal.retain_grad()
    signals[-1].sum().backward()
    return [torch.linalg.vector_norm(s.grad).item() for s in signals[:-1]]


def norms_one_at_a_time(blocks, x):
    norms = []
    for i in range(len(blocks)):
        tail = nn.Sequential(*blocks[i:])
        with torch.no_grad():
            start = nn.Sequential(*blocks[:i])(x)
        start = start.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(tail(start).sum(), start)
        norms.append(float((gradient**2).sum() ** 0.5))
    return norms


def norms_block_by_block_backwards(blocks, x):
    pieces = []
    for block in blocks:
        start = x.detach().requires_grad_()
        x = block(start)
        pieces.append((start, x))
    gradient = torch.ones_like(x)
    norms = []
    for start, end in reversed(pieces):
        (gradient,) = torch.autograd.grad(end, start, gradient)
        norms.insert(0, gradient.flatten().norm(p=2).item())
    return norms


def norms_with_hooks(blocks, x):
    norms = {}
    x = x.clone().requires_grad_(True)
    for number, block in enumerate(blocks):
        x.register_hook(lambda gradient, n=number: norms.update({n: gradient.norm().item()}))
        x = block(x)
    x.sum().backward()
    return [norms[number] for number in range(len(blocks))]


def norm_by_moments(x, weight, bias, eps=1e-5):
    count = x.numel() // x.shape[1]
    mean = x.sum((0, 2, 3)) / count
    variance = (x**2).sum((0, 2, 3)) / count - mean**2
    scale = weight / (variance + eps) ** 0.5
    return x * scale[:, None, None] + (bias - mean * scale)[:, None, None]


def norm_on_flat_channels(x, weight, bias, eps=1e-5):
    n, channels, height, width = x.shape
    flat = x.permute(1, 0, 2, 3).reshape(channels, -1)
    centred = flat - flat.mean(1, keepdim=True)
    flat = centred * torch.rsqrt(centred.square().mean(1, keepdim=True) + eps)
    flat = flat * weight.unsqueeze(1) + bias.unsqueeze(1)
    return flat.reshape(channels, n, height, width).permute(1, 0, 2, 3)


def norm_by_einsum(x, weight, bias, eps=1e-5):
    count = x.shape[0] * x.shape[2] * x.shape[3]
    centred = x - (torch.einsum("nchw->c", x) / count).view(1, -1, 1, 1)
    deviation = (torch.einsum("nchw,nchw->c", centred, centred) / count + eps).sqrt()
    return torch.einsum("nchw,c->nchw", centred, weight / deviation) + bias.reshape(-1, 1, 1)


def norm_by_torch(x, weight, bias, eps=1e-5):
    return F.batch_norm(x, None, None, weight, bias, training=True, eps=eps)


def norm_channel_by_channel(x, weight, bias, eps=1e-5):
    channels = []
    for c in range(x.shape[1]):
        values = x[:, c]
        scaled = (values - values.mean()) / (values.var(unbiased=False) + eps).sqrt()
        channels.append(weight[c] * scaled + bias[c])
    return torch.stack(channels, dim=1)


def forward_recursively(blocks, x):
    if not blocks:
        return x
    return forward_recursively(blocks[1:], torch.add(blocks[0](x), x))


def forward_by_reduce(blocks, x):
    return functools.reduce(lambda signal, block: block(signal) + signal, blocks, x)


def forward_by_collecting(blocks, x):
    parts = [x]
    for block in blocks:
        parts.append(block(sum(parts)))
    return sum(parts)


RIGHT = {
    "residual_jacobian": [
        jacobian_of_the_sum,
        identity_plus_jacobian,
        jacobian_by_columns,
        jacobian_with_backward,
    ],
    "gradient_norms": [
        norms_with_retain_grad,
        norms_one_at_a_time,
        norms_block_by_block_backwards,
        norms_with_hooks,
    ],
    "batch_norm": [
        norm_by_moments,
        norm_on_flat_channels,
        norm_by_einsum,
        norm_by_torch,
        norm_channel_by_channel,
    ],
    "residual_forward": [forward_recursively, forward_by_reduce, forward_by_collecting],
}
