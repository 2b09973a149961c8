"""``ringhall replay``: a recorded day under another strategy, other settings or with other people."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import typer

from acd.config import QueueDefinition
from acd.core.errors import AcdError
from acd.explain.past import past
from acd.replay.changes import WrongChange, settings_of, staffing_of, strategy_of
from acd.replay.observed import Observed, Reader
from acd.replay.patience import FEW
from acd.replay.run import Judged, as_it_was, replayed
from acd.replay.world import Changes
from callflow.settings import SettingsError, load_settings
from records.errors import RecordsError
from records.events import AgentProfiled, QueueEntered
from records.history import History

if TYPE_CHECKING:
    from records.events import Event

app = typer.Typer(
    invoke_without_command=True, subcommand_metavar="", context_settings={"allow_interspersed_args": True}
)

_FATES = timedelta(hours=1)
"""How long after the day its last callers' fates are looked for."""
_ROWS = (
    ("service_level", "service level", "share"),
    ("asa", "ASA", "s"),
    ("abandon_rate", "abandon rate", "share"),
    ("p90_wait", "p90 wait", "s"),
    ("occupancy", "occupancy", "share"),
    ("occupancy_sd", "occupancy, sd over agents", "points"),
    ("offered", "offered", "count"),
    ("answered", "answered", "count"),
    ("abandoned", "abandoned", "count"),
    ("short_abandoned", "short abandons", "count"),
    ("left_otherwise", "left otherwise", "count"),
    ("agents", "agents", "count"),
)


@app.callback()
def replay(
    day: Annotated[str, typer.Argument(metavar="DAY", help="yesterday, today, or a date: 2026-11-23.")],
    *,
    strategy: Annotated[str, typer.Option(help="Of all queues: index, longest_idle, …")] = "",
    staffing: Annotated[
        str, typer.Option(help="+2, -10%, or a CSV file: agent,login,logout,skills,ranks.")
    ] = "",
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="QUEUE.KEY=VALUE, as in a dialplan; may be repeated.")
    ] = None,
    target: Annotated[str, typer.Option(help="The service level that is counted.")] = "80% in 20s",
    seed: Annotated[int, typer.Option(help="The same seed gives the same figures.")] = 1,
    runs: Annotated[int, typer.Option(min=1, max=100, help="Replays of which the mean is shown.")] = 3,
    zone: Annotated[str, typer.Option(help="Time zone of the day.")] = "UTC",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for a program to read.")] = False,
) -> None:
    """Live a recorded day once more under another strategy, other settings or with other people.

    Callers come when they came and give up when they gave up; of those who were answered it is not
    known when they would have, so that is drawn from the day's estimate. Decisions are made by
    the code that makes them live. The middle column plays the day as it was: how far it is from
    the first one is how far the last one can be trusted.

    Examples: ringhall replay yesterday --strategy best_skill,
    ringhall replay 2026-11-23 --staffing -10% --set sales.wrap_up=5s --json
    """
    try:
        judged = Judged(target_s=QueueDefinition.model_validate({"target": target}).target_s)
    except ValueError:
        _fail(f'--target {target}: write a share of the calls and a time, such as "80% in 20s"')
    try:
        where = ZoneInfo(zone)
        on = _date(day, where)
        with History(load_settings().database) as history:
            seen, was, notes = _read(history, on, where, judged)
        changes = msgspec.structs.replace(
            staffing_of(staffing, seen, seed, on=on, zone=where),
            strategy=strategy_of(strategy),
            queues=settings_of(settings or [], seen.queues),
        )
    except (ZoneInfoNotFoundError, IsADirectoryError):
        _fail(f"there is no time zone {zone}; zones are named as in Europe/Berlin or Asia/Shanghai")
    except (SettingsError, RecordsError, AcdError, WrongChange) as error:
        _fail(str(error))
    control = replayed(seen, Changes(), judged, seed=seed, runs=runs)
    changed = replayed(seen, changes, judged, seed=seed, runs=runs) if changes != Changes() else None
    told = {
        "day": on.isoformat(), "zone": zone, "seed": seed, "runs": runs,
        "target_s": judged.target_s, "short_abandon_s": judged.short_s,
        "changes": {"strategy": strategy, "staffing": staffing, "set": settings or []},
        "as_it_was": was, "replayed": control, "changed": changed, "notes": notes,
    }  # fmt: skip
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        _print(told, " ".join(word for word in (strategy, staffing, *(settings or ())) if word))


