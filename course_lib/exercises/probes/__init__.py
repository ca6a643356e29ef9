"""Ways to ask an implementation: call it, build a module of it, look at how it treats a model."""
