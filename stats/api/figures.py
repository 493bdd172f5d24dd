"""Figures of any business dates by the API: as compact tables, and as files for spreadsheets."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from ninja import Field, Query, Router, Schema
from pydantic import ConfigDict

from bars.access import membership
from bars.days import BadDays, Day, Days
from bars.downloads import download
from bars.models import Bar, Member
from bars.permissions import Permission
from realtime.caching import cached
from realtime.errors import NotAllowed, NotFound, refuses
from realtime.operators import check_operator
from sales.schemas.report import Language
from stats import queries
from stats.figures.asking import rows_of_bars, rows_of_figure
from stats.figures.catalogue import BARS, FIGURES, PLATFORM
from stats.figures.files import table_file
from stats.figures.spans import Period, running_date, span_of
from stats.figures.tables import Column, Figure, Kind, plain_rows
from stock.files.sheets import MEDIA_TYPES, Format

router = Router(tags=["figures"])
KEPT = (
    60.0  # seconds that a figure may be behind the clock and the nightly refreshes; behind the bar's events it never is
)
FILE = {
    200: {
        "description": "The file",
        "content": {media: {"schema": {"type": "string"}} for media in MEDIA_TYPES.values()},
    }
}


class DaysAsked(Schema):
    """`from` and `to`, or a `period` that holds the day `on`; nothing is the running business date."""

    model_config = ConfigDict(populate_by_name=True)

    first: Day | None = Field(None, alias="from")
    last: Day | None = Field(None, alias="to")
    period: Period | None = None
    on: Day | None = None

    def days(self, today: date) -> Days:
        """Raises BadDays."""
        return span_of(today, self.first, self.last, self.period, self.on)

    def is_open(self) -> bool:
        return (self.first, self.last, self.period, self.on) == (None,) * 4


class FileWanted(Schema):
    format: Format = Format.CSV
    language: Language = "fr"


class FileAsked(DaysAsked, FileWanted):
    pass


class ColumnOut(Schema):
    name: str
    heading: str
    kind: Kind


class FigureOut(Schema):
    name: str
    title: str
    columns: list[ColumnOut]


class Table(Schema):
    """Amounts are in minor units of `currency`; percentages have one decimal; null is what can't be told."""

    figure: str
    currency: str
    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    columns: list[str]
    rows: list[list[Any]]


class BarsTable(Schema):
    """A bar a row, its amounts in minor units of its own currency."""

    columns: list[str]
    rows: list[list[Any]]


@router.get("/bars/{uuid:bar_id}/figures", response=list[FigureOut], summary="The figures that you may see of a bar")
def list_figures(request: HttpRequest, bar_id: UUID) -> list[dict[str, Any]]:
    member = membership(request.user, bar_id, Permission.ANALYTICS)
    return [described(figure) for figure in FIGURES.values() if all(map(member.can, figure.needs))]


@router.get(
    "/bars/{uuid:bar_id}/figures/{figure}",
    response=Table,
    by_alias=True,
    summary="A figure of some business dates as a compact table",
    openapi_extra=refuses(BadDays),
)
def read_figure(request: HttpRequest, bar_id: UUID, figure: str, asked: Query[DaysAsked]) -> dict[str, Any]:
    """`docs/figures.md` defines each. A waiter sees none."""
    one = figure_named(figure)
    bar = membership(request.user, bar_id, *one.needs).bar
    today = running_date(bar)
    days = asked.days(today)
    arguments = {"days": days, "today": today, "currency": bar.currency}

    def rows() -> list[list[Any]]:
        return plain_rows(rows_of_figure(one, bar, days, today))

    return {
        "figure": figure,
        "currency": bar.currency,
        "first": days.first,
        "last": days.last,
        "columns": [column.name for column in one.columns],
        "rows": cached(f"bar.{bar.pk}", figure, arguments, rows, KEPT),
    }


@router.get(
    "/bars/{uuid:bar_id}/figures/{figure}/file",
    summary="A figure as a file for spreadsheets",
    openapi_extra=refuses(BadDays) | {"responses": FILE},
)
def export_figure(request: HttpRequest, bar_id: UUID, figure: str, asked: Query[FileAsked]) -> HttpResponse:
    """Amounts are in the currency's main unit, headings in the language asked."""
    one = figure_named(figure)
    bar = membership(request.user, bar_id, Permission.EXPORT, *one.needs).bar
    today = running_date(bar)
    days = asked.days(today)
    with override(asked.language):
        content = table_file(one.columns, rows_of_figure(one, bar, days, today), bar.currency, asked.format)
    return saved(content, f"{bar.slug}-{figure}-{days.first}-{days.last}", asked.format)


