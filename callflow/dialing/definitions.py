"""What a site says of dialing: ``trunks:``, ``routes:``, ``countries:`` and ``blocked:`` (docs/trunks.md)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from callflow.dialing.numbers import SPACERS, bare_number, fits, known_country
from callflow.dialing.routing import ANY, OTHERS
from callflow.protocol import Refers, Section
from callflow.section_problem import SectionProblem
from callflow.values import Duration, YesNo, matching, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Self

_PATTERN = re.compile(r"\+?\d{1,20}\*?|\+\*", re.ASCII)


def _pattern(value: Any) -> str:
    bare = value.translate(SPACERS) if isinstance(value, str) else ""
    if not _PATTERN.fullmatch(bare):
        raise told(
            "pattern",
            f'"{str(value)[:40]}" is neither a number nor the begin of numbers',
            'Write "+86 21 6666 0000", or "+86 21 *" for all numbers that begin so.',
        )
    return bare


def _number(value: Any) -> str:
    bare = bare_number(value) if isinstance(value, str) else ""
    if not bare:
        raise told("number", f'"{str(value)[:40]}" is no phone number', "Write digits, with a + before them.")
    return bare


Pattern = Annotated[
    str, BeforeValidator(_pattern), WithJsonSchema({"type": "string", "pattern": r"^[-+0-9 ().]+\*?$"})
]
"""A number, or the begin of numbers with ``*`` after it."""
PhoneNumber = Annotated[
    str, BeforeValidator(_number), WithJsonSchema({"type": "string", "pattern": r"^[-+0-9 ().]+$"})
]


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TrunkDefinition(_Written):
    """What may be dialed over a trunk of the settings."""

    allow: Annotated[tuple[Pattern, ...], Field(min_length=1)]
    """Numbers, or begins of numbers such as ``+86 21 *``, that may be dialed; no others may."""
    country: Annotated[str, *matching("[A-Z]{2}", "is no country", "Write two capitals: GB, DE, CN.")] = ""
    """Of callers whose numbers it shows without a country code; the site's when absent."""
    caller_number: PhoneNumber | None = None
    """Our number, as the called party sees it; the caller's own when absent."""
    most_calls: Annotated[int, Field(ge=1, le=10_000)] = 10
    """Calls over it at the same time."""
    per_second: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Calls that may begin over it within a second."""
    no_sign_after: Annotated[Duration, Field(ge=1, le=60)] = 5.0
    """Without any sign of life in this time the next trunk is tried, if there is one."""
    longest: Annotated[Duration, Field(ge=1, le=86_400)] = 7200.0
    """A talk is ended after this time."""

    def allows(self, number: str) -> bool:
        """Tell whether a bare number may be dialed."""
        return any(fits(number, pattern) for pattern in self.allow)


def _choice(value: Any) -> Any:
    return {"trunk": value} if isinstance(value, str) else value


_Digits = Annotated[
    str,
    *matching(r"\+?[0-9*#]{0,10}", "is no begin of a number", 'Write digits, such as "0", "+86" or "00".'),
]


class TrunkChoice(_Written):
    """A trunk of a route, and how it wants numbers."""

    trunk: Annotated[str, Refers("trunk")]
    """One of ``trunks:``."""
    strip: _Digits = ""
    """Taken off a number that begins so."""
    prefix: _Digits = ""
    """Put before the number, after that."""

    def rewritten(self, number: str) -> str:
        """Give a number as the trunk wants it."""
        return self.prefix + number.removeprefix(self.strip)


Choice = Annotated[
    TrunkChoice,
    BeforeValidator(_choice, json_schema_input_type=Annotated[str, Refers("trunk")] | TrunkChoice),
]


class RouteDefinition(_Written):
    """Which numbers go over which trunks."""

    numbers: Annotated[tuple[Pattern, ...], Field(min_length=1)]
    """Numbers, or begins of numbers, with their country code: these may be dialed."""
    deny: tuple[Pattern, ...] = ()
    """Of them, those that may not."""
    over: Annotated[tuple[Choice, ...], Field(min_length=1, max_length=10)]
    """Trunks, the first first; the next one is tried when one can't."""
    caller_number: PhoneNumber | None = None
    """Our number, as the called party sees it; the trunk's when absent."""
    anyone: YesNo = False
    """Whether phones on which nobody is logged in may dial these numbers too, such as emergency calls."""


