"""The metrics as Prometheus reads them, computed from the fold when they are read.

Counters rise for the life of the log; what Prometheus can't derive from counters is a gauge of today.  Agents
are counted together: a label for each would be a series for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from records.folds.metrics.counters import QUEUE, SITE_ROW
from records.folds.metrics.figures import BY_NAME, METRICS, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from prometheus_client.core import Metric as Family

    from records.folds.metrics.shelf import Rows
    from records.folds.metrics.variants import Variant

    class Figures(Protocol):
        """Where the figures come from."""

        @property
        def variant(self) -> Variant: ...  # noqa: D102
        def totals(self) -> Rows: ...  # noqa: D102
        def present(self) -> tuple[dict[str, int], dict[str, int]]: ...  # noqa: D102
        def today(self, dimension: str) -> dict[str, Any]: ...  # noqa: D102


_SUMS = ("talk", "hold", "wrap_up")
"""Metrics in seconds that only grow."""
TODAY = ("service_level", "asa", "abandon_rate", "answer_rate", "aht", "longest_wait")
TODAY_OF_ALL = ("occupancy", "idle")


class MetricsCollector(Collector):
    """Asks for the figures at each reading."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def register(self) -> None:
        """Be read from now on."""
        REGISTRY.register(self)

    def unregister(self) -> None:
        """Be read no more."""
        REGISTRY.unregister(self)

    def describe(self) -> list[Family]:
        """Say nothing before there is something to be read."""
        return []

    def collect(self) -> Iterator[Family]:
        """Give every family."""
        totals, variant = self._figures.totals(), self._figures.variant
        queues = {row.partition(" ")[2]: totals[row] for row in sorted(totals) if row.startswith(f"{QUEUE} ")}
        for metric in METRICS:
            if QUEUE not in metric.of or (metric.unit is not Unit.COUNT and metric.name not in _SUMS):
                continue
            name = metric.name if metric.unit is Unit.COUNT else f"{metric.name}_seconds"
            family = CounterMetricFamily(f"ringhall_queue_{name}", f"{metric.title}.", labels=["queue"])
            for queue, counters in queues.items():
                family.add_metric([queue], float(metric.formula(counters, variant) or 0))
            yield family
        yield from self._today()
        yield from self._present()
        time = CounterMetricFamily(
            "ringhall_agent_time_seconds", "Time of all agents in a state.", labels=["state"]
        )
        sums: dict[str, int] = {}
        site = totals.get(SITE_ROW)
        for state, us in site.time.items() if site is not None else ():
            name = state.partition(" ")[0]
            sums[name] = sums.get(name, 0) + us
        for name, us in sorted(sums.items()):
            time.add_metric([name], us / 1_000_000)
        yield time

    def _today(self) -> Iterator[Family]:
        rows = self._figures.today(QUEUE)["rows"]
        for name in TODAY:
            family = GaugeMetricFamily(
                f"ringhall_queue_{_with_unit(name)}", f"{BY_NAME[name].title}, today.", labels=["queue"]
            )
            for row in rows:
                if row[name] is not None:
                    family.add_metric([row["queue"]], row[name])
            yield family
        for row in self._figures.today("site")["rows"]:
            for name in TODAY_OF_ALL:
                if row[name] is not None:
                    yield GaugeMetricFamily(
                        f"ringhall_agents_{_with_unit(name)}", f"{BY_NAME[name].title}, today.", row[name]
                    )

    def _present(self) -> Iterator[Family]:
        waiting, states = self._figures.present()
        now = GaugeMetricFamily("ringhall_queue_waiting_calls", "Calls that wait now.", labels=["queue"])
        for queue, count in sorted(waiting.items()):
            now.add_metric([queue], count)
        yield now
        agents = GaugeMetricFamily("ringhall_agents", "Agents in a state now.", labels=["state"])
        for state, count in sorted(states.items()):
            agents.add_metric([state], count)
        yield agents


def _with_unit(name: str) -> str:
    unit = BY_NAME[name].unit
    if unit is Unit.RATIO:
        return f"{name.removesuffix('_rate')}_ratio"
    return f"{name}_seconds"
