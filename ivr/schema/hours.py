"""The section ``hours`` and the step of that name."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, PrivateAttr, WithJsonSchema

from callflow.near import near_name
from callflow.protocol import Refers
from callflow.values import told
from ivr import flow_steps, steps
from ivr.schema.common import Branch, StepPlace, Written, WrittenStep

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = "(?:mon|tue|wed|thu|fri|sat|sun)"
_SPANS = re.compile(rf"daily|{_DAY}(?:-{_DAY})?(?:\s*,\s*{_DAY}(?:-{_DAY})?)*", re.ASCII)
_RANGE = re.compile(r"(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)", re.ASCII)
_SPAN_OF_TIME = "[0-9]{1,2}:[0-9]{2} *- *[0-9]{1,2}:[0-9]{2}"
_DATE_TEXT = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_YEARLY_TEXT = "[0-9]{2}-[0-9]{2}"
_COUNTRY_TEXT = "[A-Z]{2}(?:-[A-Z0-9]{1,3})?"
_DATE, _YEARLY, _COUNTRY = map(re.compile, (_DATE_TEXT, _YEARLY_TEXT, _COUNTRY_TEXT))
_RANGES_HELP = 'Write "08:30-20:00", several with commas between them, or closed.'
DAY_MINUTES = 24 * 60
YEARS_AHEAD = 5
"""So many years of public holidays are computed when a site is read."""

Range = tuple[int, int]
"""Minutes after midnight: from, until; until may lie on the next day."""


def _days(value: str) -> str:
    if not _SPANS.fullmatch(value):
        near = near_name(value, [*DAYS, "daily", "holidays", "except"])
        hint = f'Did you mean "{near}"? ' if near else ""
        remedy = f"{hint}Write days such as mon-fri, sat or daily; or holidays, except."
        raise told("days", f'"{value[:40]}" is no day', remedy)
    return value


def days_of(written: str) -> frozenset[int]:
    """Give the weekdays, Monday being 0, of ``mon-fri``, ``sat, sun`` or ``daily``."""
    if written == "daily":
        return frozenset(range(7))
    found: set[int] = set()
    for span in written.replace(" ", "").split(","):
        first, _, last = span.partition("-")
        begin, end = DAYS.index(first), DAYS.index(last or first)
        found.update(range(begin, end + 1) if begin <= end else [*range(begin, 7), *range(end + 1)])
    return frozenset(found)


def _ranges(value: Any) -> tuple[Range, ...]:
    if isinstance(value, tuple):
        return value
    if value == "closed":
        return ()
    found: list[Range] = []
    for written in value.split(",") if isinstance(value, str) else [""]:
        match = _RANGE.fullmatch(written.strip())
        if match is None:
            raise told("hours", "these are no hours", _RANGES_HELP)
        from_hour, from_minute, to_hour, to_minute = map(int, match.groups())
        begin, end = from_hour * 60 + from_minute, to_hour * 60 + to_minute
        if begin >= DAY_MINUTES or end > DAY_MINUTES or max(from_minute, to_minute) > 59:
            raise told("hours", "there is no such time of day", "Write 00:00 to 24:00.")
        if begin == end:
            raise told("hours", "these hours begin when they end", "For a whole day write 00:00-24:00.")
        found.append((begin, end if end > begin else end + DAY_MINUTES))
    return tuple(found)


def _day_or_span(value: str) -> str:
    for part in value.split(".."):
        if not _DATE.fullmatch(part.strip()):
            raise told(
                "date", f'"{value[:40]}" is no date', 'Write "2026-12-24", or "2026-10-01..2026-10-07".'
            )
        _real(part.strip())
    first, _, last = (part.strip() for part in value.partition(".."))
    if last and date.fromisoformat(last) < date.fromisoformat(first):
        raise told("date", "the last day is before the first", "Write the earlier one first.")
    return value


def _real(written: str) -> None:
    try:
        date.fromisoformat(written if len(written) > len("12-24") else f"2028-{written}")  # a leap year
    except ValueError:
        remedy = "Correct the month or the day."
        raise told("date", f'there is no day "{written[:40]}"', remedy) from None


def _holidays(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _holiday(value: str) -> str:
    if _DATE.fullmatch(value) or _YEARLY.fullmatch(value):
        _real(value)
    elif not _COUNTRY.fullmatch(value):
        remedy = 'Write a country such as CN or DE-BY, a day "2026-05-04", or one of every year "12-24".'
        raise told("holidays", f'"{value[:40]}" is neither a country nor a day', remedy)
    else:
        from ivr.holiday_calendar import country_problem  # noqa: PLC0415 - the library takes 0.1 s

        if problem := country_problem(value):
            raise told("holidays", *problem)
    return value


Ranges = Annotated[
    tuple[Range, ...],
    BeforeValidator(_ranges),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": rf"^(closed| *{_SPAN_OF_TIME} *(, *{_SPAN_OF_TIME} *)*)$",
        }
    ),
]
"""Times of a day at which somebody is there."""

Holiday = Annotated[
    str,
    WithJsonSchema({"type": "string", "pattern": f"^({_COUNTRY_TEXT}|{_DATE_TEXT}|{_YEARLY_TEXT})$"}),
]


class HoursDefinition(Written):
    """Opening hours: days and times in the site's time zone, holidays, exceptions."""

    model_config = ConfigDict(
        extra="allow",
        frozen=True,
        json_schema_extra={"propertyNames": {"pattern": rf"^({_SPANS.pattern}|holidays|except)$"}},
    )
    __pydantic_extra__: dict[Annotated[str, AfterValidator(_days)], Ranges]

    holidays: Annotated[
        tuple[Annotated[Holiday, AfterValidator(_holiday)], ...],
        BeforeValidator(_holidays, json_schema_input_type=Holiday | list[Holiday]),
    ] = ()
    """Days on which it is closed: a country's public holidays (``CN``, ``DE-BY``), days, or a list."""
    exceptions: dict[
        Annotated[
            str,
            AfterValidator(_day_or_span),
            WithJsonSchema({"type": "string", "pattern": rf"^{_DATE_TEXT}( *\.\. *{_DATE_TEXT})?$"}),
        ],
        Ranges,
    ] = Field(default={}, alias="except")
    """Day, or ``first..last``, → its hours, whatever the weekday and the holidays say."""

    _calendar: dict[str, dict[int, frozenset[date]]] = PrivateAttr(default_factory=dict)

    def model_post_init(self, _context: Any) -> None:
        """Compute public holidays while the site is read: a call must not wait for the library."""
        this_year = datetime.now(UTC).year
        for country in self.holidays:
            if not country[0].isdigit():
                from ivr.holiday_calendar import holidays_of  # noqa: PLC0415 - 0.2 s and 40 MB

                years = range(this_year - 1, this_year + YEARS_AHEAD)
                self._calendar[country] = {year: holidays_of(country, year) for year in years}

    def public_holidays(self, country: str, year: int) -> frozenset[date]:
        """Give a country's public holidays, one of those in :attr:`holidays`."""
        known = self._calendar[country].get(year)
        if known is None:
            from ivr.holiday_calendar import holidays_of  # noqa: PLC0415

            known = self._calendar[country][year] = holidays_of(country, year)
        return known

    @property
    def weekly(self) -> dict[str, tuple[Range, ...]]:
        """Days as written → times."""
        return self.__pydantic_extra__


class HoursStep(WrittenStep):
    """Go different ways when it is open and when it is closed.

    Example::

        - hours: office
          closed: night
    """

    kind: ClassVar[str] = "hours"
    hours: Annotated[str, Refers("hours")]
    """Name of the opening hours."""
    closed: Branch
    """Where the call goes when it is closed."""
    open: Branch | None = None
    """Where the call goes when it is open; without it, on to the next step."""
    holiday: Branch | None = None
    """Where the call goes when it is closed for a holiday; without it, as ``closed`` says."""
    closure: Branch | None = None
    """Where the call goes while it was closed by hand; without it, as ``closed`` says."""

    def compile(self, place: StepPlace) -> steps.Step:
        """Make the interpreter's form."""
        closed = place.branch(self.closed, "closed")
        return flow_steps.Hours(
            **place.base,
            hours=self.hours,
            states={
                "open": place.branch(self.open, "open"),
                "closed": closed,
                "holiday": place.branch(self.holiday, "holiday") or closed,
                "closure": place.branch(self.closure, "closure") or closed,
            },
        )
