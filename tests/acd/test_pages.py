"""What the pages for admins say of routing and agents is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from acd.core.model import AGAIN_S, FIRST_RANK, PROGRESS_S
from acd.core.pressure import KEPT
from acd.core.strategies import STRATEGIES
from acd.core.strategies.index import LEVEL_WEIGHT, Index
from acd.headers import AUTO_ANSWER
from acd.preferred import _LONGEST_S
from acd.queue_stage import QueueStep
from acd.requests import REQUESTS
from callflow.api.routes import MOST_BYTES

DOCS = Path(__file__).parents[2] / "docs"
ROUTING = (DOCS / "routing.md").read_text("utf-8")
AGENTS = (DOCS / "agents.md").read_text("utf-8")


def test_every_strategy_has_a_row_and_no_other_has() -> None:
    rows = re.findall(r"^\| `(\w+)`(?: \(when left out\))? \|", ROUTING, re.MULTILINE)
    assert set(rows) - {"strategy"} == set(STRATEGIES)
    assert "`index` (when left out)" in ROUTING


def test_the_formulas_have_the_weights_of_the_code() -> None:
    for written in (
        f"{LEVEL_WEIGHT} × proficiency",
        f"load ← {KEPT:g} × load + {1 - KEPT:.2g} ×",
        f"+ {Index.per_level_s:g} for each level of proficiency",
        f"+ {Index.target_bonus_s:g} while the call",
        f"has rank {FIRST_RANK}",
        f"within {_LONGEST_S:g} s who was last",
        f"({QueueStep.model_fields['agent_for'].default:g} s when left out)",
    ):
        assert written in ROUTING, written
    assert f"one again after {AGAIN_S:g} s" in AGENTS
    assert f"nothing at all for {PROGRESS_S:g} s" in AGENTS


def test_everything_that_a_supervisor_may_ask_for_is_listed() -> None:
    table = AGENTS.partition("## By HTTP")[2].partition("## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \| ", table, re.MULTILINE)) >= {"login", *REQUESTS}
    assert f"longer than {MOST_BYTES // 1024} KiB" in table


def test_the_headers_are_those_that_are_sent() -> None:
    for name, value in AUTO_ANSWER.items():
        assert f"`{name}: {value}`" in AGENTS
