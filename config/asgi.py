"""The ASGI application: HTTP by Django, WebSockets by Channels."""

import gc
import os
import sys
import threading

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# A server of requests gives up early and keeps its connections; commands and workers take their time.
os.environ.setdefault("DATABASE_CONN_MAX_AGE", "300")
os.environ.setdefault("DATABASE_STATEMENT_TIMEOUT", "3s")
os.environ.setdefault("DATABASE_TRANSACTION_TIMEOUT", "15s")
os.environ.setdefault("DATABASE_IDLE_TIMEOUT", "10s")

import django  # noqa: E402

django.setup(set_prefix=False)

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import WebsocketDenier  # noqa: E402
from channels.sessions import CookieMiddleware  # noqa: E402
from django.urls import path, re_path  # noqa: E402

from bars.sockets import PersonMiddleware  # noqa: E402
from config.handler import ThreadedHandler  # noqa: E402
from realtime.consumers import FeedConsumer  # noqa: E402
from realtime.draining import drain_on_signal  # noqa: E402
from realtime.metering import meter  # noqa: E402
from realtime.origins import OriginMiddleware  # noqa: E402

feed = OriginMiddleware(CookieMiddleware(PersonMiddleware(FeedConsumer.as_asgi())))
application = ProtocolTypeRouter(
    {
        "http": ThreadedHandler(threads=int(os.environ.get("WEB_THREADS", "8"))),
        "websocket": URLRouter([path("ws/", feed), re_path("", WebsocketDenier.as_asgi())]),
    }
)
if threading.current_thread() is threading.main_thread():
    drain_on_signal()
meter.start()
# All sockets share one thread, which waits for its turn behind those of requests: docs/decisions.md has the figures.
sys.setswitchinterval(0.001)
# What is loaded by now stays; walking it, and thousands of sockets, again and again took a sixth of the time.
gc.freeze()
gc.set_threshold(50_000, 20, 100)
