"""``python -m benchmarks.emotion_card [--write]``: the measured part of docs/emotion-model-card.md.

What the shipped model is goes by its file; its figures by ``emotion.training`` on the corpora of
``../shared/data/speech`` that it has not heard.  Without ``--write`` it is printed.  Exit status 2 without
the data.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from emotion.commands.common import OURS, SHIPPED
from emotion.corpora.folder import load
from emotion.features import of_speech
from emotion.models.written import decode
from emotion.training import evaluation
from emotion.training.reading import measure
from emotion.training.table import pose
from emotion.training.tasks import TASKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from emotion.models.written import Card
    from emotion.training.report import Figure, TaskReport

_ROOT = Path(__file__).resolve().parent.parent
PAGE = _ROOT / "docs" / "emotion-model-card.md"
DATA = _ROOT.parent / "shared" / "data" / "speech"
JUDGED = {
    "anger_neutral": "Anger against neutral, as of a stranger",
    "anger_neutral_own": "Anger against neutral, with a baseline",
    "anger_rest_own": "Anger against everything else, with a baseline",
    "four_own": "Anger, neutral, happy, sad, with a baseline",
}


def identity(data: bytes) -> list[str]:
    """Give the rows that say which model it is; ``data``: its file."""
    made = decode(data, OURS)
    card = made.card
    return [
        "| | |",
        "|---|---|",
        f"| file | `emotion/models/shipped.json`, {len(data) / 1024:.0f} KiB, SHA-256 `{_hash(data)}` |",
        f"| made | {card.made} |",
        f"| licence | {card.licence} |",
        f"| learnt from | {_sources(card)} |",
        f"| hash of that data | `{card.data_hash}` |",
        f"| recipe | {card.recipe} |",
        f"| takes | {len(made.features.names)} features of version {made.features.version} |",
        f"| tells apart | {', '.join(sorted(made.classifiers))} |",
    ]


def tables(reports: Iterable[TaskReport]) -> list[str]:
    """Give the figures with their intervals."""
    lines = []
    for report in reports:
        lines += [
            f"**{JUDGED[report.task]}**", "",
            "| | files | speakers | UAR | AUC | ECE |", "|---|---|---|---|---|---|",
        ]  # fmt: skip
        for row in report.rows:
            name = "all" if row.of == "all" else f"{row.of} {row.name}"
            figures = " | ".join(map(_told, (row.uar, row.auc, row.ece)))
            lines.append(f"| {name} | {row.files} | {row.speakers} | {figures} |")
        lines.append("")
    return lines[:-1]


def judged(data: Path) -> list[TaskReport]:
    """Judge the shipped model on what it has not heard."""
    made = decode(SHIPPED.read_bytes(), OURS)
    table, _ = measure([load(data)], of_speech)
    strange = table.rows(np.flatnonzero(~np.isin(table.corpora, [one.name for one in made.card.sources])))
    found = []
    for name in JUDGED:
        posed = pose(TASKS[name], strange)
        heard = posed.heard(made.speakers) if made.speakers else posed
        found.append(evaluation.judge(posed, evaluation.answered(heard, made.classifiers[name].ready())))
    return found


def written(page: str, name: str, lines: Sequence[str]) -> str:
    """Put lines between a page's marks of that name.  Raises ValueError without them."""
    body = "".join(f"{line}\n" for line in lines)
    new, count = re.subn(
        rf"(<!-- {name}[^>]*-->\n).*?(<!-- end -->)",
        lambda found: found[1] + body + found[2],
        page,
        flags=re.DOTALL,
    )
    if count != 1:
        raise ValueError(f"the page has {count} places for {name}, and must have one")
    return new


def _sources(card: Card) -> str:
    return "; ".join(f"{one.name}: {one.files} files, {one.speakers} speakers" for one in card.sources)


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _told(figure: Figure) -> str:
    value, low, high = (f"{one:.3f}".removeprefix("0") for one in (figure.value, figure.low, figure.high))
    return f"{value} ({low}–{high})"


def main() -> int:
    """Measure, and print or write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.emotion_card", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"into {PAGE.relative_to(_ROOT)}")
    options = parser.parse_args()
    if not DATA.is_dir():
        print(f"there is no {DATA}: the figures need labelled speech", file=sys.stderr)
        return 2
    parts = {"identity": identity(SHIPPED.read_bytes()), "figures": tables(judged(DATA))}
    if not options.write:
        print("\n\n".join("\n".join(lines) for lines in parts.values()))
        return 0
    page = PAGE.read_text("utf-8")
    for name, lines in parts.items():
        page = written(page, name, lines)
    PAGE.write_text(page, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
