"""Right answers to the exercises of notebook 02."""

import functools
import itertools
import math

import torch
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


def jacobian_forwards(f, x):
    return torch.func.jacfwd(lambda t: f(t) + t)(x)


def jacobian_all_rows_at_once(f, x):
    leaf = x.detach().clone().requires_grad_()
    y = f(leaf) + leaf
    (rows,) = torch.autograd.grad(y, leaf, torch.eye(len(x)), is_grads_batched=True)
    return rows


def jacobian_with_zeroed_gradients(f, x):
    leaf = nn.Parameter(x.clone())
    y = leaf + f(leaf)
    rows = []
    for i in range(y.numel()):
        y[i].backward(retain_graph=True)
        rows.append(leaf.grad.clone())
        leaf.grad.zero_()
    return torch.cat(rows).view(len(x), -1)


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


def norms_by_hooks_of_the_blocks(blocks, x):
    norms = []

    def note(block, into, out_of):
        norms.insert(0, (into[0] * into[0]).sum().sqrt().item())

    hooks = [block.register_full_backward_hook(note) for block in blocks]
    output = nn.Sequential(*blocks)(x.clone().requires_grad_())
    torch.autograd.backward(output.sum())
    for hook in hooks:
        hook.remove()
    return norms


def norms_by_recursion(blocks, x):
    def walk(depth, signal):
        """The gradient at `signal`, and the norms from there on."""
        if depth == len(blocks):
            return torch.ones_like(signal), []
        start = signal.detach().clone().requires_grad_()
        end = blocks[depth](start)
        behind, norms = walk(depth + 1, end)
        end.backward(behind)
        return start.grad, [float(start.grad.norm()), *norms]

    return walk(0, x)[1]


def norms_from_outputs(blocks, x):
    signals = [x.clone().requires_grad_()]
    for block in blocks:
        signals += [block(signals[-1])]
    *signals, output = signals
    gradients = torch.autograd.grad(output, signals, grad_outputs=torch.ones_like(output))
    return [math.sqrt(gradient.pow(2).sum()) for gradient in gradients]


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


def norm_channel_by_channel(x, weight, bias, eps=1e-5):
    channels = []
    for c in range(x.shape[1]):
        values = x[:, c]
        scaled = (values - values.mean()) / (values.var(unbiased=False) + eps).sqrt()
        channels.append(weight[c] * scaled + bias[c])
    return torch.stack(channels, dim=1)


def norm_by_var_mean(x, gamma, beta, eps=1e-5):
    var, mean = torch.var_mean(x, dim=(0, 2, 3), unbiased=False)
    gamma, beta, mean, var = (t.reshape(1, len(t), 1, 1) for t in (gamma, beta, mean, var))
    return torch.addcmul(beta, (x - mean) * (var + eps).rsqrt(), gamma)


def norm_by_lengths(x, weight, bias, eps=1e-5):
    rows = x.movedim(1, 0).flatten(1)
    rows = rows - rows.mean(dim=1, keepdim=True)
    count = rows.shape[1]
    squares = torch.linalg.vector_norm(rows, dim=1, keepdim=True) ** 2 + eps * count
    rows = rows * (count / squares).sqrt() * weight[:, None] + bias[:, None]
    return rows.view(x.shape[1], x.shape[0], *x.shape[2:]).movedim(0, 1)


def norm_axis_by_axis(x, weight, bias, eps=1e-5):
    mean = x.mean(3, True).mean(2, True).mean(0, True)
    second = x.square().mean(3, True).mean(2, True).mean(0, True)
    deviation = torch.sqrt(second - mean.square() + eps)
    return (x - mean) / deviation * weight[None, :, None, None] + bias[None, :, None, None]


class LayerWithBatchNorm(nn.Module):
    """Other names, statistics of shape (1, C, 1, 1), moved in place."""

    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        shape = (1, channels, 1, 1)
        self.beta = nn.Parameter(torch.zeros(shape))
        self.gamma = nn.Parameter(torch.ones(shape))
        self.register_buffer("moving_var", torch.ones(shape))
        self.register_buffer("moving_mean", torch.zeros(shape))
        self.eps, self.momentum = eps, momentum

    def forward(self, x):
        if not self.training:
            return (
                self.gamma * (x - self.moving_mean) * torch.rsqrt(self.moving_var + self.eps)
                + self.beta
            )
        mean = x.mean((0, 2, 3), keepdim=True)
        var = ((x - mean) ** 2).mean((0, 2, 3), keepdim=True)
        count = x.numel() / x.size(1)
        with torch.no_grad():
            self.moving_mean.lerp_(mean, self.momentum)
            self.moving_var.lerp_(var * count / (count - 1), self.momentum)
        return self.gamma * (x - mean) / (var + self.eps).sqrt() + self.beta


