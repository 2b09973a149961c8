"""Reads what is to be otherwise (``--set``, ``--staffing``); errors say what would be right."""

from __future__ import annotations

import csv
import re
from datetime import date, datetime, time, timedelta
from io import StringIO
from random import Random
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from acd.config import QueueDefinition
from acd.core.strategies import strategy_type
from acd.replay.world import Changes, Shift
from callflow.near import near_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from acd.replay.observed import Observed

_FIELDS = {
    "needs": "needs",
    "prefers": "prefers",
    "priority": "priority",
    "ageing": "ageing_s",
    "strategy": "strategy",
    "target": "target_s",
    "target_first": "target_s",
    "ring": "ring_s",
    "after_no_answer": "after_no_answer",
    "wrap_up": "wrap_up_s",
    "max_wait": "max_wait_s",
    "max_length": "max_length",
}
"""Key of a queue in a dialplan → field of the core's queue."""
_STAFFING = re.compile(r"([+-])(\d{1,4})(%?)")
_COLUMNS = ("agent", "login", "logout")
SKILLS, RANKS = "skills", "ranks"


class WrongChange(ValueError):  # noqa: N818 - named for what happened
    """What is to be changed can't be; the message says what, and the remedy."""


def strategy_of(name: str) -> str:
    """Check a strategy's name; raises :class:`acd.core.errors.UnknownStrategy`."""
    if name:
        strategy_type(name)
    return name


def settings_of(written: Iterable[str], queues: Iterable[str]) -> dict[str, dict[str, object]]:
    """Read ``sales.strategy=index`` and ``sales.needs.sales=3``: fields of queues by queue."""
    known = sorted(queues)
    told: dict[str, dict[str, Any]] = {}
    for text in written:
        place, equals, value = text.partition("=")
        queue = next(
            (name for name in sorted(known, key=len, reverse=True) if place.startswith(f"{name}.")), ""
        )
        if not equals or not queue:
            raise WrongChange(_no_setting(text, place, known))
        key, _, skill = place[len(queue) + 1 :].partition(".")
        if key not in _FIELDS:
            near = near_name(key, _FIELDS)
            hint = f"did you mean {near}?" if near else f"there are: {', '.join(sorted(_FIELDS))}"
            raise WrongChange(f"--set {text}: a replay can't change '{key}' of a queue; {hint}")
        ours = told.setdefault(queue, {})
        if key in {"needs", "prefers"}:
            if not skill:
                raise WrongChange(f"--set {text}: say which skill, as in {queue}.{key}.SKILL=3")
            ours.setdefault(key, {})[skill] = value
        else:
            ours[key] = value
    return {queue: _fields(queue, keys) for queue, keys in told.items()}


def _no_setting(text: str, place: str, known: Sequence[str]) -> str:
    name = place.partition(".")[0]
    near = near_name(name, known)
    if "=" in text and "." in place:
        hint = f"did you mean {near}?" if near else f"that day there were: {', '.join(known) or 'none'}"
        return f"--set {text}: no call came to a queue '{name}' that day; {hint}"
    return f"--set {text}: write QUEUE.KEY=VALUE, as in sales.wrap_up=5s"


def _fields(queue: str, keys: Mapping[str, Any]) -> dict[str, object]:
    """Let the dialplan's own schema read the values."""
    levels = {name: {skill: int(level) if level.isdigit() else level for skill, level in keys[name].items()}
              for name in ("needs", "prefers") if name in keys}  # fmt: skip
    scalars = {name: int(value) if str(value).isdigit() and name in {"priority", "max_length"} else value
               for name, value in keys.items()}  # fmt: skip
    try:
        spec = QueueDefinition.model_validate({**scalars, **levels}).spec(queue)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise WrongChange(f"--set {queue}.{place}: {first['msg'].removeprefix('Value error, ')}") from None
    fields = {_FIELDS[key]: getattr(spec, _FIELDS[key]) for key in keys}
    if "strategy" in keys and "after_no_answer" not in keys and spec.strategy == "ring_all":
        fields["after_no_answer"] = spec.after_no_answer
    return fields


def staffing_of(written: str, day: Observed, seed: int, *, on: date, zone: ZoneInfo) -> Changes:
    """Read ``+2``, ``-10%`` or the name of a CSV file (agent, login, logout, skills, ranks).

    Who is added has the day of somebody who worked then, drawn by lot, and so is who stays at home.
    """
    if not written:
        return Changes()
    found = _STAFFING.fullmatch(written)
    if found is None:
        return Changes(roster=_roster(written, day, on, zone))
    sign, count, share = found[1], int(found[2]), found[3]
    worked = sorted(at_work(day))
    if not worked:
        raise WrongChange("--staffing: nobody worked that day whose day could be lived by more or fewer")
    number = round(len(worked) * count / 100) if share else count
    draw = Random(f"{seed}/staffing")
    if sign == "-":
        if number >= len(worked):
            raise WrongChange(f"--staffing {written}: only {len(worked)} agents worked that day")
        return Changes(removed=frozenset(draw.sample(worked, number)))
    order = draw.sample(worked, len(worked))
    return Changes(doubled={f"new-{n + 1}": order[n % len(order)] for n in range(number)})


def at_work(day: Observed) -> set[str]:
    """Name the agents who logged in, or were."""
    from acd.core.inputs import LogIn  # noqa: PLC0415

    return {entry.agent for _, entry in day.diary if isinstance(entry, LogIn)}


def _roster(name: str, day: Observed, on: date, zone: ZoneInfo) -> tuple[Shift, ...]:
    from pathlib import Path  # noqa: PLC0415

    try:
        text = Path(name).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        what = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise WrongChange(
            f"--staffing {name}: neither +N, -N, +N% nor -N%, and no file that can be read ({what})"
        ) from None
    shifts = []
    reader = csv.DictReader(StringIO(text))
    missing = [column for column in _COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise WrongChange(
            f"{name}:1: the column {missing[0]} is missing; the first line is agent,login,logout,skills,ranks"
        )
    for row in reader:
        place = f"{name}:{reader.line_num}"
        agent = (row["agent"] or "").strip()
        begin, end = (_moment(row[column] or "", on, zone, f"{place}: {column}") for column in _COLUMNS[1:])
        skills = _levels(row.get(SKILLS) or "", f"{place}: {SKILLS}")
        if not skills and agent not in day.profiles:
            raise WrongChange(f"{place}: agent {agent} was not in the directory; give their skills: sales=3")
        if end <= begin:
            end += timedelta(days=1).total_seconds()
        ranks = _levels(row.get(RANKS) or "", f"{place}: {RANKS}")
        shifts.append(Shift(agent, max(begin, day.begin), end, skills, ranks))
    return tuple(shifts)


def _moment(text: str, on: date, zone: ZoneInfo, place: str) -> float:
    try:
        return datetime.combine(on, time.fromisoformat(text.strip()), zone).timestamp()
    except ValueError:
        raise WrongChange(f"{place}: '{text}' is no time of day; write it as 08:30") from None


def _levels(text: str, place: str) -> dict[str, int]:
    found = {}
    for word in text.split():
        name, _, level = word.partition("=")
        if not name or not level.isdigit():
            raise WrongChange(f"{place}: '{word}' is no name with a number; write them as sales=4 support=2")
        found[name] = int(level)
    return found
