"""Real history from a file: each store becomes a bar, with its products, opening stock and sales.

Importing again adds only what is new. A basket is known by its store and number: its key is made of
them. What new baskets take of a product that the bar already has comes with an opening movement of its
own, so the stock on the shelf, which people may have changed since, stays as it is. Names, prices and
categories of known products stay too: they are the bar's by then.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from bars.access import find_member
from bars.copying import Tell, new_ids, silent
from bars.models import Bar, Member, User
from bars.permissions import Permission
from sales.basket import Basket
from sales.basket_file import Fault, FileBasket, FileLine, FileRefused
from sales.history import PastSale, record_history
from sales.models import Sale
from stock.models import Product
from stock.opening import NewProduct

IMPORTED = UUID("5d3f1f0e-7d0a-5c55-9c1c-6a1b7c1b7e11")  # the name space of imported baskets' keys
NEEDED = (Permission.SELL_VALIDATED, Permission.EDIT_PRODUCTS)
LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('import_sales'))"


@dataclass(frozen=True)
class Plan:
    """Whose the bars are, what they count in, where they are, and how much of each product is left."""

    owner: User
    currency: str
    zone: ZoneInfo
    spare: int


@dataclass(frozen=True)
class Imported:
    """What an import has added; zeros where all was known."""

    bars: int
    products: int
    sales: int
    lines: int


@transaction.atomic(durable=True)
def import_baskets(baskets: Sequence[FileBasket], plan: Plan, *, tell: Tell = silent) -> Imported:
    """Add the baskets that are new, all or nothing.

    Raises FileRefused where a store's bar is another's or counts otherwise, where a known basket has
    changed, or while another import runs.
    """
    tell("comparing", 0, 1)
    _be_the_only_import()
    bars = _bars(plan, sorted({basket.store for basket in baskets}))
    known = {store: bar for store, bar in bars.items() if not bar._state.adding}
    ids = _product_ids(known.values())
    fresh = _new_baskets(baskets, known, ids)
    added = _new_bars(bars, plan)
    products = _new_products(fresh, bars, ids, plan.spare)
    ids |= {(product.bar_id, product.sku): product.id for product in products}
    sales = [_sale(basket, bars[basket.store], ids, plan.owner.pk) for basket in fresh]
    if sales:
        record_history(products=products, sales=sales, by=plan.owner.pk, tell=tell)
    return Imported(added, len(products), len(sales), sum(len(basket.lines) for basket in fresh))


def _be_the_only_import() -> None:
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
        if cursor.fetchone() != (True,):
            raise FileRefused([Fault(0, "another import is running: try again when it has ended")])


def _bars(plan: Plan, stores: Sequence[str]) -> dict[str, Bar]:
    """The bar of each store, found or only made. Raises FileRefused for one that this plan doesn't fit."""
    found = {bar.slug: bar for bar in Bar.objects.filter(slug__in=[_slug(store) for store in stores])}
    faults = [Fault(0, why) for bar in found.values() if (why := _misfit(bar, plan))]
    if faults:
        raise FileRefused(faults)
    return {
        store: found.get(_slug(store))
        or Bar(id=pk, name=f"Store {store}", slug=_slug(store), currency=plan.currency, time_zone=plan.zone.key)
        for pk, store in zip(new_ids(len(stores)), stores, strict=True)
    }


def _slug(store: str) -> str:
    return f"store-{store}"


def _misfit(bar: Bar, plan: Plan) -> str:
    """Why a plan can't add to an existing bar; empty where it can."""
    if bar.currency != plan.currency:
        return f"the bar {bar.slug} counts in {bar.currency}, not in {plan.currency}"
    if bar.time_zone != plan.zone.key:
        return f"the bar {bar.slug} is in {bar.time_zone}, not in {plan.zone.key}"
    member = find_member(plan.owner, bar.pk)
    if member is None or not all(member.can(permission) for permission in NEEDED):
        return f"the bar {bar.slug} exists, and {plan.owner.username} may not add sales and products to it"
    return ""


