"""Training and Fisher information of face angle at 64 px, against plain PyTorch; all cores.

Networks 3096-60-20-2 (PyTorch: 4096, masked pixels are not dropped there), 8192 stimuli in
batches of 32, Adam, clipped gradients; pictures are random, the arithmetic does not mind. Wall
seconds per epoch and network, by the difference of two lengths of training, both with as many
threads as cores; the loop takes its batches from a `DataLoader`, and again by index.
Fisher information: 50 angles, 300 faces, all seeds at once with QR in float64, against the
original recipe (scikit-image turns every picture three times, gradients by reverse passes) at
two angles, times 25.
Expected: at most a fifth of the loop's time per network, at most a fiftieth of the recipe's.
"""

import dataclasses
import os
import sys
import time
from collections.abc import Callable

import numpy as np
from rich.console import Console

from .rounds import measure_rounds

SEEDS, MANY, SHORT, LONG, ROUNDS = 4, 4, 1, 5, 5
STIMULI, FACES, ANGLES, SIZE = 8192, 300, 50, 64


def seconds(call: Callable[[], object]) -> float:
    """Wall seconds of a call."""
    began = time.monotonic()
    call()
    return time.monotonic() - began


def faces() -> str:
    """A file of made pictures, as many as Olivetti has, smooth enough to be turned."""
    import tempfile

    draw = np.random.default_rng(0)
    path = os.path.join(tempfile.mkdtemp(prefix="jaxrep-faces-"), "faces.npy")
    coarse = draw.random((400, 8, 8))
    np.save(path, np.kron(coarse, np.ones((1, SIZE // 8, SIZE // 8))).astype(np.float32))
    return path


def ours(path: str) -> dict[str, Callable[[], float]]:
    """An epoch of training, and information at all angles; per network."""
    import jax

    from jaxrep.analysis.fisher import fisher_information
    from jaxrep.engine import Schedule, train

    from .. import face_angle
    from ..face_angle.data import faces_of, grid_of
    from ..face_angle.looks import respond

    config = face_angle.Config(faces=path, size=SIZE, seeds=SEEDS, keep="last")
    bilinear = dataclasses.replace(config, interpolation="bilinear")
    plan = face_angle.build(config)
    per_epoch = STIMULI // config.batch_size
    schedules = [Schedule(n * per_epoch, (n * per_epoch,)) for n in (SHORT, LONG)]

    def run(schedule):
        return train(plan.problem, plan.replicas, schedule, quiet=True)

    params = [run(schedule) for schedule in schedules][0].state.variables.params
    rows, angles = plan.data.rows["train"], grid_of(config, ANGLES)

    def information(config):
        faces = faces_of(config)
        return lambda: fisher_information(respond(config, faces, params, rows, angles)).mean_term

    many = jax.tree.map(lambda x: np.concatenate([x] * MANY), params)

    def information_of_many():
        return fisher_information(respond(config, plan.data, many, rows, angles)).mean_term

    same, cubic = information(bilinear), information(config)
    for call in (same, cubic, information_of_many):
        call()

    def epoch() -> float:
        short, long = (seconds(lambda s=s: run(s)) for s in schedules)
        return (long - short) / (LONG - SHORT) / SEEDS

    return {
        f"jaxrep, training epoch, {SEEDS} seeds": epoch,
        f"jaxrep, information, {SEEDS} seeds, bilinear": lambda: seconds(same) / SEEDS,
        f"jaxrep, information, {SEEDS} seeds, cubic": lambda: seconds(cubic) / SEEDS,
        f"jaxrep, information, {MANY * SEEDS} networks, cubic": lambda: (
            seconds(information_of_many) / (MANY * SEEDS)
        ),
    }


def theirs() -> dict[str, Callable[[], float]]:
    """The same in PyTorch, one network."""
    try:
        import torch
        from skimage.transform import rotate
    except ImportError:
        print(
            "PyTorch or scikit-image is not installed (pip install -e '.[bench]'): no comparison",
            file=sys.stderr,
        )
        return {}
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    torch.manual_seed(0)
    pictures = torch.rand(STIMULI, SIZE * SIZE)
    angles = torch.randn(STIMULI) * 0.2
    network = torch.nn.Sequential(
        torch.nn.Linear(SIZE * SIZE, 60),
        torch.nn.CELU(),
        torch.nn.Linear(60, 20),
        torch.nn.CELU(),
        torch.nn.Linear(20, 2),
    )
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)

    def step(x, angle):
        loss = (network(x).mean(1) - angle).abs().mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 0.5)
        optimizer.step()

    dataset = torch.utils.data.TensorDataset(pictures, angles)
    loader = torch.utils.data.DataLoader(dataset, batch_size=32, shuffle=True)

    def by_loader():
        for x, angle in loader:
            step(x, angle)

    def by_index():
        order = torch.randperm(STIMULI)
        for start in range(0, STIMULI, 32):
            rows = order[start : start + 32]
            step(pictures[rows], angles[rows])

    shown = np.random.default_rng(0).random((FACES, SIZE, SIZE))

    def turned(angle):
        every = [rotate(picture, np.degrees(angle)) for picture in shown]
        return torch.tensor(np.stack(every).reshape(FACES, -1), dtype=torch.float32)

    def recipe():
        for angle in (0.3, 0.9):
            x = turned(angle).requires_grad_()
            tangent = (turned(angle + 0.025) - turned(angle - 0.025)) / 0.05
            codes = network(x)
            gradients = [
                torch.autograd.grad(codes.mean(0)[k], x, retain_graph=True)[0] for k in range(2)
            ]
            slope = torch.stack([(gradient * tangent).sum() for gradient in gradients])
            covariance = torch.cov(codes.T)
            # Sigma' by reverse passes through the covariance, as the original's second term
            for i, j in ((0, 0), (0, 1), (1, 1)):
                torch.autograd.grad(covariance[i, j], x, retain_graph=True)
            slope @ torch.linalg.inv(covariance) @ slope

    by_loader(), by_index()
    return {
        "PyTorch, training epoch, DataLoader": lambda: seconds(by_loader),
        "PyTorch, training epoch, by index": lambda: seconds(by_index),
        "original recipe, information": lambda: seconds(recipe) * ANGLES / 2,
    }


def run() -> None:
    """All rounds, and the table."""
    import jax

    cores = len(os.sched_getaffinity(0))
    jax.config.update("jax_num_cpu_devices", cores)
    middle, table = measure_rounds({**ours(faces()), **theirs()}, ROUNDS)
    epoch, same, cubic, many, *others = list(middle)
    if others:
        loader, index, recipe = others
        for name, (slow, fast) in {
            "DataLoader loop over jaxrep, per network": (loader, epoch),
            "loop by index over jaxrep, per network": (index, epoch),
            "original recipe over jaxrep, bilinear as there": (recipe, same),
            "original recipe over jaxrep, cubic": (recipe, cubic),
            f"original recipe over jaxrep, {MANY * SEEDS} networks": (recipe, many),
        }.items():
            table.add_row(name, f"{middle[slow] / middle[fast]:.1f}", "")
    Console().print(f"{cores} cores, wall time, {ROUNDS} interleaved rounds", table)
