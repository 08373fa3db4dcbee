"""Programs that call LAPACK are laid out so that they cannot hang several CPU devices."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrep.engine import Execution, Schedule
from jaxrep.engine.execution import plan_layout
from jaxrep.engine.lapack import lapack_calls
from jaxrep.errors import InputError
from tests import toys

ONE, STACK = np.eye(3, dtype=np.float32), np.stack([np.eye(3, dtype=np.float32)] * 4)


@pytest.mark.parametrize(
    "function, argument, calls",
    [
        (lambda x: x @ x, STACK, "none"),
        (lambda x: jnp.linalg.svd(x, compute_uv=False), ONE, "single"),
        (jnp.linalg.eigvalsh, STACK, "stacked"),
        (jnp.linalg.qr, STACK, "stacked"),
        (lambda x: jnp.linalg.solve(x, x), ONE, "single"),
        (lambda x: jnp.linalg.cholesky(x) + jnp.linalg.qr(STACK)[1].sum(0), ONE, "stacked"),
    ],
)
def test_calls_are_found_inside_other_functions(function, argument, calls):
    assert lapack_calls(jax.make_jaxpr(function)(argument).jaxpr) == calls


@pytest.mark.parametrize(
    "calls, form, ran",
    [
        ("none", "auto", ("vmap", 4)),
        ("single", "auto", ("map", 4)),
        ("single", "vmap", ("vmap", 1)),
        ("stacked", "auto", ("vmap", 1)),
        ("stacked", "map", ("map", 1)),
    ],
)
def test_layouts(calls, form, ran):
    layout = plan_layout(Execution(form), 8, 100, calls)
    assert (layout.form.split(",")[0], layout.mesh.size) == ran


def test_devices_that_could_hang_are_refused():
    with pytest.raises(InputError, match="devices: 2 CPU devices can hang in LAPACK"):
        plan_layout(Execution(devices=2), 8, 100, "stacked")


def test_a_measure_with_a_decomposition_trains_on_all_devices():
    """Of one matrix: spread over the devices, one replica after the other."""

    def measure(variables, hyper, data):
        return {"loss": jnp.linalg.svd(variables.params["W"], compute_uv=False)[0]}

    changes = {"measure": measure, "labels": {}, "coordinates": {}}
    schedule = Schedule(9, (0, 9))
    done = toys.run("full", range(6), changes=changes, execution=Execution(), schedule=schedule)
    assert done.form == "map, 4 device(s)"
    last = np.linalg.svd(done.state.variables.params["W"], compute_uv=False)[:, 0]
    np.testing.assert_allclose(done.records.loss[:, -1], last, rtol=1e-5)
