"""The learning rate over a training, and what each schedule reaches on a noisy bowl."""

from course_lib.explorers.explorer import Choice, Explorer, Slider


class Schedule(Explorer):
    """The chosen schedule in front of the two others, and their losses on the bowl."""

    title = "Learning rate schedules"
    controls = (
        Slider("max_lr", "highest rate", (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0), 0.5),
        Slider("warmup", "warm up", (0.0, 0.1, 0.2, 0.3, 0.4, 0.5), 0.3),
        Choice(
            "schedule",
            "after warm up",
            {"cosine": "cosine", "steps": "steps", "constant": "constant"},
            "cosine",
        ),
        Slider("steps", "steps", (20, 50, 100, 200, 400), 100),
    )
