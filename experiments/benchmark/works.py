"""The training of every study as a user would write it by hand, in JAX and in PyTorch.

Plain code that knows nothing of jaxrep but where to start from, see `Work`.
"""

import dataclasses
import math

import jax
import jax.numpy as jnp
import numpy as np
import optax

from .. import deep_linear, face_angle, information_plane
from .face_angle import faces as made_faces
from .trained import one_point, study_plan
from .work import FIRST, TorchPart, Work, first_steps


def group_work() -> Work:
    """S5: the embeddings of both elements side by side, a layer, and the read-out."""
    plan = study_plan("group_composition", 4)
    first = first_steps(plan)
    order = round(len(plan.problem.shared.product) ** 0.5)

    def jax_loss(weights, batch):
        pairs, labels = batch
        embedded = [weights["W_x"][pairs // order], weights["W_y"][pairs % order]]
        hidden = jax.nn.relu(jnp.concatenate(embedded, 1) @ weights["W"])
        logits = hidden @ weights["W_U"]
        return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()

    def torch_part():
        import torch

        def loss(weights, batch):
            pairs, labels = batch
            embedded = [weights["W_x"][pairs // order], weights["W_y"][pairs % order]]
            hidden = torch.relu(torch.cat(embedded, 1) @ weights["W"])
            # in float64, as published
            logits = (hidden @ weights["W_U"]).to(torch.float64)
            return torch.nn.functional.cross_entropy(logits, labels)

        def optimizer(weights):
            return torch.optim.AdamW(weights, 1e-3, (0.9, 0.98), weight_decay=1.0)

        return TorchPart(loss, optimizer)

    return Work(
        plan,
        first,
        5,
        jax_loss,
        optax.adamw(1e-3, 0.9, 0.98, weight_decay=1.0),
        torch_part,
    )


def deep_linear_work() -> Work:
    """The tutorial's two layers over all its features, as its text has them."""
    # from a scale at which the first steps change the loss; their time does not depend on it
    config = dataclasses.replace(deep_linear.PRESETS["quick"], seeds=32, scale=(1.0,))
    plan = one_point(deep_linear.build(config))
    raw = one_point(deep_linear.build(dataclasses.replace(config, coordinates="raw")))
    targets = np.asarray(raw.problem.shared.target, np.float32)[0]
    first = first_steps(raw)._replace(losses=first_steps(plan).losses)
    networks = len(first.losses[0])
    eye = np.eye(len(targets), dtype=np.float32)
    seen = tuple(np.broadcast_to(x, (networks, *x.shape)) for x in (eye, targets))
    rate = float(np.ravel(plan.replicas.hyper["learning_rate"])[0])

    def jax_loss(weights, batch):
        inputs, targets = batch
        return jnp.mean((inputs @ weights["W1"] @ weights["W2"] - targets) ** 2)

    def torch_part():
        import torch

        def loss(weights, batch):
            inputs, targets = batch
            answers = inputs @ weights["W1"] @ weights["W2"]
            return torch.nn.functional.mse_loss(answers, targets)

        return TorchPart(loss, lambda weights: torch.optim.SGD(weights, rate))

    return Work(
        plan,
        first._replace(batches=[seen] * FIRST),
        10,
        jax_loss,
        optax.sgd(rate),
        torch_part,
    )


def localization_work() -> Work:
    """The committee machine on nonlinear inputs that are made on the fly."""
    from .localization import plan_of

    networks, length, count, gain = 8, 40, 1000, 100.0
    plan = plan_of((gain,), networks, 1000)
    first = first_steps(plan)
    labels = np.repeat(np.float32([-1, 1]), count // 2)
    place = np.arange(length)
    apart = np.abs(place[:, None] - place)
    apart = np.minimum(apart, length - apart)
    roots = []
    for correlation in (0.1, 4.47):
        values, vectors = np.linalg.eigh(np.exp(-((apart / correlation) ** 2)))
        root = vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T
        roots.append(root.astype(np.float32))
    scale = (2 / math.pi * math.asin(2 * gain**2 / (1 + 2 * gain**2))) ** 0.5
    seen = [(inputs, np.broadcast_to(labels, (networks, count))) for inputs, _ in first.batches]

    def jax_loss(weights, batch):
        inputs, labels = batch
        answers = jnp.tanh(inputs @ weights["W1"] + weights["b1"]).mean(1)
        return jnp.mean((answers - labels) ** 2)

    def jax_batch(key):
        drawn = jax.random.normal(key, (2, count // 2, length))
        inputs = jax.scipy.special.erf(gain * (drawn @ jnp.array(roots))) / scale
        return inputs.reshape(count, length), jnp.asarray(labels)

    def torch_part():
        import torch

        mixing, signs = torch.tensor(np.stack(roots)), torch.tensor(labels)

        def loss(weights, batch):
            inputs, labels = batch
            answers = torch.tanh(inputs @ weights["W1"] + weights["b1"]).mean(1)
            return torch.nn.functional.mse_loss(answers, labels)

        def batches(networks):
            several = (networks,) if networks else ()
            for _ in range(STEPS_OF_FRESH):
                drawn = torch.randn(*several, 2, count // 2, length)
                inputs = torch.erf(gain * (drawn @ mixing)) / scale
                yield inputs.reshape(*several, count, length), signs.expand(*several, count)

        return TorchPart(loss, lambda weights: torch.optim.SGD(weights, 1.0), batches)

    return Work(
        plan,
        first._replace(batches=seen),
        STEPS_OF_FRESH,
        jax_loss,
        optax.sgd(1.0),
        torch_part,
        lambda key: jax.random.split(key, STEPS_OF_FRESH),
        jax_batch,
        epochs=5,
    )


STEPS_OF_FRESH = 20
"""Timed steps where there are no epochs."""


def information_work() -> Work:
    """Twelve bits, six thin tanh layers and a softmax; nothing is recorded."""
    config = dataclasses.replace(
        information_plane.STANDARD, seeds=10, epsilon_placement="inside", loss="log_softmax"
    )
    plan = information_plane.build(config)
    assert plan is not None  # nothing but known channels has no plan
    first = first_steps(plan)
    inputs, labels = plan.problem.shared["train"]
    count, size, layers = len(labels), config.batch_size, len(config.architecture) + 1
    rate = config.learning_rate[0]
    whole = count // size * size  # as most write it; jaxrep trains on the last part, too
    seen = [(rows, classes) for rows, classes, _ in first.batches]

    def forward(tanh, weights, x):
        for layer in range(1, layers):
            x = tanh(x @ weights[f"W{layer}"] + weights[f"b{layer}"])
        return x @ weights[f"W{layers}"] + weights[f"b{layers}"]

    def jax_loss(weights, batch):
        logits = forward(jnp.tanh, weights, batch[0])
        return optax.softmax_cross_entropy_with_integer_labels(logits, batch[1]).mean()

    jax_data = jnp.asarray(inputs), jnp.asarray(labels)

    def jax_batches(key):
        return jax.random.permutation(key, count)[:whole].reshape(-1, size)

    def torch_part():
        import torch

        data = torch.tensor(inputs), torch.tensor(labels).long()

        def loss(weights, batch):
            logits = forward(torch.tanh, weights, batch[0])
            return torch.nn.functional.cross_entropy(logits, batch[1])

        def batches(networks):
            orders = [torch.randperm(count) for _ in range(networks or 1)]
            order = torch.stack(orders) if networks else orders[0]
            for start in range(0, whole, size):
                rows = order[..., start : start + size]
                yield tuple(x[rows] for x in data)

        return TorchPart(loss, lambda weights: torch.optim.Adam(weights, rate), batches)

    return Work(
        plan,
        first._replace(batches=seen),
        whole // size,
        jax_loss,
        optax.adam(rate),
        torch_part,
        jax_batches,
        lambda rows: tuple(x[rows] for x in jax_data),
        epochs=40,
    )


def face_work() -> Work:
    """Pictures of 64 x 64 pixels, without those that no turned face covers; one order for all."""
    config = face_angle.Config(
        faces=made_faces(), size=64, seeds=4, decay="constant", keep="last", loss=("linear",)
    )
    plan = face_angle.build(config)
    first = first_steps(plan)
    pictures, angles = plan.problem.shared["sets"]["train"]
    count, size = len(angles), config.batch_size
    rate, layers = config.learning_rate[0], len(config.architecture) + 1

    def forward(celu, weights, x):
        for layer in range(1, layers):
            x = celu(x @ weights[f"W{layer}"] + weights[f"b{layer}"])
        return x @ weights[f"W{layers}"] + weights[f"b{layers}"]

    def jax_loss(weights, batch):
        return jnp.abs(forward(jax.nn.celu, weights, batch[0]).mean(1) - batch[1]).mean()

    jax_data = jnp.asarray(pictures), jnp.asarray(angles)

    def torch_part():
        import torch

        data = torch.tensor(np.asarray(pictures)), torch.tensor(np.asarray(angles))

        def loss(weights, batch):
            code = forward(torch.nn.functional.celu, weights, batch[0])
            return (code.mean(1) - batch[1]).abs().mean()

        def batches(networks):
            del networks  # one order for all
            order = torch.randperm(count)
            for start in range(0, count, size):
                yield tuple(x[order[start : start + size]] for x in data)

        return TorchPart(loss, lambda weights: torch.optim.Adam(weights, rate), batches)

    return Work(
        plan,
        first,
        count // size,
        jax_loss,
        optax.chain(optax.clip_by_global_norm(config.clip), optax.adam(rate)),
        torch_part,
        lambda key: jax.random.permutation(key, count).reshape(-1, size),
        lambda rows: tuple(x[rows] for x in jax_data),
        common=True,
        clip=config.clip,
    )


WORKS = {
    "group_composition": group_work,
    "face_angle": face_work,
    "information_plane": information_work,
    "localization": localization_work,
    "deep_linear": deep_linear_work,
}
