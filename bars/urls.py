from django.contrib.auth.views import LogoutView
from django.urls import path
from django.views.generic import RedirectView

from bars import views

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="bars")),
    path("login/", views.SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("bars/", views.bars, name="bars"),
    path("bars/<uuid:bar_id>/chat", views.chat, name="chat"),
]
