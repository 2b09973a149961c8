"""A report reads the same in a terminal, on a page and for a program."""

from __future__ import annotations

import json

from emotion.training.rendering import as_json, as_markdown, as_text
from emotion.training.report import Figure, Report, Row, TaskReport

NONE = Figure(float("nan"), float("nan"), float("nan"))
REPORT = Report(
    "logistic, speakers held out",
    "0123abcd",
    (
        TaskReport(
            "anger_neutral",
            ("neutral", "anger"),
            (
                Row(
                    "all",
                    "all",
                    120,
                    8,
                    Figure(0.9, 0.85, 0.951),
                    Figure(1.0, 0.99, 1.0),
                    Figure(0.03, 0.01, 0.06),
                    NONE,
                ),
                Row("corpus", "emodb", 60, 1, Figure(0.5, float("nan"), float("nan")), NONE, NONE, NONE),
            ),
            ((50, 10), (2, 58)),
        ),
    ),
    ("acted speech",),
)

TEXT = """\
logistic, speakers held out

anger_neutral: neutral | anger
                files  speakers  UAR            AUC              ECE
  all             120         8  .90 (.85–.95)  1.00 (.99–1.00)  .03 (.01–.06)
  corpus emodb     60         1  .50            –                –

  answered:  neutral  anger
  neutral         50     10
  anger            2     58

· acted speech
"""


def test_text() -> None:
    assert as_text(REPORT).startswith(TEXT)
    assert as_text(REPORT).endswith("· data 0123abcd")


def test_markdown() -> None:
    page = as_markdown(REPORT)
    assert "| all | 120 | 8 | .90 (.85–.95) | 1.00 (.99–1.00) | .03 (.01–.06) |" in page
    assert "| anger | 2 | 58 |" in page
    assert "- Data: `0123abcd`" in page


def test_json_has_null_where_nothing_is_defined() -> None:
    told = json.loads(as_json(REPORT))
    first, second = told["tasks"][0]["rows"]
    assert first["uar"] == {"value": 0.9, "low": 0.85, "high": 0.951}
    assert second["auc"] == {"value": None, "low": None, "high": None}
