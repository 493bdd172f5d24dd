"""Receipts: the ticket of a sale, to be printed or sent, and what its client sees."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from bars.access import membership
from bars.public import public_page
from sales.queries.sales import one_sale, sold_to_client
from sales.receipts import receipt_of, sale_of_receipt
from sales.views.pages import shown


@require_safe
@login_required
def receipt(request: HttpRequest, bar_id: UUID, sale_id: UUID) -> HttpResponse:
    """The ticket of a sale that the member may see, and the link for its client."""
    member = membership(request.user, bar_id)
    sale = one_sale(member, sale_id)
    link = request.build_absolute_uri(reverse("receipt", args=[receipt_of(sale.pk)]))
    return shown(request, "sales/receipt.html", member, sale=sale, lines=sale.lines.all(), link=link)


@require_safe
@public_page
def clients_receipt(request: HttpRequest, receipt: str) -> HttpResponse:
    """What the client of a sale may see of it, for whoever has the link. 404 for any link that we haven't made."""
    sale_id = sale_of_receipt(receipt)
    sale = sold_to_client(sale_id) if sale_id else None
    if sale is None:
        raise Http404
    return render(request, "sales/clients_receipt.html", {"sale": sale, "bar": sale.bar, "lines": sale.lines.all()})
