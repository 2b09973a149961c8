"""The service over restarts, and ``ringhall report`` from the database: the same figures."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, cast

import msgspec
import pytest

from callflow.reporting import command
from callflow.reporting.live import MetricsService
from callflow.settings import Settings
from records import events as e
from records.folds.metrics.calendar import INTERVALS, Calendar
from records.folds.metrics.counters import DIMENSIONS
from records.folds.metrics.tables import Sums, table
from records.folds.metrics.variants import Variant
from records.log import EventLog
from records.reading import LogReader
from records.reports import fold_metrics, report_metrics
from tests.records.homes import MASTER_KEY, Home, new_home
from tests.reporting.both_ways import lines_of
from tests.reporting.days import Day

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from records.events import Recorded

EVENING = datetime(2026, 11, 22, 14, 30, tzinfo=UTC).timestamp()
"""Half past ten at night in Shanghai: the day changes after 90 minutes."""
MIDNIGHT = EVENING + 5400


class Clock:
    def __init__(self, now: float) -> None:
        self.at = now

    def now(self) -> float:
        return self.at


class Runtime:
    """What a service is given, around a real log."""

    def __init__(self, home: Path, log: EventLog, clock: Clock) -> None:
        self.clock = clock
        self._log = log
        self._parts: list[object] = [Settings(home=home), log]

    def require(self, kind: type[Any]) -> Any:
        return next(part for part in self._parts if isinstance(part, kind))

    def subscribe(self, listener: Any, *kinds: Any) -> None:
        self._log.subscribe(listener, *kinds)


class Controllers:
    """Controllers that follow each other on one home; their lives end by a kill."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.clock = Clock(EVENING)
        self.service: MetricsService
        self.log: EventLog

    async def next(self) -> None:
        self.log = await EventLog.open(
            engine=self.home.engine, journal_dir=self.home.journal, site="s", node="n",
            now=self.clock.now, master_key=MASTER_KEY,
        )  # fmt: skip
        runtime = Runtime(self.home.folder, self.log, self.clock)
        self.service = MetricsService.create(cast("Any", runtime))
        snapshot, tail = await self.log.recover()
        if snapshot is not None:
            self.service.restore(snapshot.state["metrics"])
        async for recorded in tail:
            self.service.replay(recorded)

    async def live(self, events: list[Recorded]) -> None:
        for recorded in events:
            self.clock.at = recorded.at.timestamp()
            self.log.append(recorded.event)

    async def snapshot(self) -> None:
        await self.log.snapshot({"metrics": self.service.snapshot()})


@pytest.fixture
async def controllers(tmp_path: Path) -> AsyncIterator[Controllers]:
    async with new_home(tmp_path) as home:
        yield Controllers(home)


