import uuid

import pytest

from realtime import keeper
from realtime.batches import Batch
from realtime.feeds import Feed
from realtime.log import heads_in_turn

pytest.register_assert_rewrite("tests.realtime.pages")


@pytest.fixture
def stream():
    return f"bar.{uuid.uuid4()}"


@pytest.fixture
def feed(stream, transactional_db):
    return Feed(stream, lambda stream, types: None, Batch(heads_in_turn).ask)


@pytest.fixture(autouse=True)
def no_beats(monkeypatch):
    """A page's turn for the beat comes at any moment, and who waits for one message wants no other."""
    monkeypatch.setattr(keeper, "BEAT_EVERY", 86_400.0)
