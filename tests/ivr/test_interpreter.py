"""Calls through menus as tables: what the caller does and when, and what must come of it."""

import time

import pytest

from ivr import interpreter as i
from ivr.steps import Block, Goto, Position, Site
from tests.ivr.traces import run_trace, site_of

MENUS = site_of(
    """
site: Test
languages: [zh, en]
numbers: {"1000": welcome}
skills: [sales]
queues: {sales: {needs: {sales: 1}, on_max_wait: sorry}}
menus:
  welcome:
    - language: {"1": zh, "2": en}
      say: {zh: 中文, en: English}
    - play: {zh: 你好, en: Hello}
    - goto: main
  main:
    - menu:
        say: {zh: 选择, en: Choose}
        keys:
          "1": sales
          "2": account
          "3": notice
          "*": main
        timeout: 4s
        no_input: {again: 1, then: sales}
        invalid: {again: 1, say: {zh: 无效, en: Invalid}, then: sorry}
  sales:
    - queue: sales
      priority: 3
      on_empty:
        - play: {zh: 没有人, en: Nobody}
    - queue: sales
  account:
    - collect:
        into: account
        digits: 3-5
        say: {zh: 账号, en: Account}
        timeout: 5s
        between: 2s
        no_input: {again: 1, then: sorry}
        invalid: {again: 1, say: {zh: 不对, en: Wrong}, then: sorry}
    - collect: {into: pin, digits: 2, say: {zh: 密码, en: PIN}, secret: yes}
    - goto: main
  notice:
    - play: {zh: 录音, en: Recorded}
      barge_in: no
    - menu:
        say: {zh: 同意, en: Agree}
        barge_in: no
        keys: {"1": sales}
        no_input: {again: 0, then: sorry}
        invalid: {again: 0, then: sorry}
  sorry:
    - play: {zh: 抱歉, en: Sorry}
    - hangup
"""
)

TRACES = {
    "the straight way": """
0    start    | enter welcome.0 language | play 中文
1    played   | play English
2    played
3    key 2    | chosen welcome 2 | language en | enter welcome.1 play | play Hello
4    played   | enter welcome.2 goto | enter main.0 menu | play Choose
5    played
6    key 1    | chosen main 1 | enter sales.0 queue | run queue priority=3 queue=sales
60   ended completed | hang up
""",
    "barge-in at every prompt": """
0    start    | enter welcome.0 language | play 中文
0.5  key 2    | stop | chosen welcome 2 | language en | enter welcome.1 play | play Hello
0.9  key 1    | stop | enter welcome.2 goto | enter main.0 menu | chosen main 1 | enter sales.0 queue | \
 run queue priority=3 queue=sales
""",
    "keys before the start are kept": """
0    key 2
0    key 9
0    start    | enter welcome.0 language | chosen welcome 2 | language en | enter welcome.1 play | \
 enter welcome.2 goto | enter main.0 menu | invalid main 9 | play Invalid
1    played   | play Choose
""",
    "no language chosen": """
0    start    | enter welcome.0 language | play 中文
1    played   | play English
2    played
6.9  tick
7    tick     | no_input welcome | play 中文
8    played   | play English
9    played
14   tick     | no_input welcome | language zh | enter welcome.1 play | play Hello
""",
    "silence in a menu": """
0    start    | enter welcome.0 language | play 中文
0    key 2    | stop | chosen welcome 2 | language en | enter welcome.1 play | play Hello
1    played   | enter welcome.2 goto | enter main.0 menu | play Choose
2    played
5.9  tick
6    tick     | no_input main | play Choose
7    played
11   tick     | no_input main | enter sales.0 queue | run queue priority=3 queue=sales
""",
    "wrong keys, and a way back": """
0    start    | enter welcome.0 language | play 中文
0    key 2    | stop | chosen welcome 2 | language en | enter welcome.1 play | play Hello
1    played   | enter welcome.2 goto | enter main.0 menu | play Choose
2    key 7    | stop | invalid main 7 | play Invalid
3    key *    | stop | chosen main * | enter main.0 menu | play Choose
4    key #    | stop | invalid main # | play Invalid
5    played   | play Choose
6    played
7    key A    | invalid main A | enter sorry.0 play | play Sorry
8    played   | enter sorry.1 hangup | hang up
9    key 1
""",
    "a stage's branches": """
0    start    | enter welcome.0 language | play 中文
0    key 2    | stop | chosen welcome 2 | language en | enter welcome.1 play | play Hello
0    key 1    | stop | enter welcome.2 goto | enter main.0 menu | chosen main 1 | enter sales.0 queue | \
 run queue priority=3 queue=sales
9    key 5
10   ended empty    | enter sales/0/on_empty.0 play | play Nobody
11   played         | enter sales.1 queue | run queue queue=sales
12   ended max_wait | enter sorry.0 play | play Sorry
""",
    "an outcome without a branch ends the call at the last step": """
0    start    | enter welcome.0 language | play 中文
0    key 2    | stop | chosen welcome 2 | language en | enter welcome.1 play | play Hello
0    key 1    | stop | enter welcome.2 goto | enter main.0 menu | chosen main 1 | enter sales.0 queue | \
 run queue priority=3 queue=sales
10   ended empty    | enter sales/0/on_empty.0 play | play Nobody
11   played         | enter sales.1 queue | run queue queue=sales
12   ended empty    | hang up
""",
}

