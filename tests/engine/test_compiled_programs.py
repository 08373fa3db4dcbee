"""Compiled programs that are kept from one process to the next."""

import os
import subprocess
import sys

COUNTED = """
import jax
from jaxrep.engine.compiled_programs import keep_compiled_programs
hits = []
jax.monitoring.register_event_listener(lambda event, **_: hits.append(event))
folder = keep_compiled_programs()
jax.jit(lambda x: jax.numpy.linalg.svd(jax.numpy.sin(x @ x.T)))(jax.numpy.ones((5, 5)))
print(folder, sum(event == "/jax/compilation_cache/cache_hits" for event in hits))
"""


def counted(**variables: str) -> list[str]:
    """The folder, and how many programs were read from it."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("JAX_")}
    ended = subprocess.run(
        [sys.executable, "-c", COUNTED],
        env={**kept, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout.split()


def test_a_second_process_compiles_nothing(tmp_path):
    folder, hits = counted(XDG_CACHE_HOME=str(tmp_path))
    assert folder.startswith(str(tmp_path / "jaxrep" / "programs-")) and hits == "0"
    folder, hits = counted(XDG_CACHE_HOME=str(tmp_path))
    assert int(hits) >= 1


def test_a_folder_that_is_chosen_stays(tmp_path):
    chosen = str(tmp_path / "chosen")
    folder, _ = counted(XDG_CACHE_HOME=str(tmp_path), JAX_COMPILATION_CACHE_DIR=chosen)
    assert folder == chosen and not (tmp_path / "jaxrep").exists()


def test_where_nothing_can_be_written(tmp_path):
    (tmp_path / "file").write_text("in the way")
    folder, hits = counted(XDG_CACHE_HOME=str(tmp_path / "file"))
    assert (folder, hits) == ("None", "0")
