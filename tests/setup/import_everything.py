"""Import every module of an installed Ringhall, and look for the files that come with it.

Run by CI with the Python of a clean environment; needs nothing but the installed wheel.
"""

import importlib
import pkgutil
import sys
from pathlib import Path

PACKAGES = (
    "acd",
    "callflow",
    "desk",
    "emotion",
    "ivr",
    "migrations",
    "outbound",
    "records",
    "speech",
    "telephony",
)
RUN_BY_OTHERS = ("migrations.env", "migrations.versions.")
"""Alembic runs these with a context of its own."""
NEED_EXTRAS = ("emotion.training.recipes",)
"""These import what a plain install does without."""


def main() -> int:
    names = []
    for package in PACKAGES:
        module = importlib.import_module(package)
        assert "site-packages" in str(module.__file__), (
            f"{package} comes from {module.__file__}, not from the wheel"
        )
        names.append(package)
        for found in pkgutil.walk_packages(module.__path__, f"{package}."):
            if not found.name.startswith(RUN_BY_OTHERS + NEED_EXTRAS) and not found.name.endswith(
                ".__main__"
            ):
                importlib.import_module(found.name)
                names.append(found.name)
    from callflow.settings import load_settings
    from emotion.words.lists import languages
    from telephony.asterisk.home import templates

    assert (templates() / "pjsip.conf").is_file(), templates()
    assert list(load_settings().dialplans.glob("*.yaml")), "the example site is in the wheel"
    assert "en" in languages(), "the lists of words are in the wheel"
    migrations = Path(str(importlib.import_module("migrations").__file__)).parent
    assert list((migrations / "versions").glob("0*.py")), "the migrations are in the wheel"
    sys.stdout.write(f"{len(names)} modules import\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
