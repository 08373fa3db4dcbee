"""Plots: a function draws on the Axes it is given and returns it."""
