"""What Python's and torch's common errors mean, in a sentence that helps."""

import re

from course_lib.exercises.engine.compare import Raised

# (a pattern of "Type: message", what it means; {0}, {1} ... are the pattern's groups)
MEANINGS: tuple[tuple[str, str], ...] = (
    (
        r"RuntimeError: The size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\)"
        r".* dimension (\d+)",
        "Two tensors whose shapes do not fit meet in this line: at axis {2} of the result {0} "
        "entries are to go with {1}. Print both shapes just before it. (A mean, a sum or a "
        "variance over axes takes them away, unless keepdim=True.)",
    ),
    (
        r"RuntimeError: Given groups=(\d+), weight of size \[(\d+), (\d+),.*expected input"
        r".* to have (\d+) channels, but got (\d+)",
        "A convolution that expects {3} channels is given {4}: look at what comes just before it, "
        "and at the in_channels it was built with.",
    ),
    (
        r"RuntimeError: Calculated padded input size per channel.*Kernel size: \((.*?)\)",
        "A window of {0} does not fit on the map that it is given any more: some layer before it "
        "has made the map too small, or the padding is missing.",
    ),
    (
        r"RuntimeError: running_mean should contain (\d+) elements not (\d+)",
        "A batch normalisation that was built for {1} channels is given {0}: it normalises the "
        "output of the layer before it, and has as many channels as that.",
    ),
    (
        r"RuntimeError: mat1 and mat2 shapes cannot be multiplied \((\d+)x(\d+) and (\d+)x(\d+)\)",
        "A linear layer or a matrix product that expects {2} numbers a row is given {1}: print the "
        "shape that goes in.",
    ),
    (
        r"RuntimeError: Boolean value of Tensor with more than one value is ambiguous",
        "An if, and, or, not asks here whether a tensor of several numbers is true, which nobody "
        "can say. Whether a tensor was given at all is asked with `is not None`.",
    ),
    (
        r"(?:TypeError|AttributeError): .*'?NoneType'? object is not callable",
        "This line calls something that is None. Where it may be None, ask before you call it.",
    ),
    (
        r"(?:TypeError|AttributeError|ValueError): .*'NoneType'",
        "Something in this line is None where a value is needed: a function that returns nothing, "
        "an argument that was left out, or a .grad that no backward() has filled. Only leaves, "
        "parameters and tensors that you made with requires_grad, keep a .grad.",
    ),
    (
        r"RuntimeError: element 0 of tensors does not require grad",
        "There is no graph to go back through: the result was computed from tensors that do not "
        "require a gradient, or the graph was cut, by detach(), .data, .item() or no_grad.",
    ),
    (
        r"RuntimeError: grad can be implicitly created only for scalar outputs",
        "backward() and autograd.grad() start from one number: sum the output, take one entry, or "
        "say with grad_outputs how the entries are weighed.",
    ),
    (
        r"RuntimeError: Trying to backward through the graph a second time",
        "The graph is gone after the first way back through it. retain_graph=True keeps it, where "
        "the same graph is really needed again.",
    ),
    (
        r"RuntimeError: a (?:view of a )?leaf Variable that requires grad is being used in an",
        "A tensor that autograd watches from the start is changed in place. Change it under "
        "torch.no_grad(), as initialisations do, or compute a new tensor.",
    ),
    (
        r"RuntimeError: one of the variables needed for gradient computation has been modified",
        "An operation in place has overwritten a tensor that the way back still needs: write "
        "x = x + y instead of x += y, or leave out inplace=True.",
    ),
    (
        r"RuntimeError: .*differentiated Tensors? .*appears to not have been used",
        "A gradient is asked for with respect to a tensor from which the output was not computed: "
        "is it the very tensor that went in, or a copy?",
    ),
    (
        r"RuntimeError: Can't call numpy\(\) on Tensor that requires grad",
        "NumPy knows no gradients: a tensor that is in a graph has to be detached first, and what "
        "NumPy computes has none.",
    ),
    (
        r"(?:RuntimeError|ValueError): (?:a Tensor with|only one element tensors can be).*[sS]cal",
        "A single number is asked of a tensor that holds several: .item(), float() and the "
        "functions of `math` take one. torch has the same functions for whole tensors.",
    ),
    (
        r"TypeError: only (?:length-1 arrays|integer tensors of a single|one element).*conver",
        "A single number is asked of a tensor that holds several: the functions of `math`, int() "
        "and float() take one. torch has the same functions for whole tensors.",
    ),
    (
        r"RuntimeError: shape '(\[.*?\])' is invalid for input of size (\d+)",
        "The {1} numbers do not fill the shape {0}: multiply it out, and see which factor is not "
        "what you think.",
    ),
    (
        r"RuntimeError: Expected size for first two dimensions",
        "The inner sizes of a matrix product do not agree: print both shapes.",
    ),
    (
        r"RuntimeError: stack expects each tensor to be equal size, but got (\[.*?\]) at entry \d+ "
        r"and (\[.*?\])",
        "stack lays tensors of one shape on each other, and gets {0} and {1}.",
    ),
    (
        r"RuntimeError: Expected 3D \(unbatched\) or 4D \(batched\) input to conv2d",
        "A convolution works on (N, C, H, W): print the shape that goes in.",
    ),
    (
        r"ValueError: (?:too many|not enough) values to unpack",
        "To the left of = stand more or fewer names than values come: print what is unpacked.",
    ),
    (
        r"RuntimeError: Sizes of tensors must match except in dimension (\d+)",
        "Tensors can be put side by side only if they agree in every axis but number {0}: print "
        "their shapes.",
    ),
    (
        r"AttributeError: cannot assign \w+ before Module.__init__\(\) call",
        "super().__init__() has to be called first of all in __init__: without it the module "
        "cannot take layers.",
    ),
    (
        r"NotImplementedError: Module \[(?!ModuleList|ModuleDict)(\w+)\] is missing the required",
        "The module {0} has no method called forward: is it misspelt, or indented so that it "
        "stands outside the class?",
    ),
    (
        r"AttributeError: '(\w+)' object has no attribute '(\w+)'",
        "A {0} has no `{1}`: is the name misspelt, was it never set on self, or is the object "
        "another one than you think?",
    ),
    (
        r"AttributeError: type object '(\w+)' has no attribute '(\w+)'",
        "The class {0} itself has no `{1}`: what others ask of the class is written beside its "
        "methods, not set on self.",
    ),
    (
        r"NameError: name '(\w+)' is not defined",
        "Nothing is called `{0}` here: is it misspelt, is self. missing before it, or was the cell "
        "that makes it not run?",
    ),
    (
        r"UnboundLocalError: .*variable '(\w+)'",
        "`{0}` is set somewhere in your function, so Python takes it for its own everywhere in it; "
        "here it is used before anything was put in.",
    ),
    (
        r"TypeError: .*missing \d+ required (?:positional|keyword-only) arguments?: (.*)",
        "A call leaves out {0}. If the arguments look right, a self may be missing in a "
        "definition, or be given twice.",
    ),
    (
        r"TypeError: .*got an unexpected keyword argument '(\w+)'",
        "What is called here takes no argument `{0}`: is it misspelt, or meant for another layer?",
    ),
    (
        r"TypeError: .*takes (?:from )?[\w ]+ positional arguments? but (\d+) (?:was|were) given",
        "A call hands over more than its function takes. In a method the first of them is the "
        "object itself: is self missing in a definition?",
    ),
    (
        r"TypeError: (\w+)\(\) received an invalid combination of arguments - got \(NoneType",
        "{0} is given None where a tensor is due: a function without a return gives None, and so "
        "does an argument that was left out. So what comes in is None.",
    ),
    (
        r"TypeError: (\w+)\(\): argument '(\w+)' .*must be Tensor, not NoneType",
        "{0} is given None where a tensor is due, so what comes in is None: a function without a "
        "return gives None, and so does an argument that was left out.",
    ),
    (
        r"TypeError: (\w+)\(\): argument '(\w+)' .*must be Tensor, not (\w+)",
        "{0} is given a {2}: is it a layer where its output is meant, or a number where a tensor "
        "is due?",
    ),
    (
        r"TypeError: (\w+)\(\): argument '(\w+)' .*found element of type float",
        "A size or a number of channels is a float here, and has to be an int: / always gives a "
        "float, // of two ints an int.",
    ),
    (
        r"TypeError: (\w+)\(\) received an invalid combination of arguments - got \(([^=]*?)\),",
        "{0} is given other things than it takes, namely ({1}): is one of them not what you think?",
    ),
    (
        r"TypeError: unsupported operand type\(s\) for (\S+): '([\w.]+)' and '([\w.]+)'",
        "Python cannot compute {0} between things of the types {1} and {2}: one of the two is not "
        "the number or tensor that you think. (A method or function means a call without its ().)",
    ),
    (
        r"TypeError: '(\w+)' object is not (subscriptable|iterable|callable)",
        "Something of type {0} is used here as if it were {1}: look at what it really is.",
    ),
    (
        r"TypeError: object of type '(\w+)' has no len\(\)",
        "len() is asked of something that has none, of type {0}: it wants a list or a tensor.",
    ),
    (
        r"IndexError: tuple index out of range",
        "A place is asked for that the tuple does not have: where it is a shape, the tensor has "
        "fewer axes than you think. Print the shape.",
    ),
    (
        r"IndexError: Dimension out of range",
        "An axis is asked for that the tensor does not have: axes are counted from 0, and -1 is "
        "the last. Print the shape.",
    ),
    (
        r"IndexError: (?:list )?index (?:\d+ is )?out of (?:bounds|range)",
        "An index points past the end: counts begin at 0, and the last is one less than the size.",
    ),
    (
        r"IndexError: Target (\d+) is out of bounds",
        "A label is {0}, and the model has fewer outputs than that: labels go from 0 to the number "
        "of classes minus one.",
    ),
    (
        r"ValueError: Expected more than 1 value per channel when training",
        "A batch normalisation in training mode needs more than one number a channel: over a "
        "single one there is no variance.",
    ),
    (r"ZeroDivisionError:", "Something is divided by 0 here: which count is still 0?"),
    (
        r"RecursionError:",
        "The function calls itself without an end: is its own name meant, or torch's function?",
    ),
    (
        r"RuntimeError: (?:expected scalar type|.*same dtype|Input type .* should be the same)",
        "Two tensors of other number types meet here, float32 and float64 say. Convert one of "
        "them, with .float() or .to().",
    ),
    (
        r"TypeError: forward returned (\w+), not a tensor",
        "forward gives back something of type {0}, and a tensor is due: is a return missing?",
    ),
    (
        r"TypeError: expected Tensor as element \d+ in argument \d+, but got (\w+)",
        "A list that should hold tensors holds something of type {0}: autograd.grad, for one, "
        "gives a tuple, of which the first item is meant.",
    ),
    (
        r"TypeError: '(\w+)' object cannot be interpreted as an integer",
        "A whole number is needed here, and what comes is of type {0}: / always gives a float, "
        "// of two ints an int.",
    ),
    (
        r"TypeError: (?:tuple|list) indices must be integers or slices, not (\w+)",
        "A list or tuple is asked for a place by something of type {0}: places are ints.",
    ),
    (
        r"RuntimeError: The expanded size of the tensor \((\d+)\) must match the existing size "
        r"\((\d+)\) at non-singleton dimension (\d+).*Target sizes: (\[.*?\]).*sizes: (\[.*?\])",
        "A tensor of shape {4} is put into a place of shape {3}, which it does not fit.",
    ),
    (
        r"TypeError: (\w+)\(\): argument 'tensors' .*must be tuple of Tensors, not Tensor",
        "{0} joins several tensors, and takes them as one list: {0}([a, b]).",
    ),
    (
        r"TypeError: expected an nn.Module, got NoneType",
        "Asked is a module, and yours gives None: is a return missing?",
    ),
    (
        r"TypeError: (\S+) is not a Module subclass",
        "nn.Sequential and nn.ModuleList hold modules, and are given {0}: a list is unpacked with "
        "*, and of a class an object is made by calling it.",
    ),
    (
        r"AttributeError: module '(torch[\w.]*)' has no attribute '(\w+)'",
        "{0} has nothing called `{1}`. Layers are in torch.nn and begin with a capital (nn.ReLU); "
        "functions are in torch.nn.functional and do not (F.relu).",
    ),
    (
        r"TypeError: cannot assign '([\w.]+)' as (parameter) '(\w+)'",
        "`{2}` is a {1}, and something else is put in its place. What is inside a parameter is "
        "changed in place, under torch.no_grad() or with nn.init.",
    ),
    (
        r"TypeError: can't multiply sequence by non-int of type 'tuple'",
        "kernel_size, stride and padding of a layer are tuples, one number an axis: take one of "
        "them, or multiply both.",
    ),
    (
        r"TypeError: .*got multiple values for argument '(\w+)'",
        "`{0}` is given twice, once by its place and once by its name.",
    ),
    (
        r"ValueError: math domain error",
        "A function of math is asked for what it cannot give, such as the root of a negative "
        "number: print what goes in.",
    ),
    (
        r"TypeError: expected an nn.Module, got (\w+)",
        "Asked is a module, an object of a class derived from nn.Module; what yours gives is of "
        "type {0}.",
    ),
)


def meaning(error: Raised) -> str:
    """The sentence that helps with an error, or ""."""
    text = f"{error.kind}: {error.message}"
    for pattern, words in MEANINGS:
        if found := re.match(pattern, text, re.DOTALL):
            return words.format(*found.groups())
    return ""
