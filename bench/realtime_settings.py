"""The application's settings, and an app that declares a stream without limits for the load client."""

from config.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "bench.realtime_streams.Streams"]  # noqa: F405
