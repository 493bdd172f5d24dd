from django.urls import path

from sales import views

urlpatterns = [
    path("bars/<uuid:bar_id>/till", views.till, name="till"),
    path("bars/<uuid:bar_id>/sales", views.history, name="sales"),
]
