"""What a part of Ringhall must be to take part in a call: stages, services, prompts.

This is the module of ``callflow`` that the other packages build on (with ``callflow.values``, the types of
what an admin writes).  Parts are found by entry points:

- ``ringhall.stages``: a class with :class:`Stage`'s members; takes a call over for a while.
- ``ringhall.services``: a class with :class:`Service`'s members; lives as long as the controller.
- ``ringhall.sections``: a :class:`Section`, by its name; a service reads it (:class:`Configurable`).
- ``ringhall.listeners``: a class with :class:`Listener`'s members; hears what is said in a talk or a call.
- ``ringhall.commands``: a ``typer.Typer`` that becomes ``ringhall NAME``.

Dialplans are checked with stages and sections alone, so their modules import no service, nor anything that
takes long: a stage imports what it runs with in ``create``.
"""

from __future__ import annotations

from callflow.prompt import Prompt
from callflow.protocol.calls import Call, Caller, CallerGone, NotDialed, PlacedCall, Placing
from callflow.protocol.definitions import (
    DefinedElsewhere,
    DefinitionBook,
    DefinitionRefused,
    FolderClosed,
    NotDefined,
    WrittenDefinition,
)
from callflow.protocol.dialing import Attempt, OutsideDialer, Plan, Refusal
from callflow.protocol.dialplan import Defines, Refers, Section, Speaking, key_outcome
from callflow.protocol.hearing import CallFactSource, Hearing, LastSignal
from callflow.protocol.listeners import About, Curving, Knowing, Listener, Moving, Side, Signal, ToWholeCalls
from callflow.protocol.prompts import PromptBook, PromptError, PromptsAhead
from callflow.protocol.runtime import Runtime
from callflow.protocol.services import (
    CallPlacer,
    CallWatcher,
    Configurable,
    Controllable,
    Doorkeeper,
    Entrance,
    FactSource,
    HoursKeeper,
    House,
    InStatus,
    Located,
    MenuBook,
    NamedHouse,
    OpeningTimes,
    PhoneWatcher,
    Restorable,
    Service,
)
from callflow.protocol.stages import Stage

__all__ = [
    "About",
    "Attempt",
    "Call",
    "CallFactSource",
    "CallPlacer",
    "CallWatcher",
    "Caller",
    "CallerGone",
    "Configurable",
    "Controllable",
    "Curving",
    "DefinedElsewhere",
    "Defines",
    "DefinitionBook",
    "DefinitionRefused",
    "Doorkeeper",
    "Entrance",
    "FactSource",
    "FolderClosed",
    "Hearing",
    "HoursKeeper",
    "House",
    "InStatus",
    "Knowing",
    "LastSignal",
    "Listener",
    "Located",
    "MenuBook",
    "Moving",
    "NamedHouse",
    "NotDefined",
    "NotDialed",
    "OpeningTimes",
    "OutsideDialer",
    "PhoneWatcher",
    "PlacedCall",
    "Placing",
    "Plan",
    "Prompt",
    "PromptBook",
    "PromptError",
    "PromptsAhead",
    "Refers",
    "Refusal",
    "Restorable",
    "Runtime",
    "Section",
    "Service",
    "Side",
    "Signal",
    "Speaking",
    "Stage",
    "ToWholeCalls",
    "WrittenDefinition",
    "key_outcome",
]
