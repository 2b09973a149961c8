"""The system itself: controllers, the site, opening hours, alarms."""

from __future__ import annotations

from records.events.base import Event


class ControllerStarted(Event, frozen=True, tag=True, kw_only=True):
    """A controller took the stream over under a new epoch."""

    version: str
    live_calls: int


class ControllerStopped(Event, frozen=True, tag=True, kw_only=True):
    """A controller let go in good order."""


class SiteLoaded(Event, frozen=True, tag=True, kw_only=True):
    """A version of the site's dialplans went live."""

    version: str
    files: list[str]
    who: str = ""
    """The user who asked for it; ``watch`` for a saved file, ``start`` for a start."""
    how: str = ""
    """start, saved, reload or rollback."""
    time_zone: str = ""
    """The site's, IANA name."""


class SiteRefused(Event, frozen=True, tag=True, kw_only=True):
    """The site's dialplans have errors; what was live stays live."""

    version: str
    """Content hash of the refused files."""
    who: str
    errors: int
    first: str
    """The first of them, with its place."""


class HoursClosed(Event, frozen=True, tag=True, kw_only=True):
    """Somebody closed opening hours by hand."""

    hours: str
    until: float | None
    """Steady seconds; None until somebody opens them again."""
    by: str
    reason: str = ""


class HoursReopened(Event, frozen=True, tag=True, kw_only=True):
    """Somebody took such a closure back."""

    hours: str
    by: str


class AlarmRaised(Event, frozen=True, tag=True, kw_only=True):
    """Something needs a person."""

    alarm: str
    detail: str


class AlarmCleared(Event, frozen=True, tag=True, kw_only=True):
    """An alarm's cause is gone."""

    alarm: str


class SecurityNoticed(Event, frozen=True, tag=True, kw_only=True):
    """Asterisk reported a security event (wrong password, unknown account)."""

    kind: str
    account: str
    address: str
