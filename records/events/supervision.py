"""Supervisors in talks: who listened, whispered, joined or took over, and when; all of it on record."""

from __future__ import annotations

from records.events.base import Event


class SupervisionBegan(Event, frozen=True, tag=True, kw_only=True):
    """A supervisor's phone is rung to hear a talk."""

    call: str
    supervisor: str
    """Their number as an agent."""
    agent: str
    """Who talks with the caller."""
    leg: str
    mode: str
    """listen, whisper, barge."""
    by: str
    """Who asked for it."""


class SupervisionChanged(Event, frozen=True, tag=True, kw_only=True):
    """From now on a supervisor is heard by nobody (listen), the agent (whisper) or everybody (barge)."""

    call: str
    supervisor: str
    mode: str
    by: str


class SupervisionEnded(Event, frozen=True, tag=True, kw_only=True):
    """A supervisor hears the talk no more."""

    call: str
    supervisor: str
    reason: str
    """left, not_reached, talk_over, took_over, restart, failed."""
