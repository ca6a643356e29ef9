"""Wrong answers as people write them."""

import copy
import itertools

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from tests.exercises.bank.wrong_answers import wrong


@wrong("replace_head")
def head_of_every_linear_layer(model, num_classes):
    """Takes the first linear layer that it finds for the head."""
    for name, part in model.named_modules():
        if isinstance(part, nn.Linear) and name != "fc":
            new = nn.Linear(part.in_features, num_classes).to(part.weight)
            model.set_submodule(name, new)
            return model
    model.fc = nn.Linear(model.fc.in_features, num_classes).to(model.fc.weight)
    return model


@wrong("replace_head")
def head_kept_where_it_fits(model, num_classes):
    """The weights of the old classes stay where the numbers of classes agree."""
    old = model.fc
    model.fc = nn.Linear(old.in_features, num_classes, device=old.weight.device)
    model.fc = model.fc.to(old.weight.dtype)
    if old.weight.shape == model.fc.weight.shape:
        model.fc.load_state_dict(old.state_dict())
    return model


@wrong("replace_head")
def head_as_frozen_as_the_old_one(model, num_classes):
    old = model.fc
    model.fc = nn.Linear(old.in_features, num_classes).to(old.weight)
    model.fc.requires_grad_(old.weight.requires_grad)
    return model


@wrong("replace_head")
def head_with_everything_released(model, num_classes):
    """What was frozen in the backbone learns again."""
    model.requires_grad_(True)
    model.fc = nn.Linear(model.fc.in_features, num_classes).to(model.fc.weight)
    return model


@wrong("replace_head")
def head_after_a_fresh_start(model, num_classes):
    """The running statistics of the backbone are lost."""
    for part in model.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.reset_running_stats()
    model.fc = nn.Linear(model.fc.in_features, num_classes).to(model.fc.weight)
    return model


@wrong("replace_head", "returned nothing|512|return statement|Asked is|CPU")
def head_of_a_tutorial(model, num_classes):
    model.fc = nn.Linear(512, num_classes)


@wrong("replace_head", "CPU|froze the backbone")
def head_of_feature_extraction(model_ft, num_classes):
    for param in model_ft.parameters():
        param.requires_grad = False
    num_ftrs = model_ft.fc.in_features
    model_ft.fc = nn.Linear(num_ftrs, num_classes)
    return model_ft


@wrong("replace_head", "only|out_features|layer keeps")
def head_renamed(model, num_classes):
    model.fc.out_features = num_classes
    model.num_classes = num_classes
    return model


@wrong("replace_head", "softmax|no bias|device|dtype")
def head_with_probabilities(model, num_classes):
    features = model.fc.weight.shape[1]
    new = nn.Linear(features, num_classes, bias=False).to(model.fc.weight)
    model.fc = nn.Sequential(new, nn.Softmax(dim=-1))
    return model


@wrong("replace_head", "copy|eval mode")
def head_on_a_copy_in_eval_mode(model, num_classes):
    new_model = copy.deepcopy(model)
    weight = new_model.fc.weight
    new_model.fc = nn.Linear(weight.size(1), num_classes).to(weight)
    new_model.eval()
    return new_model


@wrong("replace_head", "exchanged|new head")
def head_the_wrong_way_round(model, num_classes):
    old = model.fc
    model.fc = nn.Linear(num_classes, old.in_features, device=old.weight.device)
    model.fc.to(old.weight.dtype)
    return model.fc


@wrong("replace_head", "several linear layers")
def head_with_a_hidden_layer(model, num_classes):
    old = model.fc
    model.fc = nn.Sequential(
        nn.Linear(old.in_features, 64), nn.ReLU(), nn.Linear(64, num_classes)
    ).to(old.weight)
    return model


@wrong("replace_head", "list|module")
def head_in_a_list(model, num_classes):
    old = model.fc
    model.fc = [nn.Linear(old.in_features, num_classes).to(old.weight)]
    return model


