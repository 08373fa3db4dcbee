"""Five studies of how representations form: ``python -m experiments`` lists them."""

import os
import signal
import sys

STUDIES = (
    "group_composition",
    "face_angle",
    "information_plane",
    "localization",
    "deep_linear",
)

if sys.argv[:1] == ["-m"]:  # `python -m experiments...` imports this first, then much else

    def _stop(number: int, frame: object) -> None:
        """Ctrl-C within the first seconds; `jaxrep.study.main` has handlers of its own."""
        del frame
        os.write(2, b"stopped before anything was trained or written\n")
        os._exit(128 + number)

    signal.signal(signal.SIGINT, _stop)
