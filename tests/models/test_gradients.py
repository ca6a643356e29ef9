"""The Jacobian of a residual block, gradient norms, and batch normalisation against torch's."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from course_lib.models.cifar import CifarResNet
from course_lib.models.gradients import (
    BatchNorm,
    batch_norm,
    gradient_norms,
    residual_forward,
    residual_jacobian,
)


def double(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def branch(size, seed):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(size, 7), nn.Tanh(), nn.Linear(7, size)).double()


@pytest.mark.parametrize("size", [1, 2, 5])
def test_the_jacobian_is_the_identity_plus_that_of_f(size):
    f, x = branch(size, seed=0), double(size)
    jacobian = residual_jacobian(f, x)
    own = torch.autograd.functional.jacobian(f, x)
    torch.testing.assert_close(jacobian, torch.eye(size, dtype=torch.float64) + own)
    assert not x.requires_grad and x.grad is None
    assert all(parameter.grad is None for parameter in f.parameters())


def test_rows_are_outputs_and_columns_inputs():
    def f(x):  # output 0 depends on input 1, and not the other way round
        return torch.stack([3 * x[1], 0 * x[0]])

    jacobian = residual_jacobian(f, torch.tensor([1.0, 2.0]))
    assert jacobian.tolist() == [[1.0, 3.0], [0.0, 1.0]]


def test_column_j_is_what_a_small_step_of_input_j_does():
    f, x, step = branch(4, seed=1), double(4), 1e-6
    jacobian = residual_jacobian(f, x)
    with torch.no_grad():
        for j, direction in enumerate(torch.eye(4, dtype=torch.float64)):
            ahead, behind = x + step * direction, x - step * direction
            slope = (ahead + f(ahead) - behind - f(behind)) / (2 * step)
            torch.testing.assert_close(jacobian[:, j], slope, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: x, torch.ones(2, 3)),
        (lambda x: x[:1], torch.ones(3)),
        (lambda x: x.sum(), torch.ones(3)),
    ],
)
def test_a_function_that_changes_the_shape_is_refused(f, x):
    with pytest.raises(ValueError, match=r"must both be of shape \(n,\)"):
        residual_jacobian(f, x)


def test_gradient_norms_are_those_of_each_tail_of_the_chain():
    torch.manual_seed(0)
    blocks = [nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3)]
    x = torch.randn(2, 4)
    weights = [blocks[0].weight, blocks[2].weight]
    slope = 1 - torch.tanh(blocks[0](x)).square()
    after_tanh = torch.ones(2, 3) @ weights[1]
    after_linear = slope * after_tanh
    expected = [(after_linear @ weights[0]).norm(), after_linear.norm(), after_tanh.norm()]
    norms = gradient_norms(blocks, x)
    assert all(type(norm) is float for norm in norms)
    torch.testing.assert_close(torch.tensor(norms), torch.stack(expected).detach())


def test_gradient_norms_leave_everything_as_it_was():
    torch.manual_seed(0)
    blocks = [nn.Linear(4, 4), nn.ReLU(inplace=True), nn.Linear(4, 2)]
    x = torch.randn(3, 4)
    before = x.clone()
    assert gradient_norms(blocks, x) == gradient_norms(blocks, x)
    assert torch.equal(x, before) and not x.requires_grad and x.grad is None
    assert all(parameter.grad is None for parameter in nn.Sequential(*blocks).parameters())


def test_a_block_may_work_in_place_on_its_input():
    torch.manual_seed(0)
    linear = nn.Linear(4, 4)
    x = torch.randn(3, 4)
    in_place = [nn.ReLU(inplace=True), linear, nn.ReLU(inplace=True)]
    careful = [nn.ReLU(), linear, nn.ReLU()]
    assert gradient_norms(in_place, x) == gradient_norms(careful, x)


@pytest.mark.parametrize(
    ("shape", "eps"), [((4, 3, 5, 2), 1e-5), ((1, 2, 3, 3), 1e-5), ((6, 1, 1, 1), 0.3)]
)
def test_batch_norm_is_torchs(shape, eps):
    x = double(*shape).requires_grad_()
    weight, bias = (double(shape[1], seed=seed).requires_grad_() for seed in (1, 2))
    ours = batch_norm(x, weight, bias, eps)
    torchs = F.batch_norm(x, None, None, weight, bias, training=True, eps=eps)
    torch.testing.assert_close(ours, torchs)
    cotangent = double(*shape, seed=3)
    for mine, theirs in zip(
        torch.autograd.grad(ours, (x, weight, bias), cotangent),
        torch.autograd.grad(torchs, (x, weight, bias), cotangent),
        strict=True,
    ):
        torch.testing.assert_close(mine, theirs)


@pytest.mark.parametrize(
    ("x", "channels"), [(torch.ones(2, 3), 3), (torch.ones(2, 3, 4, 4), 4), (torch.ones(3), 3)]
)
def test_batch_norm_refuses_shapes_that_do_not_fit(x, channels):
    with pytest.raises(ValueError, match=r"x must be \(N, C, H, W\)"):
        batch_norm(x, torch.ones(channels), torch.zeros(channels))


@pytest.fixture
def pair():
    """Our layer and torch's with the same random weights, both new."""
    ours, torchs = BatchNorm(3, eps=0.01, momentum=0.3), nn.BatchNorm2d(3, eps=0.01, momentum=0.3)
    with torch.no_grad():
        for mine, theirs in zip(ours.parameters(), torchs.parameters(), strict=True):
            mine.copy_(theirs.normal_())
    return ours.double(), torchs.double()


