"""How a request gets from the generated methods to Asterisk: one abstract call, and its wire form."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import msgspec

from telephony.ari.errors import AriError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Scalar = str | int | float | bool
    Params = Mapping[str, Scalar | Sequence[str] | None]
    """Query parameters by ARI's names; None means not given."""

T = TypeVar("T")


class Transport(ABC):
    """Carries one request to Asterisk and brings the answer's body back."""

    @abstractmethod
    async def send(self, method: str, path: str, params: Params, body: Any) -> bytes:
        """Send ``method path?params`` with ``body`` as JSON; return the answer's body.

        ``path`` is relative to ``/ari/`` and its parts are quoted already.  Raises
        :class:`~telephony.ari.errors.AriError` or one of its kinds.
        """

    async def ask(
        self, method: str, path: str, decoder: msgspec.json.Decoder[T], params: Params, body: Any = None
    ) -> T:
        """Send a request and decode its answer; an answer of another shape is an :class:`AriError`."""
        answer = await self.send(method, path, params, body)
        try:
            return decoder.decode(answer)
        except msgspec.MsgspecError as error:
            why = f"the answer has not the shape that Asterisk's descriptions promise ({error})"
            raise AriError(0, why, method, path) from error


def part(value: str) -> str:
    """Quote one part of a path."""
    return quote(value, safe="")


def wire_form(path: str, params: Params, body: Any) -> tuple[str, Any]:
    """Give the URI (path and query) and the body of a request.

    Asterisk splits lists in a query at their commas; a list with a comma inside an item is therefore
    put into the body, where every parameter may stand as well.
    """
    pairs: list[str] = []
    for name, value in params.items():
        if value is None:
            continue
        if isinstance(value, bool):
            pairs.append(f"{name}={'true' if value else 'false'}")
        elif isinstance(value, str):
            pairs.append(f"{name}={quote(value, safe='/:@')}")
        elif isinstance(value, (int, float)):
            pairs.append(f"{name}={value}")
        elif any("," in item for item in value):
            body = {**(body or {}), name: list(value)}
        else:
            pairs.append(f"{name}={','.join(quote(item, safe='/:@') for item in value)}")
    return (f"{path}?{'&'.join(pairs)}" if pairs else path), body
