from django.contrib.auth.views import LogoutView
from django.urls import path
from django.views.generic import RedirectView

from bars import views

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="bars")),
    path("login/", views.SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("bars/", views.bars, name="bars"),
    path("bars/new", views.new_bar, name="new_bar"),
    path("join/<str:code>", views.join, name="join"),
    path("account/", views.account, name="account"),
    path("help/", views.help_page, name="help"),
    path("bars/<uuid:bar_id>/help", views.bar_help, name="bar_help"),
    path("bars/<uuid:bar_id>/team", views.team_page, name="team"),
    path("bars/<uuid:bar_id>/settings", views.settings_page, name="settings"),
    path("bars/<uuid:bar_id>/changes", views.changes_page, name="changes"),
    path("bars/<uuid:bar_id>/more", views.more, name="more"),
    path("bars/<uuid:bar_id>/chat", views.chat, name="chat"),
]
