"""Which calls of a queue are recorded: ``record:`` in its definition."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated, Any, Protocol, runtime_checkable

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from callflow.values import Days, YesNo, matching, parse_yes_no, told

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHARE_OF = 2**32


def _read(name: str, info: ValidationInfo) -> str:
    """Tell the site's checks that the notice is read, as a condition would: it must be given somewhere."""
    (info.context or {}).get("read", set()).add(f"notice.{name}")
    return name


class _Reads:
    """Marks the name of a notice."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema  # noqa: PLC0415

        return core_schema.with_info_after_validator_function(_read, handler(source))


Notice = Annotated[
    str,
    *matching(r"[a-z][a-z0-9_]{0,39}", "is no name for a notice", "Use small letters, digits and _."),
    _Reads(),
]


class RecordRule(BaseModel):
    """Which calls of a queue are recorded, and how long that is kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    share: Annotated[int, Field(ge=1, le=100)] = 100
    """Percent of the calls; which ones is reckoned from the call's id, so it is the same if asked again."""
    announced: Notice | None = None
    """A notice that callers must have heard, and not refused, to be recorded."""
    consent: Notice | None = None
    """A notice that callers must have agreed to, by its key, to be recorded."""
    waiting: YesNo = False
    """Whether the wait is recorded too, and not only the talk."""
    keep: Days | None = None
    """How long recordings are kept; left out, as long as the settings say."""

    def chooses(self, call: str) -> bool:
        """Tell whether a call is one of the share."""
        return self.share >= 100 or _lot(call) * 100 < self.share * _SHARE_OF

    def objection(self, notices: Mapping[str, str]) -> str:
        """Tell why a call must not be recorded, by what came of its notices; empty when it may be."""
        if self.consent is not None and notices.get(self.consent) != "accepted":
            return "no_consent"
        if self.announced is None:
            return ""
        heard = notices.get(self.announced, "")
        if heard == "refused":
            return "no_consent"
        return "" if heard in {"heard", "accepted"} else "not_announced"


def _lot(call: str) -> int:
    """Draw a call's lot: a number below 2³² that depends on nothing but its id."""
    return int.from_bytes(hashlib.sha256(call.encode()).digest()[:4], "big")


def _rule(value: Any) -> Any:
    if isinstance(value, dict | RecordRule):
        return value
    try:
        return RecordRule() if parse_yes_no(value) else None
    except PydanticCustomError:
        raise told(
            "record", "this does not say what is recorded", "Write yes, no or {share: 20, …}."
        ) from None


Record = Annotated[RecordRule | None, BeforeValidator(_rule, json_schema_input_type=YesNo | RecordRule)]
"""``yes``, ``no``, or a rule."""


@runtime_checkable
class RecordingRules(Protocol):
    """A service that knows which calls of its queues are to be recorded."""

    def recording_rule(self, queue: str) -> RecordRule | None:
        """Give a queue's rule; None when its calls are not recorded, or there is no such queue."""

    def records_anything(self) -> bool:
        """Tell whether any queue has a rule."""
