"""An asyncio loop whose time jumps to the next timer when nothing else is left to do: hours in milliseconds.

Mark a test (or a module, with ``pytestmark``) ``virtual_time`` and everything in it that asks the loop for
time runs on it: ``asyncio.sleep``, ``asyncio.timeout``, ``loop.call_later``, queues with time-outs::

    @pytest.mark.virtual_time
    async def test_an_hour_passes() -> None:
        await asyncio.sleep(3600)

Outside pytest-asyncio, ``run_virtual(coro)`` does the same.  What the loop can't see it can't wait for:
``time.monotonic`` and processes run in real time.  Jobs given to threads (``run_in_executor``,
``asyncio.to_thread``) hold the time still until they are done; for other threads (aiosqlite's, say), wrap
the wait in ``with real_work():``, or rely on the short grace that is given before each jump whenever
foreign threads live that are no pool's.  A test in which nothing is left to wait for fails with
:class:`NothingLeft` instead of hanging.
"""

from __future__ import annotations

import asyncio
import concurrent.futures.thread
import contextlib
import selectors
import threading
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Mapping

T = TypeVar("T")

EPOCH = 1_800_000_000.0
"""Unix seconds that :class:`LoopClock` shows when the loop's time is 0 (2027-01-15)."""
GRACE_S = 0.005
"""Real seconds that foreign threads are given before each jump."""
STUCK_S = 10.0
"""Real seconds after which a loop that waits for a thread, with no timer set, is taken for stuck."""


class NothingLeft(RuntimeError):  # noqa: N818 - named for what happened
    """Every task waits, and no timer, thread or socket will ever wake one: the test would hang."""


class LoopClock:
    """A ``callflow.clock.Clock`` that shows the running loop's time."""

    def now(self) -> float:
        """Steady seconds: :data:`EPOCH` plus the loop's time."""
        return EPOCH + asyncio.get_running_loop().time()


def _foreign_threads() -> bool:
    """Whether threads live that may wake the loop unasked: those of pools work on jobs, which are counted."""
    pooled = concurrent.futures.thread._threads_queues
    return any(one is not threading.main_thread() and one not in pooled for one in threading.enumerate())


class _JumpingSelector(selectors.DefaultSelector):
    """Looks at the sockets without waiting; when they are silent, moves the time instead."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.busy = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if self.busy:
            return super().select(STUCK_S)
        foreign = _foreign_threads()
        if foreign and (ready := super().select(GRACE_S)):
            return ready
        if timeout is None:
            # a thread that is gone by now may have woken the loop as its last act
            patience = STUCK_S if foreign else 0
            if ready := super().select(patience):
                return ready
            raise NothingLeft("nothing is left that could wake a task: the test would hang here")
        self.now += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop; ``time()`` starts at 0."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)
        # The sum of many jumps may fall short of a timer by a rounding error.
        self._clock_resolution = 1e-6

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._jumping.now

    @contextlib.contextmanager
    def real_work(self) -> Iterator[None]:
        """Hold the time still while something outside the loop works for us."""
        self._jumping.busy += 1
        try:
            yield
        finally:
            self._jumping.busy -= 1

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:  # type: ignore[override]
        """Run in a thread, holding the time still until it is done."""
        future = super().run_in_executor(executor, func, *args)
        self._jumping.busy += 1
        future.add_done_callback(lambda _: self._one_done())
        return future

    def _one_done(self) -> None:
        self._jumping.busy -= 1


@contextlib.contextmanager
def real_work() -> Iterator[None]:
    """Hold virtual time still inside; on any other loop do nothing."""
    loop = asyncio.get_running_loop()
    if isinstance(loop, VirtualLoop):
        with loop.real_work():
            yield
    else:
        yield


def run_virtual(coro: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in virtual time and return its result."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(coro)


def loop_factories(virtual: bool) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Give pytest-asyncio the loop for a test, by whether it is marked ``virtual_time``."""
    return {"virtual": VirtualLoop} if virtual else {"real": asyncio.new_event_loop}
