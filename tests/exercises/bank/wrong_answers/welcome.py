"""Wrong answers as people write them."""

import torch
from torch import nn

from tests.exercises.bank.wrong_answers import wrong


@wrong("count_parameters")
def only_what_is_called_weight_or_bias(module):
    total = 0
    for part in module.modules():
        for name in ("weight", "bias"):
            if isinstance(getattr(part, name, None), nn.Parameter):
                total += getattr(part, name).numel()
    return total


@wrong("count_parameters")
def only_modules_without_children(module):
    leaves = [part for part in module.modules() if not list(part.children())]
    return sum(p.numel() for leaf in leaves for p in leaf.parameters())


@wrong("count_parameters")
def only_into_sequential(module):
    if isinstance(module, nn.Sequential):
        return sum(only_into_sequential(child) for child in module)
    return sum(p.numel() for p in module.parameters(recurse=False))


@wrong("count_parameters", "(?s)frozen.*bias|bias.*frozen|requires_grad")
def trainable_and_no_biases(net):
    total = 0
    for name, p in net.named_parameters():
        if p.requires_grad and "bias" not in name:
            total += p.numel()
    return total


@wrong("count_parameters", "bias|[Cc]onvolutions and linear layers")
def weights_of_two_kinds_of_layer(net):
    n = 0
    for m in net.modules():
        if isinstance(m, (nn.Conv2d, nn.Linear)):
            n += m.weight.numel()
    return n


@wrong("count_parameters", "buffers|tensors, not")
def entries_of_the_state_dict(model):
    return len(model.state_dict())


@wrong("count_parameters", "first axis|inside|children")
def lengths_of_its_own(model):
    return sum(len(p) for p in model._parameters.values() if p is not None)


@wrong("count_parameters", "len|generator|numbers")
def length_of_a_generator(module):
    return len(module.parameters())


@wrong("count_parameters", "[Rr]eturn")
def printed(module):
    total_params = sum(p.numel() for p in module.parameters())
    print(f"{total_params:,} parameters")


@wrong("count_parameters", "inside the loop|first tensor")
def returned_too_early(module):
    total = 0
    for p in module.parameters():
        total += p.numel()
        return total


@wrong("count_parameters", "parenthes|call|method")
def method_without_a_call(module):
    return sum(p.numel for p in module.parameters())


@wrong("count_parameters", "an int|type")
def as_a_tensor(module):
    return torch.tensor([p.numel() for p in module.parameters()]).sum()


@wrong("count_parameters", "ax[ei]s|index|shape")
def every_tensor_is_a_matrix(module):
    return sum(p.shape[0] * p.shape[1] for p in module.parameters())


@wrong("count_parameters", "million|float|factor|type|int")
def in_millions(module):
    return sum(p.numel() for p in module.parameters()) / 1e6


@wrong("count_parameters", "last tensor")
def equals_plus(module):
    total = 0
    for p in module.parameters():
        total = +p.numel()  # typed total =+ p.numel()
    return total


@wrong("count_parameters", "children")
def weights_and_biases_of_the_children(module):
    total = 0
    for layer in module.children():
        if hasattr(layer, "weight"):
            total += layer.weight.numel()
        if hasattr(layer, "bias"):
            total += layer.bias.numel()
    return total


@wrong("count_parameters", "bytes")
def size_in_memory(module):
    return sum(p.numel() * p.element_size() for p in module.parameters())
