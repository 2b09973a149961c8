"""What callers hear: who renders it, who must be ready for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callflow.prompt import Prompt


class PromptError(Exception):
    """A prompt can't be rendered; the message says which, why, and what to do."""


@runtime_checkable
class PromptBook(Protocol):
    """Rendered prompts: everything is rendered when a site loads, nothing during a call."""

    async def prepare(self, prompts: Iterable[Prompt], languages: Iterable[str]) -> None:
        """Render whatever is not in the cache; raises :class:`PromptError`."""

    def sounds(self, prompt: Prompt, language: str) -> list[str]:
        """Give the sounds to play (absolute paths without extension) in ``language``.

        Falls back to the prompt's first language when it has no text in ``language``.
        """


@runtime_checkable
class PromptsAhead(Protocol):
    """A prompt book that can begin to get going when prompts are likely to be asked for soon."""

    async def expect(self, languages: Iterable[str]) -> None:
        """Begin with what takes a while, without waiting for it."""
