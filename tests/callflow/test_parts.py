import pytest
from pydantic import BaseModel

from callflow.parts import SECTIONS, SERVICES, PartError, check_sections, in_order, load
from callflow.protocol import Section


def service(*needs: str) -> type:
    return type("AnyService", (), {"needs": needs})


def test_services_start_after_those_they_need() -> None:
    order = in_order({"desk": service("acd"), "acd": service("ivr"), "ivr": service()})
    assert order == ["ivr", "acd", "desk"]


def test_a_missing_service_is_named_with_those_that_exist() -> None:
    with pytest.raises(PartError, match=r"'acd' needs service 'records'.*there are: acd"):
        in_order({"acd": service("records")})


def test_a_circle_is_shown() -> None:
    with pytest.raises(PartError, match="circle: "):
        in_order({"a": service("b"), "b": service("a")})


def test_the_built_in_stages_come_through_the_same_door() -> None:
    assert {"menu", "queue", "agent_line"} <= set(load("ringhall.stages"))


def test_sections_are_those_that_services_read() -> None:
    read = {kind.section.name: kind.section for kind in load(SERVICES).values() if hasattr(kind, "section")}
    assert load(SECTIONS) == read
    check_sections(load(SERVICES))


def test_a_section_that_is_not_declared_is_named() -> None:
    section = Section(name="lamps", defines="lamp", model=BaseModel)
    lights = type("Lights", (), {"needs": (), "section": section})
    with pytest.raises(PartError, match=r"'lights' reads the section 'lamps'.*ringhall\.sections"):
        check_sections({"lights": lights})
