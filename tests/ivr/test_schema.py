"""The JSON Schema agrees with ``ringhall check``: on every example, and on every broken file where it can."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from ivr.commands.common import installed
from ivr.commands.schema import app
from ivr.load import load
from ivr.tools.schema import schema_of
from ivr.translate import to_data
from ivr.yaml_tree import Mapping, parse
from tests.ivr.editor_view import as_editor
from tests.ivr.parts import SECTIONS, STAGES
from tests.ivr.test_bad_dialplans import CASES, load_case, parts_of
from tests.ivr.test_docs import EXAMPLES, ROOT, _whole

NOT_EXPRESSIBLE = {
    **dict.fromkeys(("alias_bomb", "nested_too_deep"), "size"),
    **dict.fromkeys(("menu_in_two_files", "number_in_two_files"), "several files"),
    **dict.fromkeys(("recording_missing", "recording_of_the_wrong_rate"), "other files"),
    **dict.fromkeys(("expression_wrong", "fact_unknown", "names_unknown"), "the language of expressions"),
    **dict.fromkeys(("language_that_values_lack", "say_in_a_language_without_numbers"), "what can be spoken"),
    **dict.fromkeys(("duplicate_keys", "tagged"), "the editor's YAML reader tells it"),
    **dict.fromkeys(("hours_never_open", "numbers_alike", "routing_too_late", "unused_queue"), "a warning"),
    **dict.fromkeys(
        ("language_lacking", "unknown_language", "unknown_menu", "unknown_skill"), "names of this site"
    ),
    **dict.fromkeys(
        (
            "calls_in_a_circle",
            "dead_ends",
            "no_way_out",
            "return_without_call",
            "routing_overflow_in_a_circle",
            "silence_for_ever",
            "sub_menu_dead_ends",
            "unreachable",
        ),
        "where calls can go",
    ),
    "text_without_language": "depends on the number of languages",
}


def validator(site: Any = None, *, part: bool = False) -> Draft202012Validator:
    stages, sections = installed("test")
    return Draft202012Validator(schema_of({**STAGES, **stages}, [*sections], site, part=part))


@pytest.fixture(scope="module")
def whole() -> Draft202012Validator:
    return validator()


def errors(schema: Draft202012Validator, data: Any) -> list[str]:
    return [f"{error.json_path}: {error.message[:300]}" for error in schema.iter_errors(data)]


def tree_of(text: str) -> Mapping:
    tree, problems = parse(text.encode(), "x.yaml")
    assert tree is not None, problems
    return tree


def test_it_is_a_schema(whole: Draft202012Validator) -> None:
    Draft202012Validator.check_schema(whole.schema)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.strip().splitlines()[0][:30])
@pytest.mark.parametrize("view", [to_data, as_editor], ids=["as written", "as an editor reads it"])
def test_every_example_of_the_page_fits(whole: Draft202012Validator, view: Any, example: str) -> None:
    assert not errors(whole, view(tree_of(_whole(example))))


SITES = sorted(file for file in (ROOT / "dialplans").rglob("*.yaml") if ".test." not in file.name)


@pytest.mark.parametrize("file", SITES, ids=lambda path: path.name)
def test_every_site_fits(file: Path) -> None:
    tree = tree_of(file.read_text(encoding="utf-8"))
    assert not errors(validator(part=True), as_editor(tree))
    assert not errors(validator(part=True), to_data(tree))


@pytest.mark.parametrize("case", [case for case in CASES if case.is_file()], ids=lambda path: path.stem)
def test_broken_files_are_refused(case: Path) -> None:
    tree, unreadable = parse(case.read_bytes(), case.name)
    schema = Draft202012Validator(schema_of(*parts_of(case)))
    refused = tree is None or bool(unreadable) or bool(errors(schema, as_editor(tree)))
    if case.stem in NOT_EXPRESSIBLE or case.stem.startswith("loop_"):
        assert tree is not None or unreadable
    else:
        assert refused, load_case(case).problems


def test_what_a_schema_can_not_express_is_that_still() -> None:
    for case in CASES:
        if case.stem in NOT_EXPRESSIBLE and case.is_file():
            schema = Draft202012Validator(schema_of(*parts_of(case)))
            tree, unreadable = parse(case.read_bytes(), case.name)
            if tree is not None and not unreadable:
                assert not errors(schema, as_editor(tree)), f"{case.stem} is expressible after all"


def test_names_of_a_site_are_completed_and_others_refused() -> None:
    text = (
        'site: S\nlanguages: [en]\nnumbers: {"1": main}\nskills: [sales]\nqueues: {q: {needs: {sales: 1}}}\n'
        "menus:\n  main:\n    - play: {en: Hello}\n    - queue: q\n  "
    )
    from ivr.load import Source

    site = load([Source("x.yaml", ROOT, text.encode())], STAGES, SECTIONS).site
    assert site is not None
    schema = Draft202012Validator(schema_of(STAGES, SECTIONS, site))
    assert not errors(schema, as_editor(tree_of(text)))
    for right, wrong in [
        ("main}", "mian}"),
        ("queue: q", "queue: p"),
        ("{en: H", "{de: H"),
        ("sales: 1", "s: 1"),
    ]:
        assert errors(schema, as_editor(tree_of(text.replace(right, wrong)))), wrong


def test_every_key_of_every_step_is_described(whole: Draft202012Validator) -> None:
    bare = []

    def walk(schema: Any, path: str) -> None:
        if isinstance(schema, dict):
            for name, field in schema.get("properties", {}).items():
                if "description" not in field and "$ref" not in field:
                    bare.append(f"{path}.{name}")
            for key, value in schema.items():
                if key not in {"if", "then", "else", "not"}:
                    walk(value, f"{path}.{key}")

    stages, sections = installed("test")
    walk(schema_of(stages, sections), "")
    assert not bare


def test_the_command(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["$schema"].endswith("2020-12/schema")
    site = CliRunner().invoke(app, [str(ROOT / "dialplans" / "demo.yaml")])
    assert '"sorry"' in site.stdout
    broken = tmp_path / "x.yaml"
    broken.write_text("menus: 1\n")
    assert CliRunner().invoke(app, [str(broken)]).exit_code == 1
