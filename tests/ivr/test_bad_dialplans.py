"""Every broken file in ``bad_dialplans/`` gives exactly the problems written beside it.

A snapshot is ``NAME.expected``.  To write the snapshots of new files (and read them critically):
``RINGHALL_SNAPSHOTS=write pytest tests/ivr/test_bad_dialplans.py``.
"""

import os
from pathlib import Path

import pytest

from acd.queue_stage import QueueStage
from acd.service import AcdService
from callflow.dialing.definitions import BLOCKED, COUNTRIES, ROUTES, TRUNKS
from callflow.protocol import Section, Stage
from callflow.stages.callback import CallbackStage
from callflow.stages.dial import DialStage
from callflow.stages.http import HttpStage
from callflow.stages.survey import SurveyStage
from ivr.load import Loaded, Source, files_of, load
from ivr.problems import Severity
from tests.ivr.parts import SECTIONS, STAGES

HERE = Path(__file__).parent / "bad_dialplans"
CASES = sorted(path for path in HERE.iterdir() if path.suffix == ".yaml" or path.is_dir())
WARNINGS_ONLY = {
    "hours_never_open",
    "no_way_out",
    "numbers_alike",
    "routing_overflow_in_a_circle",
    "routing_too_late",
    "silence_for_ever",
    "unused_queue",
}
ALL_STAGES: dict[str, type[Stage]] = {
    **STAGES,
    "http": HttpStage,
    "dial": DialStage,
    "survey": SurveyStage,
    "callback": CallbackStage,
}
ALL_SECTIONS = [*SECTIONS, TRUNKS, ROUTES, COUNTRIES, BLOCKED]


def parts_of(case: Path) -> tuple[dict[str, type[Stage]], list[Section]]:
    """Give the stages and sections that a file is read with; ``routing_…`` needs the real queues."""
    if case.stem.startswith("routing_"):
        return {"queue": QueueStage}, [AcdService.section]
    return ALL_STAGES, ALL_SECTIONS


def load_case(case: Path) -> Loaded:
    files = files_of(case) if case.is_dir() else [case]
    sources = [Source(str(path.relative_to(HERE)), path.parent, path.read_bytes()) for path in files]
    return load(sources, *parts_of(case))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_messages(case: Path) -> None:
    loaded = load_case(case)
    found = "".join(f"{problem}\n" for problem in loaded.problems)
    snapshot = case.with_suffix(".expected")
    if os.environ.get("RINGHALL_SNAPSHOTS") == "write":
        snapshot.write_text(found, encoding="utf-8")
    assert found == snapshot.read_text(encoding="utf-8")
    assert found, "a bad dialplan without a problem"
    assert (loaded.site is None) == (case.stem not in WARNINGS_ONLY)
    for problem in loaded.problems:
        assert not problem.message.endswith((".", "?"))
        assert problem.severity is Severity.WARNING or problem.remedy or problem.near


def test_there_are_many() -> None:
    assert len(CASES) >= 60
    assert len({case.stem for case in CASES}) == len(list(HERE.glob("*.expected")))
