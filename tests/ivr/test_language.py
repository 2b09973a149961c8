"""The steps that decide, speak and ask in detail, as tables: what the caller does and what comes of it."""

import pytest

from ivr import interpreter as i
from ivr.steps import Position
from tests.ivr.traces import run_trace, site_of

SITE = site_of(
    """
site: Test
languages: [en, zh]
numbers:
  "1000": values
  "1001": detour
  "1002": card
  "1003": consent
  "1004": closing
  "1005": speaking
  "1006": ahead
  "1007": notices
  "1008": nested
hours: {office: {mon-fri: "09:00-17:00"}}
menus:
  values:
    - set: {tries: 0, who: "{caller.number}"}
    - set: {tries: "{tries + 1}", next: "{tries + 2}"}
    - if: next == 3 and who starts with "+49"
      then:
        - play: {en: German, zh: 德国}
    - switch: who
      cases: {"+4930": gold}
      default: hangup
  gold:
    - if: tries > 5
      then: hangup
    - switch: tries
      cases: {"2": hangup}
    - hangup: busy
  detour:
    - call: sub
    - play: {en: Back, zh: 回来}
    - call: sub
    - hangup
  sub:
    - if: known(seen)
      then: return
    - set: {seen: yes}
    - menu:
        say: {en: Sub, zh: 子}
        keys:
          "1": further
          "2": detour
          "3": return
        no_input: {again: 0}
        invalid: {again: 0}
  further:
    - play: {en: Further, zh: 更多}
  card:
    - collect:
        into: card
        digits: 4-6
        pattern: 4x*
        check: luhn
        say: {en: Card, zh: 卡}
        confirm: {say: {en: "Is it {card|digits}", zh: "{card|digits}"}, accept: "1", again: "2"}
        invalid: {again: 2, say: {en: Wrong, zh: 错}, then: hangup}
        no_input: {again: 1, then: hangup}
    - collect: {into: pin, digits: 2, secret: yes, say: {en: PIN, zh: 密码}, no_input: {then: hangup}}
    - set: {derived: "{pin}0", open: "{card}"}
    - hangup
  consent:
    - notice: terms
      say: {en: Agree, zh: 同意}
      accept: "1"
      refuse: "9"
      refused: closing
      no_input: {again: 1, then: hangup}
      invalid: {again: 0}
    - if: notice.terms == "accepted"
      then: [{play: {en: Thanks, zh: 谢谢}}]
    - hangup
  notices:
    - notice: recorded
      say: {en: Recorded, zh: 录音}
    - notice: refusable
      say: {en: Refusable, zh: 可拒绝}
      refuse: "9"
      refused: hangup
      timeout: 2s
    - hangup: rejected
  closing:
    - hours: office
      open: {play: {en: Open, zh: 开}}
      closed: {play: {en: Closed, zh: 关}}
      holiday: {play: {en: Holiday, zh: 节}}
    - hangup
  speaking:
    - language: zh
    - play:
        - {en: One, zh: 一段}
        - {en: "You have {n|number} calls", zh: "您有{n|number}个来电"}
    - set: {n: "2005"}
    - say: {number: "{n}"}
    - language: en
    - say: {money: "{n}.5", currency: USD}
    - say: {date: "{n}"}
      otherwise: {en: Unknown, zh: 未知}
    - hangup
  ahead:
    - menu:
        say: {en: First, zh: 一}
        keys: {"1": later}
        no_input: {then: hangup}
        invalid: {then: hangup}
  later:
    - menu:
        say: {en: Second, zh: 二}
        type_ahead: no
        keys: {"1": hangup}
        no_input: {then: hangup}
        invalid: {then: hangup}
  nested:
    - call: outer
    - hangup
  outer:
    - call: inner
    - play: {en: After inner, zh: 后}
  inner:
    - play: {en: Inner, zh: 内}
    - return
"""
)

