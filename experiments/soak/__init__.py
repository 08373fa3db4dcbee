"""Attacks on the promises about runs: kills, signals, flipped bits, full disks, two at once."""
