"""One call for all who ask at about the same time: a thousand phones that come back cost a few queries."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from realtime.threads import in_thread

Q = TypeVar("Q")
A = TypeVar("A")

MOST = 200  # questions a call


class Batch(Generic[Q, A]):
    """`answer(questions)` runs in a thread and returns an answer for each; an exception is raised to who asked for it.

    What is asked while a call is under way is answered by the next, never by that one: it may be too old.
    """

    def __init__(self, answer: Callable[[list[Q]], Sequence[A | Exception]]) -> None:
        self._answer = answer
        self._asked: deque[tuple[Q, asyncio.Future[A]]] = deque()
        self._task: asyncio.Task[None] | None = None
        self.calls = 0

    async def ask(self, question: Q) -> A:
        """The answer to one question. Raises what the call raises."""
        future: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._asked.append((question, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())
        return await future

    async def _work(self) -> None:
        while self._asked:
            some = [self._asked.popleft() for _ in range(min(MOST, len(self._asked)))]
            self.calls += 1
            try:
                answers = await in_thread(self._answer)([question for question, _ in some])
            except Exception as error:
                answers = [error] * len(some)
            for (_, future), answer in zip(some, answers, strict=True):
                if future.done():  # who asked has left
                    continue
                if isinstance(answer, Exception):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)