TRACES = {
    ("values", "values are set and asked for"): """
0  start  | enter values.0 set | set tries=0 | set who=+4930 | enter values.1 set | set tries=1
         | set next=3 | enter values.2 if | enter values/2/then.0 play | play German
1  played | enter values.3 switch | enter gold.0 if | enter gold.1 switch | enter gold.2 hangup
         | hang up busy
""",
    ("detour", "a sub-menu comes back at its end, and at return"): """
0  start  | enter detour.0 call | enter sub.0 if | enter sub.1 set | set seen=yes | enter sub.2 menu
         | play Sub
1  key 1  | stop | chosen sub 1 | enter further.0 play | play Further
2  played | enter detour.1 play | play Back
3  played | enter detour.2 call | enter sub.0 if | enter sub/0/then.0 return | enter detour.3 hangup
         | hang up
""",
    ("detour", "silence at a sub-menu's end leads back"): """
0  start  | enter detour.0 call | enter sub.0 if | enter sub.1 set | set seen=yes | enter sub.2 menu
         | play Sub
1  played
9  tick   | no_input sub | enter detour.1 play | play Back
""",
    ("detour", "back in the menu that called, the detour is over"): """
0  start  | enter detour.0 call | enter sub.0 if | enter sub.1 set | set seen=yes | enter sub.2 menu
         | play Sub
1  key 2  | stop | chosen sub 2 | enter detour.0 call | enter sub.0 if | enter sub/0/then.0 return
         | enter detour.1 play | play Back
2  played | enter detour.2 call | enter sub.0 if | enter sub/0/then.0 return | enter detour.3 hangup
         | hang up
""",
    ("nested", "sub-menus within sub-menus"): """
0  start  | enter nested.0 call | enter outer.0 call | enter inner.0 play | play Inner
1  played | enter inner.1 return | enter outer.1 play | play After inner
2  played | enter nested.1 hangup | hang up
""",
    ("card", "digits are checked, read back, and a secret stays one"): """
0   start   | enter card.0 collect | play Card
1   key 4   | stop
1.1 key 2
1.2 key 4
1.3 key 3
1.4 key #   | invalid card | play Wrong
2   key 5   | stop
2.1 key 4
2.2 key 2
2.3 key 4
2.4 key 2
2.5 key #   | invalid card | play Wrong
3   key 4   | stop
3.1 key 2
3.2 key 4
3.3 key 2
3.4 key #   | play Is it + four + two + four + two
4   key 2   | stop | play Card
5   key 4   | stop
5.1 key 2
5.2 key 4
5.3 key 2
9   tick    | play Is it + four + two + four + two
10  played
16  tick    | no_input card | play Is it + four + two + four + two
17  key 1   | stop | collected card=4242 | enter card.1 collect | play PIN
18  key 5   | stop
18  key 6   | collected pin=56 secret | enter card.2 set | set derived=560 secret | set open=4242
         | enter card.3 hangup | hang up
""",
    ("card", "typed ahead, the read-back included"): """
0   start   | enter card.0 collect | play Card
1   key 4   | stop
1   key 2
1   key 4
1   key 2
1   key #   | play Is it + four + two + four + two
1.1 key 7   | stop | invalid card | play Wrong
1.2 played  | play Is it + four + two + four + two
1.3 key 1   | stop | collected card=4242 | enter card.1 collect | play PIN
""",
    ("consent", "consent is given"): """
0  start  | enter consent.0 notice | play Agree
1  key 1
2  played
3  key 1  | notice terms accepted | enter consent.1 if | enter consent/1/then.0 play | play Thanks
4  played | enter consent.2 hangup | hang up
""",
    ("consent", "consent is refused"): """
0  start  | enter consent.0 notice | play Agree
2  played
3  key 9  | notice terms refused | enter closing.0 hours | enter closing/0/open.0 play | play Open
""",
    ("consent", "silence is no consent"): """
0  start  | enter consent.0 notice | play Agree
2  played
5  tick   | no_input consent | play Agree
6  played
9  tick   | no_input consent | notice terms unanswered | enter consent/0/no_input.0 hangup | hang up
""",
    ("consent", "another key is no consent"): """
0  start  | enter consent.0 notice | play Agree
2  played
5  key 5  | invalid consent 5 | notice terms unanswered | enter consent.1 if | enter consent.2 hangup
         | hang up
""",
    ("notices", "heard, and not refused"): """
0  start  | enter notices.0 notice | play Recorded
1  key 9
2  played | notice recorded heard | enter notices.1 notice | play Refusable
3  played
5  tick   | notice refusable heard | enter notices.2 hangup | hang up rejected
""",
    ("notices", "refused"): """
0  start  | enter notices.0 notice | play Recorded
2  played | notice recorded heard | enter notices.1 notice | play Refusable
3  played
4  key 9  | notice refusable refused | enter notices/1/refused.0 hangup | hang up
""",
    ("speaking", "values are spoken in the call's language"): """
0  start  | enter speaking.0 language | language zh | enter speaking.1 play | play One + 您有 + 个来电
1  played | enter speaking.2 set | set n=2005 | enter speaking.3 say | play 两千 + 零 + 五
2  played | enter speaking.4 language | language en | enter speaking.5 say
         | play two + thousand and + five + dollars and + fifty + cents
3  played | enter speaking.6 say | play Unknown
4  played | enter speaking.7 hangup | hang up
""",
    ("ahead", "keys pressed before a question that wants none don't count"): """
0  start  | enter ahead.0 menu | play First
1  key 1  | stop | chosen ahead 1 | enter later.0 menu | play Second
2  key 1  | stop | chosen later 1 | enter later/0/1.0 hangup | hang up
""",
}


