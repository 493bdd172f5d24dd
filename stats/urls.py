from django.urls import path

from stats.views import figures, games, owner, tournaments

urlpatterns = [
    path("bars/<uuid:bar_id>/tonight", figures.tonight, name="tonight"),
    path("bars/<uuid:bar_id>/figures", figures.figures, name="figures"),
    path("bars/<uuid:bar_id>/tournaments", tournaments.index, name="tournaments"),
    path("bars/<uuid:bar_id>/tournaments/<uuid:tournament_id>", tournaments.tournament, name="tournament"),
    path("bars/<uuid:bar_id>/matches/<uuid:match_id>", tournaments.match, name="match"),
    path("bars/<uuid:bar_id>/games", games.leaderboards, name="games"),
    path("bars/<uuid:bar_id>/players/<uuid:player_id>", games.player, name="player"),
    path("tv/<str:token>", tournaments.tv, name="tv"),
    path("owner/", owner.all_bars, name="owner"),
    path("operator/", figures.platform, name="platform"),
]
