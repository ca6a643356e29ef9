"""Slides: each notebook as one HTML deck that asks nothing of the network."""
