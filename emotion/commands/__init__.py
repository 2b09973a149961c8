"""What ``ringhall emotion`` offers."""

from __future__ import annotations

import typer

from emotion.commands.evaluate import evaluate
from emotion.commands.train import train

app = typer.Typer(
    help="Voice emotion: train a model on labelled speech, and judge one.", no_args_is_help=True
)
app.command("train")(train)
app.command("evaluate")(evaluate)


@app.callback()
def emotion() -> None:
    """Voice emotion: train a model on labelled speech, and judge one."""
