"""Each verb of queue_log and its fields; and the file, whatever dies when."""

from __future__ import annotations

import random
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import msgspec
import pytest

from callflow.reporting.queue_log import QueueLogService
from callflow.reporting.queue_log_file import QueueLogFile
from callflow.settings import Settings
from records.folds.queue_log import QueueLogFold
from records.log import EventLog
from tests.records.traces import START, trace
from tests.reporting.both_ways import lines_of
from tests.reporting.days import Day

if TYPE_CHECKING:
    from pathlib import Path

    from records.events import Recorded

DAY = """
0    ControllerStarted version=1 live_calls=0
0    SiteLoaded version=v files=[]
1.5  AgentStateChanged agent=1001 before=logged_out after=paused reason=login phone=p1
3    AgentStateChanged agent=1001 before=paused after=ready phone=p1
5    CallArrived call=c1 leg=l1 dialed=1000 trunk=t subject=s1
6    ChoiceMade call=c1 menu=main result=chosen key=2
6    ChoiceMade call=c1 menu=main result=invalid key=7
7    QueueEntered call=c1 queue=sales priority=0 needs={} position=3
8    OfferMade offer=o1 call=c1 queue=sales agent=1001 phone=p1 deadline=1
8    AgentStateChanged agent=1001 before=ready after=reserved phone=p1
8.2  OfferRang offer=o1 call=c1 agent=1001 deadline=1
11.2 OfferEnded offer=o1 call=c1 queue=sales agent=1001 outcome=no_answer rang_s=3.0
11.2 AgentStateChanged agent=1001 before=ringing after=missed reason=no_answer phone=p1
12   AgentStateChanged agent=1001 before=missed after=ready phone=p1
12   OfferMade offer=o2 call=c1 queue=sales agent=1001 phone=p1 deadline=1
12.1 OfferRang offer=o2 call=c1 agent=1001 deadline=1
14.6 CallConnected offer=o2 call=c1 queue=sales agent=1001 wait_s=7.5
14.6 AgentStateChanged agent=1001 before=ringing after=talking phone=p1
74.9 TalkEnded call=c1 queue=sales agent=1001 by=agent talk_s=60.3
74.9 AgentStateChanged agent=1001 before=talking after=wrap_up phone=p1
76   SurveyAnswered call=c1 survey=csat score=4
77   CallEnded call=c1 outcome=completed by=agent cause=normal
80   AgentStateChanged agent=1001 before=wrap_up after=paused reason=lunch phone=p1
90   AgentStateChanged agent=1001 before=paused after=paused reason=meeting phone=p1
99   AgentStateChanged agent=1001 before=paused after=unreachable reason=gone phone=p1
101  AgentStateChanged agent=1001 before=unreachable after=logged_out phone=p1
"""
LINES = """
0|NONE|NONE|NONE|QUEUESTART|
0|NONE|NONE|NONE|CONFIGRELOAD|
1|NONE|NONE|Agent/1001|AGENTLOGIN|p1
1|NONE|NONE|Agent/1001|ADDMEMBER|
1|NONE|NONE|Agent/1001|PAUSEALL|login
3|NONE|NONE|Agent/1001|UNPAUSEALL|login
6|c1|NONE|NONE|IVR|main|2
7|c1|sales|NONE|ENTERQUEUE||s1|3
7|c1|sales|NONE|DID|1000
11|c1|sales|Agent/1001|RINGNOANSWER|3000
11|NONE|NONE|Agent/1001|PAUSEALL|missed
12|NONE|NONE|Agent/1001|UNPAUSEALL|missed
14|c1|sales|Agent/1001|CONNECT|8|o2|2
74|c1|sales|Agent/1001|COMPLETEAGENT|8|60|3
76|c1|sales|NONE|INFO|csat|4
80|NONE|NONE|Agent/1001|PAUSEALL|lunch
90|NONE|NONE|Agent/1001|UNPAUSEALL|lunch
90|NONE|NONE|Agent/1001|PAUSEALL|meeting
99|NONE|NONE|Agent/1001|UNPAUSEALL|meeting
99|NONE|NONE|Agent/1001|PAUSEALL|unreachable
101|NONE|NONE|Agent/1001|UNPAUSEALL|unreachable
101|NONE|NONE|Agent/1001|REMOVEMEMBER|
101|NONE|NONE|Agent/1001|AGENTLOGOFF|p1|100
"""


def since_start(lines: list[str]) -> list[str]:
    base = int(START.timestamp())
    return [f"{int(line.partition('|')[0]) - base}|{line.partition('|')[2]}" for line in lines]


