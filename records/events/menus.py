"""In the menus: steps, choices, what was entered and looked up."""

from __future__ import annotations

from records.events.base import Event


class StepEntered(Event, frozen=True, tag=True, kw_only=True):
    """A step of a menu began: where the call resumes after a restart."""

    call: str
    menu: str
    step: int
    kind: str
    version: str
    """Content hash of the site's dialplan, its first 12 hex digits."""
    line: int
    """Line in ``file`` where the step is written."""
    file: str
    returns: list[tuple[str, int]] = []
    """(menu, step) to which called menus go back, the innermost last."""


class LanguageChosen(Event, frozen=True, tag=True, kw_only=True):
    """The caller chose, or was given, a language (BCP 47 tag)."""

    call: str
    language: str


class ChoiceMade(Event, frozen=True, tag=True, kw_only=True):
    """A menu key was taken.  ``result`` is chosen, invalid or no_input."""

    call: str
    menu: str
    result: str
    key: str = ""


class DigitsCollected(Event, frozen=True, tag=True, kw_only=True):
    """Digits were entered into a variable; the digits themselves are in the vault, or nowhere if secret."""

    call: str
    variable: str
    count: int
    secret: bool = False


class VariableSet(Event, frozen=True, tag=True, kw_only=True):
    """A variable was given a value; the value is in the vault, or nowhere if secret."""

    call: str
    variable: str
    secret: bool = False


class NoticeGiven(Event, frozen=True, tag=True, kw_only=True):
    """A caller was told something.  ``result`` is heard, accepted, refused or unanswered."""

    call: str
    notice: str
    result: str


class HttpAsked(Event, frozen=True, tag=True, kw_only=True):
    """A step asked a server, or posted to it.  The address is not kept: it may hold personal values."""

    call: str
    method: str
    host: str
    outcome: str
    """done, not_found, failure."""
    status: int
    """0 when no answer came."""
    detail: str = ""
    """Why it failed."""
    tries: int = 1
    cached: bool = False
    took_s: float
    variables: list[str] = []
    """Those that were set; the values are in the vault."""


class CallerIdentified(Event, frozen=True, tag=True, kw_only=True):
    """A caller was asked who they are.  The digits are in the vault, or nowhere."""

    call: str
    subject: str
    """Of the phone number: wrong answers are counted by it, over calls."""
    check: str
    """Name of the check; each counts for itself."""
    result: str
    """identified, unknown (a wrong answer), locked (was not asked at all)."""
    locked_until: float | None = None
    """Steady seconds; set by the wrong answer that locks the number."""
    variables: list[str] = []
    """Those that were set; the values are in the vault."""


class SurveyAnswered(Event, frozen=True, tag=True, kw_only=True):
    """A caller answered a question about the service."""

    call: str
    survey: str
    score: int
