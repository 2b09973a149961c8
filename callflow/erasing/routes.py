"""Erasing a person over the HTTP API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

import msgspec
from msgspec import Meta

from callflow.api import Asked, ErrorKind, Role, route
from callflow.erasing.forms import WrongNumber
from callflow.erasing.service import Erasing, Erasure, NoSuchCall

if TYPE_CHECKING:
    from callflow.protocol import Runtime

NOBODY = ErrorKind(
    "no-such-person",
    404,
    "There is no call of that id.",
    "see /api/v1/records, and /api/v1/calls for those on; or give the number",
)
NOT_CLEAR = ErrorKind(
    "person-not-clear",
    422,
    "The number is none, or may be several people's; or neither number nor call was given, or both.",
    "give either the number with its country code (+46…), or a call's id",
)


class Whom(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is to be erased: one of the two."""

    number: Annotated[str, Meta(max_length=40)] = ""
    """Whoever calls from it, in whatever form trunks show it."""
    call: Annotated[str, Meta(max_length=100)] = ""
    """Whoever is the other side of it; the only way to somebody without a number."""


class ErasureRoutes:
    """Handlers."""

    tag: ClassVar[str] = "people"

    def __init__(self, erasing: Erasing) -> None:
        self._erasing = erasing

    @classmethod
    def create(cls, runtime: Runtime) -> ErasureRoutes:
        """Make the group."""
        return cls(runtime.require(Erasing))

    @route("POST", "/erasures", "Erase a person", roles={Role.ADMIN}, errors=[NOBODY, NOT_CLEAR])
    async def erase(self, asked: Asked, body: Whom) -> Erasure:
        """Destroy what is known of somebody, for ever.

        Numbers, what they said and typed, recordings, messages, entries of lists.  Records of their calls
        stay, and are about nobody.
        """
        if bool(body.number) == bool(body.call):
            raise NOT_CLEAR("give either a number or a call", where="body")
        try:
            if body.call:
                return await self._erasing.erase_caller(body.call, asked.by)
            return await self._erasing.erase_number(body.number, asked.by)
        except NoSuchCall as error:
            raise NOBODY(str(error), where="body.call") from None
        except WrongNumber as error:
            raise NOT_CLEAR(str(error), where="body.number") from None
