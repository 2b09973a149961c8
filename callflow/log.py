"""The log of modules that dialplans are checked with: structlog comes when there is something to log."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger


def get_logger(name: str) -> FilteringBoundLogger:
    """Give a logger, as ``structlog.get_logger``."""
    return cast("FilteringBoundLogger", _Log(name))


class _Log:
    def __init__(self, name: str) -> None:
        self._name = name

    @cached_property
    def _logger(self) -> Any:
        import structlog  # noqa: PLC0415 - a tenth of the time that a dialplan is checked in

        return structlog.get_logger(self._name)

    def __getattr__(self, method: str) -> Any:
        return getattr(self._logger, method)
