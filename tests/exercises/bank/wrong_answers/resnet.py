"""Wrong answers as people write them."""

import copy
import math
from collections import OrderedDict

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from course_lib.models.blocks import BasicBlock, Bottleneck, shortcut
from course_lib.models.resnet import initialize, layer_shapes, make_layer
from tests.exercises.bank.wrong_answers import wrong

# --- make_layer: wrong in a corner


@wrong("make_layer")
def relu_behind_the_projection(block, in_channels, channels, blocks, stride=1):
    out_channels = channels * block.expansion
    past = shortcut(in_channels, out_channels, stride)
    if stride != 1 or in_channels != out_channels:
        past.append(nn.ReLU())
    layers = [block(in_channels, channels, stride, past)]
    layers += [block(out_channels, channels) for _ in range(1, blocks)]
    return nn.Sequential(*layers)


@wrong("make_layer")
def pooling_before_the_projection(block, in_channels, channels, blocks, stride=1):
    """As in ResNet-D: as many parameters, another function."""
    out_channels = channels * block.expansion
    past = None
    if stride != 1 or in_channels != out_channels:
        past = nn.Sequential(
            nn.AvgPool2d(stride, ceil_mode=True),
            nn.Conv2d(in_channels, out_channels, 1, bias=False),
            nn.BatchNorm2d(out_channels),
        )
    layers = [block(in_channels, channels, stride, past)]
    layers += [block(out_channels, channels) for _ in range(1, blocks)]
    return nn.Sequential(*layers)


@wrong("make_layer")
def two_blocks_at_least(block, in_channels, channels, blocks, stride=1):
    out_channels = channels * block.expansion
    first = block(in_channels, channels, stride, shortcut(in_channels, out_channels, stride))
    rest = []
    while len(rest) < max(1, blocks - 1):
        rest.append(block(out_channels, channels))
    return nn.Sequential(first, *rest)


@wrong("make_layer")
def two_kinds_of_blocks_only(block, in_channels, channels, blocks, stride=1):
    expansion = 1 if block is BasicBlock else 4
    first = block(
        in_channels, channels, stride, shortcut(in_channels, channels * expansion, stride)
    )
    rest = [block(channels * expansion, channels) for _ in range(blocks - 1)]
    return nn.Sequential(first, *rest)


# make_layer: as people write it


@wrong("make_layer", "one block too many|`blocks` counts|every block the stride|stride and a proj")
def in_a_loop_that_keeps_the_stride(block, in_channels, channels, blocks, stride=1):
    layers = []
    for _ in range(blocks + 1):
        downsample = None
        if stride != 1 or in_channels != channels * block.expansion:
            downsample = nn.Sequential(
                nn.Conv2d(in_channels, channels * block.expansion, 1, stride, bias=False),
                nn.BatchNorm2d(channels * block.expansion),
            )
        layers.append(block(in_channels, channels, stride, downsample))
        in_channels = channels * block.expansion
    return nn.Sequential(*layers)


@wrong("make_layer", "too few|has a bias|only costs parameters")
def port_of_a_blog(block, inplanes, planes, blocks, stride=1):
    downsample = None
    if stride != 1 or inplanes != planes * block.expansion:
        downsample = nn.Sequential(
            nn.Conv2d(inplanes, planes * block.expansion, kernel_size=1, stride=stride),
            nn.BatchNorm2d(planes * block.expansion),
        )
    layers = [block(inplanes, planes, stride, downsample)]
    inplanes = planes * block.expansion
    for _ in range(2, blocks):
        layers.append(block(inplanes, planes))
    return nn.Sequential(*layers)


@wrong("make_layer", "list|in_channels after the first")
def list_of_equal_blocks(block, in_channels, channels, blocks, stride=1):
    out = channels * block.expansion
    stage = [block(in_channels, channels, stride, shortcut(in_channels, out, stride))]
    for _ in range(blocks - 1):
        stage.append(block(in_channels, channels))
    return stage


