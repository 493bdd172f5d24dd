"""The REST API under /api/v1/, put together: what every app offers, read strictly and refused in one form."""

from bars.api import router as bars_router
from bars.auth import signed_in
from config.openapi import DocumentedAPI
from config.problems import answer_with_problems
from config.reading import StrictParser, only_known_parameters
from realtime.api import router as realtime_router
from sales.api import router as sales_router
from stats.api import router as stats_router
from stock.api import router as stock_router

DESCRIPTION = """
Sell, keep the stock, run a bar's evening, and follow it live.

- Amounts are whole numbers in the currency's minor unit; moments are ISO 8601 with a zone.
- A `key` is a UUID that the client mints once for what it wants to write. Asking again with the same key and body
  answers the same, with `Idempotent-Replayed: true`; with another body it is refused.
- Refusals are `application/problem+json` (RFC 9457) with a stable `code`. Whatever is refused, nothing was written;
  `outcome_unknown` alone leaves that open: ask again with the same key.
- What isn't yours looks like what isn't there: `not_found`.
- Answers to `GET` carry an `ETag`; `If-None-Match` saves sending them again. `Cursor` says how far the live stream
  of the bar is already in the answer: follow it from there with `/sync/` or the WebSocket.
"""

api = DocumentedAPI(
    title="BarTender",
    version="1",
    description=DESCRIPTION.strip(),
    auth=signed_in,
    docs_url="/docs",
    parser=StrictParser(),
)
answer_with_problems(api)
api.add_decorator(only_known_parameters, mode="view")  # for django-ninja that is what wraps the whole operation
for router in (bars_router, stock_router, sales_router, stats_router, realtime_router):
    api.add_router("", router)
