"""A controller on a machine whose clock is set: ``python -m benchmarks.chaos.jumping_controller``.

The file ``jump`` in the home says by how many seconds.  Setting the machine's own clock would disturb what
else runs on it; what the controller asks for the time is told otherwise instead.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path

from callflow import controller

JUMP = "jump"


def main() -> int:
    """Run the controller."""
    file, real = Path(os.environ["RINGHALL_HOME"]) / JUMP, time.time

    def set_by() -> float:
        with suppress(OSError, ValueError):
            return float(file.read_text())
        return 0.0

    time.time = lambda: real() + set_by()
    return controller.main()


if __name__ == "__main__":
    sys.exit(main())
