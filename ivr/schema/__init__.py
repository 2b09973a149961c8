"""The schema of a dialplan: one model a step, beside its documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.schema.collect import CollectStep
from ivr.schema.goto import GotoStep
from ivr.schema.hangup import HangupStep
from ivr.schema.language import LanguageStep
from ivr.schema.menu import MenuStep
from ivr.schema.play import PlayStep

if TYPE_CHECKING:
    from ivr.schema.common import WrittenStep

OWN_STEPS: dict[str, type[WrittenStep]] = {
    model.kind: model for model in (PlayStep, MenuStep, CollectStep, LanguageStep, GotoStep, HangupStep)
}
"""The menu engine's own steps by name; all others are stages (``ringhall.stages``)."""