def test_a_call_and_an_agent_s_shift() -> None:
    assert since_start(lines_of(trace(DAY))) == LINES.split("\n")[1:-1]


@pytest.mark.parametrize(
    ("reason", "line"),
    [
        ("abandoned", "ABANDON|2|3|31"),
        ("max_wait", "EXITWITHTIMEOUT|2|3|31"),
        ("overflow", "EXITWITHTIMEOUT|2|3|31"),
        ("closed", "EXITWITHTIMEOUT|2|3|31"),
        ("something_new", "EXITWITHTIMEOUT|2|3|31"),
        ("empty", "EXITEMPTY|2|3|31"),
        ("key", "EXITWITHKEY|key|2|3|31"),
        ("callback", "EXITWITHKEY|callback|2|3|31"),
    ],
)
def test_the_ways_out(reason: str, line: str) -> None:
    text = f"""
    0 QueueEntered call=c1 queue=sales priority=0 needs={{}} position=3
    30.5 QueueLeft call=c1 queue=sales reason={reason} wait_s=30.5 position=2
    """
    assert since_start(lines_of(trace(text)))[-1] == f"30|c1|sales|NONE|{line}"


def test_who_is_not_let_in_and_how_offers_come_to_nothing() -> None:
    text = "".join(f"0 QueueRefused call=c1 queue=sales reason={reason}\n" for reason in ("full", "empty"))
    for outcome in ("busy", "rejected", "caller_gone", "withdrawn", "taken", "unreachable", "new_word"):
        text += f"1 OfferEnded offer=o call=c queue=sales agent=1 outcome={outcome} rang_s=1.25\n"
    assert [line.split("|", 4)[4] for line in lines_of(trace(text))] == [
        "FULL|", "JOINEMPTY|", "RINGNOANSWER|1250", "RINGNOANSWER|1250", *["RINGCANCELED|1250"] * 5,
    ]  # fmt: skip


def test_what_would_break_a_line_is_taken_out() -> None:
    [line] = lines_of(trace("0 ChoiceMade call=c|1 menu=a|b~c result=chosen key=1"))
    assert line.partition("|")[2] == "c 1|NONE|NONE|IVR|a b c|1"


# ── the file ─────────────────────────────────────────────────────────────────────────────────────


class FakeLog(EventLog):
    """Only tells the number of the last event."""

    def __init__(self) -> None:
        self.last = 10**9

    @property
    def seq(self) -> int:
        return self.last


class FakeRuntime:
    def __init__(self, home: Path, *, wanted: bool = True) -> None:
        self.alarms: dict[str, str] = {}
        self.parts: list[object] = [Settings(home=home, queue_log=wanted), FakeLog()]

    def require(self, kind: type[Any]) -> Any:
        return next(part for part in self.parts if isinstance(part, kind))

    def subscribe(self, listener: Any, *kinds: Any) -> None:
        pass

    def alarm(self, name: str, detail: str) -> None:
        self.alarms[name] = detail

    def clear_alarm(self, name: str) -> None:
        self.alarms.pop(name, None)


def service(home: Path, **given: Any) -> QueueLogService:
    return QueueLogService.create(cast("Any", FakeRuntime(home, **given)))


@cache
def day() -> list[Recorded]:
    return Day(7, START.timestamp()).run(1800, calls_per_hour=200)


@pytest.mark.parametrize("seed", range(25))
def test_the_file_holds_every_line_once_whatever_dies_when(tmp_path: Path, seed: int) -> None:
    """Controllers die with lines not written, between lines and place, with old snapshots; logs rotate."""
    chance = random.Random(seed)
    events = day()
    expected = lines_of(events)
    path = tmp_path / "log" / "queue_log"
    rotated: list[Path] = []
    snapshot: Any = None
    at = kept = 0
    while at < len(events):
        running = service(tmp_path)
        if snapshot is not None:
            running.restore(msgspec.json.decode(msgspec.json.encode(snapshot)))
        for recorded in events[kept:at]:
            running.replay(recorded)
        running._open()
        for _ in range(chance.randint(5, 120)):
            if at >= len(events):
                break
            running.replay(events[at])
            at += 1
            draw = chance.random()
            if draw < 0.1:
                running._write()
            elif draw < 0.13:
                snapshot, kept = running.snapshot(), at
            elif draw < 0.14 and path.exists() and path.stat().st_size and not running._lines:
                moved = path.with_name(f"queue_log.{len(rotated)}")
                path.rename(moved)
                rotated.append(moved)
        if at >= len(events):
            running._write()
        elif chance.random() < 0.5 and running._lines:
            _die_between_lines_and_place(running)
        running._file.close()
    found = [line for file in [*rotated, path] if file.exists() for line in file.read_text().splitlines()]
    assert found == expected


