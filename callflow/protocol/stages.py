"""Stages: they take a call over for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import BaseModel

    from callflow.prompt import Prompt
    from callflow.protocol.calls import Call
    from callflow.protocol.runtime import Runtime


class Stage(Protocol):
    """One kind of step that takes a call over: ``menu``, ``queue``, ``voicemail`` …

    A stage that needs no switch and no agents may say ``simulated: ClassVar[bool] = True``: then
    ``ringhall simulate`` runs it, with its servers played; of any other it asks how it ends.

    A stage must be able to *enter or resume*: after a controller's death ``run`` is called again with the
    same step, ``call.resumed`` set, and what the stage's service restored from the log.
    """

    name: ClassVar[str]
    step: ClassVar[type[BaseModel]]
    """Schema of the step as written in YAML, without its ``on_…`` branches."""
    outcomes: ClassVar[frozenset[str]]
    """What :meth:`run` may return.

    For each outcome X the branch ``on_X`` is taken: the step's own, else the field ``on_X`` of the definition
    that the step names by :class:`Refers`.  Without a branch the next step follows, but after ``completed``
    (the call has been dealt with) the call ends.

    A stage that callers may leave by a key says ``by_key: ClassVar[bool] = True``.  Then the step, and the
    definition that it names, have ``keys:`` (key → branch), and :meth:`run` may return :func:`key_outcome` of
    a key for which its step has a branch.

    Outcomes that never come about unless they have a branch are named by
    ``only_with_branch: ClassVar[frozenset[str]]``; nothing follows on them elsewhere.

    A stage in which a caller neither chooses nor waits says so by ``instant: ClassVar[bool] = True``: menus
    that go round through it for ever are refused.
    """

    @classmethod
    def create(cls, runtime: Runtime) -> Stage:
        """Make the stage, with the services it needs; their modules are imported here, not before."""

    def prompts(self) -> Iterable[Prompt]:
        """Give the fixed prompts that must be rendered before a call needs them."""

    async def run(self, call: Call, step: Any) -> str:
        """Serve the call; return an outcome.

        A ``step`` that is a :class:`callflow.step_model.StepModel` knows which outcomes have a branch.
        """
