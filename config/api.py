"""The REST API under /api/v1/, put together: what every app offers, read strictly and refused in one form."""

from bars.api import router as bars_router
from config.costs_api import router as costs_router
from config.openapi import DocumentedAPI
from config.problems import answer_with_problems
from config.rates import count_strangers, counted, counted_or_nobody
from config.reading import StrictParser, only_known_parameters
from realtime.api import router as realtime_router
from realtime.asyncapi_api import router as asyncapi_router
from realtime.monitoring_api import router as monitoring_router
from realtime.sync_api import router as sync_router
from sales.api import router as sales_router
from stats.api import router as stats_router
from stats.tournaments.api import router as tournaments_router
from stock.api import router as stock_router

DESCRIPTION = """
Sell, keep the stock, run a bar's evening, and follow it live.

- Amounts are whole numbers in the currency's minor unit; moments are ISO 8601 with a zone.
- A `key` is a UUID that the client mints once for what it wants to write. Asking again with the same key and body
  answers the same, with `Idempotent-Replayed: true`; with another body it is refused.
- Refusals are `application/problem+json` (RFC 9457) with a stable `code`. Whatever is refused, nothing was written;
  `outcome_unknown` alone leaves that open: ask again with the same key.
- Sentences (`title`, `detail`, a message in `errors`) are in French or English, as `Accept-Language` or the language
  cookie asks and `Content-Language` says; in English for who sends neither. `code`, `type` and names stay as they are.
- What isn't yours looks like what isn't there: `not_found`.
- Answers to `GET` carry an `ETag`; `If-None-Match` saves sending them again. `Cursor` says how far the live stream
  of the bar is already in the answer: follow it from there with `/sync/` or the WebSocket.
- 1,000 requests in 15 minutes are yours: `RateLimit-Remaining` of them are left, and `RateLimit-Reset` seconds bring
  all of them back. Who asks for more is told `too_many_requests` and `Retry-After`, in seconds.
"""

api = DocumentedAPI(
    title="BarTender",
    version="1",
    description=DESCRIPTION.strip(),
    auth=counted,
    docs_url="/docs",
    parser=StrictParser(),
)
answer_with_problems(api)
for decorator in (only_known_parameters, count_strangers):
    api.add_decorator(decorator, mode="view")  # for django-ninja that is what wraps the whole operation
live_routers = (sync_router, monitoring_router, costs_router, asyncapi_router)
for router in (bars_router, stock_router, sales_router, stats_router, tournaments_router, *live_routers):
    api.add_router("", router)
api.add_router("", realtime_router, auth=counted_or_nobody)  # some streams are public
