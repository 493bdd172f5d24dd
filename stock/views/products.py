"""Pages of products: the list, one of them, and the ways that new ones come in."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from bars.access import membership
from bars.pages import newest_first
from bars.permissions import Permission
from bars.showing import following, read_id, shown
from stock.files.sheets import Format
from stock.holds import holds_of
from stock.models import Adjustment, Movement
from stock.queries.catalogue import page_of_catalogue
from stock.queries.listing import Wanted, categories_of, count_low, listed_products, moved
from stock.queries.products import movements_of, prices_of, read_product

ON_A_PAGE = 60
LAST_PRICES = 8


@require_safe
@login_required
def products(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """The shelf with its stock. What is reserved, costs and what is off sale, who keeps it sees."""
    member = membership(request.user, bar_id, Permission.SELL)
    asked = request.GET
    wanted = Wanted(
        search=asked.get("q", "")[:80],
        category=read_id(request, "category"),
        is_low="low" in asked,
        is_off_sale="off" in asked,
    )
    with following(member, "stock") as live:
        pages = Paginator(listed_products(member, wanted), ON_A_PAGE)
        page = pages.get_page(asked.get("page"))
        rows = list(page.object_list)
        categories, low = list(categories_of(bar_id)), count_low(bar_id)
    kept = asked.copy()
    kept.pop("page", None)
    return shown(
        request,
        "stock/products.html",
        member,
        live=live,
        wanted=wanted,
        products=rows,
        page=page,
        kept=kept.urlencode(),
        categories=categories,
        low=low,
        is_asked=any((wanted.search, wanted.category, wanted.is_low, wanted.is_off_sale)),
        kinds=list(Format),
    )


@require_safe
@login_required
def product(request: HttpRequest, bar_id: UUID, product_id: UUID) -> HttpResponse:
    """One product: what is said of it, what has moved it, what it has cost, and what is promised of it."""
    member = membership(request.user, bar_id, Permission.EDIT_PRODUCTS, Permission.SEE_COSTS)
    before = read_id(request, "before")
    with following(member, "stock") as live:
        found = read_product(member, product_id)
        movements, following_page = newest_first(movements_of(found), before)
        rows = list(moved(found, movements))
        holds = holds_of(bar_id, [found.pk])
    return shown(
        request,
        "stock/product.html",
        member,
        live=live,
        product=found,
        available=found.stock - found.reserved,
        margin=found.price - found.cost,
        movements=rows,
        next=following_page,
        before=before,
        prices=prices_of(found).order_by("-since", "-pk")[:LAST_PRICES],
        holds=holds,
        reasons=[one for one in Adjustment.Reason.choices if one[0] != Adjustment.Reason.COUNT],
        categories=categories_of(bar_id),
        supply=Movement.Cause.SUPPLY,
    )


@require_safe
@login_required
def categories(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """The shelves of the till in their order."""
    member = membership(request.user, bar_id, Permission.EDIT_PRODUCTS)
    with following(member, "stock") as live:
        rows = list(categories_of(bar_id))
    return shown(request, "stock/categories.html", member, live=live, categories=rows)


@require_safe
@login_required
def catalogue(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """What operators offer to every bar, with what this one has of it already."""
    member = membership(request.user, bar_id, Permission.EDIT_PRODUCTS, Permission.SEE_COSTS)
    search, after = request.GET.get("q", "")[:80], request.GET.get("after", "")[:80]
    articles, next_page = page_of_catalogue(search, after=after)
    names = [article.name for article in articles]
    known = set(member.bar.products.filter(name__in=names).values_list("name", flat=True))
    return shown(
        request,
        "stock/catalogue.html",
        member,
        articles=[(article, article.name in known) for article in articles],
        search=search,
        after=after,
        next=next_page,
    )


@require_safe
@login_required
def import_page(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """Products from a file, which is checked before it is written."""
    member = membership(request.user, bar_id, Permission.EDIT_PRODUCTS)
    return shown(request, "stock/import.html", member)