@wrong("make_layer", "same block|share|no batch normalisation")
def repeated_and_unnormalised(block, in_channels, channels, blocks, stride=1):
    wide = block.expansion * channels
    proj = None
    if stride > 1 or in_channels != wide:
        proj = nn.Conv2d(in_channels, wide, kernel_size=1, stride=stride, bias=False)
    head = block(in_channels, channels, stride=stride, downsample=proj)
    body = [block(wide, channels)] * (blocks - 1)
    return nn.Sequential(head, *body)


@wrong("make_layer", "[Pp]roject only where|channels may change")
def projecting_with_stride_only(block, in_channels, channels, blocks, stride=1):
    strides = [stride] + [1] * (blocks - 1)
    layers = nn.Sequential()
    for n, s in enumerate(strides):
        past = shortcut(in_channels, channels * block.expansion, s) if s == 2 else None
        layers.add_module(str(n), block(in_channels, channels, s, past))
        in_channels = channels * block.expansion
    return layers


@wrong("make_layer", "stride|last block")
def stride_at_the_end(block, in_channels, channels, blocks, stride=1):
    """In no list: the last block has the stride."""
    out = channels * block.expansion
    layers = []
    for i in range(blocks):
        s = stride if i == blocks - 1 else 1
        layers.append(block(in_channels, channels, s, shortcut(in_channels, out, s)))
        in_channels = out
    return nn.Sequential(*layers)


@wrong("make_layer", "return|None")
def forgets_to_return(block, in_channels, channels, blocks, stride=1):
    layers = [block(in_channels, channels, stride, shortcut(in_channels, channels, stride))]
    for _ in range(1, blocks):
        layers.append(block(channels, channels))
    nn.Sequential(*layers)


@wrong("make_layer", "class|call|brackets|parentheses|type")
def classes_and_no_objects(block, in_channels, channels, blocks, stride=1):
    return nn.Sequential(*[block for _ in range(blocks)])


# --- initialize: wrong in a corner


@wrong("initialize")
def the_same_numbers_everywhere(model):
    for module in model.modules():
        torch.manual_seed(42)
        initialize(nn.Sequential(*[m for m in [module] if not list(m.children())]))


@wrong("initialize")
def by_the_number_of_axes(model):
    """Takes every vector called weight for one of a batch normalisation."""
    for module in model.modules():
        weight = getattr(module, "weight", None)
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(weight, mode="fan_out")
        elif weight is not None and weight.ndim == 1:
            nn.init.constant_(module.weight, 1)
            if hasattr(module, "bias"):
                nn.init.constant_(module.bias, 0)


@wrong("initialize")
def convolutions_without_a_bias_only(model):
    for module in model.modules():
        if isinstance(module, nn.Conv2d) and module.bias is None:
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.constant_(module.weight, 1)
            nn.init.constant_(module.bias, 0)


@wrong("initialize")
def leaves_evaluation_mode(model):
    model.eval()
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.Conv2d):
                module.weight.normal_(0, math.sqrt(2 / module.weight[:, 0].numel()))
            if isinstance(module, nn.BatchNorm2d):
                module.reset_parameters()


# initialize: as people write it


@wrong("initialize", "fan-in|[Ff]an-out|batch normalisations")
def as_in_the_forum(m):
    for layer in m.modules():
        if isinstance(layer, nn.Conv2d):
            n = layer.kernel_size[0] * layer.kernel_size[1] * layer.in_channels
            layer.weight.data.normal_(0, math.sqrt(2.0 / n))


@wrong("initialize", "uniform|linear layer")
def uniform_and_linear(net):
    def init_weights(m):
        if type(m) in (nn.Conv2d, nn.Linear):
            nn.init.kaiming_uniform_(m.weight, mode="fan_out", nonlinearity="relu")
        elif type(m) is nn.BatchNorm2d:
            nn.init.ones_(m.weight)
            nn.init.zeros_(m.bias)

    net.apply(init_weights)


