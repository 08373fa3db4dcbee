"""How fast are training and analyses? ``python -m experiments.benchmark``."""
