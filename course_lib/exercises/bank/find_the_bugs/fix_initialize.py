"""Exercise `fix_initialize`: fan-in instead of fan-out."""

from course_lib.exercises.bank.find_the_bugs.edits import mistake, planted
from course_lib.exercises.bank.resnet.initialize import EXERCISE as INITIALIZE
from course_lib.exercises.engine.exercise import Exercise
from course_lib.from_memory.repaired import fix_initialize

NAME = "fix_initialize"
NORMAL = 'nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")'

EXERCISE = Exercise(
    name=NAME,
    title="First weights of another size",
    difficulty=2,
    importance=3,
    minutes=3,
    reference=fix_initialize,
    hints=(
        "Compare the standard deviation of each convolution's weights with the formula of "
        "notebook 05. They agree where as many channels come in as go out.",
        "conv3 of layer1.0: 64 channels to 256, 1x1\n"
        "right   sqrt(2 / 256) = 0.088\n"
        "found   sqrt(2 /  ? ) = 0.177",
    ),
    probes=INITIALIZE.probes,
    mistakes=(
        mistake(
            "You left the ReLU's gain out: a ReLU drops half of the signal, and the 2 in "
            "sqrt(2 / fan_out) makes up for it.",
            fix_initialize,
            ('nonlinearity="relu"', 'nonlinearity="linear"'),
        ),
        mistake(
            "You took Xavier's initialisation: it averages fan-in and fan-out and knows nothing "
            "of the ReLU.",
            fix_initialize,
            (NORMAL, "nn.init.xavier_normal_(module.weight)"),
        ),
        mistake(
            "Fan-out is right, and you changed the distribution: ResNet draws from a normal one.",
            fix_initialize,
            ("kaiming_normal_", "kaiming_uniform_"),
        ),
        mistake(
            "You forgot the kernel in fan-out: an input reaches out_channels outputs through each "
            "of the kernel's weights.",
            fix_initialize,
            (NORMAL, "nn.init.normal_(module.weight, std=(2 / module.out_channels) ** 0.5)"),
        ),
        mistake(
            "You took 2 / fan_out as standard deviation: that is the variance, take its root.",
            fix_initialize,
            (NORMAL, "nn.init.normal_(module.weight, std=2 / module.weight[:, 0].numel())"),
        ),
        mistake(
            "You initialised the linear layer the same way: no ReLU follows it, it keeps what "
            "PyTorch gave it.",
            fix_initialize,
            ("isinstance(module, nn.Conv2d)", "isinstance(module, nn.Conv2d | nn.Linear)"),
        ),
        mistake(
            "You set the batch normalisations to weight 0: here it is 1.",
            fix_initialize,
            ("nn.init.ones_", "nn.init.zeros_"),
        ),
        mistake(
            "You lost the batch normalisations: their weight is to be 1 and their bias 0, "
            "whatever they held.",
            fix_initialize,
            ("isinstance(module, nn.BatchNorm2d)", "False"),
        ),
    ),
    planted=planted(
        NAME,
        "In a convolution that changes the number of channels, the first weights do not have "
        "the standard deviation that the formula of notebook 05 gives.",
    ),
)
