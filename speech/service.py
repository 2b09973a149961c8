"""The service ``speech``: the prompts of this controller."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from callflow.settings import Settings
from speech.prompts import RenderedPrompts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callflow.protocol import Prompt, Runtime


class PromptService:
    """Renders prompts when a site loads and tells where they lie; ``runtime.prompts`` is this service."""

    needs: ClassVar[tuple[str, ...]] = ()

    def __init__(self, book: RenderedPrompts) -> None:
        self._book = book

    @classmethod
    def create(cls, runtime: Runtime) -> PromptService:
        """Make the service; sounds are kept in ``<home>/prompts/``."""
        return cls(RenderedPrompts(runtime.home / "prompts", runtime.require(Settings).prefix))

    async def start(self) -> None:
        """Get ready: nothing is rendered before somebody asks for it."""
        await self._book.start()

    async def stop(self) -> None:
        """End the rendering process."""
        await self._book.close()

    async def prepare(self, prompts: Iterable[Prompt], languages: Iterable[str]) -> None:
        """Make prompts ready; raises PromptError."""
        await self._book.prepare(prompts, languages)

    async def expect(self, languages: Iterable[str]) -> None:
        """Let the rendering process get ready: prompts are likely to be asked for soon."""
        await self._book.expect(languages)

    def sounds(self, prompt: Prompt, language: str) -> list[str]:
        """Give the sounds of a prepared prompt."""
        return self._book.sounds(prompt, language)
