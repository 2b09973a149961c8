"""The step ``notice``."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import ConfigDict

from callflow.protocol import Defines
from callflow.values import Duration, YesNo, matching
from ivr import steps
from ivr.schema.common import Again, Branch, PhoneKey, Say, StepPlace, WrittenStep


class NoticeStep(WrittenStep):
    """Tell the caller what they must be told, with their consent where it is needed; it is on record.

    Example::

        - notice: recording
          say: {zh: 通话将被录音，不同意请按九, en: "This call is recorded. If you object, press nine."}
          refuse: "9"
          refused: operator
    """

    model_config = ConfigDict(
        json_schema_extra={
            "dependentRequired": {"refused": ["refuse"], "no_input": ["accept"], "invalid": ["accept"]}
        }
    )
    kind: ClassVar[str] = "notice"
    notice: Annotated[
        str,
        *matching(r"[a-z][a-z0-9_]{0,39}", "is no name for a notice", "Use small letters, digits and _."),
        Defines("notice"),
    ]
    """Its name in the record; ``notice.NAME`` is heard, accepted, refused or unanswered afterwards."""
    say: Say
    """What the caller is told."""
    accept: PhoneKey | None = None
    """The key that agrees; silence is no consent then."""
    refuse: PhoneKey | None = None
    """The key that refuses."""
    refused: Branch | None = None
    """Where the call goes after a refusal; without it, on to the next step."""
    barge_in: YesNo = False
    """``yes`` lets a key cut it short."""
    timeout: Duration = 3.0
    """Silence after it until the call goes on, or until it counts as no input when consent is needed."""
    no_input: Again = Again()
    """What follows silence when consent is needed."""
    invalid: Again = Again()
    """What follows a key that means nothing when consent is needed."""

    def compile(self, place: StepPlace) -> steps.Step:
        """Make the interpreter's form."""
        if self.accept is None:
            for name in {"no_input", "invalid"} & self.model_fields_set:
                place.problem(f'"{name}" means nothing without "accept"', "Remove it, or write accept.", name)
        if self.refuse is None and self.refused is not None:
            place.problem('"refused" without the key "refuse"', 'Write "refuse:" with a key.', "refused")
        if self.accept is not None and self.accept == self.refuse:
            place.problem("accept and refuse are the same key", "Choose two keys.", "refuse")
        return steps.Notice(
            **place.base,
            say=(place.prompt(self.say, "say"),),
            barge_in=self.barge_in,
            timeout=self.timeout,
            notice=self.notice,
            accept=self.accept or "",
            refuse=self.refuse or "",
            refused=place.branch(self.refused, "refused"),
            no_input=self.no_input.compile(place, "no_input"),
            invalid=self.invalid.compile(place, "invalid"),
        )
