"""Inputs and targets: one file per family; samplers are pure functions of a key."""