@wrong("initialize", "direct children|weight of every batch norm|Here it is 1")
def children_and_zero_gamma(model):
    for child in model.children():
        if isinstance(child, nn.Conv2d):
            nn.init.kaiming_normal_(child.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(child, nn.BatchNorm2d):
            child.weight.data.zero_()
            child.bias.data.zero_()


@wrong("initialize", "bias of a convolution|linear")
def zeroing_all_biases(model):
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.constant_(module.weight, 1)
        if getattr(module, "bias", None) is not None:
            nn.init.constant_(module.bias, 0)


@wrong("initialize", "gain|standard deviation|sqrt")
def with_torchs_own_slope(model):
    """In no list: the slope that nn.Conv2d hands to kaiming_uniform_."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, a=math.sqrt(5), mode="fan_out")
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)


@wrong("initialize", "variance|root")
def numpy_with_the_variance(model):
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            fan_out = module.out_channels * np.prod(module.kernel_size)
            drawn = np.random.normal(0.0, 2 / fan_out, tuple(module.weight.shape))
            module.weight.data = torch.from_numpy(drawn).float()
        elif isinstance(module, nn.BatchNorm2d):
            module.weight.data[:] = 1.0
            module.bias.data[:] = 0.0


@wrong("initialize", "copy|in place|[Nn]othing|as it was|did not change")
def drawing_without_assigning(model):
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            std = math.sqrt(2 / (module.out_channels * math.prod(module.kernel_size)))
            weight = torch.randn(module.weight.shape) * std
        elif isinstance(module, nn.BatchNorm2d):
            weight, bias = torch.ones(module.num_features), torch.zeros(module.num_features)
    return weight, bias


@wrong("initialize", "no_grad|in.place|in place|leaf")
def in_place_with_a_graph(model):
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            module.weight.normal_(0, (2 / module.weight[:, 0].numel()) ** 0.5)
        elif isinstance(module, nn.BatchNorm2d):
            module.weight.fill_(1)
            module.bias.zero_()


# --- ResNet


class Port(nn.Module):
    """A right ResNet as in a blog. The answers below change one method or another."""

    def __init__(self, block, layers, num_classes=1000, include_top=True):
        super().__init__()
        self.inplanes, self.include_top = 64, include_top
        self.stem()
        self.stages(block, layers)
        if include_top:
            self.head(512 * block.expansion, num_classes)

    def stem(self):
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool = nn.MaxPool2d(3, 2, 1)

    def stages(self, block, layers):
        self.body = nn.Sequential(
            *(self.stage(block, 64 * 2**i, n, 2 if i else 1) for i, n in enumerate(layers))
        )

    def stage(self, block, planes, blocks, stride):
        stage = make_layer(block, self.inplanes, planes, blocks, stride)
        self.inplanes = planes * block.expansion
        return stage

    def head(self, features, num_classes):
        self.fc = nn.Linear(features, num_classes)

    def features(self, x):
        return self.body(self.pool(F.relu(self.bn1(self.conv1(x)))))

    def classify(self, x):
        return self.fc(x.mean((2, 3)))

    def forward(self, x):
        x = self.features(x)
        return self.classify(x) if self.include_top else x


# ResNet: wrong in a corner


@wrong("ResNet")
class PaddedOnOneSide(Port):
    """The same windows as with padding 1 wherever the map's size is even."""

    def stem(self):
        super().stem()
        self.pool = nn.Sequential(nn.ConstantPad2d((1, 0, 1, 0), float("-inf")), nn.MaxPool2d(3, 2))


@wrong("ResNet")
class SquareMapsOnly(Port):
    def classify(self, x):
        return self.fc(F.avg_pool2d(x, x.shape[-1]).flatten(1))


@wrong("ResNet")
class ABatchAtLeast(Port):
    def classify(self, x):
        return self.fc(x.mean((2, 3)).squeeze())


@wrong("ResNet")
class FeaturesWithoutAGraph(Port):
    def forward(self, x):
        if not self.include_top:
            with torch.no_grad():
                return self.features(x)
        return super().forward(x)


@wrong("ResNet")
class TwoKindsOfBlocksOnly(Port):
    def stage(self, block, planes, blocks, stride):
        stage = super().stage(block, planes, blocks, stride)
        self.inplanes = planes * (4 if block is Bottleneck else 1)
        return stage


@wrong("ResNet")
class OtherEpsilon(Port):
    def stem(self):
        super().stem()
        self.bn1 = nn.BatchNorm2d(64, eps=1e-3)


# ResNet: as people write it


@wrong("ResNet", "softmax|max pooling has no padding")
class SoftmaxAndUnpadded(Port):
    def stem(self):
        super().stem()
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2)

    def forward(self, x):
        x = super().forward(x)
        return F.softmax(x, dim=1) if self.include_top else x


