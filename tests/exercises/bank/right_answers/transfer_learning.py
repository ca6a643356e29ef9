"""Right answers to the exercises of notebook 11."""

import copy
import itertools
import math

import torch
import torch.nn.functional as F
from torch import nn


def head_by_setattr(model, num_classes):
    old = getattr(model, "fc")  # noqa: B009 - another way to write it
    new = nn.Linear(old.weight.shape[1], num_classes)
    new = new.to_empty(device=old.weight.device).to(old.weight.dtype)
    if new.weight.device.type != "meta":
        new.reset_parameters()
    setattr(model, "fc", new)  # noqa: B010
    return model


def head_with_new_tensors(model, num_classes):
    weight = model.fc.weight
    model.fc.weight = nn.Parameter(0.01 * torch.randn(num_classes, weight.shape[1]).to(weight))
    model.fc.bias = nn.Parameter(weight.new_zeros(num_classes))
    model.fc.out_features = num_classes
    return model


def head_in_a_sequential(model, num_classes):
    place = {"device": model.fc.bias.device, "dtype": model.fc.bias.dtype}
    model.add_module("fc", nn.Sequential(nn.Linear(model.fc.in_features, num_classes, **place)))
    return model


def head_by_type_and_device(model, num_classes):
    features = model.fc.in_features
    dtype, device = next((p.dtype, p.device) for p in model.fc.parameters())
    model._modules["fc"] = nn.Linear(features, num_classes, device=device, dtype=dtype)
    return model


def head_made_from_the_old_one(model, num_classes):
    """A copy of the old layer, with other numbers of rows and all of them drawn anew."""
    new = copy.deepcopy(model.fc).requires_grad_(True)
    new.out_features = num_classes
    new.weight = nn.Parameter(new.weight.new_empty(num_classes, new.in_features))
    new.bias = nn.Parameter(new.weight.new_empty(num_classes))
    new.reset_parameters()
    model.set_submodule("fc", new)
    return model


def freeze_then_release(model):
    model.requires_grad_(False)
    model.fc.requires_grad_(True)


def freeze_by_identity(model):
    head = {id(parameter) for parameter in model.fc.parameters()}
    for parameter in model.parameters():
        parameter.requires_grad = id(parameter) in head
    return model


def freeze_child_by_child(model):
    for name, child in model.named_children():
        for parameter in child.parameters():
            parameter.requires_grad_(name == "fc")


def freeze_module_by_module(model):
    inside = set(model.fc.modules())
    for module in model.modules():
        for parameter in module.parameters(recurse=False):
            parameter.requires_grad_(module in inside)


def freeze_by_the_first_part_of_the_name(model):
    learns = dict.fromkeys((name for name, _ in model.named_parameters()), False)
    learns |= {name: True for name in learns if name.split(".")[0] == "fc"}
    for name, may in learns.items():
        model.get_parameter(name).requires_grad = may


def predict_by_sorting(model, images, classes, k=5):
    mode = model.training
    model.train(False)
    with torch.inference_mode():
        table = F.softmax(model(images), -1).cpu().numpy()
    model.train(mode)
    answers = []
    for row in table:
        ranked = sorted(zip(classes, row, strict=True), key=lambda pair: -pair[1])
        answers.append([(name, float(value)) for name, value in ranked[:k]])
    return answers


def predict_image_by_image(model, images, classes, k=5):
    modes = {module: module.training for module in model.modules()}
    model.eval()
    answers = []
    for image in images:
        with torch.no_grad():
            logits = model(image[None])[0]
        shares = (logits - logits.logsumexp(0)).exp()
        order = shares.argsort(descending=True)[:k].tolist()
        answers.append([[classes[i], shares[i].item()] for i in order])
    for module, training in modes.items():
        module.training = training
    return answers


@torch.no_grad()
def predict_by_hand(model, images, classes, k=5):
    was = model.training
    try:
        powers = model.eval()(images).exp()
    finally:
        model.train(was)
    top = (powers / powers.sum(dim=1, keepdim=True)).sort(dim=1, descending=True)
    result = []
    for i in range(len(images)):
        result.append([])
        for j in range(min(k, len(classes))):
            result[i].append((classes[int(top.indices[i, j])], float(top.values[i, j])))
    return result


def predict_with_a_copy(model, images, classes, k=5):
    model = copy.deepcopy(model).eval()
    with torch.no_grad():
        table = model(images).softmax(1)
    return [
        sorted(zip(classes, row.tolist(), strict=True), key=lambda pair: pair[1], reverse=True)[:k]
        for row in table
    ]


def predict_with_a_dict(model, images, classes, k=5):
    training = model.training
    model.eval()
    with torch.no_grad():
        logs = F.log_softmax(model(images), dim=1)
    model.train(training)
    answers = []
    for row in logs.tolist():
        shares = dict(zip(classes, map(math.exp, row), strict=True))
        best = sorted(shares, key=shares.get, reverse=True)[:k]
        answers.append(tuple((name, shares[name]) for name in best))
    return answers


def predict_by_argmax(model, images, classes, k=5):
    """The best one k times, each time without those found before."""
    training = model.training
    model.eval()
    with torch.no_grad():
        left = torch.softmax(model(images), dim=-1)
    model.train(training)
    answers = [[] for _ in images]
    for _ in range(min(k, len(classes))):
        for answer, row in zip(answers, left, strict=True):
            place = int(row.argmax())
            answer.append((classes[place], row[place].item()))
            row[place] = -1
    return answers


def batches_as_a_generator(items, size):
    start = 0
    while start < len(items):
        yield tuple(items[start : start + size])
        start += size


def batches_by_islice(items, size):
    rest = iter(items)
    return list(iter(lambda: list(itertools.islice(rest, size)), []))


def batches_one_by_one(items, size):
    found = []
    for number, item in enumerate(items):
        if number % size == 0:
            found.append([])
        found[-1].append(item)
    return found


def batches_by_recursion(items, size):
    return [items[:size], *batches_by_recursion(items[size:], size)] if items else []


def batches_by_number(items, size):
    number = math.ceil(len(items) / size)
    return [
        [items[i] for i in range(b * size, min(len(items), b * size + size))] for b in range(number)
    ]


def batches_by_while(items, size):
    rest, found = items[:], []
    while len(rest) > 0:
        found.append([])
        while rest and len(found[-1]) < size:
            found[-1].append(rest.pop(0))
    return found


RIGHT = {
    "replace_head": [
        head_by_setattr,
        head_with_new_tensors,
        head_in_a_sequential,
        head_by_type_and_device,
        head_made_from_the_old_one,
    ],
    "freeze_backbone": [
        freeze_then_release,
        freeze_by_identity,
        freeze_child_by_child,
        freeze_module_by_module,
        freeze_by_the_first_part_of_the_name,
    ],
    "predict": [
        predict_by_sorting,
        predict_image_by_image,
        predict_by_hand,
        predict_with_a_copy,
        predict_with_a_dict,
        predict_by_argmax,
    ],
    "batches": [
        batches_as_a_generator,
        batches_by_islice,
        batches_one_by_one,
        batches_by_recursion,
        batches_by_number,
        batches_by_while,
    ],
}
