"""What a learner does: run everything, move a slider, answer wrongly, then rightly, look it up."""

import pytest

from tests.browser.moving import answers, host

WRONG = """@exercise
def conv_output_size(size, kernel_size, stride=1, padding=0, dilation=1):
    return (size + padding - dilation * (kernel_size - 1) - 1) // stride + 1"""
ANSWERS = {  # notebook: (wrong answer, words of its diagnosis, what to replace, by what)
    "01_convolution_arithmetic": (WRONG, "one side", "size + padding", "size + 2 * padding"),
    "04_bottleneck": (
        "@exercise\n"
        "def bottleneck_parameters(in_channels, channels, expansion=4):\n"
        "    return in_channels * channels + 9 * channels**2 + channels**2",
        "forgot the expansion",
        "+ channels**2",
        "+ channels**2 * expansion",
    ),
    "08_grouped_convolution": (
        "@exercise\n"
        "def channel_shuffle(x, groups):\n"
        "    n, c, h, w = x.shape\n"
        "    return x.reshape(n, c // groups, groups, h, w).transpose(1, 2).flatten(1, 2)",
        "swapped the groups and the channels in a group",
        "c // groups, groups",
        "groups, c // groups",
    ),
    "09_resnext": (
        "@exercise\n"
        "def resnext_width(channels, groups, width_per_group):\n"
        "    return int(channels * groups / 64) * width_per_group",
        "swapped groups and width_per_group",
        "int(channels * groups / 64) * width_per_group",
        "int(channels * width_per_group / 64) * groups",
    ),
    "10_find_the_bugs": (  # half repaired, then repaired
        "@exercise\n"
        "def fix_template(template):\n"
        "    groups, width = map(int, template[:-1].split('x'))\n"
        "    return {'groups': groups, 'width_per_group': groups * width}",
        "the width of all groups together",
        "groups * width",
        "width",
    ),
    "11_transfer_learning": (
        "@exercise\n"
        "def batches(items, size):\n"
        "    return [items[i : i + size] for i in range(0, len(items) - 1, size)]",
        "stop before the last item",
        "len(items) - 1",
        "len(items)",
    ),
}


@pytest.mark.parametrize("notebook", ANSWERS)
def test_a_learner_works_through_it(lab, notebook):
    wrong, words, mistaken, mended = ANSWERS[notebook]
    lab.open(f"{notebook}.ipynb")
    lab.run_all()
    page = lab.page
    assert page.get_by_text("Traceback (most recent call last)").count() == 0

    assert answers(host(page))  # an explorer moves with the keyboard
    # figures stand in the page itself, with its colours and their description
    figure = page.locator("figure[data-drawing] [role=img]").first
    assert len(figure.get_attribute("aria-label")) > 20 and figure.locator("svg").count() == 1

    # a wrong answer is diagnosed; the hint and the solution open
    cell = lab.cell(wrong.splitlines()[1].split("(")[0])
    lab.write_and_run(cell, wrong)
    output = cell.locator(".jp-OutputArea")
    assert "Incorrect" in output.inner_text()
    assert words in output.inner_text()
    hint, solution = (
        output.locator("details").filter(has_text=words)
        for words in ("Hint 1", "Reference solution")
    )
    assert not hint.locator("p").is_visible() and not solution.locator("pre").is_visible()
    hint.locator("summary").click()
    assert hint.locator("p").is_visible()
    solution.locator("summary").click()
    assert wrong.splitlines()[1].split("(")[0] in solution.locator("pre").inner_text()

    # the right answer passes
    lab.write_and_run(cell, wrong.replace(mistaken, mended))
    assert "Correct" in output.inner_text() and "Incorrect" not in output.inner_text()
    assert lab.outside_requests() == []


def test_a_fresh_clone_shows_pictures_before_anything_runs(lab):
    """Outputs of a notebook that JupyterLab does not trust yet: pictures, collapsed solutions."""
    lab.open("01_convolution_arithmetic.ipynb")
    page = lab.page
    assert page.locator(".jp-OutputArea figure img").count() >= 2
    solution = lab.cell("def conv_output_size").locator("details").last
    assert not solution.locator("pre").is_visible()
    solution.locator("summary").click()
    assert "def conv_output_size" in solution.locator("pre").inner_text()