def _die_between_lines_and_place(running: QueueLogService) -> None:
    running._file._follow_rotation()
    before = running._file._place_path.read_bytes()
    running._write()
    running._file._place_path.write_bytes(before)


def test_lines_torn_by_a_death_are_made_whole(tmp_path: Path) -> None:
    file = QueueLogFile(tmp_path / "queue_log")
    file.open()
    file.write(["one", "two"], 2)
    file.close()
    with (tmp_path / "queue_log").open("ab") as torn:
        torn.write(b"thr")
    again = QueueLogFile(tmp_path / "queue_log")
    again.open()
    assert again.seq == 2
    again.write(["three", "four"], 4)
    assert (tmp_path / "queue_log").read_text() == "one\ntwo\nthree\nfour\n"


def test_a_disk_that_takes_nothing_raises_an_alarm_and_loses_nothing(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("a file where the folder should be")
    running = service(tmp_path)
    runtime = cast("FakeRuntime", running._runtime)
    events = day()
    for recorded in events:
        running.replay(recorded)
    running._write()
    running._report()
    assert "can't be written" in runtime.alarms["queue_log"]
    (tmp_path / "log").unlink()
    running._write()
    running._report()
    assert not runtime.alarms
    assert (tmp_path / "log" / "queue_log").read_text().splitlines() == lines_of(events)


def test_switched_off_it_writes_nothing(tmp_path: Path) -> None:
    running = service(tmp_path, wanted=False)
    for recorded in day():
        running.replay(recorded)
    running._write()
    assert not (tmp_path / "log").exists()


def test_numbers_given_again_after_a_power_cut_are_written(tmp_path: Path) -> None:
    events = day()
    first = service(tmp_path)
    for recorded in events[:100]:
        first.replay(recorded)
    first._write()
    cut = service(tmp_path)
    cast("FakeRuntime", cut._runtime).require(FakeLog).last = 90
    for recorded in events[:90]:
        cut.replay(recorded)
    before = len((tmp_path / "log" / "queue_log").read_text().splitlines())
    for recorded in events[90:]:
        cut.replay(recorded)
    cut._write()
    after = len((tmp_path / "log" / "queue_log").read_text().splitlines())
    assert after - before == len(lines_of(events)) - len(lines_of(events[:90]))


def test_a_fold_goes_on_from_a_snapshot_anywhere() -> None:
    items = trace(DAY)
    for cut in range(len(items)):
        first, second = QueueLogFold(), QueueLogFold()
        lines = [line for item in items[:cut] for line in first.apply(item)]
        second.restore(msgspec.json.decode(msgspec.json.encode(first.snapshot())))
        lines += [line for item in items[cut:] for line in second.apply(item)]
        assert since_start(lines) == LINES.split("\n")[1:-1]


def test_a_call_that_an_agent_begins() -> None:
    fold = QueueLogFold()
    day = """
0   CallPlaced call=c1 leg=c1-p purpose=agent_call reference=1001 to=…63 trunk= subject=s1
0   AgentDialed call=c1 agent=1001 phone=p1 leg=x queue=sales subject=s1
8.5 AgentReached call=c1 agent=1001 queue=sales rang_s=8.5
68  TalkEnded call=c1 queue=sales agent=1001 by=agent talk_s=59.5
68  AgentDialOver call=c1 agent=1001 queue=sales outcome=completed
68  CallEnded call=c1 outcome=completed by=agent cause=normal
70  AgentDialed call=c2 agent=1001 phone=p1 leg=y subject=s2
75  AgentDialOver call=c2 agent=1001 outcome=busy
76  AgentDialed call=c3 agent=1001 phone=p1 leg=z colleague=1002
"""
    lines = [line.partition("|")[2] for recorded in trace(day) for line in fold.apply(recorded)]
    assert lines == [
        "c1|sales|Agent/1001|CALLOUTBOUND||s1",
        "c1|sales|Agent/1001|CONNECT|9|x|8",
        "c1|sales|Agent/1001|COMPLETEAGENT|9|60|1",
        "c2|NONE|Agent/1001|CALLOUTBOUND||s2",
        "c2|NONE|NONE|ABANDON|1|1|5",
    ]
