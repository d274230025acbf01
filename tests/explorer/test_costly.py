"""Costly answers: made once for all, kept as long as they serve, and not anew all the time."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from trapdb.web.explorer import costly
from trapdb.web.explorer.costly import Costly
from trapdb.web.faults import Busy


def in_a_loop(coroutine):
    """Run what is asynchronous in a thread of its own: the browser's loop may be in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


class Maker:
    """Makes answers, and counts them; each waits until it is let go."""

    def __init__(self):
        self.made = 0
        self.at_once = self.most_at_once = 0
        self.let = asyncio.Event()
        self.let.set()

    async def __call__(self):
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self.let.wait()
        await asyncio.sleep(0.01)
        self.at_once -= 1
        self.made += 1
        return self.made


def test_those_who_ask_at_once_wait_for_one_answer():
    async def ask():
        kept, make = Costly(), Maker()
        answers = await asyncio.gather(*(kept.get(("a", 1), "now", make) for _ in range(5)))
        assert [one.value for one in answers] == [1] * 5
        assert {one.again_s for one in answers} == {None}
        assert (await kept.get(("a", 1), "now", make)).value == 1
        await kept.aclose()

    in_a_loop(ask())


def test_what_grows_is_told_when_to_ask_again(monkeypatch):
    async def ask():
        kept, make = Costly(), Maker()
        await kept.get(("a", 1), 1, make)
        old = await kept.get(("a", 1), 2, make)
        assert old.value == 1
        assert old.again_s > 0
        monkeypatch.setattr(costly, "_REST", 0)
        new = await kept.get(("a", 1), 2, make)
        assert new == costly.Kept(2, None)
        await kept.aclose()

    in_a_loop(ask())


def test_of_a_kind_one_is_made_at_a_time():
    async def ask():
        kept, make, other = Costly(), Maker(), Maker()
        other.let.clear()
        waiting = asyncio.create_task(kept.get(("b", 1), 1, other))
        await asyncio.gather(*(kept.get(("a", n), 1, make) for n in range(5)))
        assert (make.made, make.most_at_once) == (5, 1)
        other.let.set()
        assert (await waiting).value == 1
        await kept.aclose()

    in_a_loop(ask())


def test_who_goes_away_takes_the_answer_from_nobody():
    async def ask():
        kept, make = Costly(), Maker()
        make.let.clear()
        first, second = (asyncio.create_task(kept.get(("a", 1), 1, make)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        make.let.set()
        assert (await second).value == 1
        await kept.aclose()

    in_a_loop(ask())


def test_what_goes_wrong_is_told_to_all_and_not_kept():
    async def wrong():
        await asyncio.sleep(0.01)
        raise ValueError("no")

    async def ask():
        kept, make = Costly(), Maker()
        answers = await asyncio.gather(
            *(kept.get(("a", 1), 1, wrong) for _ in range(3)), return_exceptions=True
        )
        assert [str(one) for one in answers] == ["no"] * 3
        assert (await kept.get(("a", 1), 1, make)).value == 1
        await kept.aclose()

    in_a_loop(ask())


def test_so_many_are_kept(monkeypatch):
    monkeypatch.setattr(costly, "_MOST", 3)

    async def ask():
        kept, make = Costly(), Maker()
        for n in range(5):
            await kept.get(("a", n), 1, make)
        await kept.get(("a", 4), 1, make)
        assert make.made == 5
        await kept.get(("a", 0), 1, make)
        assert make.made == 6
        await kept.aclose()

    in_a_loop(ask())


def test_so_many_wait_of_a_kind_and_no_more(monkeypatch):
    monkeypatch.setattr(costly, "_WAITING", 3)

    async def ask():
        kept, make, other = Costly(), Maker(), Maker()
        make.let.clear()
        waiting = [asyncio.create_task(kept.get(("a", n), 1, make)) for n in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Busy, match="try again"):
            await kept.get(("a", 3), 1, make)
        same = asyncio.create_task(kept.get(("a", 0), 1, make))
        assert (await kept.get(("b", 1), 1, other)).value == 1
        make.let.set()
        assert [(await one).value for one in (*waiting, same)] == [1, 2, 3, 1]
        assert (await kept.get(("a", 3), 1, make)).value == 4
        await kept.aclose()

    in_a_loop(ask())


def test_giving_up_ends_what_is_being_made():
    async def ask():
        kept, make = Costly(), Maker()
        make.let.clear()
        waiting = asyncio.create_task(kept.get(("a", 1), 1, make))
        await asyncio.sleep(0)
        await kept.aclose()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert make.made == 0

    in_a_loop(ask())