@router.get("/figures/bars", response=BarsTable, summary="Your bars side by side", openapi_extra=refuses(BadDays))
def read_bars(request: HttpRequest, asked: Query[DaysAsked]) -> dict[str, Any]:
    """All in which you may see figures. Without days it is the running business date of each."""
    rows = side_by_side(bars_of(request.user, Permission.ANALYTICS), asked)
    return {"columns": [column.name for column in BARS], "rows": plain_rows(rows)}


@router.get(
    "/figures/bars/file",
    summary="Your bars side by side as a file for spreadsheets",
    openapi_extra=refuses(BadDays) | {"responses": FILE},
)
def export_bars(request: HttpRequest, asked: Query[FileAsked]) -> HttpResponse:
    return bars_file(bars_of(request.user, Permission.ANALYTICS, Permission.EXPORT), asked)


@router.get(
    "/admin/stats/bars",
    response=BarsTable,
    summary="All bars side by side, for operators",
    openapi_extra=refuses(BadDays, NotAllowed),
)
def read_all_bars(request: HttpRequest, asked: Query[DaysAsked]) -> dict[str, Any]:
    check_operator(request.user)
    rows = side_by_side(list(Bar.objects.filter(is_active=True)), asked)
    return {"columns": [column.name for column in BARS], "rows": plain_rows(rows)}


@router.get(
    "/admin/stats/bars/file",
    summary="All bars side by side as a file for spreadsheets, for operators",
    openapi_extra=refuses(BadDays, NotAllowed) | {"responses": FILE},
)
def export_all_bars(request: HttpRequest, asked: Query[FileAsked]) -> HttpResponse:
    check_operator(request.user)
    return bars_file(list(Bar.objects.filter(is_active=True)), asked)


@router.get(
    "/admin/stats/file",
    summary="Platform figures as a file for spreadsheets, for operators",
    openapi_extra=refuses(NotAllowed) | {"responses": FILE},
)
def export_platform(request: HttpRequest, asked: Query[FileWanted]) -> HttpResponse:
    """A row for each currency; the first has what is counted over all bars."""
    check_operator(request.user)
    told = queries.platform()
    counted = [told["total_users"], told["active_consignments"], told["today_sales"]]
    amounts = [[one["currency"], one["amount"]] for one in told["today_revenue"]] or [["", None]]
    rows = [[*(counted if number == 0 else [None] * 3), *amount] for number, amount in enumerate(amounts)]
    with override(asked.language):
        content = table_file(PLATFORM, rows, "", asked.format)
    return saved(content, "platform", asked.format)


def figure_named(name: str) -> Figure:
    """Raises NotFound with the names that there are."""
    if name not in FIGURES:
        raise NotFound(_("There is no such figure: ask for %(names)s.") % {"names": ", ".join(FIGURES)})
    return FIGURES[name]


def described(figure: Figure) -> dict[str, Any]:
    columns: list[Column] = list(figure.columns)
    return {"name": figure.name, "title": str(figure.title), "columns": [
        {"name": column.name, "heading": str(column.heading), "kind": column.kind} for column in columns
    ]}  # fmt: skip


def bars_of(user: Any, *needed: Permission) -> list[Bar]:
    """The bars in which this person has these permissions."""
    members = Member.objects.active().filter(user=user).select_related("bar")
    return [member.bar for member in members if all(map(member.can, needed))]


def side_by_side(those: list[Bar], asked: DaysAsked) -> list[list[Any]]:
    """A row a bar. A period without a day is that of the first bar's running date."""
    if not those:
        return []
    today = running_date(those[0])
    days = None if asked.is_open() else asked.days(today)
    return [[row[column.name] for column in BARS] for row in rows_of_bars(those, days, today)]


def bars_file(those: list[Bar], asked: FileAsked) -> HttpResponse:
    rows = side_by_side(those, asked)
    with override(asked.language):
        content = table_file(BARS, rows, "", asked.format)
    return saved(content, "bars", asked.format)


def saved(content: bytes, name: str, kind: Format) -> HttpResponse:
    return download(content, name=f"{name}.{kind}", media_type=MEDIA_TYPES[kind])  # type: ignore[return-value]
