"""Types of signatures that take arrays of any library alike."""

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import jax
import numpy as np
from jaxtyping import Float, Int


@runtime_checkable
class ForeignArray(Protocol):
    """What becomes a numpy array: tensors of PyTorch, labelled arrays of xarray."""

    @property
    def shape(self) -> Any:
        """Lengths of its axes."""
        ...

    @property
    def dtype(self) -> Any:
        """Type of its elements."""
        ...

    def __array__(self) -> np.ndarray:
        """As numpy's."""
        ...


if TYPE_CHECKING:
    # functions return these, and inside of them there is nothing else
    Array = jax.Array | np.ndarray
else:
    Array = jax.Array | np.ndarray | ForeignArray
Real = Float[Array, "..."] | Int[Array, "..."] | np.number | float | int
"""A number, or an array of them that broadcasts."""
