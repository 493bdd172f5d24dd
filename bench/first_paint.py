"""Every page as a cheap phone that was never here sees it: python -m bench.first_paint

A processor four times slower, 1.6 Mbit/s and 150 ms there and back (Lighthouse's slow 4G), nothing cached, from one web
process without nginx. For each kind of page the first contentful paint, the median of ROUNDS, and the bytes of our own
that it loads, as they were sent, without headers. The figure is the slowest page's; the floor is a page of one word.
"""

from collections.abc import Iterator
from datetime import timedelta
from statistics import median
from typing import Any

from bench import runner

ROUNDS = 3
SLOWER = 4
NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 94_000}  # ms, bytes/s
MOST_MS = 1_000
BARE = "/healthz"
OTHERS = "/static/uplot/"
MEASURE = """async (others) => {
  const paint = await new Promise((resolve) => {
    const seen = (list) => list.getEntriesByName("first-contentful-paint").forEach(resolve);
    new PerformanceObserver(seen).observe({ type: "paint", buffered: true });
  });
  const ours = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .filter(({ name }) => !name.includes(others));
  return { ms: paint.startTime, bytes: ours.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0) };
}"""


def seen(browser: Any, address: str, cookies: list[dict[str, Any]], path: str) -> dict[str, float]:
    """One first visit."""
    context = browser.new_context(base_url=address, viewport={"width": 360, "height": 740}, locale="fr-FR")
    context.add_cookies(cookies)
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", NETWORK)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(path, wait_until="load")
    measured: dict[str, float] = page.evaluate(MEASURE, OTHERS)
    context.close()
    return measured


def pages_of(browser: Any, address: str) -> Iterator[tuple[str, float, float]]:
    """Each kind of page with its median paint in ms and its weight in kB."""
    from tests.browser.crawling import reachable
    from tests.browser.screenshots import signed_in

    with signed_in(browser, address) as page:
        cookies = page.context.cookies()
        request = page.context.request
        found = reachable(lambda path: request.get(path).text(), "/bars/")
    for kind, path in {**found, BARE: BARE}.items():
        visits = [seen(browser, address, cookies, path) for _ in range(ROUNDS)]
        yield kind, median(one["ms"] for one in visits), max(one["bytes"] for one in visits) / 1_000


def measure() -> dict[str, Any]:
    from django.core.management import call_command
    from django.utils import timezone
    from playwright.sync_api import sync_playwright

    from sales.seeding import seed_demo
    from stats.demo import add_tonight
    from tests.browser.conftest import ARGUMENTS, CHROMIUM

    call_command("collectstatic", interactive=False, verbosity=0)
    now = timezone.now() - timedelta(minutes=1)
    seed_demo(now=now)
    add_tonight(now)
    with runner.servers() as stack, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        pages = list(pages_of(browser, stack.url))
        browser.close()
    (floor,) = (ms for kind, ms, _ in pages if kind == BARE)
    for kind, ms, kilobytes in sorted(pages, key=lambda page: -page[1]):
        print(f"{ms:6.0f} ms {kilobytes:6.1f} kB  {kind}", flush=True)
    return {
        "figure": "first paint of the slowest page on a slow phone",
        "value": round(max(ms for _, ms, _ in pages)),
        "unit": "ms",
        "target": MOST_MS,
        "floor": round(floor),
        "pages": len(pages) - 1,
        "heaviest_kb": round(max(kilobytes for _, _, kilobytes in pages), 1),
    }


if __name__ == "__main__":
    runner.main("bench.first_paint", measure)
