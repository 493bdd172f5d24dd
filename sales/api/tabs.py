"""Tabs and credit by the API."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from bars.access import membership
from bars.permissions import Permission
from bars.replays import mark_replay
from bars.texts import CleanText
from bars.transactions import KeyReused
from realtime import clock
from realtime.errors import refuses
from realtime.snapshot import snapshot
from sales.models import Settlement, Tab
from sales.queries.owed import one_tab, open_by_seller, page_of_credits, page_of_debtors, page_of_tabs
from sales.schemas.tabs import (
    CreditsPage,
    DebtorsPage,
    OpenBySeller,
    PaymentIn,
    SettlementOut,
    TabIn,
    TabName,
    TabOut,
    TabShown,
    TabsPage,
    TabsWanted,
)
from sales.services.selling import TabNotOpen
from sales.services.tabs import (
    AnotherAmount,
    NotOwed,
    OnOpenTab,
    TabNotDecided,
    open_tab,
    rename_tab,
    settle_sale,
    settle_tab,
)

router = Router(tags=["tabs"])


@router.post(
    "/bars/{uuid:bar_id}/tabs",
    response={201: TabOut},
    summary="Open a tab, once per key",
    openapi_extra=refuses(KeyReused),
)
def create_tab(request: HttpRequest, response: HttpResponse, bar_id: UUID, tab: TabIn) -> Status[Tab]:
    member = membership(request.user, bar_id, Permission.SELL)
    opened = open_tab(member, key=tab.key, name=tab.name, at=clock.now())
    mark_replay(response, opened.is_replay)
    return Status(201, opened.tab)


@router.get("/bars/{uuid:bar_id}/tabs", response=TabsPage, summary="Tabs, newest first, 50 a page")
def list_tabs(
    request: HttpRequest,
    response: HttpResponse,
    bar_id: UUID,
    wanted: Query[TabsWanted],
) -> dict[str, Any]:
    """Who sells sees every tab and what is due on it, to add to it and to take the money."""
    member = membership(request.user, bar_id, Permission.SELL)
    stream = f"bar.{bar_id}"
    with snapshot([stream]) as at:
        if member.can(Permission.SEE_ALL_SALES):  # others aren't told of each sale that changes what is due
            response["Cursor"] = at.cursor(stream)
        tabs, following = page_of_tabs(member, **wanted.dict())
    return {"tabs": tabs, "next": following}


@router.get("/bars/{uuid:bar_id}/tabs/by-seller", response=OpenBySeller, summary="What is open, seller by seller")
def tabs_by_seller(request: HttpRequest, bar_id: UUID) -> dict[str, Any]:
    """Waiters see what they have open themselves."""
    return {"sellers": open_by_seller(membership(request.user, bar_id, Permission.SELL))}


@router.get("/bars/{uuid:bar_id}/tabs/{uuid:tab_id}", response=TabShown, summary="A tab and what is due on it")
def show_tab(request: HttpRequest, bar_id: UUID, tab_id: UUID, before: UUID | None = None) -> Tab:
    """Waiters see their own sales on it; what is due is for all of them."""
    member = membership(request.user, bar_id, Permission.SELL)
    with snapshot([f"bar.{bar_id}"]):
        return one_tab(member, tab_id, before=before)


@router.patch(
    "/bars/{uuid:bar_id}/tabs/{uuid:tab_id}",
    response=TabOut,
    summary="Give an open tab another name",
    openapi_extra=refuses(TabNotOpen),
)
def change_tab(request: HttpRequest, bar_id: UUID, tab_id: UUID, change: TabName) -> Tab:
    member = membership(request.user, bar_id, Permission.SELL)
    return rename_tab(member, tab_id, name=change.name)


@router.post(
    "/bars/{uuid:bar_id}/tabs/{uuid:tab_id}/settle",
    response={201: SettlementOut},
    summary="Pay all of a tab at once",
    openapi_extra=refuses(TabNotOpen, TabNotDecided, AnotherAmount, KeyReused),
)
def pay_tab(
    request: HttpRequest, response: HttpResponse, bar_id: UUID, tab_id: UUID, payment: PaymentIn
) -> Status[Settlement]:
    """Refused while a sale on it waits for a decision. An empty tab is closed with an amount of 0."""
    member = membership(request.user, bar_id, Permission.SELL)
    settled = settle_tab(member, tab_id, payment.asked(), at=clock.now())
    mark_replay(response, settled.is_replay)
    return Status(201, settled.settlement)


@router.get("/bars/{uuid:bar_id}/credits", response=CreditsPage, summary="Sales that are owed, newest first, 50 a page")
def list_credits(
    request: HttpRequest,
    response: HttpResponse,
    bar_id: UUID,
    client: CleanText = Query("", max_length=80),
    before: UUID | None = None,
) -> dict[str, Any]:
    """Sales on credit, and those that came from a phone after their tab was settled; `client` is a part of the name."""
    member = membership(request.user, bar_id, Permission.SEE_ALL_SALES)
    stream = f"bar.{bar_id}"
    with snapshot([stream]) as at:
        response["Cursor"] = at.cursor(stream)
        sales, following = page_of_credits(member, client=client, before=before)
    return {"sales": sales, "next": following}


@router.get("/bars/{uuid:bar_id}/credits/by-client", response=DebtorsPage, summary="Who owes how much, 50 a page")
def credits_by_client(
    request: HttpRequest, bar_id: UUID, after: CleanText = Query("", max_length=80)
) -> dict[str, Any]:
    clients, following = page_of_debtors(membership(request.user, bar_id, Permission.SEE_ALL_SALES), after=after)
    return {"clients": clients, "next": following}


@router.post(
    "/bars/{uuid:bar_id}/credits/{uuid:sale_id}/settle",
    response={201: SettlementOut},
    summary="Pay one sale on credit",
    openapi_extra=refuses(NotOwed, OnOpenTab, AnotherAmount, KeyReused),
)
def pay_credit(
    request: HttpRequest, response: HttpResponse, bar_id: UUID, sale_id: UUID, payment: PaymentIn
) -> Status[Settlement]:
    member = membership(request.user, bar_id, Permission.SEE_ALL_SALES)
    settled = settle_sale(member, sale_id, payment.asked(), at=clock.now())
    mark_replay(response, settled.is_replay)
    return Status(201, settled.settlement)
