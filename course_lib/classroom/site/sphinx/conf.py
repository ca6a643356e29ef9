"""Sphinx's settings for the course's web pages; course_lib/classroom/site/build.py runs it."""

project = "From convolution to ResNeXt"
html_title = project
language = "en"
extensions = [
    "myst_nb",
    "sphinx_copybutton",
    "course_lib.classroom.site.formulas",
    "course_lib.classroom.site.terms",
]
exclude_patterns = ["downloads"]
html_theme = "furo"
templates_path = ["templates"]

# the notebooks as they were saved, and every page as Markdown
nb_execution_mode = "off"
nb_render_markdown_format = "myst"
nb_code_prompt_show = nb_code_prompt_hide = "Code"
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3
highlight_language = "none"  # for fences that name no language: commands, sums
html_math_renderer = "mathml"

# light and dark, each with at least 4.5:1 for every token on the background in course.css
pygments_style = "a11y-light"
pygments_dark_style = "a11y-dark"
html_static_path = ["static"]
html_favicon = "static/favicon.svg"
html_css_files = ["course.css"]
html_js_files = ["course.js"]
copybutton_selector = "div.notranslate:not(.output) > div.highlight > pre"  # not what code prints

html_copy_source = False
html_show_copyright = False
html_use_index = False