def _date(day: str, zone: ZoneInfo) -> date:
    today = datetime.now(zone).date()
    named = {"today": today, "yesterday": today - timedelta(days=1)}
    try:
        return named[day] if day in named else date.fromisoformat(day)
    except ValueError:
        _fail(f"'{day}' is no day; write yesterday, today, or a date as 2026-11-23")


def _read(
    history: History, on: date, zone: ZoneInfo, judged: Judged
) -> tuple[Observed, dict[str, Any], list[str]]:
    begin = datetime(on.year, on.month, on.day, tzinfo=zone)
    end = begin + timedelta(days=1)  # in the zone: 23 or 25 hours where clocks change
    first, last = history.first_from(begin), history.first_from(end + _FATES) - 1
    head = next(iter(history.between(first, first)), None) if first <= last else None
    if head is None:
        _fail(f"nothing is in the log of {on}; 'ringhall calls' lists the last calls")
    floor = past(history, head, head.seq)
    agents = list(floor.floor.state.agents.values())
    newest = next(iter(history.between(last, last))).at
    finish = min(end, newest)
    reader = Reader(begin.timestamp(), finish.timestamp(), floor.floor.state.profiled, agents)
    log: list[tuple[float, Event]] = []
    for one in history.between(first, last):
        log.append((one.at.timestamp(), one.event))
        reader.take(one.event, one.at.timestamp())
    seen = reader.close(newest.timestamp())
    if not seen.arrivals:
        _fail(f"no call came to a queue on {on}; 'ringhall calls' lists the last calls")
    was = as_it_was(log, agents, seen, judged)
    notes = _of_patience(seen)
    if seen.carried_over:
        notes.append(f"{seen.carried_over} calls had begun the day before: they are left out")
    if floor.todays_skills and not _told_in_time(log):
        notes.append(
            "the log did not tell agents' skills then: these are the first that it, or the directory, tells"
        )
    return seen, was, notes


def _told_in_time(log: list[tuple[float, Event]]) -> bool:
    """Tell whether the log tells agents' skills before the first caller needs them."""
    first = next(event for _, event in log if isinstance(event, QueueEntered | AgentProfiled))
    return isinstance(first, AgentProfiled)


def _of_patience(seen: Observed) -> list[str]:
    known = sum(bool(one.left) for one in seen.served.values())
    drawn = "Kaplan–Meier" if known >= FEW else "exponential, by the day's hazard" if known else "without end"
    return [
        f"{known} callers gave up or left by themselves: they have the patience that they showed",
        f"{len(seen.served) - known} were answered or sent away: theirs is drawn, longer than their wait "
        f"({drawn})",
    ]


def _print(told: dict[str, Any], changes: str) -> None:
    from rich.console import Console  # noqa: PLC0415 - slow to import
    from rich.table import Table  # noqa: PLC0415

    target = f"answered in {told['target_s']:g} s"
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column(f"{told['day']} {told['zone']}")
    for heading in ("as it was", "replayed", changes)[: 3 if told["changed"] else 2]:
        table.add_column(heading, justify="right")
    if told["changed"]:
        table.add_column("change", justify="right")
    for key, name, unit in _ROWS:
        columns = [told[which][key] for which in ("as_it_was", "replayed", "changed") if told[which]]
        cells = [_cell(value, unit) for value in columns]
        if told["changed"]:
            cells.append(_difference(columns[1], columns[2], unit))
        table.add_row(f"{name} ({target})" if key == "service_level" else name, *cells)
    console = Console()
    console.print(table)
    for note in told["notes"]:
        console.print(f"· {note}", style="dim", highlight=False)
    console.print(
        f"· replayed: the mean of {told['runs']} runs from seed {told['seed']} on; the change is against "
        "the replay of the day as it was",
        style="dim",
        highlight=False,
    )


def _cell(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return {"share": f"{100 * value:.1f} %", "points": f"{100 * value:.1f}", "s": f"{value:.1f} s"}.get(
        unit, f"{value:.0f}"
    )


def _difference(before: float | None, after: float | None, unit: str) -> str:
    if before is None or after is None:
        return ""
    change = after - before
    if unit in {"share", "points"}:
        return f"{100 * change:+.1f}"
    return f"{change:+.1f}" if unit == "s" else f"{change:+.0f}"


def _fail(message: str) -> NoReturn:
    typer.echo(f"ringhall replay: {message}", err=True)
    raise typer.Exit(1)
