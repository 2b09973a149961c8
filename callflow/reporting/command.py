"""``ringhall report``: figures of whole days, from the database; works without a running server."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec

from callflow.reporting.output import print_csv, print_table
from callflow.settings import SettingsError, load_settings
from records.errors import DatabaseError
from records.folds.metrics.calendar import INTERVALS, Calendar, CalendarError, check_interval, parse_day
from records.folds.metrics.counters import DIMENSIONS, SITE, SLOT_S
from records.folds.metrics.tables import Sums, UnknownDimension, check_dimension, table
from records.folds.metrics.targets import against
from records.folds.metrics.variants import Variant, VariantError, parse_level, parse_seconds
from records.reading import LogReader
from records.reports import queue_log_lines, report_metrics

if TYPE_CHECKING:
    from callflow.settings import Settings

QUEUE_LOG = "queue-log"
MOST_DAYS = 400


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        _fail(f"{message}; see: {self.prog} --help")


def main(arguments: list[str]) -> int:
    """Print a report; exit status 1 when it can't be made, with one line that says why and what to do."""
    if arguments[:1] == [QUEUE_LOG]:
        return _run(_print_queue_log, _queue_log_parser().parse_args(arguments[1:]))
    return _run(_print_report, _report_parser().parse_args(arguments))


def _run(work: Any, options: argparse.Namespace) -> int:
    try:
        settings = load_settings()
        with LogReader(settings.database) as reader:
            work(options, settings, reader)
    except (DatabaseError, SettingsError, CalendarError, UnknownDimension, VariantError) as error:
        _fail(str(error))
    except BrokenPipeError:
        sys.stderr.close()  # nobody reads on: no word about it at the end either
    return 0


def _fail(message: str) -> NoReturn:
    print(f"ringhall: {message}", file=sys.stderr)  # noqa: T201
    sys.exit(1)


def _report_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="ringhall report",
        description="Show a day's figures: service level, waits, abandons, agents' time, targets.",
        epilog="Examples: ringhall report yesterday --by agent | ringhall report --from 2026-11-01 "
        "--to 2026-11-07 --interval 1d --csv | ringhall report queue-log --day 2026-11-23",
    )
    parser.add_argument("day", nargs="?", help="2026-11-23, today (default) or yesterday")
    parser.add_argument("--from", dest="first", metavar="DAY", help="first of several days")
    parser.add_argument("--to", dest="last", metavar="DAY", help="last of several days (default today)")
    parser.add_argument("--by", default="queue", help=f"{', '.join(DIMENSIONS)} (default queue)")
    parser.add_argument("--interval", default="1d", help=f"{', '.join(INTERVALS)} (default 1d)")
    parser.add_argument("--service-level", metavar="X/T", help="such as 80/20 (default: the setting)")
    parser.add_argument("--short-abandon", metavar="TIME", help="such as 5s (default: the setting)")
    parser.add_argument("--zone", help="time zone of days and hours (default: the site's)")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object")
    form.add_argument("--csv", action="store_true", help="print comma-separated lines with a header")
    return parser


def _queue_log_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=f"ringhall report {QUEUE_LOG}",
        description="Print a day's queue_log, as Asterisk's app_queue writes it (docs/queue-log.md).",
        epilog="Example: ringhall report queue-log --day yesterday > queue_log",
    )
    parser.add_argument("--day", default="today", help="2026-11-23, today (default) or yesterday")
    parser.add_argument("--zone", help="time zone of the day (default: the site's)")
    return parser


def _print_queue_log(options: argparse.Namespace, settings: Settings, reader: LogReader) -> None:  # noqa: ARG001
    calendar = Calendar(options.zone or reader.zone())
    day = parse_day(options.day, calendar.day_of(time.time()))
    for line in queue_log_lines(reader, calendar.slots_of(day, day)):
        print(line)  # noqa: T201


def _print_report(options: argparse.Namespace, settings: Settings, reader: LogReader) -> None:
    dimension, interval = check_dimension(options.by), check_interval(options.interval)
    variant = _variant(options, settings.metrics.variant())
    calendar = Calendar(options.zone or reader.zone())
    now = time.time()
    first, last = _days(options, calendar.day_of(now))
    slots = calendar.slots_of(first, last)
    sums, hours = Sums(calendar, dimension, interval, slots), Sums(calendar, SITE, "1h", slots)
    report_metrics(reader, slots, (sums, hours), now)
    since, until = (datetime.fromtimestamp(slot * SLOT_S, UTC) for slot in (slots.start, slots.stop))
    by_name = (
        {}
        if dimension == "skill"
        else reader.repeats(since, until, datetime.fromtimestamp(now, UTC), dimension)
    )
    of_site = reader.repeats(since, until, datetime.fromtimestamp(now, UTC)).get("")
    rows = table(sums.lines(), dimension, variant)
    if interval == "1d" and first == last:
        for row in rows:
            found = by_name.get(row.get(dimension, ""))
            row["fcr"] = found.fcr if found else None
            row["repeat_contact"] = found.repeat_contact if found else None
    report = {
        "from": first.isoformat(),
        "to": last.isoformat(),
        "time_zone": calendar.name,
        "variant": {"service_level": variant.level, "short_abandon_s": variant.short_abandon_s},
        "by": dimension,
        "interval": interval,
        "rows": rows,
        "repeats": msgspec.to_builtins(of_site) if of_site else None,
        "targets": msgspec.to_builtins(against(hours.lines(), variant, settings.metrics.wanted(), of_site)),
    }
    if options.json:
        print(msgspec.json.encode(report).decode())  # noqa: T201
    elif options.csv:
        print_csv(report)
    else:
        print_table(report)


def _variant(options: argparse.Namespace, variant: Variant) -> Variant:
    if options.service_level:
        percent, within_s = parse_level(options.service_level)
        variant = msgspec.structs.replace(variant, percent=percent, within_s=within_s)
    if options.short_abandon:
        variant = msgspec.structs.replace(variant, short_abandon_s=parse_seconds(options.short_abandon))
    return variant


def _days(options: argparse.Namespace, today: date) -> tuple[date, date]:
    if options.day and (options.first or options.last):
        raise CalendarError("a day and --from/--to exclude each other; give one of them")
    if not options.first and not options.last:
        day = parse_day(options.day or "today", today)
        return day, day
    if not options.first:
        raise CalendarError("--to needs --from; give the first day too")
    first, last = parse_day(options.first, today), parse_day(options.last or "today", today)
    if last < first:
        raise CalendarError(f"--to {last} is before --from {first}; exchange them")
    if last - first >= timedelta(days=MOST_DAYS):
        raise CalendarError(f"that is more than {MOST_DAYS} days; ask for less at a time")
    return first, last
