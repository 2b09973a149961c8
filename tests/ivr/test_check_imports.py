"""What ``ringhall check`` imports: it answers in a moment, as nothing is imported that it has no use for."""

import json
import subprocess
import sys
from pathlib import Path

CHECK = """
import atexit, json, sys
atexit.register(lambda: print(json.dumps(sorted(sys.modules))))
from callflow.cli import main
main()
"""
DEMO = Path(__file__).parents[2] / "dialplans" / "demo.yaml"
HEAVY = {
    "aiohttp",
    "cryptography",
    "numpy",
    "phonenumbers",
    "prometheus_client",
    "rich",
    "sqlalchemy",
    "structlog",
}
"""Each takes 20 to 400 ms."""


def test_a_check_imports_neither_services_nor_what_they_need() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHECK, "check", DEMO], capture_output=True, text=True, timeout=60, check=True
    )
    assert "ok: " in done.stderr
    imported = set(json.loads(done.stdout))
    assert "acd.queue_stage" in imported
    assert not imported & HEAVY
