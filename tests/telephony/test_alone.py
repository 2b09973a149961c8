"""Who is looked after while no controller runs, and who is left alone."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from telephony.asterisk.alone import CONTEXT, GRACE_S, MESSAGE, Guard, GuardThread, Notes, variables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LEG = "0123456789abcdef-p"


class Asterisk(ThreadingHTTPServer):
    """ARI, as far as the guard asks it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.legs: list[dict[str, Any]] = []
        self.bridges: list[dict[str, Any]] = []
        self.messages: dict[str, str] = {}
        self.sent: list[tuple[str, str]] = []
        self.asked = 0

    def leg(self, name: str = LEG, state: str = "Up", context: str = "", message: str = "/a/b") -> None:
        self.legs.append({"id": name, "state": state, "dialplan": {"context": context}})
        if message:
            self.messages[name] = message


class Answers(BaseHTTPRequestHandler):
    """See :class:`Asterisk`."""

    server: Asterisk

    def do_GET(self) -> None:
        self.server.asked += 1
        path = urlsplit(self.path)
        if not self.headers["Authorization"].startswith("Basic "):
            self.answer(401, {})
        elif path.path == "/ari/channels":
            self.answer(200, self.server.legs)
        elif path.path == "/ari/bridges":
            self.answer(200, self.server.bridges)
        else:
            assert parse_qs(path.query)["variable"] == [MESSAGE]
            value = self.server.messages.get(path.path.split("/")[3])
            self.answer(404 if value is None else 200, {"value": value})

    def do_POST(self) -> None:
        path = urlsplit(self.path)
        self.server.sent.append((path.path.split("/")[3], parse_qs(path.query)["context"][0]))
        self.answer(204, None)

    def answer(self, status: int, body: Any) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def asterisk() -> Iterator[Asterisk]:
    server = Asterisk()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


class Clock:
    """Stands until it is moved."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def guard(asterisk: Asterisk, tmp_path: Path, clock: Clock) -> Guard:
    return Guard(("127.0.0.1", asterisk.server_port, "ringhall", "secret"), tmp_path / "control.sock", clock)


def looks(guard: Guard, clock: Clock) -> list[str]:
    """Look, and again when a controller has had its time."""
    first = guard.look()
    assert not first
    clock.now += GRACE_S + 0.01
    return guard.look()


def test_who_answers_alone_is_told_after_a_moment(asterisk: Asterisk, guard: Guard, clock: Clock) -> None:
    asterisk.leg()
    assert looks(guard, clock) == [LEG]
    assert asterisk.sent == [(LEG, CONTEXT)]


@pytest.mark.parametrize("case", ["ringing", "in a talk", "told already", "no message", "served", "a caller"])
def test_who_is_left_alone(asterisk: Asterisk, guard: Guard, clock: Clock, case: str) -> None:
    match case:
        case "ringing":
            asterisk.leg(state="Ringing")
        case "in a talk":
            asterisk.leg()
            asterisk.bridges.append({"id": "talk-1", "channels": [LEG, "other"]})
        case "told already":
            asterisk.leg(context=CONTEXT)
        case "no message":
            asterisk.leg(message="")
        case "served":
            asterisk.leg()
            asterisk.messages[LEG] = ""
        case _:
            asterisk.leg("1790000000.12")
    assert looks(guard, clock) == []
    assert not asterisk.sent


def test_a_controller_that_is_there_has_them(
    asterisk: Asterisk, guard: Guard, clock: Clock, tmp_path: Path
) -> None:
    asterisk.leg()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as control:
        control.bind(str(tmp_path / "control.sock"))
        control.listen()
        assert looks(guard, clock) == []
        assert not asterisk.asked
    # a file that a dead one left is none
    assert looks(guard, clock) == [LEG]


async def test_an_asterisk_that_is_gone_ends_no_guard(tmp_path: Path) -> None:
    guard = GuardThread(Guard(("127.0.0.1", 9, "ringhall", "secret"), tmp_path / "control.sock"))
    guard.keep(on=True)
    guard.keep(on=True)
    await asyncio.sleep(0.4)
    guard.keep(on=False)
    await asyncio.sleep(0.4)
    guard.keep(on=True)
    guard.keep(on=False)


def test_notes_are_read_and_forgotten(tmp_path: Path) -> None:
    notes = Notes(tmp_path)
    assert notes.all() == []
    folder = tmp_path / "alone"
    folder.mkdir()
    (folder / "a-p").write_text("told")
    (folder / "b-p2").write_text("told")
    (folder / "b-p2.nine").write_text("9")
    assert {(told.leg, told.nine) for told in notes.all()} == {("a-p", False), ("b-p2", True)}
    notes.forget("b-p2")
    notes.forget("never")
    assert [told.leg for told in notes.all()] == ["a-p"]


def test_a_leg_without_a_message_carries_nothing() -> None:
    assert variables([], ["/farewell"]) == {}
    assert variables(["/a", "/b"], [])[MESSAGE] == "/a&/b"
