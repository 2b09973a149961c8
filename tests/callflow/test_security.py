from collections.abc import AsyncIterator

from callflow.security import PER_MINUTE, note_security_events
from records.events import Event, SecurityNoticed
from telephony.security import SecurityEvent


class Flood:
    """So many wrong passwords, then the end."""

    def __init__(self, count: int, account: str = "phone-1") -> None:
        self._count = count
        self._account = account

    async def events(self) -> AsyncIterator[SecurityEvent]:
        for _ in range(self._count):
            yield SecurityEvent(
                kind="InvalidPassword",
                service="PJSIP",
                account=self._account,
                address="192.0.2.1",
                port=5060,
                transport="UDP",
                at="",
            )


async def test_a_refused_password_is_on_record() -> None:
    noted: list[Event] = []
    await note_security_events(Flood(1), noted.append, lambda: 0.0)
    assert noted == [SecurityNoticed(kind="InvalidPassword", account="phone-1", address="192.0.2.1")]


async def test_a_refused_callers_number_is_masked() -> None:
    noted: list[Event] = []
    await note_security_events(Flood(1, "+442071838750"), noted.append, lambda: 0.0)
    assert noted == [SecurityNoticed(kind="InvalidPassword", account="…50", address="192.0.2.1")]


async def test_a_scanner_does_not_fill_the_log() -> None:
    noted: list[Event] = []
    await note_security_events(Flood(PER_MINUTE * 10), noted.append, lambda: 0.0)
    assert len(noted) == PER_MINUTE
