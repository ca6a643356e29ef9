"""The networks of the course and what is counted on them, in the order of the notebooks.

`conv`, `gradients`, `blocks`, `resnet`, `cifar`, `groups`, `resnext`; then `cost`, `transfer` and
`activation_map`. Plain PyTorch: nothing in here imports anything else of the course.
"""
