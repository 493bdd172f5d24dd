"""The counter by the API, a module for each noun."""

from ninja import Router

from sales.api import batch, closing, consignments, deciding, expenses, exporting, report, returns, selling, tabs

router = Router()
for noun in (selling, batch, deciding, expenses, closing, exporting, tabs, returns, consignments, report):
    router.add_router("", noun.router)
