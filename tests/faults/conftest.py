import uuid

import pytest


@pytest.fixture
def stream():
    return f"bar.{uuid.uuid4()}"
