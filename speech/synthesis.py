"""Speech from text: what a provider must be, and how it is found.

Providers are entry points of the group ``ringhall.synthesizers``.  They run in a child process of their
own (``speech.render``) while a site loads, never during a call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

from callflow import parts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

GROUP = "ringhall.synthesizers"
DEFAULT = "espeak"
RATE = 8000
"""Hz, of everything a synthesizer gives."""


class SynthesisError(Exception):
    """A text can't be spoken; the message says why and what to do."""


class Synthesizer(Protocol):
    """A voice, or many.

    Its module must import in a moment and without numpy, since the controller asks for the fingerprint.
    """

    name: ClassVar[str]
    fingerprint: ClassVar[str]
    """Changes whenever the same text would sound different: cached sounds are then rendered anew."""

    @classmethod
    def create(cls, prefix: Path) -> Synthesizer:
        """Make the synthesizer; ``prefix`` is where programs were unpacked.  No I/O yet."""

    def get_ready(self, languages: Iterable[str]) -> None:
        """Import and read what takes a while, in the rendering process; need not do anything."""

    async def synthesize(self, text: str, language: str) -> bytes:
        """Speak: 8 kHz mono, 16-bit little-endian samples at telephone level.

        ``language`` is a BCP 47 tag.  Raises :class:`SynthesisError`.
        """


def synthesizer_type(name: str) -> type[Synthesizer]:
    """Give the provider of that name; raises :class:`SynthesisError` naming those that are installed."""
    try:
        found = parts.load(GROUP, name)
        if name not in found:
            there = ", ".join(sorted(parts.load(GROUP))) or "none"
            raise SynthesisError(f"there is no speech synthesizer '{name}'; installed: {there}")
    except parts.PartError as error:
        raise SynthesisError(str(error)) from error
    kind: type[Synthesizer] = found[name]
    return kind
