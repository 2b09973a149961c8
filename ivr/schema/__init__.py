"""The schema of a dialplan: one model a step, beside its documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callflow.protocol import Section
from ivr.schema.collect import CollectStep
from ivr.schema.consent import ConsentStep
from ivr.schema.flow import CallStep, IfStep, ReturnStep, SetStep, SwitchStep
from ivr.schema.goto import GotoStep
from ivr.schema.hangup import HangupStep
from ivr.schema.hours import HoursDefinition, HoursStep
from ivr.schema.language import LanguageStep
from ivr.schema.menu import MenuStep
from ivr.schema.notice import NoticeStep
from ivr.schema.play import PlayStep
from ivr.schema.regions import Prefixes
from ivr.schema.say import SayStep

if TYPE_CHECKING:
    from ivr.schema.common import WrittenStep

OWN_STEPS: dict[str, type[WrittenStep]] = {
    model.kind: model
    for model in (
        PlayStep,
        SayStep,
        MenuStep,
        CollectStep,
        LanguageStep,
        NoticeStep,
        ConsentStep,
        SetStep,
        IfStep,
        SwitchStep,
        HoursStep,
        GotoStep,
        CallStep,
        ReturnStep,
        HangupStep,
    )
}
"""The menu engine's own steps by name; all others are stages (``ringhall.stages``)."""

OWN_SECTIONS = (
    Section(name="hours", defines="hours", model=HoursDefinition, facts=("state",)),
    Section(name="regions", defines="region", model=Prefixes),
)
"""The sections at the top of a dialplan that no service brings."""
