"""The operators' own pages in the admin: on a phone by night, on a desk by day, with no complaint of the policy."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from config.costs import COUNTS
from config.models import Alert
from realtime.models import Switch, Usage
from tests.browser.test_pages import LOOKS

PAGES = [
    "",
    "office/alerts/",
    "office/views/",
    "office/queries/",
    "office/schedules/",
    "office/flags/",
    "office/costs/",
    "office/audit/",
]


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_fits_and_breaks_no_policy(look, visitor, operator, bar):
    now = timezone.now()
    Usage.objects.create(stream=f"bar.{bar.pk}", day=now.date(), **dict.fromkeys(COUNTS, 123_456_789))
    for subject, ended_at in (("top_products_by_period", None), ("product_sales_stats", now)):
        Alert.objects.create(rule="old_view", subject=subject, value=1, since=now, opened_at=now, ended_at=ended_at)
    page = visitor.open("/admin/", operator, **LOOKS[look])

    widths = {}
    for path in PAGES:
        page.goto(f"/admin/{path}")
        widths[path] = page.evaluate("document.documentElement.scrollWidth - innerWidth")

    assert {path: width for path, width in widths.items() if width > 0} == {}
    assert visitor.complaints == []


def test_a_switch_asks_before_it_is_flipped(visitor, operator):
    page = visitor.open("/admin/office/flags/", operator)
    page.get_by_role("link", name="Mettre en marche").tap()
    assert not Switch.objects.filter(is_on=True).exists()

    page.get_by_role("button", name="Mettre en marche").tap()

    expect(page.locator(".success")).to_be_visible()
    assert Switch.objects.filter(is_on=True).count() == 1