@wrong("ResNet", "has a bias|batch normalisation of the stem is missing")
class StemOfOneLayer(Port):
    def stem(self):
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)

    def features(self, x):
        return self.body(self.pool(torch.relu(self.conv1(x))))


@wrong("ResNet", "first stage has stride 2|layers\\[0\\] blocks|ignored `layers`")
class EqualStages(Port):
    def stages(self, block, layers):
        self.layer1 = self.stage(block, 64, layers[0], stride=2)
        self.layer2 = self.stage(block, 128, layers[0], stride=2)
        self.layer3 = self.stage(block, 256, layers[0], stride=2)
        self.layer4 = self.stage(block, 512, layers[0], stride=2)

    def features(self, x):
        x = self.pool(F.relu(self.bn1(self.conv1(x))))
        for name in ("layer1", "layer2", "layer3", "layer4"):
            x = getattr(self, name)(x)
        return x


@wrong("ResNet", "512 inputs|expansion|include_top|[Ww]ithout the top")
class HeadForResNet18(Port):
    def __init__(self, block, layers, num_classes=1000, include_top=True):
        super().__init__(block, layers, num_classes, include_top)
        self.fc = nn.Linear(512, num_classes)


@wrong("ResNet", "1,000|num_classes|ReLU after the linear")
class CopiedHead(Port):
    def head(self, features, num_classes):
        self.fc = nn.Linear(features, 1000)

    def classify(self, x):
        return F.relu(self.fc(torch.flatten(F.adaptive_avg_pool2d(x, (1, 1)), 1)))


@wrong("ResNet", "plain (Python )?list|nn.ModuleList")
class BlocksInLists(Port):
    def stages(self, block, layers):
        self.body = []
        for i, n in enumerate(layers):
            self.body += list(self.stage(block, 64 * 2**i, n, 2 if i else 1))

    def features(self, x):
        x = self.pool(F.relu(self.bn1(self.conv1(x))))
        for one in self.body:
            x = one(x)
        return x


@wrong("ResNet", "ReLU|negative")
class LeakyStem(Port):
    """In no list: a leaky ReLU."""

    def features(self, x):
        return self.body(self.pool(F.leaky_relu(self.bn1(self.conv1(x)), 0.1)))


@wrong("ResNet", "tuple|two values|Tensor")
class FeaturesAndLogits(Port):
    def forward(self, x):
        x = self.features(x)
        return (x, self.classify(x)) if self.include_top else x


@wrong("ResNet", "[Dd]ropout|two calls|random")
class DroppingOut(Port):
    def classify(self, x):
        return self.fc(F.dropout(x.mean((2, 3)), 0.5))


@wrong("ResNet", "__init__|_init_|underscores")
class Misspelt(nn.Module):
    def _init_(self, block, layers, num_classes=1000, include_top=True):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)

    def forward(self, x):
        return self.conv1(x)


@wrong("ResNet", "super")
class WithoutSuper(nn.Module):
    def __init__(self, block, layers, num_classes=1000, include_top=True):
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)