async def two_days(controllers: Controllers) -> list[Recorded]:
    """Let three controllers live through an evening, a midnight and the night after it."""
    day = Day(11, EVENING)
    events = day.run(4 * 3600, calls_per_hour=150)
    parts = [
        events[: len(events) // 4],
        events[len(events) // 4 : len(events) // 2],
        events[len(events) // 2 :],
    ]
    for number, part in enumerate(parts):
        await controllers.next()
        half = len(part) // 2
        await controllers.live(part[:half])
        if number:
            await controllers.snapshot()
        await controllers.live(part[half:])
        if number < len(parts) - 1:
            await controllers.log.flush()
            await controllers.log.abandon()
    controllers.clock.at = day.now
    return events


async def test_live_figures_are_those_of_the_database(controllers: Controllers) -> None:
    await two_days(controllers)
    await controllers.log.flush()
    calendar = Calendar("Asia/Shanghai")
    slots = calendar.slots_of(date(2026, 11, 23), date(2026, 11, 23))
    kinds = [(dimension, interval) for dimension in DIMENSIONS for interval in INTERVALS]
    sums = [Sums(calendar, dimension, interval, slots) for dimension, interval in kinds]
    with LogReader(controllers.home.url) as reader:
        assert reader.zone() == "Asia/Shanghai"
        report_metrics(reader, slots, sums, controllers.clock.at)
    for (dimension, interval), one in zip(kinds, sums, strict=True):
        told = controllers.service.today(dimension, interval)
        assert told["rows"] == table(one.lines(), dimension, Variant())
        assert told["day"] == "2026-11-23"
        assert sum(row["answered"] for row in told["rows"]) > 100
    await controllers.log.close()


async def test_yesterday_is_whole_although_reading_begins_in_its_middle(
    controllers: Controllers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What agents were doing when reading begins comes from as far back as their logins."""
    monkeypatch.setattr("records.reading.BEFORE_S", 1)
    events = await two_days(controllers)
    await controllers.log.close()
    calendar = Calendar("Asia/Shanghai")
    for day in (date(2026, 11, 22), date(2026, 11, 23)):
        slots = calendar.slots_of(day, day)
        sums, whole = (Sums(calendar, "agent", "15m", slots) for _ in range(2))
        with LogReader(controllers.home.url) as reader:
            report_metrics(reader, slots, [sums], controllers.clock.at)
        fold_metrics(events, slots, [whole], controllers.clock.at)
        assert table(sums.lines(), "agent", Variant()) == table(whole.lines(), "agent", Variant())


# ── the command ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def recorded(controllers: Controllers, monkeypatch: pytest.MonkeyPatch) -> list[Recorded]:
    events = await two_days(controllers)
    await controllers.log.close()
    monkeypatch.setenv("RINGHALL_HOME", str(controllers.home.folder))
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setattr("time.time", lambda: controllers.clock.at)
    return events


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert command.main(list(arguments)) == 0
    return capsys.readouterr().out


async def test_a_day_as_json_csv_and_table(
    recorded: list[Recorded], capsys: pytest.CaptureFixture[str]
) -> None:
    told = json.loads(run(capsys, "2026-11-22", "--json"))
    assert (told["from"], told["time_zone"], told["by"]) == ("2026-11-22", "Asia/Shanghai", "queue")
    offered = {"any": 0, "cards": 0, "loans": 0}
    for one in recorded:
        if isinstance(one.event, e.QueueEntered) and one.at.timestamp() < MIDNIGHT:
            offered[one.event.queue] += 1
    assert {row["queue"]: row["offered"] for row in told["rows"]} == offered
    rows = list(csv.DictReader(io.StringIO(run(capsys, "2026-11-22", "--csv"))))
    assert {row["queue"]: int(row["offered"]) for row in rows} == offered
    shown = run(capsys, "2026-11-22")
    assert "2026-11-22 (Asia/Shanghai)" in shown
    assert "service level" in shown
    assert str(offered["cards"]) in shown
    assert "answer rate at peak" in shown


async def test_several_days_by_hour(recorded: list[Recorded], capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(
        run(
            capsys, "--from", "2026-11-22", "--to", "2026-11-23", "--by", "site", "--interval", "1h", "--json"
        )
    )
    assert [row["interval"] for row in told["rows"]][:3] == [
        "2026-11-22T22:00:00+08:00", "2026-11-22T23:00:00+08:00", "2026-11-23T00:00:00+08:00",
    ]  # fmt: skip
    entered = sum(isinstance(one.event, e.QueueEntered) for one in recorded)
    assert sum(row["offered"] for row in told["rows"]) == entered


async def test_another_variant_is_named_and_counts(
    recorded: list[Recorded], capsys: pytest.CaptureFixture[str]
) -> None:
    shown = run(capsys, "today", "--service-level", "90/10", "--short-abandon", "0s")
    assert "service level 90/10, short abandon 0 s" in shown
    strict, lax = (
        json.loads(run(capsys, "today", "--by", "site", "--json", "--service-level", level))["rows"][0]
        for level in ("80/1", "80/600")
    )
    assert strict["service_level"] < lax["service_level"]


async def test_the_queue_log_of_a_day(recorded: list[Recorded], capsys: pytest.CaptureFixture[str]) -> None:
    every = lines_of(recorded)
    evening = run(capsys, "queue-log", "--day", "2026-11-22").splitlines()
    night = run(capsys, "queue-log", "--day", "today").splitlines()
    assert evening + night == every
    assert all(int(line.partition("|")[0]) < MIDNIGHT for line in evening)


async def test_repeat_contacts_of_the_day(
    controllers: Controllers, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await controllers.next()
    for number, (subject, queue, hours) in enumerate(
        [("ann", "sales", 0), ("ann", "sales", 30), ("bob", "sales", 1), ("bob", "support", 2),
         ("cy", "sales", 3), ("cy", "sales", 3 + 24 * 8)]
    ):  # fmt: skip
        controllers.clock.at = EVENING + hours * 3600
        call = f"c{number}"
        for event in (
            e.CallArrived(call=call, leg="l", dialed="1000", trunk="t", subject=subject),
            e.QueueEntered(call=call, queue=queue, priority=0, needs={}, position=1),
            e.CallConnected(offer="o", call=call, queue=queue, agent="1001", wait_s=1.0),
            e.TalkEnded(call=call, queue=queue, agent="1001", by="caller", talk_s=9.0),
            e.CallEnded(call=call, outcome="completed", by="caller", cause="normal"),
        ):
            controllers.log.append(event)
    await controllers.log.close()
    monkeypatch.setenv("RINGHALL_HOME", str(controllers.home.folder))
    monkeypatch.setattr("time.time", lambda: controllers.clock.at)
    told = json.loads(run(capsys, "2026-11-22", "--zone", "UTC", "--json"))
    found = {row["queue"]: (row["fcr"], row["repeat_contact"]) for row in told["rows"]}
    assert found == {"sales": (pytest.approx(2 / 3), pytest.approx(1 / 3)), "support": (1.0, 0.0)}
    assert told["repeats"] == {
        "contacts": 4, "resolved": 3, "customers": 4, "repeating": 1, "window_days": 7,
        "method": "by queue, for want of wrap-up codes", "complete": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["2026-13-01"], "'2026-13-01' is no day; write it as"),
        (["--by", "quue"], "there is no dimension 'quue'; did you mean queue? there are: site, queue, agent"),
        (["--zone", "Mars/Olympus"], "there is no time zone 'Mars/Olympus'"),
        (["--interval", "5m"], "'5m' is no interval; there are: 15m, 1h, 1d"),
        (["--service-level", "120/20"], "'120/20' is no service level"),
        (["--short-abandon", "soon"], "'soon' is no time in whole seconds"),
        (["today", "--from", "yesterday"], "exclude each other"),
        (["--to", "today"], "--to needs --from"),
        (["--from", "today", "--to", "yesterday"], "exchange them"),
        (["--from", "2001-01-01"], "ask for less at a time"),
        (["--jsno"], "unrecognized arguments: --jsno; see: ringhall report --help"),
        (["queue-log", "--day", "soon"], "'soon' is no day"),
        (["today", "extra"], "unrecognized arguments: extra"),
    ],
)
async def test_a_mistake_is_one_line_with_the_remedy(
    controllers: Controllers,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.setenv("RINGHALL_HOME", str(controllers.home.folder))
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    assert ended.value.code == 1
    told = capsys.readouterr().err
    assert told.startswith("ringhall: ")
    assert told.count("\n") == 1
    assert said in told


def test_without_a_database_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RINGHALL_HOME", str(tmp_path))
    with pytest.raises(SystemExit):
        command.main([])
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "there is no database" in told
    assert not list(tmp_path.iterdir()), "a question makes no database"


async def test_an_event_counts_once_however_often_it_is_told(controllers: Controllers) -> None:
    await controllers.next()
    recorded = controllers.log.append(
        e.QueueEntered(call="c", queue="sales", priority=0, needs={}, position=1)
    )
    controllers.service.replay(recorded)
    [row] = controllers.service.today("queue")["rows"]
    assert row["offered"] == 1
    await controllers.log.close()


async def test_a_snapshot_encodes_only_what_changed(controllers: Controllers) -> None:
    await two_days(controllers)
    fold = controllers.service._fold
    first = fold.snapshot()["slots"]
    newest = str(fold.shelf.newest)
    controllers.clock.at += 1
    controllers.service.totals()
    second = fold.snapshot()["slots"]
    assert [slot for slot in first if second[slot] is not first[slot]] == [newest]
    assert msgspec.json.decode(msgspec.json.encode(second)).keys() == second.keys()
    await controllers.log.close()
