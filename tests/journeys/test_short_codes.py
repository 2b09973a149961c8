"""An agent with nothing but a telephone: short codes, confirmed by voice, and a PIN that nobody keeps."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from records import events as e
from tests.harness.talk import Listener
from tests.journeys.house import JOURNEY, PINS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from telephony.peers.softphone import Softphone
    from tests.journeys.house import House

pytestmark = JOURNEY

TYPIST, GUESSED = "1006", "1007"
MISTYPED, MISTYPED_PIN = "818181", "929292"


async def dial(house: House, phone: Softphone, code: str, keys: str = "") -> None:
    """Dial a code, type after it if asked, hear the voice at the end, until the server hangs up."""
    before = len(phone.calls)
    await phone.dial(code)
    await phone.established()
    assert len(phone.calls) == before + 1
    if keys:
        await phone.press(keys)
        await asyncio.sleep(0.3 * len(keys))  # baresip presses four keys a second
    await Listener(phone).expect_sound(0.5)
    await phone.over(12)


async def test_a_day_at_the_phone(house: House) -> None:
    phone = await house.phone()
    await phone.dial("*70")
    await phone.established()
    await phone.press(f"{MISTYPED}#{MISTYPED_PIN}#")  # a PIN, typed where the number is asked for
    await house.sees(e.LoginRefused, reason="unknown_agent", agent="")
    await phone.press(f"{TYPIST}#{PINS[TYPIST]}#")
    await house.state(TYPIST, "paused", "login", seconds=10)
    await phone.over(12)
    await dial(house, phone, "*72")
    await house.state(TYPIST, "ready")
    caller = await house.waiting_caller("2000")
    await house.sees(e.CallConnected, call=caller.call, agent=TYPIST)
    await caller.hang_up()
    await house.ended(caller, "completed", "caller", (TYPIST, "answered"))
    await house.state(TYPIST, "wrap_up")
    await phone.over()
    await dial(house, phone, "*732")
    await house.state(TYPIST, "paused", "lunch")
    await dial(house, phone, "*73", "3")
    await house.state(TYPIST, "paused", "meeting")
    await dial(house, phone, "*79")  # no such code
    await house.state(TYPIST, "paused", "meeting")
    await dial(house, phone, "*71")
    await house.state(TYPIST, "logged_out")
    await dial(house, phone, "*72")  # nobody is logged in on this phone
    await house.state(TYPIST, "logged_out")
    # calls to short codes are no callers' calls
    assert [event.call for event in house.seen(e.CallArrived)] == [caller.call]
    _typed_digits_are_nowhere(house.server.home)


async def test_a_wrong_pin_and_a_lock(house: House) -> None:
    """Three tries in a call, five over calls and phones; then even the right PIN is refused."""
    one, other = await house.phone(), await house.phone()

    async def try_wrong(phone: Softphone, count: int) -> None:
        await phone.dial("*70")
        await phone.established()
        for done in range(count):
            await phone.press(f"{GUESSED}#1#")
            await house.sees(e.LoginRefused, seconds=10, phone=phone.name, count=done + 1)

    await asyncio.gather(try_wrong(one, 3), try_wrong(other, 2))
    refused = house.seen(e.LoginRefused)
    assert [(event.agent, event.reason) for event in refused] == [(GUESSED, "wrong_pin")] * 5
    await one.over(8)  # hung up on after the third
    await other.hang_up()
    await other.over()
    await dial(house, other, "*70", f"{GUESSED}#{PINS[GUESSED]}#")
    assert house.seen(e.LoginRefused)[-1].reason == "locked"
    await house.state(GUESSED, "logged_out")


def _typed_digits_are_nowhere(home: Path) -> None:
    """Neither a right PIN nor a mistyped one is in any file of the server: the directory has only a hash."""
    files = list(_files(home))
    assert len(files) > 5
    for path in files:
        content = path.read_bytes()
        for typed in (PINS[TYPIST], MISTYPED, MISTYPED_PIN):
            # a longer number may have the same digits in it: a time to the microsecond did
            found = re.search(rb"(?<![0-9])%b(?![0-9])" % typed.encode(), content)
            assert found is None, f"{typed} is in {path}"


def _files(home: Path) -> Iterator[Path]:
    """Give what the server writes while it runs: logs, journal, database and its log."""
    yield home / "controller.log"
    yield from home.glob("ringhall.db*")
    yield from (path for path in (home / "journal").rglob("*") if path.is_file())
    yield from (path for path in (home / "asterisk" / "log").rglob("*") if path.is_file())
