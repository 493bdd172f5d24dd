"""Set before the settings are read, which pytest-django does before any conftest: loaded with `-p` (pyproject.toml)."""

import os

# Each worker has its own channels and queue in the one Valkey.
os.environ["REDIS_PREFIX"] = f"test-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
os.environ.setdefault("WHITENOISE_USE_FINDERS", "1")
os.environ.setdefault("RATE_LIMIT", "0")  # a few people ask for everything: who is tested for it sets another