COLLECT = {
    "digits to the terminator": """
0    start    | enter account.0 collect | play Account
1    played
2    key 1
3    key 2
4    key 3
5    key #    | collected account=123 | enter account.1 collect | play PIN
6    key 4    | stop
7    key 2    | collected pin=42 secret | enter account.2 goto | enter main.0 menu | play Choose
""",
    "a habitual hash after the last digit is not an answer": """
0    start    | enter account.0 collect | play Account
1    key 1    | stop
1    key 2
1    key 3
1    key 4
1    key 5    | collected account=12345 | enter account.1 collect | play PIN
2    key #
3    key #    | stop | invalid account | play PIN
""",
    "one digit too many belongs to the next question": """
0    start    | enter account.0 collect | play Account
1    key 1    | stop
1    key 2
1    key 3
1    key 4
1    key 5    | collected account=12345 | enter account.1 collect | play PIN
2    key 6    | stop
3    key 7    | collected pin=67 secret | enter account.2 goto | enter main.0 menu | play Choose
""",
    "a pause after enough digits takes them": """
0    start    | enter account.0 collect | play Account
1    key 1    | stop
2    key 2
3    key 3
4.9  tick
5    tick     | collected account=123 | enter account.1 collect | play PIN
""",
    "too few digits, twice": """
0    start    | enter account.0 collect | play Account
1    key 1    | stop
3    tick     | invalid account | play Wrong
4    played   | play Account
5    key 1    | stop
5    key #    | invalid account | enter sorry.0 play | play Sorry
""",
    "a star is no digit": """
0    start    | enter account.0 collect | play Account
1    key 1    | stop
1    key 2
1    key *    | invalid account | play Wrong
2    key 7    | stop
3    key 8
4    key 9
4    key #    | collected account=789 | enter account.1 collect | play PIN
""",
    "nothing at all": """
0    start    | enter account.0 collect | play Account
1    played
6    tick     | no_input account | play Account
7    played
12   tick     | no_input account | enter sorry.0 play | play Sorry
""",
}

NOTICE = {
    "a notice is heard to its end": """
0    start    | enter notice.0 play | play Recorded
1    key 1
2    played   | enter notice.1 menu | play Agree
3    key 1
4    played
5    key 1    | chosen notice 1 | enter sales.0 queue | run queue priority=3 queue=sales
""",
}


@pytest.mark.parametrize("name", TRACES)
def test_menus(name: str) -> None:
    expected, found = run_trace(MENUS, TRACES[name])
    assert found == expected


@pytest.mark.parametrize("name", COLLECT)
def test_collect(name: str) -> None:
    expected, found = run_trace(MENUS, COLLECT[name], Position("account", 0))
    assert found == expected


@pytest.mark.parametrize("name", NOTICE)
def test_without_barge_in(name: str) -> None:
    expected, found = run_trace(MENUS, NOTICE[name], Position("notice", 0))
    assert found == expected


def test_a_call_resumes_at_its_step() -> None:
    expected, found = run_trace(
        MENUS, "0 start | enter sales.1 queue | run queue queue=sales", Position("sales", 1)
    )
    assert found == expected


def test_collected_digits_are_facts() -> None:
    facts: dict[str, str] = {}
    menus = i.Interpreter(MENUS, Position("account", 0), "en", facts)
    menus.handle(i.Started(), 0)
    for key in "1234#42":
        menus.handle(i.Key(key), 1)
    assert facts == {"account": "1234", "pin": "42"}


def loop_site() -> Site:
    def goto(menu: str, to: str) -> Goto:
        return Goto(at=Position(menu, 0), following=None, file="loop.yaml", line=1, column=1, to=to)

    blocks = {"a": Block("a", (goto("a", "b"),)), "b": Block("b", (goto("b", "a"),))}
    return Site(
        name="Loop", time_zone="UTC", languages=("en",), numbers={"1": "a"}, blocks=blocks, sections={},
        version="0" * 12, files=("loop.yaml",),
    )  # fmt: skip


def test_a_loop_that_slipped_through_fails_clearly() -> None:
    menus = i.Interpreter(loop_site(), Position("a", 0), "en")
    out = menus.handle(i.Started(), 0)
    assert isinstance(out[-1], i.Fail)
    assert "a loop" in out[-1].reason
    assert menus.over
    assert menus.next_deadline() is None
    assert not menus.handle(i.Key("1"), 1)


def test_a_place_that_is_not_there_fails_clearly() -> None:
    menus = i.Interpreter(MENUS, Position("nowhere", 3), "en")
    assert menus.handle(i.Started(), 0) == [i.Fail("there is no step 3 in nowhere")]


def test_speed() -> None:
    """Far from the goal of 100,000 steps a second would be a mistake; only our own time counts."""
    menus = i.Interpreter(MENUS, Position("main", 0), "en")
    menus.handle(i.Started(), 0)
    key, steps = i.Key("*"), 0
    begun = time.process_time()
    for _ in range(20_000):
        steps += sum(isinstance(one, i.Enter) for one in menus.handle(key, 1.0))
    rate = steps / (time.process_time() - begun)
    assert steps == 20_000
    assert rate > 30_000
