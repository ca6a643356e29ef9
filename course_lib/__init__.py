"""The reference models of the course, and what its notebooks run on.

Read in the order of the notebooks: `conv`, `gradients`, `blocks`, `resnet`.
"""

from .exercises import exercise

__all__ = ["exercise"]
