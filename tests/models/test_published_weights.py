"""Other people's networks: layouts, orders of elements, files; the logits are the judge."""

import json

import jax.numpy as jnp
import numpy as np
import pytest

from jaxrep.errors import InputError
from jaxrep.groups import group
from jaxrep.models.element_orders import Reading, answers, readings, reordered
from jaxrep.models.published_weights import load_network
from jaxrep.models.weight_files import read_weights

RANDOM = np.random.default_rng(0)
N, WIDTH, HEADS, HEAD, HIDDEN = 7, 8, 2, 4, 6
PAIRS = np.divmod(np.arange(N * N), N)


def draw(*shape):
    return RANDOM.normal(size=shape).astype(np.float32)


def relu(x):
    return np.maximum(x, 0)


def logits_of(network, a, b):
    """Of the study's own module."""
    params = {name: jnp.asarray(values, jnp.float32) for name, values in network.params.items()}
    order = jnp.asarray(a, jnp.int32), jnp.asarray(b, jnp.int32)
    return np.asarray(network.model.apply({"params": params}, *order).logits)


def save_safetensors(path, arrays):
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, values in arrays.items():
        kind = {"f": "F", "i": "I"}[values.dtype.kind] + str(8 * values.dtype.itemsize)
        place = [len(data), len(data) + values.nbytes]
        header[name] = {"dtype": kind, "shape": list(values.shape), "data_offsets": place}
        data += values.tobytes()
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


def nanda(outputs=N + 1):
    """His own transformer: matrices are [out, in]; the mask is a buffer of its state_dict."""
    attention, mlp = "blocks.0.attn.", "blocks.0.mlp."
    return {
        "embed.W_E": draw(WIDTH, N + 1),
        "pos_embed.W_pos": draw(3, WIDTH),
        **{f"{attention}W_{i}": draw(HEADS, HEAD, WIDTH) for i in "KQV"},
        f"{attention}W_O": draw(WIDTH, HEADS * HEAD),
        f"{attention}mask": np.tril(np.ones((3, 3), np.float32)),
        f"{mlp}W_in": draw(HIDDEN, WIDTH),
        f"{mlp}b_in": draw(HIDDEN),
        f"{mlp}W_out": draw(WIDTH, HIDDEN),
        f"{mlp}b_out": draw(WIDTH),
        "unembed.W_U": draw(WIDTH, outputs),
    }


def nanda_forward(w, a, b):
    """One sequence (a, b, =) as his code computes it, all positions, with the causal mask."""
    tokens = [a, b, N]
    x = w["embed.W_E"][:, tokens].T + w["pos_embed.W_pos"]
    k, q, v = (np.einsum("ihd,pd->iph", w[f"blocks.0.attn.W_{i}"], x) for i in "KQV")
    scores = np.einsum("iph,iqh->iqp", k, q)
    scores = np.tril(scores) - 1e10 * (1 - np.tril(np.ones((3, 3))))
    weights = np.exp(scores / np.sqrt(HEAD))
    weights /= weights.sum(-1, keepdims=True)
    z = np.einsum("iph,iqp->iqh", v, weights).transpose(1, 0, 2).reshape(3, HEADS * HEAD)
    x = x + z @ w["blocks.0.attn.W_O"].T
    hidden = relu(x @ w["blocks.0.mlp.W_in"].T + w["blocks.0.mlp.b_in"])
    x = x + hidden @ w["blocks.0.mlp.W_out"].T + w["blocks.0.mlp.b_out"]
    return (x @ w["unembed.W_U"])[-1]


@pytest.mark.parametrize("outputs", [N, N + 1])
@pytest.mark.parametrize("suffix", ["npz", "safetensors"])
def test_nandas_own_transformer(tmp_path, outputs, suffix):
    arrays = nanda(outputs)
    file = tmp_path / f"C7_grokked.{suffix}"
    if suffix == "npz":
        np.savez(file, **{f"model.{name}": values for name, values in arrays.items()})
    else:
        save_safetensors(file, arrays)
    network = load_network(file)
    wanted = np.stack([nanda_forward(arrays, a, b) for a, b in zip(*PAIRS, strict=True)])[:, :N]
    np.testing.assert_allclose(logits_of(network, *PAIRS), wanted, rtol=2e-4, atol=2e-4)
    assert any("the logit of the token = is left out" in note for note in network.notes) == (
        outputs > N
    )
    assert "has no train_indices" in network.notes[-1] and len(network.train) == N * N


