import uuid

import pytest

from realtime.batches import Batch
from realtime.feeds import Feed
from realtime.log import heads_in_turn


@pytest.fixture
def stream():
    return f"bar.{uuid.uuid4()}"


@pytest.fixture
def feed(stream, transactional_db):
    return Feed(stream, lambda stream, types: None, Batch(heads_in_turn).ask)
