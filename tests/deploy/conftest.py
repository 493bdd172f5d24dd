import os
import shutil

import pytest

from tests import factories
from tests.deploy.deployment import SECRET_KEY, Deployment
from tests.faults.webs import until


@pytest.fixture(scope="module")
def running(running_stack, tmp_path_factory):
    """Started once a module; the relay that other tests share steps back meanwhile, or it would carry their events."""
    if not shutil.which("nginx"):
        if os.environ.get("REQUIRE_NGINX"):
            raise FileNotFoundError("nginx is to be installed")
        pytest.skip("needs nginx")
    deployment = Deployment(running_stack.database, tmp_path_factory.mktemp("deployment"))
    running_stack.kill_relay()
    try:
        yield deployment.start()
    finally:
        deployment.stop()
        running_stack.start_relay()


@pytest.fixture
def deployment(running, transactional_db, settings):
    """All of it alive, whatever the test before has killed. Tokens of this process are made with its key."""
    settings.SECRET_KEY = SECRET_KEY
    yield running
    for processes, start in ((running.webs, running.start_web), (running.relays, running.start_relay)):
        for name, process in list(processes.items()):
            if process.poll() is not None:
                start(name)
    for port in running.web_ports:
        until(lambda port=port: running.answers(f"http://127.0.0.1:{port}"), 60)


@pytest.fixture
def beer(bar):
    return factories.product(bar, "Flag", stock=500)
