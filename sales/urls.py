from django.urls import path

from sales.views import closing, coming_back, deciding, history, receipts, tabs, till

BAR = "bars/<uuid:bar_id>"
urlpatterns = [
    path("till", till.start, name="start"),
    path(f"{BAR}/till", till.till, name="till"),
    path(f"{BAR}/sales", history.history, name="sales"),
    path(f"{BAR}/sales/<uuid:sale_id>", history.sale, name="sale"),
    path(f"{BAR}/sales/<uuid:sale_id>/receipt", receipts.receipt, name="sale_receipt"),
    path(f"{BAR}/pending", deciding.pending, name="pending"),
    path(f"{BAR}/tabs", tabs.tabs, name="tabs"),
    path(f"{BAR}/tabs/by-seller", tabs.open_of_sellers, name="tabs_by_seller"),
    path(f"{BAR}/tabs/<uuid:tab_id>", tabs.tab, name="tab"),
    path(f"{BAR}/credits", tabs.credits, name="credits"),
    path(f"{BAR}/returns", coming_back.returns, name="returns"),
    path(f"{BAR}/consignments", coming_back.consignments, name="consignments"),
    path(f"{BAR}/consignments/<uuid:consignment_id>", coming_back.consignment, name="consignment"),
    path(f"{BAR}/close", closing.close, name="close"),
    path(f"{BAR}/closes/<uuid:close_id>", closing.closed, name="closed"),
    path(f"{BAR}/report", closing.report, name="report"),
    path(f"{BAR}/expenses", closing.expenses, name="expenses"),
    path("receipts/<str:receipt>", receipts.clients_receipt, name="receipt"),
]
