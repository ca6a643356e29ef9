"""Wrong answers as people write them."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from course_lib.models.gradients import batch_norm
from tests.exercises.bank.wrong_answers import wrong

# --- residual_jacobian


@wrong("residual_jacobian")
def gradient_switched_on_for_a_moment(f, x):
    x.requires_grad = True
    y = x + f(x)
    return torch.stack([torch.autograd.grad(value, x, retain_graph=True)[0] for value in y])


@wrong("residual_jacobian")
def gradient_cleared_but_left_on(f, x):
    x.requires_grad_()
    rows = []
    for i in range(len(x)):
        (x + f(x))[i].backward()
        rows.append(x.grad)
        x.grad = None
    return torch.stack(rows)


@wrong("residual_jacobian")
def functional_on_the_callers_x(f, x):
    x = x.requires_grad_(True)
    return torch.autograd.functional.jacobian(lambda t: t + f(t), x)


@wrong("residual_jacobian", "sum|row")
def gradient_of_the_sum_and_identity(f, x):
    x = x.clone().requires_grad_()
    (g,) = torch.autograd.grad(f(x).sum(), x)
    return g + torch.eye(len(x))


@wrong("residual_jacobian", "rows before|caller's own")
def backward_without_clearing(f, x):
    n = x.shape[0]
    J = torch.zeros(n, n)
    x.requires_grad_()
    y = x + f(x)
    for i in range(n):
        y[i].backward(retain_graph=True)
        J[i] = x.grad
    return J


@wrong("residual_jacobian", "sum of the outputs|caller's own")
def backward_of_ones(f, x):
    x.requires_grad_(True)
    y = x + f(x)
    y.backward(torch.ones_like(y))
    return x.grad


@wrong("residual_jacobian", "copy|zero|caller's own")
def rows_that_are_one_tensor(f, x):
    x.requires_grad_(True)
    y = f(x) + x
    rows = []
    for i in range(len(y)):
        y[i].backward(retain_graph=True)
        rows.append(x.grad)
        x.grad.zero_()
    return torch.stack(rows)


@wrong("residual_jacobian", "Jacobian of f alone|transposed")
def branch_alone_by_columns(f, x):
    J = torch.autograd.functional.jacobian(f, x)
    return J.T


@wrong("residual_jacobian", "list|tensor|f alone")
def rows_of_the_branch_in_a_list(f, x):
    xr = x.detach().clone().requires_grad_(True)
    out = f(xr)
    jac = []
    for k in range(out.numel()):
        jac.append(torch.autograd.grad(out[k], xr, retain_graph=True)[0])
    return jac


@wrong("residual_jacobian", "shortcut|diagonal")
def diagonal_of_the_shortcut(f, x):
    x = x.clone().requires_grad_()
    with torch.no_grad():
        change = f(x)
    y = x + change
    J = torch.stack([torch.autograd.grad(v, x, retain_graph=True)[0] for v in y])
    return J.diag()


@wrong("residual_jacobian", "function|parenthes|call")
def jacrev_not_called(f, x):
    return torch.func.jacrev(lambda t: t + f(t))


@wrong("residual_jacobian", "autograd|difference|off|rounding|close")
def by_small_steps(f, x, h=1e-3):
    columns = []
    for i in range(len(x)):
        step = torch.zeros_like(x)
        step[i] = h
        columns.append(((x + step + f(x + step)) - (x + f(x))) / h)
    return torch.stack(columns, dim=1)


@wrong("residual_jacobian", "[Rr]eturn|nothing")
def jacobian_shown(f, x):
    J = torch.autograd.functional.jacobian(lambda t: t + f(t), x)
    print(J)


# --- gradient_norms


@wrong("gradient_norms")
def norms_at_the_callers_x(blocks, x):
    signals = [x.requires_grad_()]
    for block in blocks:
        signals.append(block(signals[-1]))
    gradients = torch.autograd.grad(signals[-1].sum(), signals[:-1])
    return [g.norm().item() for g in gradients]


@wrong("gradient_norms")
def norms_and_a_tidy_grad(blocks, x):
    x.requires_grad = True
    inputs, out = [], x
    for block in blocks:
        out.retain_grad()
        inputs.append(out)
        out = block(out)
    out.sum().backward()
    norms = [t.grad.norm().item() for t in inputs]
    x.grad = None
    return norms


@wrong("gradient_norms")
def norms_of_images(blocks, x):
    """The last two axes and then the rest: not for a single vector."""
    inputs, out = [], x.clone().requires_grad_()
    for block in blocks:
        inputs.append(out)
        out = block(out)
    gradients = torch.autograd.grad(out.sum(), inputs)
    return [g.norm(dim=(-2, -1)).norm().item() for g in gradients]


@wrong("gradient_norms", "mean of the output|left a gradient")
def mean_and_left_behind(blocks, x):
    h = x
    h.requires_grad_(True)
    hs = []
    for b in blocks:
        h.retain_grad()
        hs.append(h)
        h = b(h)
    h.mean().backward()
    return [h.grad.norm().item() for h in hs]


@wrong("gradient_norms", "last block|square")
def squared_and_backwards(blocks, x):
    acts = [x.detach().clone().requires_grad_()]
    for blk in blocks:
        acts.append(blk(acts[-1]))
    for a in acts[:-1]:
        a.retain_grad()
    acts[-1].sum().backward()
    return [(a.grad**2).sum().item() for a in reversed(acts[:-1])]


@wrong("gradient_norms", "one place too far|mean of the output")
def outputs_and_mean(blocks, x):
    x = x.detach().clone().requires_grad_()
    outs = []
    for block in blocks:
        x = block(x)
        x.retain_grad()
        outs.append(x)
    x.mean().backward()
    return [o.grad.norm().item() for o in outs]


@wrong("gradient_norms", "None|graph|cut|chain")
def cut_between_blocks(blocks, x):
    inputs = []
    for block in blocks:
        x = x.detach().requires_grad_()
        inputs.append(x)
        x = block(x)
    x.sum().backward()
    return [i.grad.norm().item() for i in inputs]


@wrong("gradient_norms", "absolute|L1|first block")
def absolute_and_backwards(blocks, x):
    xs = [x.clone().requires_grad_()]
    for m in blocks:
        xs.append(m(xs[-1]))
    gs = torch.autograd.grad(xs[-1].sum(), xs[:-1])
    return [torch.norm(g, p=1).item() for g in gs][::-1]


@wrong("gradient_norms", "parameters|None|graph")
def norms_of_the_weights_gradients(blocks, x):
    out = x
    for block in blocks:
        block.zero_grad()
        out = block(out)
    out.sum().backward()
    return [sum(p.grad.norm().item() for p in block.parameters()) for block in blocks]


@wrong("gradient_norms", "float|tensor|mean")
def tensors_of_the_mean(blocks, x):
    x = x.detach().requires_grad_()
    inputs = []
    for block in blocks:
        inputs.append(x)
        x = block(x)
    grads = torch.autograd.grad(x.mean(), inputs)
    return [torch.linalg.norm(g.flatten()) for g in grads]


@wrong("gradient_norms", "retain_grad|None|leaves")
def grad_of_no_leaf(blocks, x):
    x = x.clone().requires_grad_()
    saved = []
    for block in blocks:
        saved.append(x)
        x = block(x)
    x.sum().backward()
    return [s.grad.norm().item() for s in saved]


@wrong("gradient_norms", "float|list|one number|one norm")
def norm_of_each_row(blocks, x):
    x = x.detach().requires_grad_()
    inputs = []
    for block in blocks:
        inputs.append(x)
        x = block(x)
    grads = torch.autograd.grad(x.sum(), inputs)
    return [g.norm(dim=-1).tolist() for g in grads]


@wrong("gradient_norms", "[Rr]eturn|nothing")
def norms_printed(blocks, x):
    x = x.detach().requires_grad_()
    inputs = []
    for number, block in enumerate(blocks):
        inputs.append(x)
        x = block(x)
        print(number, x.shape)
    [g.norm().item() for g in torch.autograd.grad(x.sum(), inputs)]


# --- batch_norm


@wrong("batch_norm")
def norm_by_torch(x, weight, bias, eps=1e-5):
    return F.batch_norm(x, None, None, weight, bias, training=True, eps=eps)


@wrong("batch_norm")
def norm_by_torchs_layer(x, weight, bias, eps=1e-5):
    layer = nn.BatchNorm2d(x.shape[1], eps=eps, track_running_stats=False)
    return torch.func.functional_call(layer, {"weight": weight, "bias": bias}, (x,))


@wrong("batch_norm")
def norm_of_several_channels(x, weight, bias, eps=1e-5):
    """One channel alone loses its axis in the squeeze."""
    mean = x.mean(dim=(0, 2, 3)).squeeze()
    variance = ((x - mean[..., None, None]) ** 2).mean(dim=(0, 2, 3)).squeeze()
    scale = torch.stack([w / (v + eps).sqrt() for w, v in zip(weight, variance, strict=True)])
    return (x - mean[:, None, None]) * scale[:, None, None] + bias[:, None, None]


@wrong("batch_norm", "over the batch for each position|unbiased")
def over_the_batch_unbiased(x, weight, bias, eps=1e-5):
    mu = x.mean(0, keepdim=True)
    var = x.var(0, keepdim=True)
    x_hat = (x - mu) / torch.sqrt(var + eps)
    return weight.view(1, -1, 1, 1) * x_hat + bias.view(1, -1, 1, 1)


@wrong("batch_norm", r"width|shape|\(1, C, 1, 1\)|axis")
def from_the_book_for_linear_layers(X, gamma, beta, eps=1e-5):
    mean = X.mean(dim=(0, 2, 3), keepdim=True)
    var = ((X - mean) ** 2).mean(dim=(0, 2, 3), keepdim=True)
    X_hat = (X - mean) / torch.sqrt(var + eps)
    return gamma * X_hat + beta


@wrong("batch_norm", "outside|unbiased")
def by_standard_deviation(x, weight, bias, eps=1e-5):
    mean = x.mean(dim=(0, 2, 3), keepdim=True)
    std = x.std(dim=(0, 2, 3), keepdim=True)
    out = (x - mean) / (std + eps)
    return out * weight[None, :, None, None] + bias[None, :, None, None]


@wrong("batch_norm", "torch's own|1e-5|graph")
def torchs_layer_as_it_is(x, weight, bias, eps=1e-5):
    bn = nn.BatchNorm2d(x.size(1))
    bn.weight.data = weight
    bn.bias.data = bias
    return bn(x)


@wrong("batch_norm", "running|torch's own|unbiased|variance")
def torchs_function_with_own_statistics(x, weight, bias, eps=1e-5):
    mean = x.mean(dim=(0, 2, 3))
    var = x.var(dim=(0, 2, 3))
    return F.batch_norm(x, mean, var, weight, bias, eps=eps)


@wrong("batch_norm", "each image|bias")
def layer_norm_without_bias(x, weight, bias, eps=1e-5):
    mean = x.mean(dim=(1, 2, 3), keepdim=True)
    var = x.var(dim=(1, 2, 3), keepdim=True, unbiased=False)
    x = (x - mean) / (var + eps) ** 0.5
    return x * weight.view(1, -1, 1, 1)


@wrong("batch_norm", "swapped weight and bias|left out eps")
def swapped_and_without_eps(x, gamma, beta, eps=1e-5):
    gamma, beta = beta, gamma
    xc = x.transpose(0, 1).flatten(1)
    z = (xc - xc.mean(1, keepdim=True)) / xc.var(1, correction=0, keepdim=True).sqrt()
    z = gamma.unsqueeze(1) * z + beta.unsqueeze(1)
    return z.reshape(x.shape[1], x.shape[0], *x.shape[2:]).transpose(0, 1)


@wrong("batch_norm", "NumPy|numpy")
def norm_in_numpy(x, weight, bias, eps=1e-5):
    a = x.numpy()
    mean, var = a.mean((0, 2, 3), keepdims=True), a.var((0, 2, 3), keepdims=True)
    out = (a - mean) / np.sqrt(var + eps)
    out = weight.numpy().reshape(1, -1, 1, 1) * out + bias.numpy().reshape(1, -1, 1, 1)
    return torch.from_numpy(out)


@wrong("batch_norm", "in place")
def everything_in_place(x, weight, bias, eps=1e-5):
    mean = x.mean((0, 2, 3), keepdim=True)
    std = (x.var((0, 2, 3), unbiased=False, keepdim=True) + eps).sqrt()
    x -= mean
    x /= std
    return x * weight.view(-1, 1, 1) + bias.view(-1, 1, 1)


@wrong("batch_norm", "mean and variance depend on x|graph")
def statistics_as_numbers(x, weight, bias, eps=1e-5):
    out = []
    for c in range(x.shape[1]):
        mu = x[:, c].mean().item()
        sigma = (x[:, c].var(unbiased=False).item() + eps) ** 0.5
        out.append((x[:, c] - mu) / sigma * weight[c] + bias[c])
    return torch.stack(out, dim=1)


@wrong("batch_norm", "tuple|Return that alone")
def with_its_statistics(x, weight, bias, eps=1e-5):
    mean = x.mean((0, 2, 3), keepdim=True)
    var = x.var((0, 2, 3), correction=0, keepdim=True)
    y = (x - mean) / torch.sqrt(var + eps) * weight.view(-1, 1, 1) + bias.view(-1, 1, 1)
    return y, mean, var


# --- residual_forward


@wrong("residual_forward")
def adds_into_the_branch(blocks, x):
    for block in blocks:
        out = block(x)
        out += x
        x = out
    return x


@wrong("residual_forward")
def adds_into_a_new_branch(blocks, x):
    for block in blocks:
        change = block(x)
        x = x + change if change is x else change.add_(x)
    return x


@wrong("residual_forward")
def doubles_what_comes_back(blocks, x):
    for block in blocks:
        change = block(x)
        x = x.mul_(2) if change is x else x + change
    return x


@wrong("residual_forward", "ReLU|shortcut")
def basic_block_by_heart(blocks, x):
    for block in blocks:
        identity = x
        x = F.relu(block(x) + identity)
    return x


@wrong("residual_forward", "whole chain|last to the first")
def one_shortcut_backwards(blocks, x):
    identity = x
    for block in reversed(blocks):
        x = block(x)
    return x + identity


@wrong("residual_forward", "last block|in place|changed")
def range_minus_one_in_place(blocks, x):
    for i in range(len(blocks) - 1):
        x += blocks[i](x)
    return x


@wrong("residual_forward", "average|ReLU")
def averaged_activations(blocks, x):
    for block in blocks:
        x = 0.5 * (x + torch.relu(block(x)))
    return x


@wrong("residual_forward", "very first x|subtract")
def first_x_minus(blocks, x):
    out = x
    for f in blocks:
        out = x - f(out)
    return out


@wrong("residual_forward", "inside the loop|first block")
def early_return(blocks, x):
    for block in blocks:
        x = x + block(x)
        return x


@wrong("residual_forward", "graph|gradient|detach")
def branch_detached(blocks, x):
    for block in blocks:
        x = x + block(x).detach()
    return x


@wrong("residual_forward", "parenthes|call|layer|not the number")
def block_not_called(blocks, x):
    for block in blocks:
        x = x + block
    return x


@wrong("residual_forward", "0.1|factor|scale|times|off")
def scaled_branch(blocks, x):
    for block in blocks:
        x = x + 0.1 * block(x)
    return x


@wrong("residual_forward", "list|tensor")
def all_signals(blocks, x):
    outputs = [x]
    for block in blocks:
        outputs.append(outputs[-1] + block(outputs[-1]))
    return outputs


@wrong("residual_forward", "[Rr]eturn|nothing")
def chain_without_return(blocks, x):
    for block in blocks:
        x = x + block(x)


# --- BatchNorm


@wrong("BatchNorm", "biased|recorded|state dict")
class FromTheD2lBook(nn.Module):
    """Mode by is_grad_enabled, biased, plain attributes."""

    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        shape = (1, num_features, 1, 1)
        self.gamma = nn.Parameter(torch.ones(shape))
        self.beta = nn.Parameter(torch.zeros(shape))
        self.moving_mean = torch.zeros(shape)
        self.moving_var = torch.ones(shape)
        self.eps, self.momentum = eps, momentum

    def forward(self, X):
        if not torch.is_grad_enabled():
            X_hat = (X - self.moving_mean) / torch.sqrt(self.moving_var + self.eps)
        else:
            mean = X.mean(dim=(0, 2, 3), keepdim=True)
            var = ((X - mean) ** 2).mean(dim=(0, 2, 3), keepdim=True)
            X_hat = (X - mean) / torch.sqrt(var + self.eps)
            self.moving_mean = (1.0 - self.momentum) * self.moving_mean + self.momentum * mean.data
            self.moving_var = (1.0 - self.momentum) * self.moving_var + self.momentum * var.data
        return self.gamma * X_hat + self.beta


@wrong("BatchNorm", "wrong way round|momentum|biased")
class MomentumOfTheOldAndBiased(nn.Module):
    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("mu", torch.zeros(channels))
        self.register_buffer("sigma2", torch.ones(channels))
        self.eps, self.momentum = eps, momentum

    def forward(self, x):
        if self.training:
            mu = x.mean((0, 2, 3))
            sigma2 = x.var((0, 2, 3), unbiased=False)
            with torch.no_grad():
                self.mu = self.momentum * self.mu + (1 - self.momentum) * mu
                self.sigma2 = self.momentum * self.sigma2 + (1 - self.momentum) * sigma2
        else:
            mu, sigma2 = self.mu, self.sigma2
        x = (x - mu[None, :, None, None]) / torch.sqrt(sigma2[None, :, None, None] + self.eps)
        return x * self.weight[None, :, None, None] + self.bias[None, :, None, None]


@wrong("BatchNorm", "graph|state dict")
class GraphAndPlainAttributes(nn.Module):
    def __init__(self, c, eps=1e-5, momentum=0.1):
        super().__init__()
        self.g, self.b = nn.Parameter(torch.ones(c)), nn.Parameter(torch.zeros(c))
        self.m, self.v = torch.zeros(c), torch.ones(c)
        self.eps, self.mom = eps, momentum

    def forward(self, x):
        m, v = self.m, self.v
        if self.training:
            m, v = x.mean([0, 2, 3]), x.var([0, 2, 3], correction=0)
            n = x[:, 0].numel()
            self.m = (1 - self.mom) * self.m + self.mom * m
            self.v = (1 - self.mom) * self.v + self.mom * v * n / (n - 1)
        y = (x - m.view(1, -1, 1, 1)) / (v.view(1, -1, 1, 1) + self.eps).sqrt()
        return y * self.g.view(1, -1, 1, 1) + self.b.view(1, -1, 1, 1)


@wrong("BatchNorm", "parameters|optimiser")
class StatisticsAsFrozenParameters(nn.Module):
    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.running_mean = nn.Parameter(torch.zeros(channels), requires_grad=False)
        self.running_var = nn.Parameter(torch.ones(channels), requires_grad=False)
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.eps, self.momentum = eps, momentum

    def forward(self, x):
        if self.training:
            self.running_mean += self.momentum * (x.detach().mean((0, 2, 3)) - self.running_mean)
            self.running_var += self.momentum * (x.detach().var((0, 2, 3)) - self.running_var)
            return batch_norm(x, self.weight, self.bias, self.eps)
        scale = self.weight / (self.running_var + self.eps).sqrt()
        return (x - self.running_mean[:, None, None]) * scale[:, None, None] + self.bias[
            :, None, None
        ]


@wrong("BatchNorm", "torch's|F.batch_norm|aside")
class TheFunctionDoesIt(nn.Module):
    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.eps, self.momentum = eps, momentum

    def forward(self, x):
        return F.batch_norm(
            x,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training,
            self.momentum,
            self.eps,
        )


@wrong("BatchNorm", "torch's|BatchNorm2d|aside")
class InheritsTheLayer(nn.BatchNorm2d):
    pass


@wrong("BatchNorm", "evaluation mode|neighbours|never leaves")
class TrainingIsAnArgument(nn.Module):
    """As in the functional frameworks: train() and eval() change nothing. And eps is outside."""

    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.eps, self.momentum = eps, momentum

    def forward(self, x, training=True):
        if training:
            mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
            with torch.no_grad():
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(x.var((0, 2, 3)), self.momentum)
        else:
            mean, var = self.running_mean, self.running_var
        x = (x - mean[:, None, None]) / (var.sqrt()[:, None, None] + self.eps)
        return self.weight[:, None, None] * x + self.bias[:, None, None]


@wrong("BatchNorm", "unbiased|count")
class UnbiasedEverywhere(nn.Module):
    """One variance for both purposes: right for the running one, wrong for the batch."""

    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("var", torch.ones(channels))
        self.eps, self.momentum = eps, momentum

    def forward(self, x):
        if self.training:
            var, mean = torch.var_mean(x, dim=(0, 2, 3))
            with torch.no_grad():
                self.mean.mul_(1 - self.momentum).add_(self.momentum * mean)
                self.var.mul_(1 - self.momentum).add_(self.momentum * var)
        else:
            mean, var = self.mean, self.var
        out = (x - mean.view(-1, 1, 1)) * torch.rsqrt(var + self.eps).view(-1, 1, 1)
        return out * self.weight.view(-1, 1, 1) + self.bias.view(-1, 1, 1)


@wrong("BatchNorm")
class CumulativeAverage(nn.Module):
    """The plain mean over all batches so far, as torch does it for momentum=None."""

    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.batches, self.eps = 0, eps

    def forward(self, x):
        if self.training:
            self.batches += 1
            with torch.no_grad():
                self.running_mean += (x.mean((0, 2, 3)) - self.running_mean) / self.batches
                self.running_var += (x.var((0, 2, 3)) - self.running_var) / self.batches
            return batch_norm(x, self.weight, self.bias, self.eps)
        scale = self.weight / (self.running_var + self.eps).sqrt()
        shift = self.bias - scale * self.running_mean
        return x * scale.view(-1, 1, 1) + shift.view(-1, 1, 1)


@wrong("BatchNorm", "init")
class NoInit(nn.Module):
    def _init_(self, channels, eps=1e-5, momentum=0.1):
        super()._init_()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.eps, self.momentum = eps, momentum

    def forward(self, x):
        return batch_norm(x, self.weight, self.bias, self.eps)


@wrong("BatchNorm", "return|None")
class ComputesAndForgets(nn.Module):
    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.eps, self.momentum = eps, momentum

    def forward(self, x):
        if self.training:
            out = batch_norm(x, self.weight, self.bias, self.eps)
            with torch.no_grad():
                self.running_mean.lerp_(x.mean((0, 2, 3)), self.momentum)
                self.running_var.lerp_(x.var((0, 2, 3)), self.momentum)
        else:
            scale = self.weight / torch.sqrt(self.running_var + self.eps)
            out = (x - self.running_mean[:, None, None]) * scale[:, None, None]
            out += self.bias[:, None, None]


class LearnersLayer(nn.Module):
    """Right; the answers below change one thing that only a corner shows."""

    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.eps, self.momentum = eps, momentum

    def forward(self, x):
        if self.training:
            self.move(x.detach())
            return batch_norm(x, self.weight, self.bias, self.eps)
        return self.evaluated(x)

    def move(self, x):
        self.running_mean.lerp_(x.mean((0, 2, 3)), self.momentum)
        self.running_var.lerp_(x.var((0, 2, 3)), self.momentum)

    def evaluated(self, x):
        scale = self.weight / torch.sqrt(self.running_var + self.eps)
        return (x - self.running_mean[:, None, None]) * scale[:, None, None] + self.bias[
            :, None, None
        ]


@wrong("BatchNorm")
class NotSaved(LearnersLayer):
    """Buffers that move with the layer, and are not saved with it."""

    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__(channels, eps, momentum)
        self.register_buffer("running_var", torch.ones(channels), persistent=False)


@wrong("BatchNorm")
class CountsOverTheBatchAlone(LearnersLayer):
    """n / (n - 1) with the number of images, not of values."""

    def move(self, x):
        n = len(x) if len(x) > 1 else 2
        self.running_mean.lerp_(x.mean((0, 2, 3)), self.momentum)
        self.running_var.lerp_(x.var((0, 2, 3), correction=0) * n / (n - 1), self.momentum)


@wrong("BatchNorm")
class NothingLearnedInEvaluation(LearnersLayer):
    """An evaluation mode that cuts the graph: a frozen layer would pass no gradient on."""

    @torch.no_grad()
    def evaluated(self, x):
        return super().evaluated(x)


@wrong("BatchNorm")
class FirstBatchIsTaken(LearnersLayer):
    """The first batch replaces the initial statistics, and only later ones are averaged."""

    def move(self, x):
        if (self.running_mean == 0).all():
            self.running_mean.copy_(x.mean((0, 2, 3)))
            self.running_var.copy_(x.var((0, 2, 3)))
        else:
            super().move(x)


@wrong("BatchNorm")
class ChangesTheBatch(LearnersLayer):
    """Works in place on what it is given."""

    def evaluated(self, x):
        x -= self.running_mean[:, None, None]
        x /= torch.sqrt(self.running_var + self.eps)[:, None, None]
        return x * self.weight[:, None, None] + self.bias[:, None, None]


@wrong("residual_jacobian", "end to end")
def rows_end_to_end(f, x):
    x = x.detach().requires_grad_()
    y = x + f(x)
    rows = []
    for i in range(len(y)):
        y[i].backward(retain_graph=True)
        rows.append(x.grad)
        x.grad = None
    return torch.cat(rows)


@wrong("batch_norm", "rows of C numbers")
def rows_of_channels_that_are_none(x, weight, bias, eps=1e-5):
    rows = x.reshape(-1, x.shape[1])
    out = (rows - rows.mean(0)) / torch.sqrt(rows.var(0, unbiased=False) + eps) * weight + bias
    return out.reshape(x.shape)


@wrong("batch_norm", "brought the channels back")
def channels_last_and_reshaped_back(x, weight, bias, eps=1e-5):
    rows = x.permute(0, 2, 3, 1).reshape(-1, x.shape[1])
    out = (rows - rows.mean(0)) / torch.sqrt(rows.var(0, unbiased=False) + eps) * weight + bias
    return out.reshape(x.shape)


@wrong("batch_norm", "swapped mean and variance")
def unpacked_the_wrong_way_round(x, weight, bias, eps=1e-5):
    mean, var = torch.var_mean(x, dim=(0, 2, 3), unbiased=False, keepdim=True)
    return (x - mean) / torch.sqrt(var + eps) * weight[:, None, None] + bias[:, None, None]


@wrong("BatchNorm", "another book")
class OfTheTextbook(nn.Module):
    """As in a well-known textbook, written out for images."""

    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        shape = (1, num_features, 1, 1)
        self.gamma = nn.Parameter(torch.ones(shape))
        self.beta = nn.Parameter(torch.zeros(shape))
        self.moving_mean, self.moving_var = torch.zeros(shape), torch.ones(shape)
        self.eps, self.momentum = eps, momentum

    def forward(self, x):
        if not torch.is_grad_enabled():
            normalized = (x - self.moving_mean) / torch.sqrt(self.moving_var + self.eps)
        else:
            mean = x.mean(dim=(0, 2, 3), keepdim=True)
            var = ((x - mean) ** 2).mean(dim=(0, 2, 3), keepdim=True)
            normalized = (x - mean) / torch.sqrt(var + self.eps)
            self.moving_mean = self.momentum * self.moving_mean + (1 - self.momentum) * mean
            self.moving_var = self.momentum * self.moving_var + (1 - self.momentum) * var
        return self.gamma * normalized + self.beta


@wrong("BatchNorm", "no parameters")
class PlainTensors(nn.Module):
    """Plain tensors for all four, and the unbiased variance in both modes."""

    def __init__(self, dim, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.gamma, self.beta = torch.ones(dim, 1, 1), torch.zeros(dim, 1, 1)
        self.running_mean, self.running_var = torch.zeros(dim, 1, 1), torch.ones(dim, 1, 1)

    def forward(self, x):
        mean, var = self.running_mean, self.running_var
        if self.training:
            mean, var = (s(dim=(0, 2, 3), keepdim=True)[0] for s in (x.mean, x.var))
            with torch.no_grad():
                self.running_mean = torch.lerp(self.running_mean, mean, self.momentum)
                self.running_var = torch.lerp(self.running_var, var, self.momentum)
        return self.gamma * (x - mean) / torch.sqrt(var + self.eps) + self.beta


@wrong("BatchNorm", "normalise with what they are then")
class MovesAndThenNormalises(LearnersLayer):
    """One branch for moving, and the running statistics used in both modes."""

    def forward(self, x):
        if self.training:
            self.move(x.detach())
        return self.evaluated(x)


@wrong("residual_forward", "stays the first one")
def sum_of_the_last_block(blocks, x):
    for block in blocks:
        out = x + block(x)
    return out


@wrong("residual_forward", "shortcut")
def shortcut_through_data(blocks, x):
    for block in blocks:
        x = x.data + block(x)
    return x


@wrong("batch_norm", "made C rows")
def rows_for_channels_that_come_second(x, weight, bias, eps=1e-5):
    rows = x.reshape(x.shape[1], -1)
    mean, var = rows.mean(1, keepdim=True), rows.var(1, keepdim=True, unbiased=False)
    out = (rows - mean) / torch.sqrt(var + eps) * weight[:, None] + bias[:, None]
    return out.reshape(x.shape)
