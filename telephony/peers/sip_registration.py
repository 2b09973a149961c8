"""One SIP REGISTER with digest authentication, for what a softphone can't be told to do.

A phone that has lost its registration goes on ringing; baresip would end its calls first.  So the contact
is removed here, beside the phone, with the phone's own credentials.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_RETRY_S = (0.5, 1.0, 2.0)  # timer E of RFC 3261, bounded


class RegistrationRefused(Exception):  # noqa: N818 - named for what happened
    """The registrar refused, or did not answer."""


async def unregister(server: str, name: str, secret: str, *, address: str = "127.0.0.1") -> None:
    """Remove every contact of the phone ``name`` at ``server`` (``host:port``, UDP).

    Raises :class:`RegistrationRefused`.
    """
    await _register(server, name, secret, contact="*", expires_s=0, address=address)


async def register(
    server: str, name: str, secret: str, contact: str, *, expires_s: int = 60, address: str = "127.0.0.1"
) -> None:
    """Say that the phone ``name`` is at ``contact`` (``sip:…``), whoever is there.

    Raises :class:`RegistrationRefused`.
    """
    await _register(server, name, secret, contact=f"<{contact}>", expires_s=expires_s, address=address)


async def _register(
    server: str, name: str, secret: str, *, contact: str, expires_s: int, address: str
) -> None:
    host, port = server.rsplit(":", 1)
    loop = asyncio.get_running_loop()
    transport, answers = await loop.create_datagram_endpoint(
        _Answers, local_addr=(address, 0), remote_addr=(host, int(port))
    )
    try:
        local = f"{address}:{transport.get_extra_info('sockname')[1]}"
        request = _Request(server, name, local, contact=contact, expires_s=expires_s)
        status, headers = await _ask(transport, answers, request.text(1, ""))
        if status == 401:
            challenge = challenge_of(headers.get("www-authenticate", ""))
            answer = digest_answer(challenge, name, secret, "REGISTER", request.uri)
            status, headers = await _ask(transport, answers, request.text(2, answer))
        if status != 200:
            what = "register" if expires_s else "unregister"
            raise RegistrationRefused(f"{server} refused to {what} {name}: status {status}")
    finally:
        transport.close()


def digest_answer(challenge: Mapping[str, str], name: str, secret: str, method: str, uri: str) -> str:
    """Give the Authorization header's value for an MD5 challenge (RFC 2617)."""
    realm, nonce = challenge["realm"], challenge["nonce"]
    who = _md5(f"{name}:{realm}:{secret}")
    what = _md5(f"{method}:{uri}")
    parts = [f'Digest username="{name}"', f'realm="{realm}"', f'nonce="{nonce}"', f'uri="{uri}"']
    if "auth" in challenge.get("qop", ""):
        own = secrets.token_hex(8)
        parts += [f'cnonce="{own}"', "nc=00000001", "qop=auth"]
        response = _md5(f"{who}:{nonce}:00000001:{own}:auth:{what}")
    else:
        response = _md5(f"{who}:{nonce}:{what}")
    parts += [f'response="{response}"', "algorithm=MD5"]
    if "opaque" in challenge:
        parts.append(f'opaque="{challenge["opaque"]}"')
    return ", ".join(parts)


class _Request:
    def __init__(self, server: str, name: str, local: str, *, contact: str, expires_s: int) -> None:
        self.uri = f"sip:{server}"
        self._name = name
        self._local = local
        self._contact = contact
        self._expires_s = expires_s
        self._call = secrets.token_hex(8)

    def text(self, number: int, authorization: str) -> bytes:
        """Write the request as it goes over the wire."""
        who = f"<sip:{self._name}@{self.uri.removeprefix('sip:')}>"
        lines = [
            f"REGISTER {self.uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {self._local};branch=z9hG4bK{self._call}{number};rport",
            f"From: {who};tag={self._call}",
            f"To: {who}",
            f"Call-ID: {self._call}",
            f"CSeq: {number} REGISTER",
            f"Contact: {self._contact}",
            f"Expires: {self._expires_s}",
            "Max-Forwards: 70",
            *([f"Authorization: {authorization}"] if authorization else []),
            "Content-Length: 0",
        ]
        return "\r\n".join([*lines, "", ""]).encode()


class _Answers(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.queue: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002 - asyncio's signature
        self.queue.put_nowait(data)


async def _ask(
    transport: asyncio.DatagramTransport, answers: _Answers, request: bytes
) -> tuple[int, dict[str, str]]:
    cseq = re.search(rb"CSeq: (\d+)", request)
    for wait_s in _RETRY_S:
        transport.sendto(request)
        try:
            async with asyncio.timeout(wait_s):
                while True:
                    status, headers = parse(await answers.queue.get())
                    if status >= 200 and cseq and headers.get("cseq", "").startswith(cseq[1].decode()):
                        return status, headers
        except TimeoutError:
            continue
    raise RegistrationRefused(f"no answer to REGISTER in {sum(_RETRY_S):g} s")


def parse(data: bytes) -> tuple[int, dict[str, str]]:
    """Give a response's status, 0 for a request, and its headers, named in lower case."""
    first, *rest = data.decode(errors="replace").split("\r\n")
    words = first.split(" ")
    headers = {key.strip().lower(): value.strip() for key, _, value in (line.partition(":") for line in rest)}
    return (int(words[1]) if words[0] == "SIP/2.0" and len(words) > 1 else 0), headers


def challenge_of(header: str) -> dict[str, str]:
    """Give the parts of a challenge to authenticate."""
    return {
        key: quoted or bare for key, quoted, bare in re.findall(r'(\w+)=(?:"([^"]*)"|([^",\s]+))', header)
    }


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