def _product_ids(bars: Iterable[Bar]) -> dict[tuple[UUID, str], UUID]:
    """The id of each product by bar and article number."""
    rows = Product.objects.filter(bar__in=bars).exclude(sku="").values_list("bar_id", "sku", "id")
    return {(bar, sku): pk for bar, sku, pk in rows}


def _new_baskets(
    baskets: Sequence[FileBasket], known: Mapping[str, Bar], ids: Mapping[tuple[UUID, str], UUID]
) -> list[FileBasket]:
    """The baskets that have not been imported yet. Raises FileRefused where one that has is different now."""
    rows = Sale.objects.filter(bar__in=known.values()).values_list(
        "bar_id", "key", "fingerprint", "total", "sold_by_id"
    )
    stored = {(bar, key): (fingerprint, total, seller) for bar, key, fingerprint, total, seller in rows}
    fresh, faults = [], []
    for basket in baskets:
        bar = known.get(basket.store)
        before = stored.get((bar.pk, _key(basket))) if bar else None
        if bar is None or before is None:
            fresh.append(basket)
        elif (_fingerprint(basket, bar, ids, before[2]), basket.total) != before[:2]:
            faults.append(Fault(basket.line, f"basket {basket.number} was imported before with other lines"))
    if faults:
        raise FileRefused(faults)
    return fresh


def _key(basket: FileBasket) -> UUID:
    return uuid5(IMPORTED, f"{basket.store}/{basket.number}")


def _fingerprint(basket: FileBasket, bar: Bar, ids: Mapping[tuple[UUID, str], UUID], seller_id: UUID) -> str:
    if any((bar.pk, product) not in ids for product in basket.lines):
        return "none: it holds a product that the bar has never had"
    return _basket(basket, bar, ids).fingerprint(seller_id)


def _basket(basket: FileBasket, bar: Bar, ids: Mapping[tuple[UUID, str], UUID]) -> Basket:
    lines = [(ids[bar.pk, line.product], line) for line in basket.lines.values()]
    return Basket(
        key=_key(basket),
        payment=Sale.Payment.CASH,
        quantities={pk: line.quantity for pk, line in lines},
        prices={pk: line.price for pk, line in lines},
    )


def _sale(basket: FileBasket, bar: Bar, ids: Mapping[tuple[UUID, str], UUID], seller_id: UUID) -> PastSale:
    return PastSale(bar, seller_id, _basket(basket, bar, ids), basket.sold_at)


def _new_bars(bars: Mapping[str, Bar], plan: Plan) -> int:
    """Save the bars that are new, each with its owner. Returns how many."""
    added = Bar.objects.bulk_create(bar for bar in bars.values() if bar._state.adding)
    Member.objects.bulk_create(Member(bar=bar, user=plan.owner, role=Member.Role.OWNER) for bar in added)
    return len(added)


def _new_products(
    baskets: Sequence[FileBasket], bars: Mapping[str, Bar], ids: Mapping[tuple[UUID, str], UUID], spare: int
) -> list[NewProduct]:
    """Products of these baskets that their bars haven't got, as their latest lines describe them."""
    latest: dict[tuple[UUID, str], FileLine] = {}
    for basket in sorted(baskets, key=lambda basket: basket.sold_at):
        bar = bars[basket.store].pk
        latest |= {(bar, line.product): line for line in basket.lines.values() if (bar, line.product) not in ids}
    taken = set(Product.objects.filter(bar__in=bars.values()).values_list("bar_id", "name"))
    return [
        NewProduct(
            id=pk,
            bar_id=bar,
            category=line.category,
            name=_free_name(bar, line, taken),
            sku=sku,
            price=line.price,
            stock=spare,
        )
        for pk, ((bar, sku), line) in zip(new_ids(len(latest)), latest.items(), strict=True)
    ]


def _free_name(bar: UUID, line: FileLine, taken: set[tuple[UUID, str]]) -> str:
    """The product's name; where another product of the bar has it, with the article number behind it."""
    endings = chain(["", f" #{line.product}"], (f" #{line.product} ({again})" for again in count(2)))
    name = next(name for ending in endings if (bar, name := line.name[: 80 - len(ending)] + ending) not in taken)
    taken.add((bar, name))
    return name
