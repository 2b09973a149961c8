"""Mutated expressions and dialplans: whatever is written, the answer is a value or a documented problem."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from callflow.expressions import ExpressionError, parse, parse_template
from callflow.prompt import pieces_of
from ivr.installed import stages_and_sections
from ivr.interpreter import Input, Interpreter, Key, PlayEnded, RunStage, StageEnded, Started, Tick
from ivr.load import Source, load
from ivr.problems import Problem, Severity
from ivr.steps import Position, StageStep

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from ivr.load import Loaded
    from ivr.steps import Site

ROOT = Path(__file__).parent.parent
NAMES = ("tier", "x", "missing", "queue.sales.length", "caller.number", "now.weekday")
VALUES = ("1", "0.5", "2m30s", '"text"', "'+49'", "yes", "no", "007", '"2026-12-24"')
SIGNS = ("==", "!=", "<", "<=", ">", ">=", "in", "not in", "contains", "starts with", "ends with")
MARKS = (
    "(",
    ")",
    "[",
    "]",
    ",",
    "=",
    "not",
    "中",
    "{",
    "}",
    "|",
    "{{",
    "}}",
    "|money",
    "|digits",
    '"',
    "'",
    ".",
)
LINES = (
    *("- hangup", "- return", "- goto: main", "- call: main", "- play: {en: a, zh: b}", "  then: hangup"),
    *("- if: x", "- set: {x: 1}", "- queue: q", "numbers:", "menus:", "hours:", "  daily: closed"),
    *('    - say: {digits: "{x}"}', "languages: [en]", "<<: *a", "&a", "- - -", "\t", "#: x", "? x", "---"),
    *("!!python/object:os.system x", "%YAML 9"),
)
CALLER_ACTS = 40


class Surprise(AssertionError):  # noqa: N818 - named for what happened
    """Something happened that is not documented; the message holds what was written."""


def expression(dice: random.Random) -> str:
    """Make an expression, or a text with some, that was right before it was mutated."""
    text = _expression(dice, dice.randint(0, 4))
    if dice.random() < 0.3:
        text = f"a {{{text}|{dice.choice(['url', 'money EUR', 'digits', 'nothing', 'date short'])}}} b"
    if dice.random() < 0.5:
        words = text.split(" ")
        words[dice.randrange(len(words))] = dice.choice((*MARKS, *SIGNS, *VALUES))
        text = " ".join(words)
    return _mangled(text, dice, dice.choice([0, 0, 1, 2]))


def _expression(dice: random.Random, depth: int) -> str:  # noqa: PLR0911 - one line a form
    if depth == 0:
        return dice.choice((*NAMES, *VALUES))
    left, right = _expression(dice, depth - 1), _expression(dice, dice.randrange(depth))
    match dice.randrange(6):
        case 0:
            return f"({left}) {dice.choice(('and', 'or'))} {right}"
        case 1:
            return f"not ({left})"
        case 2:
            return f"({left}) {dice.choice(('+', '-', '*', '/', '%'))} ({right})"
        case 3:
            return f"{dice.choice(('length', 'round', 'known'))}({left})"
        case 4:
            return f"({left}) in [{right}, {left}]"
    return f"({left}) {dice.choice(SIGNS)} ({right})"


def try_expression(text: str, dice: random.Random) -> bool:
    """Read and evaluate; tells whether it could be read.  Raises :class:`Surprise`."""
    facts = {"tier": "gold", "x": dice.choice(["", "2", "1e999", "-0.0000000001", "9" * 400, "中"])}
    try:
        for read in (parse, parse_template):
            read(text).text(facts.get)
        pieces_of(text, "en")
    except ExpressionError as error:
        if not error.message or not 1 <= error.column <= len(text) + 1:
            raise Surprise(f"{error!r} has no place: {text!r}") from error
        return False
    except Exception as error:
        raise Surprise(f"{error!r}: {text!r}") from error
    return True


class Dialplans:
    """Mutates whole sites: those of ``dialplans/``, and every example of the page for admins."""

    def __init__(self) -> None:
        self._stages, self._sections = stages_and_sections()
        page = (ROOT / "docs" / "dialplan.md").read_text(encoding="utf-8")
        self._samples = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
        paths = [path for path in (ROOT / "dialplans").rglob("*.yaml") if ".test" not in path.name]
        self._sites = [path.read_text(encoding="utf-8") for path in paths]
        self._sites.append(next(sample for sample in self._samples if "site:" in sample))

    def mutated(self, dice: random.Random) -> bytes:
        """Make a dialplan that was a good one once."""
        lines = dice.choice(self._sites).splitlines()
        for _ in range(dice.choice([1, 1, 1, 2, 4])):
            self._mutate(lines, dice)
        text = _mangled("\n".join(lines), dice, dice.choice([0, 0, 0, 0, 1, 3]))
        content = text.encode("utf-8", "surrogatepass")
        if dice.random() < 0.02:
            at = dice.randrange(len(content))
            content = content[:at] + bytes([dice.randrange(256)]) + content[at + 1 :]
        return content

    def _mutate(self, lines: list[str], dice: random.Random) -> None:
        at = dice.randrange(len(lines)) if lines else 0
        indent = " " * dice.choice([0, 2, 4, 6])
        match dice.randrange(7):
            case 0 if lines:
                del lines[at]
            case 1 if lines:
                lines.insert(at, lines[dice.randrange(len(lines))])
            case 2 if lines:
                lines[at] = dice.choice(["", " ", "  "]) + lines[at].lstrip()
            case 3:
                lines[at:at] = [f"{indent}{line}" for line in dice.choice(self._samples).splitlines()]
            case 4 if lines:
                key, colon, _ = lines[at].partition(":")
                lines[at] = f"{key}{colon} {_expression(dice, dice.randint(0, 2))}"
            case _:
                lines.insert(at, indent + dice.choice(LINES))

    def try_one(self, content: bytes, dice: random.Random) -> Sequence[Problem]:
        """Read a dialplan, and when it is good let a caller press keys in it.  Raises :class:`Surprise`."""
        try:
            loaded = load([Source("fuzz.yaml", ROOT / "dialplans", content)], self._stages, self._sections)
            _well_formed(loaded)
            if loaded.site is not None:
                _call(loaded.site, dice)
        except Exception as error:
            raise Surprise(f"{error!r}\n{content.decode('utf-8', 'replace')}") from error
        return loaded.problems


def _well_formed(loaded: Loaded) -> None:
    errors = any(problem.severity is Severity.ERROR for problem in loaded.problems)
    if (loaded.site is None) != errors:
        raise Surprise("a site and errors, or neither")
    for problem in loaded.problems:
        told = str(problem)
        known = problem.file == "fuzz.yaml" and problem.line >= 1 and problem.column >= 1 and problem.message
        if not known or "Traceback" in told or "object at 0x" in told or "validation error" in told:
            raise Surprise(f"an undocumented problem: {told}")


def _call(site: Site, dice: random.Random) -> None:
    """Call every number once, and act at random."""
    for menu in set(site.numbers.values()):
        facts = {"x": "2"}
        menus = Interpreter(site, Position(menu, 0), site.languages[0], facts, look_up=_open_hours)
        out, now = menus.handle(Started(), 0.0), 0.0
        for _ in range(CALLER_ACTS):
            if menus.over:
                break
            now += dice.random() * 5
            if any(isinstance(command, RunStage) for command in out):
                step = menus.step
                assert isinstance(step, StageStep)  # noqa: S101 - what the interpreter promises
                out = menus.handle(StageEnded(dice.choice(["completed", *step.outcomes])), now)
            else:
                acts: tuple[Input, ...] = (Key(dice.choice("0123456789*#")), PlayEnded(), Tick())
                out = menus.handle(dice.choice(acts), now)


def _open_hours(name: str) -> str | None:
    return "open" if name.startswith("hours.") else None


def _mangled(text: str, dice: random.Random, times: int) -> str:
    for _ in range(times):
        at = dice.randint(0, len(text))
        piece = dice.choice(
            ['"', "{", "}", "[", ":", " ", "\n", "é", "\x07", "-", "|", "*", "&", "0", "中", "\ufeff"]
        )
        text = text[:at] + piece + text[at + dice.choice([0, 1]) :]
    return text
