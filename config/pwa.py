"""BarTender as an app on a phone: its manifest, and the worker that opens the till without network."""

import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from config.templatetags.modules import imports_of

WORKER = ("sales/kept_pages.js", "sales/worker.js")  # no modules: not every browser takes them in a worker
MODULES = (
    "ui/bar_page.js",
    "bars/bell.js",
    "bars/chat_count.js",
    "sales/unsent_sales.js",
    "sales/bar_till.js",
    "sales/app_update.js",
)
STYLES = (
    "ui/base.css",
    "ui/parts.css",
    "ui/pages.css",
    "bars/bell.css",
    "sales/outbox.css",
    "sales/till.css",
    "sales/basket.css",
)
ICONS = {"192x192": "ui/icon-192.png", "512x512": "ui/icon-512.png"}
SHELL = ("ui/icon.svg", *STYLES)


def shell() -> list[str]:
    """The static files that the page of a till is made of."""
    return sorted({*SHELL, *MODULES}.union(*map(imports_of, MODULES)))


def text_of(name: str) -> str:
    return Path(str(finders.find(name))).read_text(encoding="utf-8")


def version() -> str:
    """Of the till as a phone keeps it: another whenever one of its files is another."""
    return _version_now() if settings.DEBUG else _version()


def _version_now() -> str:
    texts = "\0".join(map(text_of, [*WORKER, *shell()]))
    return hashlib.sha256(texts.encode()).hexdigest()[:16]


_version = cache(_version_now)


class VersionMiddleware:
    """Says of pages that a phone keeps which version of the till they belong to."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.has_header("Page-For"):
            response["App-Version"] = version()
        return response


@require_safe
@cache_control(no_cache=True)
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, at the root so that it serves every page."""
    known = {"VERSION": version(), "SHELL": list(map(static, shell())), "OFFLINE": reverse("offline")}
    head = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in known.items())
    return HttpResponse(head + "".join(map(text_of, WORKER)), content_type="text/javascript; charset=utf-8")


@require_safe
@cache_control(no_cache=True)
def manifest(request: HttpRequest) -> HttpResponse:
    icons = [
        {"src": static(path), "sizes": size, "type": "image/png", "purpose": purpose}
        for size, path in ICONS.items()
        for purpose in ("any", "maskable")
    ]
    about = {
        "id": "/",
        "name": "BarTender",
        "short_name": "BarTender",
        "description": _("Sell, count and follow a bar, with or without network."),
        "start_url": reverse("start"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#111413",
        "theme_color": "#0b6a4c",
        "icons": [*icons, {"src": static("ui/icon.svg"), "sizes": "any", "type": "image/svg+xml"}],
    }
    return JsonResponse(about, content_type="application/manifest+json")


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """What a phone shows where a page needs the network. It is kept for everybody: nobody is named in it."""
    return render(request, "offline.html")
