"""Scripts that teach, each a notebook in jupytext's percent format.

    python -m experiments.tutorials.own_activations     # layers of anybody's models, compared
    python -m experiments.tutorials.own_problem         # your problem: seeds x rates in one call
    python -m experiments.tutorials.own_study           # your study: command line, page, continuing

As notebooks (extra [docs]):

    jupytext --to ipynb --set-kernel python3 --execute experiments/tutorials/own_problem.py
"""
