"""Asking what may never answer, from where nobody may wait: the answer is waited for only so long."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Hurried:
    """Asks one question at a time, in a thread of its own that never keeps the process from ending."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._questions: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._last: Future[Any] | None = None

    @property
    def busy(self) -> bool:
        """True while a question that nobody waits for any more has no answer."""
        return self._last is not None and not self._last.done()

    def ask(self, question: Callable[[], T], seconds: float) -> T:
        """Give the answer, or what the question raises; raises TimeoutError without one in ``seconds``.

        So it does at once while the question before is without an answer.
        """
        if self.busy:
            raise TimeoutError("the question before has no answer yet")
        answer: Future[T] = Future()
        self._last = answer

        def put() -> None:
            try:
                answer.set_result(question())
            except BaseException as error:  # noqa: BLE001 - it is whoever asked that deals with it
                answer.set_exception(error)

        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        self._questions.put(put)
        return answer.result(seconds)

    def close(self) -> None:
        """Let the thread end, when it can."""
        self._questions.put(None)

    def _run(self) -> None:
        while (question := self._questions.get()) is not None:
            question()
