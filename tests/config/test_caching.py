"""What caches may keep of the pages."""

import pytest


@pytest.mark.parametrize("path", ["/bars/", "/nothing", "/bars/{bar}/till", "/bars/{bar}/more"])
def test_no_cache_between_keeps_a_page(path, client, koffi):
    client.force_login(koffi.user)

    assert client.get(path.format(bar=koffi.bar_id))["Cache-Control"] == "private, no-cache"


def test_a_view_that_says_what_may_be_kept_has_its_way(client):
    assert client.get("/sw.js")["Cache-Control"] == "no-cache"
    assert "no-store" in client.get("/login/")["Cache-Control"]
