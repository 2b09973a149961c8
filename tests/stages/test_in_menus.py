"""Steps of stages within menus: what the checks of a dialplan find in them."""

from pathlib import Path

import pytest

from ivr.commands.common import installed
from ivr.load import Source, load

HEAD = """
site: Test
languages: [en]
numbers: {"1000": a}
webhooks: {crm: {url: "https://crm.example/"}}
trunks: {carrier: {allow: ["+86 21 *"]}}
mailboxes: {cards: {longest: 1m}}
menus:
  a:
"""


def problems(steps: str) -> str:
    source = Source("x.yaml", Path("/nonexistent"), (HEAD + steps).encode())
    return "\n".join(str(problem) for problem in load([source], *installed("test")).problems)


@pytest.mark.parametrize(
    "step",
    [
        'http: {get: "https://crm.example/", on_done: a}',
        "webhook: crm",
        'sms: crm\n      text: {en: "Hi"}',
    ],
)
def test_going_round_through_a_step_without_a_wait_is_an_endless_loop(step: str) -> None:
    assert "a loop without a key press" in problems(f"    - {step}\n    - goto: a\n")


def test_going_round_through_a_recording_is_not() -> None:
    assert "loop" not in problems("    - voicemail: cards\n    - goto: a\n")


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("http: {timeout: 1s}", "exactly one of get, post and put is expected"),
        ('http: {get: "https://x.example", put: "https://x.example"}', "exactly one of"),
        ('http: {get: "https://x.example", save: {a: customer}}', '"customer" is no path into JSON'),
        ('http: {get: "https://x.example/{nobody}"}', "nobody"),
        ('http: {get: "https://x.example", timeout: 5m}', '"5m" is out of range'),
        ("webhook: crn", 'there is no webhook "crn". Did you mean "crm"?'),
        ("voicemail: card", 'there is no mailbox "card". Did you mean "cards"?'),
        ('dial: "+8621"\n      over: carriers', 'there is no trunk "carriers". Did you mean "carrier"?'),
        ('dial: "+8621"\n      on_bsy: a', 'Did you mean "on_busy"?'),
        ("survey: csat\n      say: Well?\n      scale: 5-1", "this is no scale of keys"),
        ("survey: csat\n      say: nowhere.wav", "nowhere.wav"),
        ("survey: csat\n      say: {zh: 好}", 'there is no language "zh"'),
        ("callback: {queue: nobody}", 'there is no queue "nobody"'),
    ],
)
def test_mistakes_are_told(step: str, message: str) -> None:
    assert message in problems(f"    - {step}\n    - hangup\n")
