"""Products as files, and the operators' catalogue, by the API."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.text import format_lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router

from bars.access import membership
from bars.downloads import download
from bars.faults import FileRefused
from bars.permissions import Permission
from realtime import clock
from realtime.errors import Problem, refuses
from stock.files.products import product_lines, read_products
from stock.files.sheets import MEDIA_TYPES, MOST_BYTES, Format, write
from stock.queries.catalogue import page_of_catalogue, products_to_export
from stock.schemas.catalogue import CataloguePage, ImportOut
from stock.services.importing import ChangedMeanwhile, check_import, import_products

router = Router(tags=["catalogue"])

BINARY = {"schema": {"type": "string", "format": "binary"}}
FILES = {media_type: BINARY for media_type in MEDIA_TYPES.values()}


class NotAFile(Problem):
    status, code = 415, "not_a_file"
    title = format_lazy(_("Send the file itself as the body, its Content-Type being {csv} or {xlsx}."), **MEDIA_TYPES)


class FileTooLarge(Problem):
    status, code = 413, "too_large"
    title = format_lazy(_("The file is larger than {most} MB: send it in parts."), most=MOST_BYTES // 2**20)


@router.get(
    "/bars/{uuid:bar_id}/products/export",
    summary="All products as a file, which can be imported again",
    openapi_extra={"responses": {200: {"description": "The file", "content": FILES}}},
)
def export_products(
    request: HttpRequest, bar_id: UUID, kind: Format = Query(Format.CSV, alias="format")
) -> HttpResponse | StreamingHttpResponse:
    """Headings are in the language of the request. What a spreadsheet would take for a formula has an apostrophe."""
    member = membership(request.user, bar_id, Permission.EXPORT)
    lines = product_lines(
        products_to_export(bar_id),
        currency=member.bar.currency,
        language=get_language() or "",
        with_costs=member.can(Permission.SEE_COSTS),
    )
    today = clock.now().astimezone(member.bar.zone).date()
    name = f"{member.bar.slug}-products-{today}.{kind}"
    return download(write(lines, kind), name=name, media_type=MEDIA_TYPES[kind])


@router.post(
    "/bars/{uuid:bar_id}/products/import",
    response=ImportOut,
    summary="Add and change products from a file, all or nothing",
    openapi_extra=refuses(NotAFile, FileTooLarge, FileRefused, ChangedMeanwhile)
    | {"requestBody": {"required": True, "content": FILES}},
)
def import_file(request: HttpRequest, bar_id: UUID, check: bool = False) -> dict[str, Any]:
    """The body is the file itself: CSV in UTF-8 (, or ;) or .xlsx, up to 5 MB and 10,000 rows.

    Columns: name, category, price, and perhaps sku, cost, stock, alert, on sale; headings in English or French. A
    product is known by its sku, else by its name; an empty cell changes nothing. Stock and cost count for new
    products only. With `check=1` nothing is written, and the answer says what would be.
    """
    member = membership(request.user, bar_id, Permission.EDIT_PRODUCTS)
    rows = read_products(*file_of(request), member.bar.currency)
    done = (check_import if check else import_products)(member, rows)
    return {**vars(done), "written": not check}


@router.get("/catalogue", response=CataloguePage, summary="What operators offer to every bar, by name, 50 a page")
def list_catalogue(
    request: HttpRequest, q: str = Query("", max_length=80), after: str = Query("", max_length=80)
) -> dict[str, Any]:
    articles, following = page_of_catalogue(q, after=after)
    return {"articles": articles, "next": following}


def file_of(request: HttpRequest) -> tuple[bytes, Format]:
    """The file in the body, and its kind. Raises NotAFile or FileTooLarge.

    Read piece by piece, because the limit of other bodies (DATA_UPLOAD_MAX_MEMORY_SIZE) is smaller.
    """
    kinds = {media_type: kind for kind, media_type in MEDIA_TYPES.items()}
    if request.content_type not in kinds:
        raise NotAFile()
    content = request.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise FileTooLarge()
    return content, kinds[request.content_type]
