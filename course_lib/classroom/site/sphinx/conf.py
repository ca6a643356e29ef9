"""Sphinx's settings for the course's web pages; course_lib/classroom/site.py runs it."""

from importlib.metadata import distribution

project = "From convolution to ResNeXt"
html_title = project
language = "en"
extensions = ["myst_nb"]
html_theme = "furo"
templates_path = ["templates"]

# the notebooks as they were saved, and every page as Markdown
nb_execution_mode = "off"
nb_render_markdown_format = "myst"
nb_code_prompt_show = nb_code_prompt_hide = "Code"
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3
highlight_language = "none"  # for fences that name no language: commands, sums

# light and dark, each with at least 4.5:1 for every token on the background in course.css
pygments_style = "a11y-light"
pygments_dark_style = "a11y-dark"
html_favicon = "static/favicon.svg"
html_css_files = ["course.css"]
html_js_files = ["course.js"]

# MathJax 3 in one file with its letters drawn as SVG; without its menu it fetches nothing more
html_static_path = [
    "static",
    str(
        distribution("sphinx-mathjax-offline").locate_file(
            "sphinx-mathjax-offline/static/mathjax/tex-svg.js"
        )
    ),
]
mathjax_path = "tex-svg.js"
mathjax3_config = {"options": {"enableMenu": False}}

html_copy_source = False
html_show_copyright = False
html_use_index = False
