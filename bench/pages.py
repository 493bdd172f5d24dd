"""A page of sales however deep, in a database of 100,000 sales; beside it how long `verify` takes there."""

import time
from typing import Any

from bench import runner
from bench.rls import fill
from bench.runner import percentiles

CALLS = 200


def measure() -> dict[str, Any]:
    from bars.access import find_member
    from bars.invariants import verify
    from bars.models import Member
    from sales.models import Sale
    from sales.queries.sales import page_of_sales, position_of

    fill()
    sales = Sale.objects.all()
    first = sales.order_by("occurred_at")[0]
    owner = Member.objects.get(bar_id=first.bar_id, role="owner")
    member = find_member(owner.user, owner.bar_id)
    assert member
    mine = sales.filter(bar_id=member.bar_id)
    deep = position_of(mine.order_by("occurred_at")[100])
    took: dict[str, list[float]] = {"": [], deep: []}
    for _ in range(CALLS):
        for before, samples in took.items():
            began = time.perf_counter()
            page_of_sales(member, before=before)
            samples.append(time.perf_counter() - began)
    newest, deepest = (percentiles(samples) for samples in took.values())
    print(f"newest page {newest} ms, deepest page {deepest} ms, of a bar with {mine.count()} of {sales.count()} sales")
    slowest = sorted(verify(), key=lambda finding: -finding.seconds)
    for finding in slowest[:3]:
        print(f"verify {finding.invariant.id} {finding.seconds:.2f} s: {finding.invariant.sentence}")
    return {
        "figure": "deepest page of sales, p99",
        "value": deepest["p99"],
        "unit": "ms",
        "target": 50,
        "floor": newest["p99"],
        "p50": deepest["p50"],
        "verify_seconds": round(sum(finding.seconds for finding in slowest), 1),
    }


if __name__ == "__main__":
    runner.main("bench.pages", measure)
