from django.urls import path

from stats import views

urlpatterns = [
    path("bars/<uuid:bar_id>/tonight", views.tonight, name="tonight"),
    path("operator/", views.platform, name="platform"),
]
