from collections import Counter

from django.core.management import call_command

from bars.invariants import verify
from sales.models import Consignment, Expense, Return, Sale, Tab
from stats.models import Match, Tournament
from stock.models import Supply


def test_the_demos_bars_are_in_the_middle_of_an_evening(transactional_db):
    call_command("seed_demo")

    assert {
        "tabs": Tab.objects.filter(settled_at=None).count(),
        "pending": Sale.objects.filter(status=Sale.Status.PENDING).count(),
        "returns": Return.objects.filter(status=Return.Status.PENDING).count(),
        "bottles": Consignment.objects.filter(status=Consignment.Status.ACTIVE).count(),
        "supplies": Supply.objects.count(),
        "expenses": Expense.objects.count(),
    } == {"tabs": 4, "pending": 4, "returns": 2, "bottles": 4, "supplies": 4, "expenses": 2}
    assert Counter(Tournament.objects.values_list("status", flat=True)) == {"open": 2, "running": 2}
    assert Counter(Match.objects.filter(round=1).values_list("state", flat=True)) == {
        "confirmed": 4,
        "live": 2,
        "scheduled": 2,
    }
    assert [finding.invariant.sentence for finding in verify() if finding.broken] == []
