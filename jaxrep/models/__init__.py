"""Models: Flax modules whose `apply` returns outputs and the activations analysis needs."""
