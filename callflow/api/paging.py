"""Lists in pages: ``limit`` and ``cursor`` asked for, ``items`` and ``next`` given."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import Meta

from callflow.api.problems import ErrorKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")

MOST = 1000
"""Longest page."""

WrongCursor = ErrorKind(
    "wrong-cursor", 400, "The cursor is none that this list gave.", "leave it out to begin at the start"
)


class Paging(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Query of a list; a list that can be searched has one that inherits from it."""

    limit: Annotated[int, Meta(ge=1, le=MOST, description="Longest page.")] = 100
    cursor: Annotated[str, Meta(max_length=400, description="`next` of the page before.")] = ""


class Page(msgspec.Struct, Generic[T], frozen=True):
    """Some of a list."""

    items: list[T]
    next: str = ""
    """Ask again with this ``cursor`` for what follows; empty at the end."""


def sealed(*place: Any) -> str:
    """Make a cursor of the place at which a page ended."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).rstrip(b"=").decode()


def opened(cursor: str, *kinds: Any) -> tuple[Any, ...]:
    """Read a cursor whose parts are of ``kinds``; raises a WrongCursor error for any other text."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        place: tuple[Any, ...] = msgspec.json.decode(raw, type=tuple.__class_getitem__(kinds))
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise WrongCursor("this cursor is none that the list gave", where="query.cursor") from None
    return place


def cut(items: Iterable[T], asked: Paging, key: Callable[[T], str]) -> Page[T]:
    """Cut a page out of a list that is in memory whole; ``key`` tells items apart and gives their order."""
    ordered = sorted(items, key=key)
    if asked.cursor:
        [after] = opened(asked.cursor, str)
        ordered = [item for item in ordered if key(item) > after]
    page = ordered[: asked.limit]
    return Page(page, sealed(key(page[-1])) if len(ordered) > len(page) else "")
