"""The step ``play``."""

from __future__ import annotations

from typing import ClassVar

from callflow.values import YesNo
from ivr import steps
from ivr.schema.common import Parts, StepPlace, WrittenStep


class PlayStep(WrittenStep):
    """Say something.

    Example::

        - play: {zh: 欢迎致电海港银行, en: Welcome to Harbour Bank}
        - play:
            - jingle.wav
            - {zh: "您的余额是{balance|money CNY}", en: "Your balance is {balance|money CNY}"}
    """

    kind: ClassVar[str] = "play"
    play: Parts
    """A text or a recording by language, or a list of them."""
    barge_in: YesNo = True
    """A key ends the announcement, and counts as the answer to the next question."""

    def compile(self, place: StepPlace) -> steps.Step:
        """Make the interpreter's form."""
        return steps.Play(**place.base, say=place.prompts(self.play, "play"), barge_in=self.barge_in)