class CountryDefinition(_Written):
    """How much may be called in a country."""

    most_calls: Annotated[int, Field(ge=0, le=10_000)] | None = None
    """Calls there at the same time; 0 for none at all."""
    minutes_a_day: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    """Minutes of talk within a day by the site's clock, after which no further call is begun."""


class BlockedDefinition(_Written):
    """Callers who are turned away before anything of the call is answered."""

    callers: tuple[Pattern, ...] = ()
    """Their numbers, or begins of numbers."""
    hidden: YesNo = False
    """Whether callers who show no number are turned away."""
    trunks: tuple[Annotated[str, Refers("trunk")], ...] = ()
    """Only what comes by these trunks; by any when absent."""
    cause: Literal["rejected", "busy", "unallocated", "congestion", "no_answer"] = "rejected"
    """What their network is told."""

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not self.callers and not self.hidden:
            raise told("nobody", "this turns nobody away", 'Write callers: ["+44 20 *"], or hidden: yes.')
        return self


def route_problems(routes: Mapping[str, RouteDefinition]) -> Iterator[SectionProblem]:
    """Find routes that say the same of a number, and what none of them can come to."""
    first: dict[str, str] = {}
    for name, route in routes.items():
        if name == ANY:
            yield SectionProblem(
                name, f'"{ANY}" stands for whichever route fits', "Give the route another name."
            )
        for index, pattern in enumerate(route.numbers):
            other = first.setdefault(pattern, name)
            if other != name or pattern in route.numbers[:index]:
                yield SectionProblem(
                    name,
                    f'the numbers "{pattern}" go by the route "{other}" already',
                    "Leave them out here, or there; a longer begin goes before a shorter one.",
                    at=("numbers", index),
                )
        for index, pattern in enumerate(route.deny):
            if not any(fits(pattern.removesuffix("*"), known) for known in route.numbers):
                yield SectionProblem(
                    name,
                    f'"{pattern}" is none of the route\'s numbers, so nothing is denied',
                    "Leave it out, or correct it.",
                    at=("deny", index),
                    warning=True,
                )


def trunk_problems(trunks: Mapping[str, TrunkDefinition]) -> Iterator[SectionProblem]:
    """Find trunks of countries that there are not."""
    for name, trunk in trunks.items():
        if trunk.country and not known_country(trunk.country):
            yield SectionProblem(
                name,
                f'there is no country "{trunk.country}"',
                "Write its ISO 3166 code, such as CN.",
                at=("country",),
            )


def country_problems(countries: Mapping[str, CountryDefinition]) -> Iterator[SectionProblem]:
    """Find countries that nobody can call."""
    for name in countries:
        if name != OTHERS and not known_country(name):
            yield SectionProblem(
                name,
                f'there is no country "{name}"',
                f"Write its ISO 3166 code, such as CN, or {OTHERS} for those that are not named.",
            )


TRUNKS = Section(name="trunks", defines="trunk", model=TrunkDefinition, check=trunk_problems)
ROUTES = Section(name="routes", defines="route", model=RouteDefinition, named=False, check=route_problems)
COUNTRIES = Section(
    name="countries", defines="country", model=CountryDefinition, named=False, check=country_problems
)
BLOCKED = Section(name="blocked", defines="blocked", model=BlockedDefinition, named=False)


class RefersToRoute(Refers):
    """Marks the name of a route, or ``any``."""

    def __init__(self) -> None:
        super().__init__("route")

    def check(self, value: str, info: Any) -> str:
        """Raise a validation error for a route that the site does not define."""
        return value if value == ANY else super().check(value, info)


RouteName = Annotated[str, RefersToRoute()]
"""A route of the site, or ``any`` for whichever fits."""
