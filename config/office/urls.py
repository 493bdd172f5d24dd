from django.urls import path

from config.office import alerts, costs, views

urlpatterns = [
    path("alerts/", alerts.alerts, name="office_alerts"),
    path("views/", views.views, name="office_views"),
    path("views/<slug:view>/refresh/", views.refresh, name="office_refresh"),
    path("queries/", views.queries, name="office_queries"),
    path("queries/reset/", views.reset_queries, name="office_reset_queries"),
    path("schedules/", views.schedules, name="office_schedules"),
    path("schedules/<int:pk>/switch/", views.switch_schedule, name="office_switch_schedule"),
    path("flags/", views.flags, name="office_flags"),
    path("flags/<slug:name>/switch/", views.flip_switch, name="office_flip_switch"),
    path("costs/", costs.costs, name="office_costs"),
    path("audit/", views.audit, name="office_audit"),
]