@wrong("replace_head", "tuple|model alone")
def head_beside_the_model(model, num_classes):
    model.fc = nn.Linear(model.fc.in_features, num_classes).to(model.fc.weight)
    return model, model.fc


@wrong("freeze_backbone")
def freeze_all_but_one_layer(model):
    """A head of several layers may have more than one with parameters."""
    model.requires_grad_(False)
    last = [part for part in model.fc.modules() if isinstance(part, nn.Linear)][-1]
    last.requires_grad_(True)


@wrong("freeze_backbone")
def freeze_and_name_weight_and_bias(model):
    """A head without a bias has nothing of that name."""
    model.requires_grad_(False)
    for part in model.fc.modules():
        if isinstance(part, nn.Linear):
            part.weight.requires_grad = True
            part.bias.requires_grad = True
        elif hasattr(part, "weight"):
            part.requires_grad_(True)


@wrong("freeze_backbone")
def freeze_by_what_is_no_linear_layer(model):
    """A backbone can have linear layers too."""
    model.requires_grad_(True)
    for name, part in model.named_modules():
        if not name.startswith("fc.") and isinstance(part, nn.Conv2d | nn.BatchNorm2d):
            part.requires_grad_(False)


@wrong("freeze_backbone")
def freeze_by_the_end_of_the_name(model):
    """A layer called fc deep in the backbone goes on learning."""
    model.requires_grad_(False)
    for name, part in model.named_modules():
        if name.split(".")[-1] == "fc":
            part.requires_grad_(True)


@wrong("freeze_backbone", "as it was|Say of each|anywhere in the names")
def freeze_of_a_forum(model):
    for name, param in model.named_parameters():
        if "fc" not in name:
            param.requires_grad = False


@wrong("freeze_backbone", "everything|nothing is left")
def freeze_of_half_a_tutorial(model):
    for param in model.parameters():
        param.requires_grad = False
    model.fc.requires_grad = True


@wrong("freeze_backbone", "convolutions only|eval mode")
def freeze_convolutions_in_eval_mode(model):
    for part in model.modules():
        if isinstance(part, nn.Conv2d):
            for parameter in part.parameters():
                parameter.requires_grad = False
    model.fc.requires_grad_(True)
    model.eval()


@wrong("freeze_backbone", "stem|children|layer")
def freeze_the_stages(model):
    for stage in (model.layer1, model.layer2):
        for parameter in stage.parameters():
            parameter.requires_grad_(False)
    model.fc.requires_grad_(True)


@wrong("freeze_backbone", "Nothing has changed|compare")
def freeze_by_comparing(model):
    for name, parameter in model.named_parameters():
        parameter.requires_grad == name.startswith("fc.")  # noqa: B015


@wrong("freeze_backbone", "attribute")
def freeze_the_children(model):
    for name, child in model.named_children():
        child.requires_grad = name == "fc"


@wrong("freeze_backbone", "other way round")
def freeze_the_other_way_round(model):
    for parameter in model.parameters():
        parameter.requires_grad = True
    for parameter in model.fc.parameters():
        parameter.requires_grad = False


@wrong("freeze_backbone", "copy|Nothing has changed|return")
def freeze_and_return_a_copy(model):
    frozen = copy.deepcopy(model)
    for parameter in frozen.parameters():
        parameter.requires_grad = False
    for parameter in frozen.fc.parameters():
        parameter.requires_grad = True
    return frozen


@wrong("freeze_backbone", "no_grad|Nothing has changed")
def freeze_without_gradients(model):
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if not name.startswith("fc."):
                parameter.grad = None


@wrong("freeze_backbone", "last tensor|last part|bias")
def freeze_all_but_the_last_two(model):
    parameters = list(model.parameters())
    for parameter in parameters[:-2]:
        parameter.requires_grad = False
    for parameter in parameters[-2:]:
        parameter.requires_grad = True


