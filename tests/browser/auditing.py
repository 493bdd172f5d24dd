"""What Lighthouse looks at and axe doesn't: a page's head, images, taps, text and calm, and what it fetches."""

from pathlib import Path
from urllib.parse import urlsplit

LEAST_TAPS = {"bar-till button": 56, ".is-primary": 44, "*": 24}  # px, by what is tapped: the first that fits
LEAST_TEXT = 12  # px
MOST_SHIFT = 0.1
LEFT = "net::ERR_ABORTED"  # a request that the next page has cut off

HERE = Path(__file__).parent
WATCH = (HERE / "audit_watch.js").read_text(encoding="utf-8")
LOOK = (HERE / "audit_look.js").read_text(encoding="utf-8")


class Audit:
    """Of the pages that a tab opens: what is wrong with each, and with what it has fetched."""

    def __init__(self, page, origin):
        self.page, self.origin, self.heard = page, origin, []
        page.add_init_script(WATCH)
        page.on("request", self.hear_request)
        page.on("response", self.hear_response)
        page.on("requestfailed", self.hear_failure)

    def faults(self, language):
        """In lines: of the page that is open, and of what was fetched since the last one."""
        asked = {"language": language, "leastTaps": list(LEAST_TAPS.items())}
        seen = self.page.evaluate(LOOK, asked | {"leastText": LEAST_TEXT, "mostShift": MOST_SHIFT})
        heard, self.heard = self.heard, []
        return heard + seen

    def hear_request(self, request):
        if not request.url.startswith((self.origin, "data:", "blob:")):
            self.heard.append(f"asks elsewhere for a {request.resource_type}: {request.url}")

    def hear_response(self, response):
        path, kept = urlsplit(response.url).path, response.headers.get("cache-control", "")
        if response.status >= 400:
            self.heard.append(f"gets {response.status} for {path}")
        elif response.status == 200 and path.startswith("/static/") and not is_kept(response.headers):
            self.heard.append(f"lets nobody keep {path}: “{kept}”")
        elif response.status == 200 and response.request.is_navigation_request() and not is_own(kept):
            self.heard.append(f"lets anybody keep {path}: “{kept}”")

    def hear_failure(self, request):
        if request.failure != LEFT:
            self.heard.append(f"does not get {request.url}: {request.failure}")


def is_own(kept):
    """Whether a page stays with whom it was made for."""
    return "private" in kept or "no-store" in kept


def is_kept(headers):
    """Whether a file is fetched once, and asked for again by what it is known by."""
    kept = headers.get("cache-control", "")
    return "public" in kept and "max-age=" in kept and ("etag" in headers or "last-modified" in headers)