# --- layer_shapes: wrong in a corner


@wrong("layer_shapes")
def taking_all_hooks_away(model, x):
    shapes = {}
    for name, child in model.named_children():
        child.register_forward_hook(
            lambda module, args, output, name=name: shapes.update({name: tuple(output.shape)})
        )
    with torch.no_grad():
        model(x)
    for child in model.children():
        child._forward_hooks = OrderedDict()
    return shapes


@wrong("layer_shapes")
def leaving_another_forward(model, x):
    shapes = {}
    for name, child in model.named_children():

        def run(*args, name=name, old=child.forward):
            output = old(*args)
            shapes[name] = tuple(output.shape)
            return output

        child.forward = run
    model(x)
    return shapes


@wrong("layer_shapes")
def mode_of_the_root_alone(model, x):
    was, handles, shapes = model.training, [], {}
    for name, child in model.named_children():
        hook = lambda m, i, o, name=name: shapes.update({name: tuple(o.shape)})  # noqa: E731
        handles.append(child.register_forward_hook(hook))
    model.eval()
    model(x)
    model.training = was
    for handle in handles:
        handle.remove()
    return shapes


@wrong("layer_shapes")
def maps_only(model, x):
    shapes = layer_shapes(model, x)
    return {name: shape for name, shape in shapes.items() if len(shape) == 4}


# layer_shapes: as people write it


@wrong("layer_shapes", "hooks on the model|evaluation mode")
def from_the_forum(model, x):
    activation = {}

    def get_activation(name):
        def hook(module, input, output):
            activation[name] = tuple(output.detach().shape)

        return hook

    model.eval()
    for name, layer in model.named_children():
        layer.register_forward_hook(get_activation(name))
    model(x)
    return activation


@wrong("layer_shapes", "yourself|batch dimension")
def layer_by_layer(model, x):
    result = {}
    for key, layer in model._modules.items():
        x = layer(x)
        result[key] = tuple(x.size())[1:]
    return result


@wrong("layer_shapes", "one name|hooks on the model")
def the_last_name_wins(model, x):
    found = {}
    for name, child in model.named_children():
        child.register_forward_hook(lambda m, i, o: found.update({name: tuple(o.shape)}))  # noqa: B023 - the mistake
    with torch.no_grad():
        model(x)
    return found


@wrong("layer_shapes", "class names|modules inside|innermost")
def torchsummary(model, x):
    twin, summary = copy.deepcopy(model), {}

    def hook(module, inputs, output):
        summary[module.__class__.__name__] = tuple(output.shape)

    for module in twin.modules():
        if module is not twin:
            module.register_forward_hook(hook)
    twin(x)
    return summary


@wrong("layer_shapes", "without the names|list")
def a_list_of_pairs(model, x):
    pairs = []
    handles = [
        child.register_forward_hook(lambda m, i, o, name=name: pairs.append((name, tuple(o.shape))))
        for name, child in model.named_children()
    ]
    model(x)
    for h in handles:
        h.remove()
    return pairs


@wrong("layer_shapes", "numel|numbers|shape")
def sizes_for_shapes(model, x):
    """In no list: how many numbers, not the shape."""
    return {name: math.prod(shape) for name, shape in layer_shapes(model, x).items()}


@wrong("layer_shapes", "return|print|None")
def printing(model, x):
    handles = [
        child.register_forward_hook(lambda m, i, o, name=name: print(name, tuple(o.shape)))
        for name, child in model.named_children()
    ]
    model(x)
    for handle in handles:
        handle.remove()


@wrong("layer_shapes", "input|order of|registered")
def inputs_for_outputs(model, x):
    shapes = {name: None for name, _ in model.named_children()}
    twin = copy.deepcopy(model)
    for name, child in twin.named_children():
        child.register_forward_pre_hook(
            lambda m, inputs, name=name: shapes.update({name: tuple(inputs[0].shape)})
        )
    twin(x)
    return shapes