@wrong("predict")
def predict_to_four_digits(model, images, classes, k=5):
    mode = model.training
    model.eval()
    with torch.no_grad():
        values, places = model(images).softmax(1).topk(min(k, len(classes)))
    model.train(mode)
    return [
        [(classes[i], round(v, 4)) for v, i in zip(*pair, strict=True)]
        for pair in zip(values.tolist(), places.tolist(), strict=True)
    ]


@wrong("predict")
def predict_without_the_doubtful(model, images, classes, k=5):
    """Leaves out what is hardly probable."""
    mode = model.training
    model.eval()
    with torch.no_grad():
        shares = model(images).softmax(1)
    model.train(mode)
    ranked = [
        sorted(zip(classes, row.tolist(), strict=True), key=lambda pair: -pair[1])[:k]
        for row in shares
    ]
    return [[pair for pair in row if pair[1] > 0.01] for row in ranked]


@wrong("predict")
def predict_with_at_most_five(model, images, classes, k=5):
    mode = model.training
    model.eval()
    with torch.no_grad():
        shares = model(images).softmax(1)
    model.train(mode)
    top = shares.topk(min(k, len(classes), 4))
    return [
        [(classes[i], v) for v, i in zip(row.tolist(), places.tolist(), strict=True)]
        for row, places in zip(*top, strict=True)
    ]


@wrong("predict")
def predict_and_switch_off(model, images, classes, k=5):
    """Gradients stay off in all that follows."""
    mode = model.training
    model.eval()
    torch.set_grad_enabled(False)
    shares = model(images).softmax(1)
    model.train(mode)
    return [
        sorted(zip(classes, row.tolist(), strict=True), key=lambda pair: -pair[1])[:k]
        for row in shares
    ]


@wrong("predict", "logits|left the model in eval")
def predict_of_a_tutorial(net, images, classes, k=5):
    net.eval()
    with torch.no_grad():
        out = net(images)
    scores, idx = out.topk(min(k, out.shape[1]), dim=1)
    return [
        [(classes[j], s) for s, j in zip(a, b, strict=True)]
        for a, b in zip(scores.tolist(), idx.tolist(), strict=True)
    ]


@wrong("predict", "per cent|rounded|no_grad")
def predict_for_people(model, images, classes, k=5):
    mode = model.training
    model.eval()
    with torch.no_grad():
        table = 100 * F.softmax(model(images), dim=1)
    model.train(mode)
    result = []
    for row in table:
        values, places = torch.topk(row, min(k, len(row)))
        result.append(
            [
                (classes[place], round(value.item(), 2))
                for value, place in zip(values, places, strict=True)
            ]
        )
    return result


@wrong("predict", "tensors|more than there are|asks for more")
def predict_with_tensors(model, images, classes, k=5):
    mode = model.training
    model.eval()
    with torch.no_grad():
        p = torch.softmax(model(images), dim=-1)
    model.train(mode)
    values, places = torch.topk(p, k)
    return [
        [(classes[places[i, j]], values[i, j]) for j in range(k)] for i in range(images.shape[0])
    ]


@wrong("predict", r"forgot model.eval|ascending|no_grad")
def predict_by_argsort(model, images, classes, k=5):
    with torch.no_grad():
        probs = model(images).softmax(dim=1)
    answer = []
    for row in probs:
        best = row.argsort()[-k:]
        answer.append([(classes[i], row[i].item()) for i in best])
    return answer


@wrong("predict", "numbers|first the class|exchanged")
def predict_exchanged_numbers(model, images, classes, k=5):
    mode = model.training
    model.eval()
    with torch.no_grad():
        values, places = model(images).softmax(dim=1).topk(min(k, len(classes)))
    model.train(mode)
    return [
        list(zip(row, number, strict=True))
        for row, number in zip(values.tolist(), places.tolist(), strict=True)
    ]


@wrong("predict", "first image|without the list")
def predict_one_picture(model, images, classes, k=5):
    mode = model.training
    model.eval()
    with torch.no_grad():
        probabilities = model(images)[0].softmax(dim=0)
    model.train(mode)
    values, places = probabilities.topk(min(k, len(classes)))
    return [(classes[i], v) for v, i in zip(values.tolist(), places.tolist(), strict=True)]


