import matplotlib.pyplot as plt

from course_lib.figures.block_diagram import block_diagram


def test_branches_are_joined_box_by_box_and_meet_in_a_fan():
    figure, axes = plt.subplots()
    block_diagram(axes, "branches", [["1", "…", "1"], ["3", "…", "3"], ["sum"]])
    words = [text.get_text() for text in axes.texts]
    assert words == ["x", "1", "…", "1", "3", "…", "3", "sum", "+"]
    assert len(axes.lines) == 3 + 3 + 3 + 1 + 1  # fan, three in parallel, fan, sum to +, shortcut
    assert axes.get_title() == "branches"
    plt.close(figure)
