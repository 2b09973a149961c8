"""The ``ringhall`` command.

Commands of other parts (``check``, ``agents`` …) come in by entry points and are imported only when they are
called, so that ``ringhall serve`` starts in a moment.
"""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


_OWN = {
    "serve": ("callflow.commands.serve", "Start Asterisk and the controller and keep both running."),
    "demo": ("callflow.demo", "Place a real call through menu, queue and agent, and prove it."),
    "status": ("callflow.commands.status", "Tell how the running controller is."),
    "report": ("callflow.reporting.command", "Show figures of whole days, or print the queue_log."),
    "calls": ("callflow.commands.calls", "Show the records of the last calls, or of one."),
}


def main() -> None:
    """Run the command named on the command line."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name in _OWN:
        run: Callable[[list[str]], int] = import_module(_OWN[name][0]).main
        sys.exit(run(sys.argv[2:]))
    _others(name)


def _others(name: str) -> None:
    # a command ends when it has answered: looking for garbage would be a fifth of its time
    gc.disable()
    import typer  # noqa: PLC0415 - half of the start-up time

    from callflow import parts  # noqa: PLC0415

    app = typer.Typer(
        name="ringhall",
        help="Telephony-first IVR and ACD server. Example: ringhall serve",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    wanted = name if name in parts.command_names() else None
    try:
        for part, sub in parts.load(parts.COMMANDS, wanted).items():
            app.add_typer(sub, name=part)
    except parts.PartError as error:
        sys.exit(f"ringhall: {error}")
    for own, (_, about) in _OWN.items():
        app.command(own, help=about)(_listed_only(own))
    app()


def _listed_only(name: str) -> Callable[[], None]:
    def listed() -> None:
        raise SystemExit(f"ringhall: '{name}' must be the first word after ringhall")

    return listed