# --- the question, the names, and what is left out


@wrong("make_layer", "both change")
def a_projection_for_both_alone(block, in_channels, channels, blocks, stride=1):
    out_channels = channels * block.expansion
    past = None
    if stride != 1 and in_channels != out_channels:
        past = shortcut(in_channels, out_channels, stride)
    layers = [block(in_channels, channels, stride, past)]
    layers += [block(out_channels, channels) for _ in range(1, blocks)]
    return nn.Sequential(*layers)


@wrong("make_layer", "stride of 1")
def a_projection_without_the_stride(block, in_channels, channels, blocks, stride=1):
    out_channels = channels * block.expansion
    past = None
    if stride != 1 or in_channels != out_channels:
        past = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 1, bias=False), nn.BatchNorm2d(out_channels)
        )
    layers = [block(in_channels, channels, stride, past)]
    layers += [block(out_channels, channels) for _ in range(1, blocks)]
    return nn.Sequential(*layers)


@wrong("initialize", "bias of the batch normalisations")
def no_bias_set(model):
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.ones_(module.weight)


@wrong("initialize", "other layers")
def by_the_names_of_the_parameters(model):
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            nn.init.zeros_(parameter)
        elif parameter.ndim == 4:
            nn.init.kaiming_normal_(parameter, mode="fan_out", nonlinearity="relu")
        else:
            nn.init.ones_(parameter)


@wrong("initialize", "as it was")
def never_applied(model):
    def draw(module):
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)

    return draw


@wrong("layer_shapes", "empty")
def shapes_are_printed(model, x):
    shapes, handles, mode = {}, [], model.training
    for name, child in model.named_children():
        handles.append(
            child.register_forward_hook(lambda m, i, o, name=name: print(name, tuple(o.shape)))
        )
    with torch.no_grad():
        model.eval()(x)
    for handle in handles:
        handle.remove()
    model.train(mode)
    return shapes


@wrong("layer_shapes", "hand over the function")
def the_hook_is_called(model, x):
    shapes = {}

    def note(name, output):
        shapes[name] = tuple(output.shape)

    handles = [c.register_forward_hook(note(n, x)) for n, c in model.named_children()]
    model(x)
    for handle in handles:
        handle.remove()
    return shapes


class Short(nn.Module):
    """A ResNet in few lines; the answers below differ in a line each."""

    def __init__(self, block, layers, num_classes=1000, include_top=True):
        super().__init__()
        stem = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU()]
        self.stem = nn.Sequential(*stem, nn.MaxPool2d(3, 2, 1))
        ins, self.stages = 64, nn.Sequential()
        for i, blocks in enumerate(layers):
            self.stages.append(make_layer(block, ins, 64 << i, blocks, stride=2 if i else 1))
            ins = (64 << i) * block.expansion
        self.fc = nn.Linear(ins, num_classes) if include_top else None

    def forward(self, x):
        x = self.stages(self.stem(x))
        return x if self.fc is None else self.head(x)

    def head(self, x):
        return self.fc(x.mean(dim=(2, 3)))


@wrong("ResNet", "include_top")
class TopByAnotherName(Short):
    def __init__(self, block, layers, num_classes=1000, top=True):
        super().__init__(block, layers, num_classes, top)


@wrong("ResNet", "squeeze")
class Squeezed(Short):
    def head(self, x):
        return self.fc(x.mean(dim=(2, 3), keepdim=True).squeeze())


@wrong("ResNet", "all axes into one")
class OneLongRow(Short):
    def head(self, x):
        return self.fc(x.mean(dim=(2, 3), keepdim=True).view(-1))


@wrong("ResNet", "block too many")
class AFirstBlockOnTop(Short):
    def __init__(self, block, layers, num_classes=1000, include_top=True):
        super().__init__(block, [blocks + 1 for blocks in layers], num_classes, include_top)
