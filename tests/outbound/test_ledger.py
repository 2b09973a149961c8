"""The compliance ledger: nothing in it changes unseen, nothing acknowledged is lost, and it counts right."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from outbound.commands import app
from outbound.ledger.audit import count
from outbound.ledger.chain import ORIGIN, ChainError, follow, link
from outbound.ledger.entry import Attempt, Damage, Disposed, Entry, Refusal, Verdict
from outbound.ledger.file import LedgerError, LedgerFile, files, read

if TYPE_CHECKING:
    from pathlib import Path

NOV = 1_795_000_000.0
"""2026-11-18."""
MONTH = 31 * 86_400.0


def attempt(name: str, at: float = NOV, **given: Any) -> Attempt:
    fields = {
        "campaign": "spring", "subject": "s1", "lead_list": "march", "list_version": "v3",
        "consent": "web form v2",
        "verdicts": [Verdict("hours", allowed=True), Verdict("dnc", allowed=True, why="site list of 11 May")],
        "ended_at": at + 30, "outcome": "NA",
    }  # fmt: skip
    return Attempt(attempt=name, dialled_at=at, **(fields | given))  # type: ignore[arg-type]


def answered(name: str, *, agent_after: float | None = 0.5, **given: Any) -> Attempt:
    agent_at = 0.0 if agent_after is None else NOV + 10 + agent_after
    given = {"outcome": "DROP" if agent_after is None else "ANSWERED", "answer": "human"} | given
    return attempt(name, answered_at=NOV + 9, greeting_over_at=NOV + 10, agent_at=agent_at, **given)


def written(folder: Path, *entries: Entry, now: float = NOV) -> None:
    with LedgerFile(folder, now) as ledger:
        ledger.add(entries, now)


def kept(folder: Path) -> list[str]:
    return [entry.attempt for _, entry in read(folder) if isinstance(entry, Attempt)]


# ── the chain ────────────────────────────────────────────────────────────────────────────────────


def lines_of(*entries: Entry) -> list[bytes]:
    before, lines = ORIGIN, []
    for entry in entries:
        before, line = link(before, entry)
        lines.append(line)
    return lines


@given(st.integers(0, 4), st.integers(0, 400), st.integers(1, 255))
def test_no_byte_can_be_changed_unseen(which: int, place: int, by: int) -> None:
    lines = lines_of(*(attempt(f"a{number}") for number in range(5)))
    damaged = bytearray(lines[which])
    place %= len(damaged)
    damaged[place] ^= by
    lines[which] = bytes(damaged)
    with pytest.raises(ChainError) as broken:
        list(follow(ORIGIN, lines))
    assert broken.value.line == which + 1


@pytest.mark.parametrize("change", ["remove", "swap", "repeat"])
def test_no_line_can_be_removed_moved_or_repeated_unseen(change: str) -> None:
    lines = lines_of(*(attempt(f"a{number}") for number in range(5)))
    match change:
        case "remove":
            del lines[2]
        case "swap":
            lines[2], lines[3] = lines[3], lines[2]
        case _:
            lines.insert(2, lines[2])
    with pytest.raises(ChainError, match=r"line [34]"):
        list(follow(ORIGIN, lines))


def test_what_is_read_is_what_was_written() -> None:
    entries: list[Entry] = [
        answered("a1"),
        Refusal(
            campaign="spring", subject="s2", at=NOV, verdicts=[Verdict("dnc", allowed=False, why="asked")]
        ),
        Damage(at=NOV, bytes_cut=3),
    ]
    assert [entry for _, entry in follow(ORIGIN, lines_of(*entries))] == entries


# ── the files ────────────────────────────────────────────────────────────────────────────────────


def test_a_month_goes_on_where_the_one_before_ended(tmp_path: Path) -> None:
    with LedgerFile(tmp_path, NOV) as ledger:
        for month in range(5):
            ledger.add([attempt(f"a{month}", NOV + month * MONTH)], NOV + month * MONTH)
    assert [path.name for path in files(tmp_path)] == [
        f"{month}.ledger" for month in ("2026-11", "2026-12", "2027-01", "2027-02", "2027-03")
    ]
    written(tmp_path, attempt("a5", NOV + 5 * MONTH), now=NOV + 5 * MONTH)
    assert kept(tmp_path) == [f"a{number}" for number in range(6)]
    files(tmp_path)[1].unlink()
    with pytest.raises(LedgerError, match=r"2027-01.ledger:1: it was changed"):
        list(read(tmp_path))


def test_an_attempt_is_written_once(tmp_path: Path) -> None:
    written(tmp_path, attempt("a1"), attempt("a1"))
    written(tmp_path, attempt("a1"), attempt("a2"))
    assert kept(tmp_path) == ["a1", "a2"]


def test_a_torn_end_is_cut_and_told(tmp_path: Path) -> None:
    written(tmp_path, attempt("a1"), attempt("a2"))
    (path,) = files(tmp_path)
    os.truncate(path, path.stat().st_size - 7)
    written(tmp_path, attempt("a3"))
    entries = [entry for _, entry in read(tmp_path)]
    assert kept(tmp_path) == ["a1", "a3"]
    (damage,) = (entry for entry in entries if isinstance(entry, Damage))
    assert damage.bytes_cut > 100


def test_nothing_is_written_on_a_ledger_that_is_not_whole(tmp_path: Path) -> None:
    written(tmp_path, *(attempt(f"a{number}") for number in range(3)))
    (path,) = files(tmp_path)
    path.write_bytes(path.read_bytes().replace(b'"outcome":"NA"', b'"outcome":"NI"', 1))
    with pytest.raises(LedgerError, match=r"2026-11.ledger:1: .*Nothing is dialled"):
        LedgerFile(tmp_path, NOV)


def test_a_large_ledger_is_read_from_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outbound.ledger.file.TAIL_BYTES", 2000)
    written(tmp_path, *(attempt(f"a{number}") for number in range(100)))
    with LedgerFile(tmp_path, NOV) as ledger:
        assert 2 <= len(ledger.known) < 10
        ledger.add([attempt("a99"), attempt("b0")], NOV)
        ledger.add([attempt("c0")], NOV + MONTH)
    written(tmp_path, attempt("c1"), now=NOV + MONTH)
    assert kept(tmp_path) == [*(f"a{number}" for number in range(100)), "b0", "c0", "c1"]
    [november, _] = files(tmp_path)
    lines = november.read_bytes().splitlines(keepends=True)
    november.write_bytes(b"".join([*lines[:-2], lines[-2].replace(b"march", b"april"), lines[-1]]))
    with pytest.raises(LedgerError, match="it was changed"):
        LedgerFile(tmp_path, NOV)
    november.write_bytes(b"".join([lines[0].replace(b"march", b"april"), *lines[1:]]))
    LedgerFile(tmp_path, NOV).close()  # that is for the audit to find
    with pytest.raises(LedgerError, match=":1: it was changed"):
        kept(tmp_path)


def test_a_month_in_which_nothing_was_written_is_no_break(tmp_path: Path) -> None:
    written(tmp_path, attempt("a"))
    for month in ("2026-12", "2027-01", "2027-02"):
        (tmp_path / f"{month}.ledger").touch()
    written(tmp_path, attempt("b"), now=NOV + 3 * MONTH)
    assert kept(tmp_path) == ["a", "b"]


def test_what_was_said_is_written_once(tmp_path: Path) -> None:
    said = Disposed(attempt="a", campaign="spring", outcome="SALE", at=NOV, by="1001")
    written(tmp_path, attempt("a"), said, said)
    written(tmp_path, said, msgspec.structs.replace(said, at=NOV + 1))
    assert len(list(read(tmp_path))) == 3


def test_two_cannot_write_it(tmp_path: Path) -> None:
    with LedgerFile(tmp_path, NOV):
        program = "import pathlib, sys; from outbound.ledger.file import LedgerFile; "
        program += "LedgerFile(pathlib.Path(sys.argv[1]), 0)"
        command = [sys.executable, "-c", program, str(tmp_path)]
        other = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "another process writes this ledger" in other.stderr


def test_what_does_not_fit_on_the_disk_is_not_there_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LedgerFile(tmp_path, NOV) as ledger:
        ledger.add([attempt("a1")], NOV)
        write = os.write

        def half(file: int, data: bytes) -> int:
            write(file, data[: len(data) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as full:
            full.setattr(os, "write", half)
            with pytest.raises(LedgerError, match="No space left"):
                ledger.add([attempt("a2"), attempt("a3")], NOV)
        ledger.add([attempt("a2")], NOV)
    assert kept(tmp_path) == ["a1", "a2"]


# ── what it counts ───────────────────────────────────────────────────────────────────────────────


def test_the_drop_rate_by_both_definitions() -> None:
    """METRICS: 4 drops among 100 live answers; and with machines, x = 4 − 4 × 50 ÷ (50 + 96)."""
    entries = [answered(f"a{number}") for number in range(96)]
    entries += [answered(f"d{number}", agent_after=None, message_at=NOV + 11) for number in range(4)]
    entries += [
        answered(f"m{number}", agent_after=None, answer="machine", outcome="AM") for number in range(50)
    ]
    counts = count(entries, NOV - 1, NOV + 1)["spring"]
    assert (counts.attempts, counts.live, counts.machines, counts.drops) == (150, 100, 50, 4)
    assert counts.us == pytest.approx(0.04)
    x = 4 - 4 * 50 / (50 + 96)
    assert counts.uk == pytest.approx(x / (96 + x))
    assert counts.drops_without_message == 0


@pytest.mark.parametrize(
    ("agent_after", "dropped"), [(0.0, False), (2.0, False), (2.01, True), (5.0, True), (None, True)]
)
def test_an_agent_who_comes_too_late_is_a_drop(agent_after: float | None, dropped: bool) -> None:
    assert answered("a1", agent_after=agent_after).dropped is dropped


def test_the_window_is_by_when_it_was_dialled() -> None:
    entries = [attempt(f"a{number}", NOV + number) for number in range(10)]
    assert count(entries, NOV + 2, NOV + 5)["spring"].attempts == 3


# ── ringhall campaigns audit ─────────────────────────────────────────────────────────────────────


def audit(folder: Path, *options: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["audit", "--folder", str(folder), *options])
    return done.exit_code, done.output


def test_audit_of_a_good_month(tmp_path: Path) -> None:
    written(
        tmp_path,
        *(answered(f"a{number}") for number in range(100)),
        answered("d1", agent_after=None, message_at=NOV + 11),
    )
    status, told = audit(tmp_path, "--json")
    assert status == 0
    figures = json.loads(told)
    assert figures["lines"] == 101
    assert figures["campaigns"]["spring"]["drop_rate_us"] == pytest.approx(1 / 101, abs=1e-6)
    assert figures["campaigns"]["spring"]["outcomes"] == {"ANSWERED": 100, "DROP": 1}
    status, told = audit(tmp_path)
    assert status == 0
    assert figures["head"] in told


def test_audit_tells_what_is_wrong(tmp_path: Path) -> None:
    forbidden = [Verdict("dnc", allowed=False)]
    written(
        tmp_path,
        *(answered(f"a{number}") for number in range(9)),
        answered("d1", agent_after=None, verdicts=forbidden),
    )
    status, told = audit(tmp_path)
    assert status == 1
    assert "over the cap: 1 of 10 live answers dropped, 3 % are allowed" in told
    assert "1 of the dropped heard nothing within two seconds" in told
    assert "1 attempts were made although a rule forbade them" in told
    assert audit(tmp_path, "--cap", "20")[0] == 1  # the others stay wrong


def test_audit_of_a_broken_ledger(tmp_path: Path) -> None:
    written(tmp_path, attempt("a1"), attempt("a2"))
    (path,) = files(tmp_path)
    path.write_bytes(path.read_bytes().replace(b'"NA"', b'"NI"', 1))
    status, told = audit(tmp_path)
    assert status == 2
    assert f"{path}:1: it was changed" in told


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--from", "yesterday"], "is not a time; right ones are 2026-11-01"),
        (["--campaign", "summer"], "there are: spring"),
    ],
)
def test_audit_with_wrong_options(tmp_path: Path, options: list[str], words: str) -> None:
    written(tmp_path, attempt("a1"))
    status, told = audit(tmp_path, *options)
    assert (status, words in told) == (2, True)


def test_audit_where_nothing_was_dialled(tmp_path: Path) -> None:
    status, told = audit(tmp_path / "none")
    assert status == 2
    assert "nothing was dialled yet" in told
