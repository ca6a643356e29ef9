"""The packages, and the bundled data as one of them: data/ is course_lib.bundled in a wheel."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["course_lib*"]), "course_lib.bundled"],
    package_dir={"course_lib.bundled": "data"},
    package_data={
        "course_lib.explorers": ["*.js"],
        "course_lib.figures": ["*.js"],
        "course_lib.bundled": ["*.npz", "README.md", "checkpoints/*", "recorded/*", "LICENSES/*"],
        "course_lib.classroom": ["slides/template/*", "site/sphinx/**/*", "jupyterhub/README.md"],
    },
)
