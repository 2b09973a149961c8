"""The step ``language``."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Discriminator, Field, Tag

from callflow.protocol import Refers
from callflow.values import Duration, YesNo
from ivr import steps
from ivr.flow_steps import SpeakIn
from ivr.schema.common import Again, PhoneKey, Say, StepPlace, WrittenStep

_ONE, _SEVERAL = "one language", "languages by key"

Language = Annotated[str, Refers("language")]


def _one_or_several(value: Any) -> str:
    return _ONE if isinstance(value, str) else _SEVERAL


class LanguageStep(WrittenStep):
    """Let the caller choose a language, each offered in itself; or go on in one.

    Who presses nothing hears the site's first language.

    Example::

        - language: {"1": zh, "2": en}
          say: {zh: 中文服务请按一, en: "For English, press two"}
        - language: en
    """

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"language": {"type": "object"}}},
            "then": {"required": ["say"]},
            "else": {"maxProperties": 1},
        }
    )
    kind: ClassVar[str] = "language"
    language: Annotated[
        Annotated[Language, Tag(_ONE)]
        | Annotated[dict[PhoneKey, Language], Field(min_length=1), Tag(_SEVERAL)],
        Discriminator(_one_or_several),
    ]
    """Key → language; or a language, in which the call goes on without being asked."""
    say: Say | None = None
    """The offer in each language; they are played in the order of the keys."""
    barge_in: YesNo = True
    """Keys count while the offers are being played."""
    timeout: Duration = 5.0
    """Silence after the offers until it counts as no input."""
    no_input: Again = Again(again=1)
    """What follows silence."""
    invalid: Again = Again(again=1)
    """What follows a key that means nothing."""

    def compile(self, place: StepPlace) -> steps.Step:
        """Make the interpreter's form: one prompt a language, each heard whatever the call's language is."""
        if isinstance(self.language, str):
            for name in sorted(self.model_fields_set - {"language"}):
                place.problem(f'"{name}" means nothing when one language is given', "Remove it.", name)
            return SpeakIn(**place.base, language=self.language)
        if self.say is None:
            place.problem('"say" is missing', 'Write "say: …" here.')
        else:
            place.prompt(self.say, "say")
        say = self.say or {}
        offers = {language: text for language in self.language.values() if (text := say.get(language))}
        return steps.Language(
            **place.base,
            say=tuple(
                place.prompt({language: text}, "say", language, whole=False)
                for language, text in offers.items()
            ),
            barge_in=self.barge_in,
            timeout=self.timeout,
            keys=dict(self.language),
            no_input=self.no_input.compile(place, "no_input"),
            invalid=self.invalid.compile(place, "invalid"),
        )
