"""A call's inbox keeps everything but keys that nobody can read so fast."""

from callflow.inbox import MAX_WAITING, Inbox
from telephony.switch import Cause, KeyPressed, LegEnded
from tests.virtual_time import LoopClock


def test_a_flood_of_keys_drives_nothing_else_out() -> None:
    inbox = Inbox(LoopClock())
    first, last = LegEnded(leg="a", cause=Cause.NORMAL), LegEnded(leg="b", cause=Cause.NORMAL)
    inbox.put(first)
    for _ in range(MAX_WAITING * 2):
        inbox.put(KeyPressed(leg="c", key="1"))
    inbox.put(last)
    taken = []
    while (message := inbox.take()) is not None:
        taken.append(message)
    assert taken[0] is first
    assert taken[-1] is last
    assert len(taken) == MAX_WAITING + 1


def test_what_is_put_back_comes_first_again() -> None:
    inbox = Inbox(LoopClock())
    inbox.put("c")
    inbox.put_back(["a", "b"])
    assert [inbox.take() for _ in range(3)] == ["a", "b", "c"]
