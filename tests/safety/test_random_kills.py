"""Kills at random moments of whole stories: ingest, rewind, replay, associate anew."""

import pytest

from tests.safety.random_kills import KILLS, SEED, under_fire


@pytest.mark.slow
def test_random_kills(trapdb, field, calm, rebuilt):
    for told in under_fire(trapdb, field, [calm, *rebuilt], KILLS, SEED):
        assert told.faults == [], "\n".join([told.name, *told.faults])
