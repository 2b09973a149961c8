"""The body of a request as a file on the disk: never in memory whole, and of bounded size."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

CSV, FORM = "text/csv", "multipart/form-data"
TYPES = (CSV, FORM)
MOST_BYTES = 512 * 1024 * 1024
"""Ten million lines of a number and a name."""
_CHUNK = 256 * 1024


class UploadError(Exception):
    """The body is no file; the message says why."""


class TooMuchError(Exception):
    """The file is larger than may be; the message says how large that is."""


async def keep(request: web.Request, to: Path, most: int = MOST_BYTES) -> int:
    """Write the file that a request brings, as its body or as the first file of a form; gives its bytes.

    Raises UploadError, TooMuchError, OSError.
    """
    size = 0
    file = await asyncio.to_thread(to.open, "wb")
    try:
        async for chunk in _chunks(request):
            size += len(chunk)
            if size > most:
                raise TooMuchError(f"the file has more than {most:,} bytes")
            await asyncio.to_thread(file.write, chunk)
    finally:
        await asyncio.to_thread(file.close)
    if not size:
        raise UploadError("the file is empty")
    return size


async def _chunks(request: web.Request) -> AsyncIterator[bytes]:
    kind = request.content_type
    if kind == FORM:
        async for chunk in _of_form(request):
            yield chunk
    elif kind in {CSV, "text/plain", "application/octet-stream"}:
        async for chunk in request.content.iter_chunked(_CHUNK):
            yield chunk
    else:
        raise UploadError(f"a body of the type {kind[:60]!r} is no file; send {CSV} or {FORM}")


async def _of_form(request: web.Request) -> AsyncIterator[bytes]:
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if isinstance(part, BodyPartReader) and (part.filename or part.name == "file"):
                while chunk := await part.read_chunk(_CHUNK):
                    yield chunk
                return
    except (ValueError, AssertionError, RuntimeError, HttpProcessingError) as error:
        raise UploadError(f"the form can't be read: {str(error)[:200]}") from None
    raise UploadError("the form has no file; name its field file")
