"""Tests of a dialplan as an admin writes them: ``NAME.test.yaml`` beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from pydantic import BeforeValidator, Field

from callflow.values import told
from ivr.problems import Problem, in_order, near_name
from ivr.schema.common import Text, Written
from ivr.tools.call_up import CantCall, call_up, menu_of, moment
from ivr.tools.script import Answers, Keys, Script
from ivr.tools.trace import Line
from ivr.translate import node_at, validate
from ivr.yaml_tree import Mapping, Node, Sequence, parse, problem_at

if TYPE_CHECKING:
    from collections.abc import Mapping as AnyMapping

    from callflow.protocol import Stage
    from ivr.load import Source
    from ivr.steps import Site

MONDAY_MORNING = "2026-01-05 10:00"
"""When a test takes place that does not say it."""
ENDINGS = ("completed", "menu", "caller")


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _ending(value: Any) -> Any:
    if value not in ENDINGS:
        raise told("ending", "no call ends like that", f"Write one of: {', '.join(ENDINGS)}.")
    return value


Texts = Annotated[tuple[Text, ...], BeforeValidator(_listed)]


class CallTest(Written):
    """One call, and what must come of it."""

    name: Text
    """What it is about."""
    dial: Text | None = None
    """The number dialed; else the site's first."""
    caller: str = Field(default="", alias="from")
    """The caller's number; else anonymous."""
    at: str = MONDAY_MORNING
    """When it is, at the site: ``2026-12-24 18:05``."""
    keys: Keys = ()
    """What the caller does at each question: ``"1"``, ``"4711#"``, ``"-"`` for silence, ``hangup``."""
    answers: dict[str, Answers] = Field(default_factory=dict)
    """Stage → how it ends, or what a server answers to it; one for each time."""
    facts: dict[str, str] = Field(default_factory=dict)
    """Facts of the house: ``queue.cards.length: 3``."""
    reaches: Texts = ()
    """Menus, steps and stages that the call must come to, in this order: ``main``, ``queue cards``."""
    never: Texts = ()
    """What it must not come to."""
    hears: Texts = ()
    """Parts of what the caller must hear, in this order."""
    variables: dict[str, str] = Field(default_factory=dict)
    """Variables and their values at the end."""
    ends: Annotated[str, BeforeValidator(_ending)] | None = None
    """``completed`` by a stage, by the ``menu``, by the ``caller``."""


class Outcome(msgspec.Struct, frozen=True):
    """What came of a test."""

    name: str
    file: str
    line: int
    failures: tuple[str, ...]
    """Why it failed; none when it passed."""
    trace: tuple[Line, ...]


class Suite(msgspec.Struct, frozen=True):
    """The tests of a file."""

    tests: tuple[tuple[CallTest, int], ...]
    """Each with its line."""
    problems: tuple[Problem, ...]
    """What is wrong with the file; the tests that are left can be run all the same."""


def read_suite(source: Source, site: Site, stages: AnyMapping[str, type[Stage]]) -> Suite:
    """Read a file of tests, checked against the site that they are about."""
    tree, problems = parse(source.content, source.name)
    if tree is None:
        return Suite((), in_order(problems))
    listed = tree.get("tests")
    for key, _ in tree.items:
        if key.text != "tests":
            near = near_name(key.text, ["tests"])
            problems.append(
                problem_at(key, f'"{key.text}" means nothing here', near=near, remedy="Known here: tests.")
            )
    if not isinstance(listed, Sequence):
        remedy = 'Write "tests:" and below it one test a line, each beginning with "- name: ".'
        problems.append(problem_at(listed or tree, "there is no list of tests", remedy=remedy))
        return Suite((), in_order(problems))
    context = {"languages": site.languages, "known": {}}
    tests = []
    for node in listed.items:
        test = validate(CallTest, node, context, problems)
        if test is not None:
            problems += _against_site(test, node, site, stages)
            tests.append((test, node.line))
    return Suite(tuple(tests), in_order(problems))


async def run_test(
    test: CallTest,
    place: tuple[str, int],
    site: Site,
    sources: tuple[Source, ...],
    stages: AnyMapping[str, type[Stage]],
) -> Outcome:
    """Make the call of a test, and judge it."""
    script = Script(test.keys, test.answers, test.facts)
    try:
        call, ended = await call_up(
            site,
            sources,
            stages,
            script,
            dialed=test.dial or "",
            number=test.caller,
            at=moment(test.at, site),
        )
    except CantCall as error:
        return Outcome(test.name, *place, (str(error),), ())
    trace = call.trace
    failures = [ended] if ended.startswith("failed") else []
    if test.ends and ended != test.ends:
        failures.append(f"it ends by {ended}, not by {test.ends}")
    failures += _missing("come to", test.reaches, trace.reached(), exact=True)
    failures += [f"it came to {one}" for one in test.never if one in trace.reached()]
    failures += _missing("hear", test.hears, [line.text for line in trace.of("hears")], exact=False)
    for name, value in test.variables.items():
        if call.facts.get(name) != value:
            found = f'"{call.facts[name]}"' if name in call.facts else "not set"
            failures.append(f'{name} is {found}, not "{value}"')
    if script.keys_left:
        failures.append(f"the call was over before the caller did: {' '.join(script.keys_left)}")
    return Outcome(test.name, *place, tuple(failures), tuple(trace.lines))


def _missing(verb: str, wanted: tuple[str, ...], found: list[str], *, exact: bool) -> list[str]:
    """Tell the first thing that is not there, in order."""
    ahead = iter(found)
    for one in wanted:
        if not any(one == other if exact else one in other for other in ahead):
            there = any(one == other if exact else one in other for other in found)
            return [f'it did not {verb} "{one}"{" after what stands before it" if there else ""}']
    return []


def _against_site(
    test: CallTest, node: Node, site: Site, stages: AnyMapping[str, type[Stage]]
) -> list[Problem]:
    """Find names in a test that the site does not know."""
    found = []
    known = {block for block in site.blocks if "/" not in block}
    known |= {step.name for block in site.blocks.values() for step in block.steps}
    for field in ("reaches", "never"):
        for index, word in enumerate(getattr(test, field)):
            if word.partition(" ")[0] not in known:
                place = node_at(node, (field, index))
                found.append(
                    problem_at(
                        place,
                        f'the site has no menu and no step "{word}"',
                        near=near_name(word, known),
                        remedy='Write a menu, a step, or a step with what it names: "queue sales".',
                    )
                )
    for stage in test.answers:
        if stage not in stages:
            place = _key(node_at(node, ("answers",)), stage)
            remedy = f"There are: {', '.join(sorted(stages))}."
            found.append(
                problem_at(
                    place, f'there is no stage "{stage}"', near=near_name(stage, stages), remedy=remedy
                )
            )
    for field in ("dial", "at"):
        try:
            if field == "at":
                moment(test.at, site)
            elif test.dial:
                menu_of(site, test.dial)
        except CantCall as error:
            message, _, remedy = str(error).partition("; ")
            remedy = f"{remedy[:1].upper()}{remedy[1:]}."
            found.append(problem_at(node_at(node, (field,)), message, remedy=remedy))
    return found


def _key(node: Node, name: str) -> Node:
    items = node.items if isinstance(node, Mapping) else ()
    return next((key for key, _ in items if key.text == name), node)