def sn_grok(linear="linear", hidden_bias=True):
    arrays = {
        "lembed.weight": draw(N, WIDTH),
        "rembed.weight": draw(N, WIDTH),
        f"{linear}.weight": draw(HIDDEN, 2 * WIDTH),
        "unembed.weight": draw(N, HIDDEN),
        "unembed.bias": draw(N),
    }
    return arrays | ({f"{linear}.bias": draw(HIDDEN)} if hidden_bias else {})


@pytest.mark.parametrize(
    "linear, bias", [("linear", False), ("linear", True), ("mlp.layers.0", True)]
)
def test_sn_groks_network_with_its_biases(tmp_path, linear, bias):
    arrays = sn_grok(linear, bias)
    np.savez(tmp_path / "full_run.npz", **arrays)
    network = load_network(tmp_path / "full_run.npz", "C7")
    a, b = PAIRS
    both = np.hstack([arrays["lembed.weight"][a], arrays["rembed.weight"][b]])
    hidden = relu(both @ arrays[f"{linear}.weight"].T + arrays.get(f"{linear}.bias", 0))
    wanted = hidden @ arrays["unembed.weight"].T + arrays["unembed.bias"]
    wanted -= arrays["unembed.bias"].mean()  # which no probability feels
    np.testing.assert_allclose(logits_of(network, a, b), wanted, atol=2e-5)
    assert any("a hidden unit that is always 1" in note for note in network.notes)


def lookup(table):
    """An MLP that has learned a table: one hidden unit for each pair."""
    n = len(table)
    pairs = [(a, b) for a in range(n) for b in range(n)]
    x = np.array([[a == i for a, _ in pairs] for i in range(n)], np.float32)
    y = np.array([[b == i for _, b in pairs] for i in range(n)], np.float32)
    # a unit is 1 for its own pair alone: [a] + [b] - 1, where -1 is shared by both embeddings
    weight = np.vstack([np.eye(n * n), np.eye(n * n)])
    out = np.array([[table[a, b] == c for c in range(n)] for a, b in pairs], np.float32)
    return {"W_x": x - 0.5, "W_y": y - 0.5, "W": weight, "W_U": out}


def test_the_group_and_its_order_are_found_by_the_networks_products(tmp_path):
    """S4 with even permutations first, as sn-grok has them; composed the other way; D5; C10."""
    s4 = group("S4")
    assert s4.permutations is not None
    rows = [tuple(row) for row in s4.permutations.tolist()]
    even = [row for row in sorted(rows) if parity(row) == 0]
    theirs = even + [row for row in sorted(rows) if parity(row) == 1]
    left = np.array([[theirs.index(tuple(y[i] for i in x)) for y in theirs] for x in theirs])
    cases = {
        "parity": (left, "S4", "even permutations first"),
        "right": (left.T, "S4", "even permutations first, composed from the right"),
        "plain": (s4.table, "S4", "the order of this study"),
        "d5": (group("D5").table, "D5", "the order of this study"),
        "c10": (group("C10").table, "C10", "the order of this study"),
    }
    for name, (table, wanted, order) in cases.items():
        split = {"train_indices": np.arange(0, len(table) ** 2, 3)}
        np.savez(tmp_path / f"{name}.npz", **lookup(table), **split)
        network = load_network(tmp_path / f"{name}.npz")
        assert network.group.name == wanted
        assert f"it multiplies in {wanted}, {order} (accuracy 1)" in network.notes[0]
        found = answers(network.model, network.params, len(table))
        np.testing.assert_array_equal(found, network.group.table)
        assert len(np.unique(network.train)) == len(split["train_indices"])
        if name == "right":  # the same pairs of elements, in other words
            pair = np.divmod(split["train_indices"][5], 24)
            ours = [rows.index(theirs[one]) for one in pair[::-1]]
            assert network.train[5] == ours[0] * 24 + ours[1]
    told = load_network(tmp_path / "parity.npz", "S4")
    assert "with its elements in even permutations first" in told.notes[0]
    assert readings(s4, s4.table)[0].accuracy == 1


