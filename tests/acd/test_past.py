"""What is told from an index or a snapshot is what folding the whole log gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from acd.explain.decisions import Decision, Walk
from acd.explain.past import past
from records import events as e
from records.history import History
from tests.acd.days import Day
from tests.acd.logs import written
from tests.acd.test_verdicts import told

if TYPE_CHECKING:
    from pathlib import Path


def without_rounding(decision: Decision) -> Decision:
    """Idle times of agents who are ready for long are not looked for further back than need be."""
    return msgspec.structs.replace(
        decision, verdicts=[msgspec.structs.replace(one, since=None) for one in decision.verdicts]
    )


@pytest.mark.parametrize(("seed", "snapshots"), [(1, 0), (2, 0), (3, 0), (4, 5), (5, 5)])
async def test_each_call_is_told_alike(tmp_path: Path, seed: int, snapshots: int) -> None:
    day = Day(seed, steps=200)
    url = await written(day.log, tmp_path, snapshots=snapshots)
    whole = [one for one in told(day).decisions if one.moment != "now"]
    calls = list(dict.fromkeys(one.call for one in whole))
    with History(url) as history:
        for call in calls:
            entered = next(one for one in history.of_call(call) if isinstance(one.event, e.QueueEntered))
            stretch = past(history, entered, history.last)
            walk = Walk(stretch.floor, calls={call})
            for one in stretch.events:
                walk.take(one)
            walk.now(history.last + 1, day.floor.now)
            got = [one for one in walk.decisions if one.moment != "now"]
            want = [one for one in whole if one.call == call]
            for mine, theirs in zip(map(without_rounding, got), map(without_rounding, want), strict=True):
                assert differing(mine, theirs) == []
            assert not stretch.todays_skills


def differing(mine: Decision, theirs: Decision) -> list[str]:
    """Name what two tellings of a decision say differently."""
    a, b = msgspec.to_builtins(mine), msgspec.to_builtins(theirs)
    a |= {f"{one['agent']}.{name}": value for one in a.pop("verdicts") for name, value in one.items()}
    b |= {f"{one['agent']}.{name}": value for one in b.pop("verdicts") for name, value in one.items()}
    return [
        f"{name}: {a.get(name)} / {b.get(name)}" for name in sorted({*a, *b}) if a.get(name) != b.get(name)
    ]
