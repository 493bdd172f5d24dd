import uuid

import pytest

from realtime.feeds import Feed


@pytest.fixture
def stream():
    return f"bar.{uuid.uuid4()}"


@pytest.fixture
def feed(stream, transactional_db):
    return Feed(stream, lambda stream, types: None)
