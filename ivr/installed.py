"""What the installed parts bring to a dialplan: stages that are steps, sections that services read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callflow import parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callflow.protocol import Section, Stage


def stages_and_sections() -> tuple[Mapping[str, type[Stage]], list[Section]]:
    """Give every installed stage and section; no service is imported.

    Raises :class:`callflow.parts.PartError`.
    """
    return parts.stage_types(), parts.sections()