@wrong("predict", "best class alone|names alone")
def predict_the_best_name(model, images, classes, k=5):
    mode = model.training
    model.eval()
    with torch.no_grad():
        best = model(images).argmax(dim=1)
    model.train(mode)
    return [[classes[i]] for i in best.tolist()]


@wrong("predict", "return|None")
def predict_that_prints(model, images, classes, k=5):
    mode = model.training
    model.eval()
    with torch.no_grad():
        values, places = model(images).softmax(dim=1).topk(min(k, len(classes)))
    model.train(mode)
    for row, number in zip(values, places, strict=True):
        print([(classes[i], v.item()) for v, i in zip(row, number, strict=True)])


@wrong("predict", "softmax|probabilities")
def predict_by_squares(model, images, classes, k=5):
    """Squares in place of exponentials: in no list."""
    mode = model.training
    model.eval()
    with torch.no_grad():
        scores = model(images) ** 2
        probabilities = scores / scores.sum(dim=1, keepdim=True)
    model.train(mode)
    values, places = probabilities.topk(min(k, len(classes)))
    return [
        [(classes[i], v) for v, i in zip(*pair, strict=True)]
        for pair in zip(values.tolist(), places.tolist(), strict=True)
    ]


@wrong("predict", "generator|list")
def predict_lazily(model, images, classes, k=5):
    mode = model.training
    model.eval()
    with torch.no_grad():
        table = model(images).softmax(dim=1)
    model.train(mode)
    ranked = (zip(classes, row.tolist(), strict=True) for row in table)
    return (sorted(row, key=lambda pair: -pair[1])[:k] for row in ranked)


@wrong("batches")
def batches_by_the_place_of_each_item(items, size):
    """Items that are equal are taken for one."""
    found = []
    for item in items:
        if items.index(item) % size == 0:
            found.append([])
        found[-1].append(item)
    return found


@wrong("batches")
def batches_of_what_is_something(items, size):
    """Leaves out zeros, empty texts and None."""
    items = [item for item in items if item]
    return [items[i : i + size] for i in range(0, len(items), size)]


@wrong("batches")
def batches_as_lists_of_one_kind(items, size):
    """NumPy makes texts of everything where one item is a text."""
    array = np.array([str(item) if isinstance(item, tuple) else item for item in items])
    return [array[i : i + size].tolist() for i in range(0, len(array), size)]


@wrong("batches")
def batches_with_a_first_one_always(items, size):
    """No items make one empty batch."""
    found = [[]]
    for item in items:
        if len(found[-1]) == size:
            found.append([])
        found[-1].append(item)
    return found


