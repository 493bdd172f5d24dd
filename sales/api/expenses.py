"""Expenses by the API."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from bars.access import membership
from bars.pages import newest_first
from bars.permissions import Permission
from bars.replays import mark_replay
from bars.transactions import KeyReused
from realtime import clock
from realtime.errors import refuses
from realtime.snapshot import snapshot
from sales.models import Expense
from sales.schemas.expenses import ExpenseIn, ExpenseOut, ExpensesAsked, ExpensesPage, VoidIn
from sales.services import expenses

router = Router(tags=["expenses"])


@router.post(
    "/bars/{uuid:bar_id}/expenses",
    response={201: ExpenseOut},
    summary="Write down an expense, once per key",
    openapi_extra=refuses(KeyReused),
)
def create_expense(request: HttpRequest, response: HttpResponse, bar_id: UUID, spent: ExpenseIn) -> Status[Expense]:
    member = membership(request.user, bar_id, Permission.EXPENSES)
    answer = expenses.spend(member, spent.spending(), at=clock.now())
    mark_replay(response, answer.is_replay)
    return Status(201, answer.expense)


@router.post(
    "/bars/{uuid:bar_id}/expenses/{uuid:expense_id}/void",
    response=ExpenseOut,
    summary="Void an expense, with a reason; again changes nothing",
)
def void_expense(request: HttpRequest, bar_id: UUID, expense_id: UUID, why: VoidIn) -> Expense:
    member = membership(request.user, bar_id, Permission.EXPENSES)
    return expenses.void(member, expense_id, reason=why.reason)


@router.get("/bars/{uuid:bar_id}/expenses", response=ExpensesPage, summary="Expenses, newest first, 50 a page")
def list_expenses(
    request: HttpRequest, response: HttpResponse, bar_id: UUID, asked: Query[ExpensesAsked]
) -> dict[str, Any]:
    membership(request.user, bar_id, Permission.EXPENSES)
    stream = f"bar.{bar_id}"
    with snapshot([stream]) as at:
        response["Cursor"] = at.cursor(stream)
        rows = Expense.objects.filter(bar_id=bar_id, **asked.filters()).select_related("created_by", "voided_by")
        page, following = newest_first(rows, asked.before)
    return {"expenses": page, "next": following}
