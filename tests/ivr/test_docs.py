"""The page for admins shows every step and key, and every example of it is a dialplan that works."""

import re
from pathlib import Path

import pytest

from acd.config import OverflowDefinition, QueueDefinition, RelaxDefinition
from callflow.expressions import FILTERS
from callflow.expressions.nodes import ARITY
from callflow.protocol import Section
from callflow.spoken import KINDS
from callflow.spoken.currencies import CURRENCIES
from ivr.check_digits import CHECKS
from ivr.commands.common import installed
from ivr.installed import stages_and_sections
from ivr.load import Source, load, load_folder
from ivr.names import CALL_FACTS
from ivr.schema import OWN_SECTIONS, OWN_STEPS
from ivr.schema.collect import Confirm
from ivr.schema.common import Again
from ivr.schema.hours import HoursDefinition
from ivr.schema.say import SpokenValue
from ivr.schema.site import Header

REAL_SECTIONS = [*OWN_SECTIONS, *stages_and_sections()[1]]

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "dialplan.md").read_text(encoding="utf-8")
STAGES, SECTIONS = installed("test")
STAGE_STEPS = [name for name in STAGES if name not in {"menu", "agent_line", "agent_dial"}]
TRUNKS_PAGE = (ROOT / "docs" / "trunks.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE + TRUNKS_PAGE, re.DOTALL)


@pytest.mark.parametrize("name", [*OWN_STEPS, *STAGE_STEPS])
def test_each_step_has_a_section_with_an_example(name: str) -> None:
    section = re.search(rf"\n### `{name}`\n(.*?)(?=\n###? |\Z)", PAGE, re.DOTALL)
    assert section is not None, f"docs/dialplan.md lacks a section for the step {name}"
    assert re.search(rf"```yaml\n(?:.*\n)*?\s*- {name}\b", section[1]), f"the section {name} lacks an example"


@pytest.mark.parametrize(
    "model",
    [*OWN_STEPS.values(), Header, Again, Confirm, SpokenValue, HoursDefinition],
    ids=lambda model: model.__name__,
)
def test_each_key_is_explained(model: type) -> None:
    for name, field in model.model_fields.items():  # type: ignore[attr-defined]
        key = field.alias or name
        assert f"`{key}`" in PAGE, f"docs/dialplan.md does not explain {key} of {model.__name__}"


@pytest.mark.parametrize("name", STAGE_STEPS)
def test_each_key_and_outcome_of_a_stage_is_explained(name: str) -> None:
    section = re.search(rf"\n### `{name}`\n(.*?)(?=\n### |\Z)", PAGE, re.DOTALL)
    assert section is not None
    outcomes = STAGES[name].outcomes - {"completed"}
    for key in [*STAGES[name].step.model_fields, *(f"on_{outcome}" for outcome in outcomes)]:
        assert f"`{key}`" in section[1], f"docs/dialplan.md does not explain {key} of the step {name}"


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_each_key_of_a_section_is_explained(section: Section) -> None:
    pages = PAGE + "".join(
        (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
        for name in ("agents", "emotion", "trunks", "outbound", "listeners")
    )
    for key in section.model.model_fields:
        assert f"`{key}`" in pages, f"no page explains {key} of {section.name}"


def test_each_key_of_a_queue_stands_in_an_example() -> None:
    section = re.search(r"\n### `queue`\n(.*?)(?=\n### )", PAGE, re.DOTALL)
    assert section is not None
    examples = "".join(re.findall(r"```yaml\n(.*?)```", section[1], re.DOTALL))
    definition = examples.partition("queues:")[2]
    for model in (QueueDefinition, RelaxDefinition, OverflowDefinition):
        for key in model.model_fields:
            assert re.search(rf"\b{key}:\s", definition), f"no example in the section queue has {key}"
            assert f"`{key}`" in section[1], f"the section queue does not explain {key}"
    for key in STAGES["queue"].step.model_fields:
        assert re.search(rf"\b{key}:\s", examples.partition("queues:")[0]), (
            f"no example of the step has {key}"
        )


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.strip().splitlines()[0][:30])
def test_examples_work(example: str) -> None:
    site = _whole(example)
    loaded = load([Source("docs.yaml", ROOT / "docs", site.encode())], STAGES, SECTIONS)
    errors = [problem for problem in loaded.problems if problem.severity == "error"]
    assert not errors, "\n".join(map(str, errors)) + "\n" + site


BASE = {
    "site": "Docs",
    "languages": "[zh, en]",
    "skills": "[sales]",
    "queues": "{sales: {needs: {sales: 1}}}",
    "listeners": "{voice_activity: {}}",
    "mailboxes": "{cards: {longest: 1m}}",
    "trunks": '{carrier: {allow: ["+86 21 *"]}}',
    "country": "CN",
    "routes": '{china: {numbers: ["+86 *"], over: [carrier]}}',
    "hours": '{office: {mon-fri: "08:30-18:00"}}',
    "webhooks": '{crm: {url: "https://crm.example/"}, texts: {url: "https://sms.example/"}}',
}


def _whole(example: str) -> str:
    """Make a site of an example: steps alone become a menu, what they name is added."""
    if re.search(r"^menus:", example, re.MULTILINE) and re.search(r"^site:", example, re.MULTILINE):
        return example
    section = re.match(r"(\w+):", example)
    base = {name: text for name, text in BASE.items() if section is None or name != section[1]}
    head = "".join(f"{name}: {text}\n" for name, text in base.items())
    body = "".join(f"    {line}\n" for line in example.splitlines()) if section is None else ""
    others = sorted(set(re.findall(r"\b(main|sales|support|operator|leave_message)\b", example)))
    menus = "".join(f"  {name}:\n    - queue: sales\n" for name in others)
    numbers = ", ".join(f'"{number}": {name}' for number, name in enumerate(["example", *others]))
    if example.startswith("menus:"):
        return f"{head}numbers: {{{numbers}}}\n{example}{menus}"
    known = "    - set: {tier: gold, order: '1', name: Ada, amount: '1'}\n" if section is None else ""
    return (
        f"{head}{example if section else ''}numbers: {{{numbers}}}\n"
        f"menus:\n{menus}  example:\n{known}{body}    - hangup\n"
    )


def test_the_sites_in_dialplans_are_in_order() -> None:
    loaded = load_folder(ROOT / "dialplans", STAGES, SECTIONS)
    assert loaded.problems == ()
    assert loaded.site is not None
    assert loaded.site.numbers == {"1000": "welcome", "+862155501000": "welcome"}


def test_every_fact_is_listed() -> None:
    facts = {
        *CALL_FACTS,
        *(
            f"{section.facts_under or section.defines}.NAME.{fact}"
            for section in REAL_SECTIONS
            for fact in section.facts
        ),
    }
    listed = set(
        re.findall(r"`([a-z]+(?:\.[A-Za-z_]+)*)`", PAGE.partition("### Facts")[2].partition("###")[0])
    )
    assert facts <= listed


def test_every_function_and_filter_is_listed() -> None:
    for name in [*ARITY, *FILTERS, *KINDS, *CURRENCIES, *CHECKS]:
        assert re.search(rf"\b{name}\b", PAGE), name
