"""``ringhall serve``: start everything and keep it running."""

from __future__ import annotations

import argparse
import sys


def main(arguments: list[str]) -> int:
    """Run the parent until Ctrl-C; the exit status is 0 after a clean end."""
    parser = argparse.ArgumentParser(
        prog="ringhall serve",
        description="Start Asterisk and the controller and keep both running until Ctrl-C.",
        epilog="Example: RINGHALL_HOME=/srv/ringhall ringhall serve",
    )
    parser.parse_args(arguments)
    from callflow.parent import serve  # noqa: PLC0415 - --help must not need it
    from callflow.settings import SettingsError, load_settings  # noqa: PLC0415

    try:
        settings = load_settings()
    except SettingsError as error:
        sys.stderr.write(f"ringhall: error: {error}\n")
        return 1
    return serve(settings)