@wrong("batches", "drop|one short|end by itself")
def batches_of_a_beginner(items, size):
    result = []
    for i in range(len(items) // size):
        result.append(items[i * size : i * size + size - 1])
    return result


@wrong("batches", "overlap|first batch|inside the loop")
def batches_returned_in_the_loop(items, size):
    for i in range(len(items)):
        batch = items[i : i + size]
        return [batch]


@wrong("batches", "iterators|drop|iterator")
def batches_by_zip(items, size):
    return [iter(batch) for batch in zip(*[iter(items)] * size, strict=False)]


@wrong("batches", "number of batches|neighbours|size")
def batches_by_array_split(items, size):
    return [part.tolist() for part in np.array_split(np.array(items), size)]


@wrong("batches", "same list|one and the same")
def batches_cleared(items, size):
    batches, batch = [], []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            batches.append(batch)
            batch.clear()
    if batch:
        batches.append(batch)
    return batches


@wrong("batches", "drop|lost|last")
def batches_without_the_rest(items, size):
    batch, everything = [], []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            everything.append(batch)
            batch = []
    return everything


@wrong("batches", "None")
def batches_by_zip_longest(items, size):
    return list(map(list, itertools.zip_longest(*[iter(items)] * size)))


@wrong("batches", "return|None")
def batches_that_print(items, size):
    for i in range(0, len(items), size):
        print(items[i : i + size])


@wrong("batches", "without the lists|a list|second item|counting starts")
def batches_joined(items, size):
    result = []
    for start in range(1, len(items), size):
        result += items[start : start + size]
    return result


@wrong("batches", "tensor|list")
def batches_of_tensors(items, size):
    return list(torch.arange(len(items)).split(size))


@wrong("batches", "wherever they start")
def batches_whose_slices_end_at_size(items, size):
    return [items[i:size] for i in range(0, len(items), size)]


@wrong("batches", "first batch is empty")
def batches_handed_on_before_the_first_item(items, size):
    result, current = [], []
    for number, item in enumerate(items):
        if number % size == 0:
            result.append(current)
            current = []
        current = [*current, item]
    return [*result, current] if items else [[]]


@wrong("batches", "of type set: asked for is a list")
def batches_that_are_sets(items, size):
    return [set(items[i : i + size]) for i in range(0, len(items), size)]


@wrong("replace_head", "second head")
def head_called_classifier(model, num_classes):
    model.classifier = nn.Linear(model.fc.in_features, num_classes).to(model.fc.weight)
    return model


@wrong("replace_head", "CPU.*dropout before")
def head_with_dropout_on_the_cpu(model, num_classes):
    model.fc = nn.Sequential(nn.Dropout(0.5), nn.Linear(model.fc.in_features, num_classes))
    return model


@wrong("replace_head", "its bias still has")
def head_with_a_new_weight_only(model, num_classes):
    weight = torch.randn(num_classes, model.fc.in_features) * 0.01
    model.fc.weight = nn.Parameter(weight)
    return model


@wrong("replace_head", "out_features still says")
def head_of_new_tensors(model, num_classes):
    old = model.fc.weight
    like = {"dtype": old.dtype, "device": old.device}
    model.fc.weight = nn.Parameter(torch.zeros(num_classes, old.shape[1], **like))
    model.fc.bias = nn.Parameter(torch.zeros(num_classes, **like))
    return model


@wrong("replace_head", "drew the old weights anew")
def head_with_reset_parameters(model, num_classes):
    model.fc.out_features = num_classes
    model.fc.reset_parameters()
    return model


@wrong("replace_head", "last linear layer that you found")
def head_found_by_a_loop(model, num_classes):
    for name, part in model.named_modules():
        if isinstance(part, nn.Linear):
            last = name
    owner, _, leaf = last.rpartition(".")
    old = model.get_submodule(last)
    new = nn.Linear(old.in_features, num_classes).to(old.weight)
    setattr(model.get_submodule(owner), leaf, new)
    return model


@wrong("freeze_backbone", "other way round")
def freeze_the_head_only(model):
    for name, p in model.named_parameters():
        if name.startswith("fc"):
            p.requires_grad = False


@wrong("freeze_backbone", "layers of it, into eval mode")
def freeze_and_norms_in_eval_mode(model):
    for name, p in model.named_parameters():
        p.requires_grad = name.startswith("fc.")
    for m in model.modules():
        if isinstance(m, nn.BatchNorm2d):
            m.eval()


@wrong("freeze_backbone", "counting")
def freeze_the_first_six_children(model):
    for ct, child in enumerate(model.children()):
        if ct < 6:
            for param in child.parameters():
                param.requires_grad = False


@wrong("freeze_backbone", "every linear layer")
def freeze_all_but_linear_layers(model):
    for m in model.modules():
        for p in m.parameters(recurse=False):
            p.requires_grad = isinstance(m, nn.Linear)


@wrong("predict", "texts")
def prediction_of_formatted_probabilities(model, images, classes, k=5):
    was = model.training
    model.eval()
    with torch.no_grad():
        probs = F.softmax(model(images), dim=1)
    model.train(was)
    values, idx = probs.topk(min(k, len(classes)))
    return [
        [(classes[i], f"{v.item():.2f}") for i, v in zip(r, s, strict=True)]
        for r, s in zip(idx, values, strict=True)
    ]
