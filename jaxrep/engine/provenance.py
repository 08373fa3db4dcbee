"""What names a configuration, and where, when and with what it ran."""

import functools
import hashlib
import json
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import jax

import jaxrep

_PACKAGES = (
    "jax jaxlib flax optax chex orbax-checkpoint tensorstore numpy scipy matplotlib xarray h5netcdf"
    " h5py jaxtyping tyro pillow scikit-learn jax-cuda13-plugin jax-cuda12-plugin"
).split()


def config_id(config: Mapping[str, Any]) -> str:
    """Twelve hex digits that name a configuration: sha256 of its canonical JSON."""
    text = json.dumps(config, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def now() -> str:
    """The time with its zone, to the second."""
    return datetime.now().astimezone().isoformat(" ", "seconds")


def environment() -> dict[str, Any]:
    """Provenance: what ran where, when, from which revision, by which command."""
    return {
        "command": command_line(),
        "folder": os.getcwd(),
        "time": now(),
        "jaxrep": writer(),
        "python": platform.python_version(),
        "host": platform.node(),
        "system": platform.platform(),
        "processor": _processor(),
        "cores": usable_cores(),
        "devices": [f"{device.platform}: {device.device_kind}" for device in jax.devices()],
        "processes": jax.process_count(),
        "packages": {name: version for name in _PACKAGES if (version := _version(name))},
        "flags": {k: v for k, v in os.environ.items() if k.startswith(("JAX_", "XLA_", "OMP_"))},
    }


def usable_cores() -> int:
    """The processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def command_line() -> str:
    """The command that runs, ready to be pasted into a shell.

    A module that was started with ``python -m`` is named as a module again.
    """
    module = module_name()
    if module is None:
        return shlex.join(["python", *sys.argv])
    return shlex.join(["python", "-m", module, *sys.argv[1:]])


def module_name() -> str | None:
    """The module that ``python -m`` was given; None of a script."""
    main = sys.modules.get("__main__")
    name = getattr(getattr(main, "__spec__", None), "name", None)
    return name.removesuffix(".__main__") if name else None


@functools.cache
def writer() -> dict[str, str]:
    """Which jaxrep this is: version, revision where it runs from its own repository, and a digest
    of its source, which tells two states of one revision apart."""
    return {
        "version": jaxrep.__version__,
        "revision": _revision() or f"version {jaxrep.__version__}",
        "source": _source_digest(),
    }


def _revision() -> str:
    """The git revision; empty where this file is in no repository, or in somebody else's."""
    here = Path(__file__)
    git = ["git", "-C", str(here.parent)]
    try:
        subprocess.run(
            [*git, "ls-files", "--error-unmatch", here.name], capture_output=True, check=True
        )
        described = [*git, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
        return subprocess.run(described, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _source_digest() -> str:
    root = Path(jaxrep.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(x.partition(":")[2].strip() for x in lines if x.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
