"""Answers that take long: made once for all who ask, and kept while they serve."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from trapdb.web.faults import Busy

_Make = Callable[[], Awaitable[Any]]

_LONGEST_S = 300.0  # what else may have changed, labels and definitions, is seen after this time
_REST = (
    10  # so many times as long as it took to make an answer, and more if that was long, it serves
)
_MOST = 1000  # answers that are kept
_WAITING = 30  # of a kind, that are made or wait for their turn


@dataclass(frozen=True)
class Kept:
    """An answer.

    Attributes
    ----------
    value : object
        The answer.
    again_s : float or None
        If it is of an earlier state: the time after which it is worth to ask again, in s.
    """

    value: Any
    again_s: float | None


@dataclass
class _Answer:
    """An answer, or the task that makes it."""

    state: object
    task: asyncio.Task[Any]
    made_at: float = 0.0
    took: float = 0.0


class Costly:
    """The answers that are kept, by what was asked; one of each kind is made at a time."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, object], _Answer] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._open: defaultdict[str, int] = defaultdict(int)

    async def get(
        self, question: tuple[str, object], state: object, make: Callable[[], Awaitable[Any]]
    ) -> Kept:
        """Return an answer.

        A data set that grows does not have its answers made anew all the time: what took a tenth
        of a second serves for one, what took three for two minutes, though time steps were taken
        since. So who looks does not hold up the ingest.

        Parameters
        ----------
        question : tuple of str and object
            What is asked: its kind, and of what.
        state : object
            What it depends on: as long as this is the same, so is the answer.
        make : callable
            Makes the answer; what it raises goes to all who asked, and is not kept.

        Raises
        ------
        Busy
            Many other answers of this kind are to be made before.
        """
        answer = self._answers.get(question)
        if answer is None or not self._serves(answer, state):
            if self._open[question[0]] >= _WAITING:
                raise Busy("as many answers as the service makes are waited for: try again soon")
            self._open[question[0]] += 1
            answer = _Answer(state, asyncio.create_task(self._made(question, make)))
            # what goes wrong is told to who waits; if all went away, nobody
            answer.task.add_done_callback(lambda task: self._ended(question[0], task))
            self._answers.pop(question, None)
            self._answers[question] = answer
            while len(self._answers) > _MOST:
                self._answers.pop(next(iter(self._answers)))
        # who goes away takes the answer from nobody else
        value = await asyncio.shield(answer.task)
        rest = None if answer.state == state else max(0.1, self._rest(answer) - self._age(answer))
        return Kept(value, rest)

    def _ended(self, kind: str, task: asyncio.Task[Any]) -> None:
        self._open[kind] -= 1
        if not task.cancelled():
            task.exception()

    def _age(self, answer: _Answer) -> float:
        return asyncio.get_running_loop().time() - answer.made_at

    def _rest(self, answer: _Answer) -> float:
        return min(_LONGEST_S, _REST * answer.took * (1 + answer.took))

    def _serves(self, answer: _Answer, state: object) -> bool:
        if not answer.task.done():
            return True
        return self._age(answer) < (_LONGEST_S if answer.state == state else self._rest(answer))

    async def _made(self, question: tuple[str, object], make: _Make) -> Any:
        loop = asyncio.get_running_loop()
        async with self._turns[question[0]]:
            begun = loop.time()
            try:
                value = await make()
            except BaseException:
                self._answers.pop(question, None)
                raise
        answer = self._answers.get(question)
        if answer:
            answer.made_at = loop.time()
            answer.took = answer.made_at - begun
        return value

    async def aclose(self) -> None:
        """Give up what is being made."""
        tasks = [answer.task for answer in self._answers.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
