"""What one test has committed is gone before the next, whoever still writes."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from bars.models import AccessToken, User
from tests import factories
from tests.emptying import empty
from tests.races.gate import Gate, run
from tests.sessions import session

COLUMNS = "user_id, auth_hash, created_at, expires_at"
ANOTHER = f"INSERT INTO bars_accesstoken (digest, {COLUMNS}) SELECT 'another', {COLUMNS} FROM bars_accesstoken"


@pytest.mark.django_db(transaction=True)
def test_what_a_page_that_is_gone_commits_meanwhile_is_deleted_too(koffi):
    """It refers to a row that is being deleted, which waits for it, and fails when it ends: that is done again."""
    factories.bearer(koffi)
    with session() as page, ThreadPoolExecutor(1) as threads:
        page.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as at its COMMIT, which the test thereby draws out
        page.execute(ANOTHER)
        emptied = threads.submit(run, empty)
        Gate(page).wait_for(1)
        page.commit()
        outcome = emptied.result(20)

    assert outcome is None
    assert (AccessToken.objects.count(), User.objects.count()) == (0, 0)