class LayerAsOneAffineMap(nn.Module):
    """Scale and shift of a channel are computed first; addcmul takes the bias before the weight."""

    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.options = {"eps": eps, "momentum": momentum}
        self.weight = nn.Parameter(torch.full((channels,), 1.0))
        self.bias = nn.Parameter(torch.full((channels,), 0.0))
        self.register_buffer("statistics", torch.tensor([[0.0], [1.0]]).repeat(1, channels))

    def forward(self, x):
        mean, var = self.statistics
        if self.training:
            values = x.transpose(0, 1).flatten(1)
            var, mean = torch.var_mean(values, dim=1, correction=0)
            new = torch.stack([mean, values.var(dim=1)]).detach()
            old = self.statistics
            self.statistics = old + self.options["momentum"] * (new - old)
        scale = 1 / torch.sqrt(var + self.options["eps"])
        normalized = (x - mean[:, None, None]) * scale[:, None, None]
        return torch.addcmul(self.bias[:, None, None], self.weight[:, None, None], normalized)


class LayerChannelByChannel(nn.Module):
    """A loop over the channels, with a counter of batches as torch's layer has."""

    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum, self.channels = eps, momentum, channels
        self.affine = nn.ParameterDict(
            {"shift": torch.zeros(channels), "scale": torch.ones(channels)}
        )
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("var", torch.ones(channels))
        self.register_buffer("batches", torch.tensor(0))

    def forward(self, x):
        self.batches += self.training
        maps = []
        for c in range(self.channels):
            mean, var = self.mean[c], self.var[c]
            if self.training:
                mean, var = x[:, c].mean(), x[:, c].var(unbiased=False)
                with torch.no_grad():
                    self.mean[c] = (1 - self.momentum) * self.mean[c] + self.momentum * mean
                    self.var[c] *= 1 - self.momentum
                    self.var[c] += self.momentum * x[:, c].var()
            normalized = (x[:, c] - mean) / torch.sqrt(var + self.eps)
            maps.append(self.affine["scale"][c] * normalized + self.affine["shift"][c])
        return torch.stack(maps, 1)


class LayerOfParts(nn.Module):
    """The running statistics are a module of their own; the affine map is a 1x1 convolution."""

    class Running(nn.Module):
        def __init__(self, channels, momentum):
            super().__init__()
            self.momentum = momentum
            self.register_buffer("first", torch.zeros(channels, dtype=torch.float64))
            self.register_buffer("second", torch.ones(channels, dtype=torch.float64))

        @torch.no_grad()
        def move(self, first, second):
            self.first.mul_(1 - self.momentum).add_(first, alpha=self.momentum)
            self.second.mul_(1 - self.momentum).add_(second, alpha=self.momentum)

    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.running = self.Running(channels, momentum)
        self.affine = nn.Conv2d(channels, channels, kernel_size=1, groups=channels)
        nn.init.ones_(self.affine.weight)
        nn.init.zeros_(self.affine.bias)

    def forward(self, x):
        mean, deviation = self.running.first, (self.running.second + self.eps).sqrt()
        if self.training:
            mean = torch.einsum("nchw->c", x) / (x.numel() / x.shape[1])
            centred = x - mean[:, None, None]
            squares, count = centred.square().sum(dim=(0, 2, 3)), x[:, 0].numel()
            self.running.move(mean.detach(), squares.detach() / (count - 1))
            deviation = (squares / count + self.eps).sqrt()
        normalized = (x - mean[:, None, None]) / deviation[:, None, None]
        return self.affine(normalized.to(x.dtype))


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


def forward_by_a_module(blocks, x):
    class Residual(nn.Module):
        def __init__(self, branch):
            super().__init__()
            self.branch = branch

        def forward(self, signal):
            return self.branch(signal).add(signal)

    return nn.Sequential(*map(Residual, blocks))(x)


def forward_until_none_is_left(blocks, x):
    signal, left = x, list(blocks)
    while left:
        signal = torch.stack([signal, left.pop(0)(signal)]).sum(dim=0)
    return signal


def forward_by_accumulating(blocks, x):
    *_, last = itertools.accumulate(blocks, lambda signal, block: signal + block(signal), initial=x)
    return last


RIGHT = {
    "residual_jacobian": [
        jacobian_of_the_sum,
        identity_plus_jacobian,
        jacobian_by_columns,
        jacobian_with_backward,
        jacobian_forwards,
        jacobian_all_rows_at_once,
        jacobian_with_zeroed_gradients,
    ],
    "gradient_norms": [
        norms_with_retain_grad,
        norms_one_at_a_time,
        norms_block_by_block_backwards,
        norms_with_hooks,
        norms_by_hooks_of_the_blocks,
        norms_by_recursion,
        norms_from_outputs,
    ],
    "batch_norm": [
        norm_by_moments,
        norm_on_flat_channels,
        norm_by_einsum,
        norm_channel_by_channel,
        norm_by_var_mean,
        norm_by_lengths,
        norm_axis_by_axis,
    ],
    "BatchNorm": [
        LayerWithBatchNorm,
        LayerAsOneAffineMap,
        LayerChannelByChannel,
        LayerOfParts,
    ],
    "residual_forward": [
        forward_recursively,
        forward_by_reduce,
        forward_by_collecting,
        forward_by_a_module,
        forward_until_none_is_left,
        forward_by_accumulating,
    ],
}
