"""What stands at the top of a dialplan, apart from menus and the sections that services bring."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field
from pydantic.functional_validators import AfterValidator

from callflow.values import matching, told
from ivr.problems import near_name
from ivr.schema.common import Text, Written

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic_core import CoreSchema

DEFAULT = "default"
"""In ``numbers:``, whatever other number was dialed."""

_NUMBER = re.compile(r"\+?\d{1,20}", re.ASCII)
NUMBER_PATTERN = r"[ .()-]*(\+[ .()-]*)?([0-9][ .()-]*){1,20}"
"""What :func:`normalised` takes, for JSON Schema."""
_SPACERS = str.maketrans("", "", " -().")


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        near = near_name(value, available_timezones())
        hint = f'Did you mean "{near}"?' if near else "Write one such as Asia/Shanghai."
        raise told("time_zone", f'there is no time zone "{value[:40]}"', hint) from None
    return value


def _distinct(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if values.count(value) > 1:
            raise told("distinct", f'"{value}" stands in the list twice', "Remove one of them.")
    return values


def normalised(number: str) -> str:
    """Strip a number of what people put between its digits; empty when it is none."""
    bare = number.translate(_SPACERS)
    return bare if _NUMBER.fullmatch(bare) else ""


class _ZoneNames:
    """Lists the time zones in JSON Schema; made only when that is asked for."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, object]:
        return {**handler(schema), "enum": sorted(available_timezones())}


Tag = Annotated[
    str,
    *matching(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", "is no language tag", "Write one such as en, zh or en-GB."),
]
Name = Annotated[str, *matching(r"\w[\w-]{0,63}", "is no name", "Use letters, digits, _ and -.")]


class Header(Written):
    """The few facts about a site."""

    site: Text
    """The site's name as people say it."""
    time_zone: Annotated[str, AfterValidator(_time_zone), _ZoneNames()] = "UTC"
    """IANA name of the time zone in which opening hours are meant."""
    languages: Annotated[
        tuple[Tag, ...],
        Field(min_length=1, json_schema_extra={"uniqueItems": True}),
        AfterValidator(_distinct),
    ]
    """Languages of the prompts (zh, en, …); the first one is what a caller hears before choosing."""
    country: Annotated[
        str, *matching("[A-Z]{2}", "is no country", "Write its ISO 3166 code, such as CN.")
    ] = ""
    """Country of numbers that have no country code, ISO 3166 code: for ``caller.country``."""
    skills: Annotated[
        tuple[Name, ...], Field(json_schema_extra={"uniqueItems": True}), AfterValidator(_distinct)
    ] = ()
    """Names of the skills that queues may need and agents may have."""
