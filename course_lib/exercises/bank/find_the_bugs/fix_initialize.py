"""Exercise `fix_initialize`: fan-in instead of fan-out."""

from course_lib.exercises.bank.resnet.initialize import EXERCISE as INITIALIZE
from course_lib.exercises.engine.exercise import Exercise, Planted
from course_lib.from_memory import typed
from course_lib.from_memory.repaired import fix_initialize

NORMAL = 'nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")'

EXERCISE = Exercise(
    fix_initialize,
    title="First weights of another size",
    difficulty=2,
    importance=3,
    minutes=3,
    insight=(
        "36 of ResNet-50's 53 convolutions began at another scale, and batch norm covered for all "
        "of them; take it out some day, and the mistake wakes up."
    ),
    hints=(
        "Compare the standard deviation of each convolution's weights with the formula of "
        "notebook 05. They agree where as many channels come in as go out.",
        "conv3 of layer1.0: 64 channels to 256, 1x1\n"
        "right   sqrt(2 / 256) = 0.088\n"
        "found   sqrt(2 /  ? ) = 0.177",
    ),
    probes=INITIALIZE.probes,
    mistakes={
        "You left the ReLU's gain out: a ReLU drops half of the signal, and the 2 in "
        "sqrt(2 / fan_out) makes up for it.": {'nonlinearity="relu"': 'nonlinearity="linear"'},
        "You took Xavier's initialisation: it averages fan-in and fan-out and knows nothing "
        "of the ReLU.": {NORMAL: "nn.init.xavier_normal_(module.weight)"},
        "You took the uniform distribution of Xavier's initialisation: Kaiming's normal one is "
        "due.": {NORMAL: "nn.init.xavier_uniform_(module.weight)"},
        "You gave all convolutions one fixed standard deviation: it must shrink with the number "
        "of outputs.": {NORMAL: "nn.init.normal_(module.weight, std=0.01)"},
        "You went through the direct children only: modules() goes through the whole tree.": {
            "model.modules()": "model.children()"
        },
        "The 2 belongs under the root: the standard deviation is sqrt(2 / fan_out), and you "
        "divide sqrt(2) by fan_out.": {
            NORMAL: "nn.init.normal_(module.weight, std=2**0.5 / module.weight[:, 0].numel())"
        },
        "Fan-out is right, and you changed the distribution: ResNet draws from a normal one.": {
            "kaiming_normal_": "kaiming_uniform_"
        },
        "You forgot the kernel in fan-out: an input reaches out_channels outputs through each "
        "of the kernel's weights.": {
            NORMAL: "nn.init.normal_(module.weight, std=(2 / module.out_channels) ** 0.5)"
        },
        "You took 2 / fan_out as standard deviation: that is the variance, take its root.": {
            NORMAL: "nn.init.normal_(module.weight, std=2 / module.weight[:, 0].numel())"
        },
        "You initialised the linear layer the same way: no ReLU follows it, it keeps what "
        "PyTorch gave it.": {
            "isinstance(module, nn.Conv2d)": "isinstance(module, nn.Conv2d | nn.Linear)"
        },
        "You set the batch normalisations to weight 0: here it is 1.": {
            "nn.init.ones_": "nn.init.zeros_"
        },
        "You exchanged the two of the batch normalisation: its weight is 1, and its bias 0.": {
            "nn.init.ones_": "nn.init.zeros_",
            "nn.init.zeros_": "nn.init.ones_",
        },
        "You lost the batch normalisations: their weight is to be 1 and their bias 0, "
        "whatever they held.": {"isinstance(module, nn.BatchNorm2d)": "False"},
    },
    planted=Planted(
        "In a convolution that changes the number of channels, the first weights do not have "
        "the standard deviation that the formula of notebook 05 gives.",
        typed.fix_initialize,
        typed.MISTAKES["fix_initialize"],
    ),
)