def test_batch_norm_layer_starts_as_torchs():
    ours, torchs = BatchNorm(3), nn.BatchNorm2d(3)
    assert (ours.eps, ours.momentum) == (torchs.eps, torchs.momentum)
    state = torchs.state_dict()
    del state["num_batches_tracked"]
    assert ours.state_dict().keys() == state.keys()
    assert all(torch.equal(ours.state_dict()[name], state[name]) for name in state)
    assert [name for name, _ in ours.named_parameters()] == ["weight", "bias"]


def test_batch_norm_layer_is_torchs_in_both_modes(pair):
    for seed, shape in enumerate([(4, 3, 5, 2), (1, 3, 2, 2), (2, 3, 1, 1), (5, 3, 4, 3)]):
        for training in (True, False):
            x = 1 + 3 * double(*shape, seed=seed)
            inputs = [x.clone().requires_grad_() for _ in pair]
            outputs = [
                layer.train(training)(start) for layer, start in zip(pair, inputs, strict=True)
            ]
            torch.testing.assert_close(*outputs)
            gradients = [
                torch.autograd.grad(output.square().sum(), [start, *layer.parameters()])
                for output, start, layer in zip(outputs, inputs, pair, strict=True)
            ]
            torch.testing.assert_close(*gradients)
            for name in ("running_mean", "running_var"):
                torch.testing.assert_close(*(layer.get_buffer(name) for layer in pair))


def test_the_running_statistics_keep_no_graph(pair):
    ours, _ = pair
    _ = ours(double(2, 3, 4, 4).requires_grad_())
    assert not any(buffer.requires_grad for buffer in ours.buffers())


def test_a_single_value_a_channel_has_no_running_variance(pair):
    ours, _ = pair
    with pytest.raises(ValueError, match=r"one value a channel .*\(1, 3, 1, 1\)"):
        ours(double(1, 3, 1, 1))
    assert ours.running_var.tolist() == [1, 1, 1]
    assert ours.eval()(double(1, 3, 1, 1)).shape == (1, 3, 1, 1)


def test_residual_forward_adds_each_block_to_its_input():
    double_it, triple_it = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
    nn.init.constant_(double_it.weight, 2)
    nn.init.constant_(triple_it.weight, 3)
    x = torch.tensor([[1.0], [-2.0]])
    assert residual_forward([double_it, triple_it], x).tolist() == [[12.0], [-24.0]]
    assert x.tolist() == [[1.0], [-2.0]]
    assert residual_forward([], x) is x


def test_a_residual_chains_jacobian_is_the_product_of_its_blocks():
    branches, x = [branch(3, seed) for seed in range(3)], double(3)
    product, signal = torch.eye(3, dtype=torch.float64), x
    for f in branches:
        product = residual_jacobian(f, signal) @ product
        signal = signal + f(signal)
    chain = torch.autograd.functional.jacobian(lambda x: residual_forward(branches, x), x)
    torch.testing.assert_close(product, chain)


def test_with_batch_norm_gradients_explode_towards_the_input_of_a_plain_network():
    torch.manual_seed(0)
    x = torch.randn(16, 8, 8, 8)
    ratios = {}
    for residual in (False, True):
        blocks = CifarResNet(44, residual=residual, width=8, in_channels=1).blocks
        norms = gradient_norms(blocks, x)
        ratios[residual] = norms[0] / norms[-1]
    assert ratios[False] > 50 and ratios[False] > 4 * ratios[True]
