"""Selling what a phone has kept while there was no network: each sale as if it came alone."""

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router
from pydantic import ValidationError

from bars.access import membership
from bars.models import Member
from realtime import clock
from realtime.errors import InvalidRequest, OutcomeUnknown, Problem
from sales.schemas.batch import BatchIn, BatchOut, Moment, OfflineSaleIn
from sales.services.selling import SKEW, Sold, sell

router = Router(tags=["sales"])
log = logging.getLogger(__name__)


class NotSold(Problem):
    status, code, title = 500, "internal", _("Something went wrong on our side. It was logged.")


# In the address, and not in the body: a server that doesn't know it yet, while another version is rolled out, takes the
# sales all the same.
SentAt = Query(None, description="By the phone's clock: where it is wrong by minutes, sales get the time that it was.")


@router.post("/bars/{uuid:bar_id}/sales/batch", response=BatchOut, summary="Sell up to 50 baskets kept offline")
def create_sales(request: HttpRequest, bar_id: UUID, batch: BatchIn, sent_at: Moment | None = SentAt) -> dict:
    """Each is written by itself, in their order: a bad one keeps none of the others.

    What was drunk is never refused for want of stock: where something speaks against a sale, it needs review.
    """
    member = membership(request.user, bar_id)
    behind = _behind(sent_at)
    return {"results": [_result(member, raw, behind) for raw in batch.sales]}


def _behind(sent_at: datetime | None) -> timedelta:
    """How far the phone's clock is behind ours; 0 where that may as well be the way."""
    behind = clock.now() - sent_at if sent_at else timedelta(0)
    return behind if abs(behind) > SKEW else timedelta(0)


def _result(member: Member, raw: Any, behind: timedelta) -> dict[str, Any]:
    """Like BatchResult: what this sale alone would have been answered with."""
    try:
        sold = _sell(member, raw, behind)
    except Problem as problem:
        return {"key": _key(raw), "status": problem.status, "problem": problem.body()}
    return {"key": sold.sale.key, "status": 201, "replayed": sold.is_replay, "sale": sold.sale}


def _sell(member: Member, raw: Any, behind: timedelta) -> Sold:
    """Raises a Problem for whatever goes wrong, so that the next sale has its turn."""
    try:
        return sell(member, OfflineSaleIn.model_validate(raw).basket(behind), at=clock.now())
    except Problem:
        raise
    except ValidationError as error:
        raise InvalidRequest.of(error.errors()) from None
    except (OperationalError, InterfaceError) as error:
        log.warning("a sale of a batch is answered 503: %s", error)
        raise OutcomeUnknown(retry_after=2) from error
    except Exception as error:
        log.exception("a sale of a batch has failed")
        raise NotSold() from error


def _key(raw: Any) -> UUID | None:
    """The key of what was sent, as far as it can be read."""
    try:
        return UUID(raw["key"])
    except (TypeError, KeyError, ValueError, AttributeError):
        return None
