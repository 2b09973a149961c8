"""The menu stage on a scripted call: what is done and what the log says, in order."""

from pathlib import Path

import pytest

from callflow.protocol import CallerGone
from ivr.menu_run import MenuFailure, MenuRun
from ivr.service import SiteService
from ivr.stage import MenuStage, MenuStart
from ivr.steps import Position
from records.events import ChoiceMade, DigitsCollected, LanguageChosen, StepEntered, VariableSet
from telephony.switch import Cause
from tests.ivr.fakes import FakeCall, FakeRuntime
from tests.ivr.site_homes import GOOD
from tests.ivr.test_interpreter import MENUS, loop_site
from tests.ivr.traces import site_of

SECRETS = """
site: Test
languages: [zh, en]
numbers: {"1000": main}
menus:
  main:
    - set: {greeting: hello}
    - collect: {into: pin, digits: 2, secret: yes, say: {zh: 密码, en: PIN}}
    - set: {copy: "{pin}", again: "-{copy}-"}
    - hangup: busy
"""


async def run(call: FakeCall, menu: str = "welcome") -> None:
    await MenuRun(call, MENUS, Position(menu, 0)).run()


def kinds(call: FakeCall) -> list[str]:
    return [type(event).__name__ for event in call.events]


async def test_through_the_menus_into_a_queue() -> None:
    call = FakeCall([(3.0, "2"), (3.1, "other 3"), (9.0, "1")])
    await run(call)
    assert call.done == [
        "answer", "play 中文", "play English", "stop", "play Hello", "play Choose",
        "run queue queue='sales' priority=3 max_wait=None",
    ]  # fmt: skip
    assert call.language == "en"
    assert kinds(call) == [
        "StepEntered", "ChoiceMade", "LanguageChosen", "StepEntered", "StepEntered", "StepEntered",
        "ChoiceMade", "StepEntered",
    ]  # fmt: skip
    first, last = call.events[0], call.events[-1]
    assert first == StepEntered(
        call="call-1",
        menu="welcome",
        step=0,
        kind="language",
        version=MENUS.version,
        line=9,
        file="test.yaml",
    )
    assert isinstance(last, StepEntered)
    assert (last.menu, last.step, last.kind) == ("sales", 0, "queue")
    assert ChoiceMade(call="call-1", menu="main", result="chosen", key="1") in call.events
    assert LanguageChosen(call="call-1", language="en") in call.events


async def test_silence_leads_where_the_admin_said() -> None:
    call = FakeCall([])
    await run(call, "main")
    assert call.done == [
        "answer",
        "play 选择",
        "play 选择",
        "run queue queue='sales' priority=3 max_wait=None",
    ]
    assert call.now() == 2 + 4 + 2 + 4
    assert [event.result for event in call.events if isinstance(event, ChoiceMade)] == [
        "no_input",
        "no_input",
    ]


async def test_digits_go_to_the_vault_unless_they_are_secret() -> None:
    call = FakeCall([(1.0 + number / 10, key) for number, key in enumerate("1234#42")] + [(9.0, "gone")])
    with pytest.raises(CallerGone):
        await run(call, "account")
    assert call.kept == {"account": "1234"}
    assert [event for event in call.events if isinstance(event, DigitsCollected)] == [
        DigitsCollected(call="call-1", variable="account", count=4),
        DigitsCollected(call="call-1", variable="pin", count=2, secret=True),
    ]
    assert "1234" not in str(call.events)
    assert call.facts["pin"] == "42"


async def test_what_is_set_goes_to_the_vault_unless_a_secret_went_into_it() -> None:
    site = site_of(SECRETS)
    call = FakeCall([(3.0, "4"), (3.1, "2")])
    await MenuRun(call, site, Position("main", 0)).run()
    assert call.kept == {"greeting": "hello"}
    assert [event for event in call.events if isinstance(event, VariableSet)] == [
        VariableSet(call="call-1", variable="greeting"),
        VariableSet(call="call-1", variable="copy", secret=True),
        VariableSet(call="call-1", variable="again", secret=True),
    ]
    assert call.facts["again"] == "-42-"
    assert "42" not in str(call.events)
    assert call.ending is Cause.BUSY


@pytest.mark.parametrize("when", [0.0, 1.0, 2.5, 3.9, 5.0, 30.0])
async def test_the_caller_may_hang_up_at_any_time(when: float) -> None:
    call = FakeCall([(when, "gone")], prompt_s=2.0)
    call.stage_outcomes = ["empty"] * 2
    try:
        await run(call, "main")
    except CallerGone:
        assert call.now() <= max(when, 12)


async def test_a_stages_outcome_takes_its_branch() -> None:
    call = FakeCall([])
    call.stage_outcomes = ["empty", "max_wait"]
    await run(call, "sales")
    assert call.done == [
        "run queue queue='sales' priority=3 max_wait=None", "answer", "play 没有人",
        "run queue queue='sales' priority=0 max_wait=None", "play 抱歉",
    ]  # fmt: skip


async def test_a_loop_fails_the_call_with_its_place() -> None:
    with pytest.raises(MenuFailure, match=r"loop\.yaml:1 \(.\): 200 steps in a row"):
        await MenuRun(FakeCall([]), loop_site(), Position("a", 0)).run()


async def test_a_resumed_call_goes_on_at_its_step(tmp_path: Path) -> None:
    (tmp_path / "dialplans").mkdir()
    (tmp_path / "dialplans" / "site.yaml").write_text(GOOD)
    runtime = FakeRuntime(tmp_path / "var", tmp_path / "dialplans")
    service = SiteService.create(runtime)
    await service.start()
    runtime.parts.append(service)
    stage = MenuStage.create(runtime)
    call = FakeCall([])
    call.resumed, call.resume_at = True, ("main", 1, service.site.version)
    assert await stage.run(call, MenuStart(menu="main")) == "completed"
    assert call.done == ["run queue queue='sales' priority=0 max_wait=None"]
    fresh = FakeCall([])
    fresh.resume_at = ("main", 1, service.site.version)
    await stage.run(fresh, MenuStart(menu="main"))
    assert fresh.done[:2] == ["answer", "play 你好"]
