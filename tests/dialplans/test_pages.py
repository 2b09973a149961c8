"""The pages for admins: tests as shown there work, each key of them is explained, links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ivr.installed import stages_and_sections
from ivr.load import Source, load
from ivr.tools.dialplan_test import CallTest, read_suite, run_test
from ivr.tools.script import Answer

ROOT = Path(__file__).parent.parent.parent
DIALPLANS = (ROOT / "docs" / "dialplan.md").read_text(encoding="utf-8")
TESTS = (ROOT / "docs" / "dialplan-tests.md").read_text(encoding="utf-8")
_EXAMPLE = re.compile(r"```yaml\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("model", [CallTest, Answer], ids=lambda model: model.__name__)
def test_each_key_of_a_test_is_explained(model: type[CallTest | Answer]) -> None:
    for name, field in model.model_fields.items():
        assert f"| `{field.alias or name}` |" in TESTS, f"docs/dialplan-tests.md does not explain {name}"


async def test_the_tests_on_the_page_pass() -> None:
    stages, sections = stages_and_sections()
    site = _EXAMPLE.findall(DIALPLANS)[0]
    loaded = load([Source("site.yaml", ROOT, site.encode())], stages, sections)
    assert loaded.site is not None, loaded.problems
    written = Source("site.test.yaml", ROOT, _EXAMPLE.findall(TESTS)[0].encode())
    suite = read_suite(written, loaded.site, stages)
    assert suite.problems == ()
    assert len(suite.tests) == 2
    for test, line in suite.tests:
        outcome = await run_test(test, (written.name, line), loaded.site, loaded.sources, stages)
        assert outcome.failures == (), outcome.trace


@pytest.mark.parametrize("page", ["docs/dialplan.md", "docs/dialplan-tests.md", "README.md"])
def test_every_link_leads_somewhere(page: str) -> None:
    file = ROOT / page
    text = file.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (file.parent / path).resolve() if path else file
        assert target.exists(), f"{page}: {link} leads nowhere"
        if anchor:
            titles = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            known = {re.sub(r"[^\w\- ]", "", title).lower().replace(" ", "-") for title in titles}
            assert anchor in known, f"{page}: there is no title for {link}"
