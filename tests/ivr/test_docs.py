"""The page for admins shows every step and key, and every example of it is a dialplan that works."""

import re
from pathlib import Path

import pytest

from ivr.load import Source, load, load_folder
from ivr.schema import OWN_STEPS
from ivr.schema.common import Again
from ivr.schema.site import Header
from tests.ivr.parts import SECTIONS, STAGES

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "dialplan.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("name", [*OWN_STEPS, "queue"])
def test_each_step_has_a_section_with_an_example(name: str) -> None:
    section = re.search(rf"\n### `{name}`\n(.*?)(?=\n###? |\Z)", PAGE, re.DOTALL)
    assert section is not None, f"docs/dialplan.md lacks a section for the step {name}"
    assert re.search(rf"```yaml\n(?:.*\n)*?\s*- {name}\b", section[1]), f"the section {name} lacks an example"


@pytest.mark.parametrize("model", [*OWN_STEPS.values(), Header, Again], ids=lambda model: model.__name__)
def test_each_key_is_explained(model: type) -> None:
    for field in model.model_fields:  # type: ignore[attr-defined]
        assert f"`{field}`" in PAGE, f"docs/dialplan.md does not explain {field} of {model.__name__}"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.strip().splitlines()[0][:30])
def test_examples_work(example: str) -> None:
    site = _whole(example)
    loaded = load([Source("docs.yaml", ROOT / "docs", site.encode())], STAGES, SECTIONS)
    errors = [problem for problem in loaded.problems if problem.severity == "error"]
    assert not errors, "\n".join(map(str, errors)) + "\n" + site


def _whole(example: str) -> str:
    """Make a site of an example: steps alone become a menu, menus that they name are added."""
    if re.search(r"^menus:", example, re.MULTILINE) and re.search(r"^site:", example, re.MULTILINE):
        return example
    body = "".join(f"    {line}\n" for line in example.splitlines())
    others = sorted(set(re.findall(r"\b(main|sales|support|operator|leave_message)\b", example)))
    menus = "".join(f"  {name}:\n    - queue: sales\n" for name in others)
    numbers = ", ".join(f'"{number}": {name}' for number, name in enumerate(["example", *others]))
    return (
        f"site: Docs\nlanguages: [zh, en]\nnumbers: {{{numbers}}}\nskills: [sales]\n"
        f"queues: {{sales: {{needs: {{sales: 1}}}}}}\nmenus:\n{menus}  example:\n{body}    - hangup\n"
    )


def test_the_sites_in_dialplans_are_in_order() -> None:
    loaded = load_folder(ROOT / "dialplans", STAGES, SECTIONS)
    assert loaded.problems == ()
    assert loaded.site is not None
    assert loaded.site.numbers == {"1000": "welcome", "+862155501000": "welcome"}
