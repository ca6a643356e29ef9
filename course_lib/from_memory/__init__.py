"""Notebook 10's file: ResNet and ResNeXt, typed from memory, in fifteen pieces.

`typed` holds the pieces with one mistake in each, `repaired` the same pieces without it, and
`network` joins any mixture of them into one of the ten networks.
"""
