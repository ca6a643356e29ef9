"""Right answers to the exercise of notebook 00."""

import math

import torch


def by_shapes(module):
    return sum(math.prod(p.shape) for p in module.parameters())


def by_walking(module):
    own = 0
    for parameter in module._parameters.values():
        if parameter is not None:
            own += parameter.nelement()
    return own + sum(by_walking(child) for child in module.children())


def by_vector(module):
    flat = [p.detach().flatten() for _, p in module.named_parameters()]
    return torch.cat(flat).shape[0] if flat else 0


RIGHT = {"count_parameters": [by_shapes, by_walking, by_vector]}
