"""What names a configuration, and where, when and with what it ran."""

import hashlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import jax

_PACKAGES = "jax jaxlib flax optax chex orbax-checkpoint numpy matplotlib xarray".split()


def config_id(config: Mapping[str, Any]) -> str:
    """Twelve hex digits that name a configuration: sha256 of its canonical JSON."""
    text = json.dumps(config, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def environment() -> dict[str, Any]:
    """Provenance: what ran where, when, from which revision, by which command."""
    devices = jax.devices()
    return {
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs",
        "devices": [f"{device.platform}: {device.device_kind}" for device in devices],
        "packages": {name: metadata.version(name) for name in _PACKAGES},
        "git_revision": _git_revision(),
    }


def _git_revision() -> str:
    here = Path(__file__).parent
    command = ["git", "-C", str(here), "describe", "--always", "--dirty", "--abbrev=40"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