@pytest.mark.parametrize("key", TRACES, ids=lambda key: key[1])
def test_traces(key: tuple[str, str]) -> None:
    expected, found = run_trace(SITE, TRACES[key], Position(key[0], 0), FACTS)
    assert found == expected


FACTS = {"caller.number": "+4930", "hours.office.state": "open"}


@pytest.mark.parametrize(
    ("state", "heard"),
    [("open", "Open"), ("closed", "Closed"), ("holiday", "Holiday"), ("closure", "Closed")],
)
def test_hours_lead_different_ways(state: str, heard: str) -> None:
    menus = i.Interpreter(SITE, Position("closing", 0), "en", look_up={"hours.office.state": state}.get)
    out = menus.handle(i.Started(), 0.0)
    assert isinstance(out[-1], i.PlayPrompt)
    assert out[-1].prompt.shown("en") == heard


def test_hours_that_nobody_knows_fail_the_call_in_words() -> None:
    menus = i.Interpreter(SITE, Position("closing", 0), "en")
    assert menus.handle(i.Started(), 0.0)[-1] == i.Fail("nobody says whether office is open")


def test_typed_ahead_keys_are_dropped_by_a_question_that_wants_none() -> None:
    menus = i.Interpreter(SITE, Position("ahead", 0), "en")
    for key in "11":
        menus.handle(i.Key(key), 0.0)
    menus.handle(i.Started(), 0.1)
    assert menus.step is not None
    assert menus.step.at == Position("later", 0)
    assert not menus.over


def test_a_call_goes_on_within_a_sub_menu_after_a_restart() -> None:
    returns = [Position("nested", 1), Position("outer", 1)]
    menus = i.Interpreter(SITE, Position("inner", 0), "en", returns=returns)
    out = menus.handle(i.Started(), 0.0)
    assert out[0] == i.Enter(SITE.blocks["inner"].steps[0], tuple(returns))
    out = menus.handle(i.PlayEnded(), 1.0)
    assert menus.step is not None
    assert menus.step.at == Position("outer", 1)
    menus.handle(i.PlayEnded(), 2.0)
    assert menus.over


def test_back_in_the_menu_that_called_nothing_waits_for_the_sub_menus_end() -> None:
    menus = i.Interpreter(SITE, Position("detour", 0), "en", {})
    menus.handle(i.Started(), 0.0)
    out = menus.handle(i.Key("2"), 1.0)
    entered = [(command.step.at.menu, command.returns) for command in out if isinstance(command, i.Enter)]
    assert entered[:2] == [("detour", ()), ("sub", (Position("detour", 1),))]


def test_a_circle_through_a_sub_menu_that_waits_is_no_endless_loop() -> None:
    site_of(
        """
site: Test
languages: [en]
numbers: {"1000": main}
menus:
  main:
    - call: asks
    - goto: main
  asks:
    - call: deeper
  deeper:
    - menu: {say: Choose, keys: {"1": hangup}}
"""
    )
