"""Train a network: `fit`, and the pieces of a training loop (`steps`) that notebook 06 builds."""
