"""What a learner does: run everything, move a slider, answer wrongly, then rightly, look it up."""

WRONG = """@exercise
def conv_output_size(size, kernel_size, stride=1, padding=0, dilation=1):
    return (size + padding - dilation * (kernel_size - 1) - 1) // stride + 1"""
RIGHT = WRONG.replace("size + padding", "size + 2 * padding")


def test_a_learner_works_through_notebook_01(lab):
    lab.open("01_convolution_arithmetic.ipynb")
    lab.run_all()
    page = lab.page
    assert page.locator(".jp-OutputArea-output[data-mime-type*='error']").count() == 0
    assert page.get_by_text("Traceback (most recent call last)").count() == 0

    # move a slider with the keyboard: the picture and its description change
    slider = page.get_by_role("slider").first
    explorer = page.locator(".widget-html img, .jupyter-widgets img").first
    before = explorer.get_attribute("src"), explorer.get_attribute("alt")
    slider.focus()
    page.keyboard.press("ArrowRight")
    lab.until(lambda: explorer.get_attribute("src") != before[0])
    assert explorer.get_attribute("alt") != before[1]

    # a wrong answer is diagnosed, a right one passes
    cell = lab.cell("def conv_output_size")
    lab.write_and_run(cell, WRONG)
    output = cell.locator(".jp-OutputArea")
    assert "Incorrect" in output.inner_text()
    assert "one side" in output.inner_text()

    hint, solution = output.locator("details").first, output.locator("details").last
    assert not solution.locator("pre").is_visible()
    hint.locator("summary").click()
    assert hint.locator("p").is_visible()
    solution.locator("summary").click()
    assert "def conv_output_size" in solution.locator("pre").inner_text()

    lab.write_and_run(cell, RIGHT)
    assert "Correct" in output.inner_text() and "Incorrect" not in output.inner_text()
    assert lab.outside_requests() == []


def test_a_fresh_clone_shows_pictures_before_anything_runs(lab):
    """Outputs of a notebook that JupyterLab does not trust yet: pictures, collapsed solutions."""
    lab.open("01_convolution_arithmetic.ipynb")
    page = lab.page
    assert page.locator(".jp-RenderedImage img").count() >= 2
    solution = lab.cell("def conv_output_size").locator("details").last
    assert not solution.locator("pre").is_visible()
    solution.locator("summary").click()
    assert "def conv_output_size" in solution.locator("pre").inner_text()
