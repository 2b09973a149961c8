"""The step ``language``."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from callflow.protocol import Refers
from callflow.values import Duration, YesNo
from ivr import steps
from ivr.schema.common import Again, PhoneKey, Say, StepPlace, WrittenStep


class LanguageStep(WrittenStep):
    """Let the caller choose a language; each language is offered in itself.

    Who presses nothing hears the site's first language.

    Example::

        - language: {"1": zh, "2": en}
          say: {zh: 中文服务请按一, en: "For English, press two"}
    """

    kind: ClassVar[str] = "language"
    language: Annotated[dict[PhoneKey, Annotated[str, Refers("language")]], Field(min_length=1)]
    """Key → language."""
    say: Say
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
        place.prompt(self.say, "say")
        offers = {language: text for language in self.language.values() if (text := self.say.get(language))}
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
