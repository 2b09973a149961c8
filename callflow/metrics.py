"""Prometheus metrics as a fold of the event log, so that they can't disagree with the reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Counter, Gauge, Histogram

from records import events as e

if TYPE_CHECKING:
    from collections.abc import Sized

    from records.events import Recorded
    from records.log import EventLog

CALLS = Counter("ringhall_calls_total", "Calls that arrived.", ["trunk"])
ENDED = Counter("ringhall_calls_ended_total", "Calls that ended.", ["outcome"])
OFFERS = Counter("ringhall_offers_total", "Offers that came to nothing.", ["queue", "outcome"])
WAIT = Histogram(
    "ringhall_wait_seconds",
    "Wait of answered calls, ring included.",
    ["queue"],
    buckets=(1, 5, 10, 20, 30, 60, 120, 300, 600),
)
LEFT = Counter("ringhall_queue_left_total", "Calls that left a queue without an agent.", ["queue", "reason"])
AGENTS = Counter("ringhall_agent_state_changes_total", "Changes of agents' states.", ["state"])
ALARMS = Gauge("ringhall_alarm", "1 while an alarm is raised.", ["alarm"])
SITES = Counter("ringhall_site_changes_total", "Dialplans that were read for new calls.", ["result"])
SITE = Gauge("ringhall_site_live", "1 for the version of the dialplans that is live.", ["version"])
SECURITY = Counter("ringhall_security_events_total", "Security events seen by Asterisk.", ["kind"])
LIVE_CALLS = Gauge("ringhall_calls_live", "Calls that are on now.")
BACKLOG = Gauge("ringhall_events_backlog", "Events not yet in the database.")


def show(live: Sized, log: EventLog) -> None:
    """Let the gauges show what is on now."""
    LIVE_CALLS.set_function(lambda: len(live))
    BACKLOG.set_function(lambda: log.backlog)


def count(recorded: Recorded) -> None:
    """Fold one event in."""
    match recorded.event:
        case e.CallArrived(trunk=trunk):
            CALLS.labels(trunk).inc()
        case e.CallEnded(outcome=outcome):
            ENDED.labels(outcome).inc()
        case e.OfferEnded(queue=queue, outcome=outcome):
            OFFERS.labels(queue, outcome).inc()
        case e.CallConnected(queue=queue, wait_s=wait):
            WAIT.labels(queue).observe(wait)
        case e.QueueLeft(queue=queue, reason=reason):
            LEFT.labels(queue, reason).inc()
        case e.AgentStateChanged(after=after):
            AGENTS.labels(after).inc()
        case e.SiteLoaded(version=version):
            SITES.labels("live").inc()
            SITE.clear()
            SITE.labels(version).set(1)
        case e.SiteRefused():
            SITES.labels("refused").inc()
        case e.AlarmRaised(alarm=alarm):
            ALARMS.labels(alarm).set(1)
        case e.AlarmCleared(alarm=alarm):
            ALARMS.labels(alarm).set(0)
        case e.SecurityNoticed(kind=kind):
            SECURITY.labels(kind).inc()
        case _:
            pass
