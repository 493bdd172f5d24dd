"""`bench.<key>`: a stream that anyone may follow and as many as like. A bar's ends at 30 connections."""

from django.apps import AppConfig

TOPIC, EVENT = "load", "load.sent"


class Streams(AppConfig):
    name = "bench"

    def ready(self) -> None:
        from realtime.streams import Stream, registry

        registry.add(Stream("bench", lambda user, key: [TOPIC]))
