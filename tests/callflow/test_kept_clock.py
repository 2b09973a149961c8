"""The clock over a restart, when somebody sets the machine's meanwhile."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from callflow import kept_clock
from callflow.clock import SteadyClock
from callflow.kept_clock import ALARM, RECENT_S, ClockKeeper, go_on

if TYPE_CHECKING:
    from pathlib import Path

HOUR_S = 3600.0


class Admin:
    def __init__(self) -> None:
        self.alarms: dict[str, str] = {}

    def alarm(self, name: str, words: str) -> None:
        self.alarms[name] = words

    def clear(self, name: str) -> None:
        self.alarms.pop(name, None)


def keeper(clock: SteadyClock, home: Path, admin: Admin | None = None) -> ClockKeeper:
    admin = admin or Admin()
    return ClockKeeper(clock, home, admin.alarm, admin.clear)


@pytest.mark.parametrize("jump_s", [HOUR_S, -HOUR_S])
def test_it_goes_on_when_the_machines_was_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump_s: float
) -> None:
    before = go_on(tmp_path)
    keeper(before, tmp_path).keep()
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + jump_s)
    after = go_on(tmp_path)
    assert after.now() == pytest.approx(before.now(), abs=0.1)
    assert after.now() == pytest.approx(time.time() - jump_s, abs=0.1)


def test_after_a_longer_stop_the_machines_clock_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper(SteadyClock(base=0.0), tmp_path).keep()
    real = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: real() + RECENT_S + 1)
    assert go_on(tmp_path).now() == pytest.approx(time.time(), abs=0.1)


@pytest.mark.parametrize("spoilt", ["absent", "rubbish", "booted"])
def test_what_can_not_be_trusted_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoilt: str) -> None:
    keeper(SteadyClock(base=0.0), tmp_path).keep()
    match spoilt:
        case "absent":
            (tmp_path / "clock").unlink()
        case "rubbish":
            (tmp_path / "clock").write_bytes(b"{")
        case _:
            monkeypatch.setattr(kept_clock, "_boot", lambda: "another")
    assert go_on(tmp_path).now() == pytest.approx(time.time(), abs=0.1)


def test_the_admin_hears_of_it(tmp_path: Path) -> None:
    admin = Admin()
    keeper(SteadyClock(), tmp_path, admin).look()
    assert admin.alarms == {}
    apart = keeper(SteadyClock(base=SteadyClock().base - HOUR_S), tmp_path, admin)
    apart.look()
    assert "+3600 s" in admin.alarms[ALARM]
    keeper(SteadyClock(), tmp_path, admin).look()
    assert admin.alarms == {}
