"""Every metric and every verb has its entry in the documentation, and nothing else has."""

from __future__ import annotations

import re
from pathlib import Path

from callflow.reporting.settings import MetricsSettings, TargetSettings
from records.folds.metrics.figures import METRICS

ROOT = Path(__file__).resolve().parents[2]
FIGURES = (ROOT / "docs" / "metrics.md").read_text()
VERBS = (ROOT / "docs" / "queue-log.md").read_text()


def test_every_metric_has_its_entry() -> None:
    each = FIGURES.partition("## Each metric")[2].partition("From the call records")[0]
    assert re.findall(r"^\| `(\w+)` \|", each, re.MULTILINE) == [metric.name for metric in METRICS]


def test_every_setting_of_the_metrics_has_its_entry() -> None:
    shown = FIGURES.partition("## Variants and targets")[2].partition("## Prometheus")[0]
    named = set(re.findall(r"^(\w+) = ", shown, re.MULTILINE))
    assert named == set(MetricsSettings.model_fields) - {"targets"} | set(TargetSettings.model_fields)


def test_every_verb_has_its_entry() -> None:
    code = (ROOT / "records" / "folds" / "queue_log.py").read_text()
    written = {word for word in re.findall(r'"([A-Z]{2,})"', code) if word != "NONE"}
    rows = "".join(re.findall(r"^\|([^|]*)\|", VERBS, re.MULTILINE))
    assert set(re.findall(r"`([A-Z]+)`", rows)) == written