def parity(row):
    return sum(row[i] > row[j] for i in range(len(row)) for j in range(i, len(row))) % 2


@pytest.mark.parametrize("swapped", [False, True])
def test_rows_of_a_transformer_are_taken_in_another_order(tmp_path, swapped):
    np.savez(tmp_path / "net.npz", **nanda())
    network = load_network(tmp_path / "net.npz", "C7")
    order = RANDOM.permutation(N)
    reading = Reading(network.group, order, swapped, 1.0, "")
    a, b = PAIRS
    first, second = (b, a) if swapped else (a, b)
    wanted = logits_of(network, order[first], order[second])[:, order]
    changed = network._replace(params=reordered(network.params, reading))
    np.testing.assert_allclose(logits_of(changed, a, b), wanted, atol=1e-5)


def test_arrays_that_are_not_used_are_named(tmp_path):
    arrays = {"W_x": draw(7, 4), "W_y": draw(7, 4), "W": draw(8, 6), "W_U": draw(6, 7)}
    np.savez(tmp_path / "net.npz", **arrays, b_hidden=draw(6), train_indices=np.arange(9))
    network = load_network(tmp_path / "net.npz", "C7")
    assert "arrays that the MLP has not are left out: b_hidden" in network.notes[0]
    assert len(network.notes) == 1 and len(network.test) == 40


@pytest.mark.parametrize(
    "change, message",
    [
        (
            lambda w: w.pop("unembed.weight"),
            "the nearest is sn-grok's MLP with linear, without unem",
        ),
        (lambda w: w.update({"linear.weight": draw(6, 15)}), r"is \[6, 15\]; \[6, 16\] is needed"),
        (lambda w: w.update({"mlp.layers.1.weight": draw(6, 6)}), "networks of one layer"),
        (lambda w: w["unembed.weight"].fill(np.nan), "has values that are not finite"),
        (lambda w: w.update(train_indices=np.array([0.5])), "not a list of whole numbers"),
        (lambda w: None, "multiplies in no known group of that order .accuracy C7 0.*by --group"),
    ],
)
def test_arrays_that_do_not_fit_are_named(tmp_path, change, message):
    arrays = sn_grok()
    change(arrays)
    np.savez(tmp_path / "other.npz", **arrays)
    told = "C7" if "train_indices" in arrays else ""
    with pytest.raises(InputError, match=message) as error:
        load_network(tmp_path / "other.npz", told)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "data, message",
    [
        (b"", "claims a header of 0 bytes in 0"),
        ((2**60).to_bytes(8, "little") + b"{}", "claims a header of 1,152,921,504,606,846,976"),
        ((2).to_bytes(8, "little") + b"{]", "not a whole .safetensors"),
        (b'{"w":{"dtype":"F32","shape":[1000000,1000000],"data_offsets":[0,4]}}', "claims bytes 0"),
        (b'{"w":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}', "claims bytes 8 to 12 of 4"),
        (b'{"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,-4]}}', "has shape .-1."),
        (b'{"w":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}', "which is not read"),
        (b'{"w":[1]}', "not a whole .safetensors"),
    ],
)
def test_bad_safetensors(tmp_path, data, message):
    file = tmp_path / "w.safetensors"
    if data.startswith(b"{"):
        data = len(data).to_bytes(8, "little") + data + bytes(4)
    file.write_bytes(data)
    with pytest.raises(InputError, match=message):
        read_weights(file)
    with pytest.raises(InputError, match="is a pickle, which may run anything"):
        read_weights(tmp_path / "w.pth")


def test_half_precision(tmp_path):
    """bfloat16 is the upper half of a float32."""
    values = np.array([1.5, -2.0], np.float32)
    halves = (values.view(np.uint32) >> 16).astype("<u2").tobytes()
    head = b'{"w":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}'
    (tmp_path / "w.safetensors").write_bytes(len(head).to_bytes(8, "little") + head + halves)
    np.testing.assert_array_equal(read_weights(tmp_path / "w.safetensors")["w"], values)
