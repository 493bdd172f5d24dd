"""The deployment at work: through nginx, over three web processes and two relays, one of which dies."""

import http.client
import signal
import socket
import time
import uuid
from contextlib import ExitStack

import httpx

from sales.models import Sale
from tests import factories
from tests.deploy.deployment import TLS
from tests.faults.webs import Till, report, until
from tests.realtime.follower import EventSource, Follower, events, sub
from tests.realtime.numbering import frames_in_log, head

SOLD = 9999


def connections(deployment):
    """Live connections of each web process, as it last said."""
    return [(report(web) or {"connections": 0})["connections"] for web in deployment.webs.values()]


def test_a_sale_reaches_the_pages_of_every_web_process_by_every_transport(deployment, koffi, beer):
    stream = f"bar.{koffi.bar_id}"
    with ExitStack() as opened:
        pages = [opened.enter_context(Follower(deployment, koffi)) for _ in range(6)]
        for page in pages:
            page.hello(sub(stream))
        source = opened.enter_context(EventSource(deployment, koffi, stream))
        source.opened()
        until(lambda: min(connections(deployment)) > 0)

        answer = opened.enter_context(Till(deployment, koffi, beer)).sell()
        assert answer.status_code == 201, answer.text

        last = head(stream)
        for page in pages:
            page.until(stream, last)
        began = time.monotonic()
        source.next("frame")
    assert time.monotonic() - began < 5


def test_sales_go_on_while_a_web_process_is_killed_and_its_pages_miss_nothing(deployment, koffi, beer):
    """A till asks again with its key, as the real one does: what was answered by nobody is made once."""
    stream = f"bar.{koffi.bar_id}"
    keys = [str(uuid.uuid4()) for _ in range(60)]
    with ExitStack() as opened:
        pages = [opened.enter_context(Follower(deployment, koffi)) for _ in range(6)]
        starts = [page.hello(sub(stream))["subs"][0] for page in pages]
        for number, key in enumerate(keys):
            if number == 20:
                next(iter(deployment.webs.values())).send_signal(signal.SIGKILL)
            until(lambda key=key: sold(deployment, koffi, beer, key))
        told = [
            followed(deployment, koffi, page, stream=stream, start=start)
            for page, start in zip(pages, starts, strict=True)
        ]

    assert Sale.objects.filter(key__in=keys).count() == Sale.objects.count() == 60
    assert [events(frames) for frames in told] == [frames_in_log(stream)[-60:]] * 6


def sold(deployment, member, beer, key):
    body = {"key": key, "lines": [{"product": str(beer.pk), "quantity": 1}]}
    answer = httpx.post(
        f"{deployment.url}/api/v1/bars/{member.bar_id}/sales", json=body, headers=factories.bearer(member), timeout=20
    )
    assert answer.status_code in (200, 201, 502), answer.text
    return answer.status_code != 502


def followed(deployment, member, page, *, stream, start):
    """Every frame that a page has been told up to the stream's head, coming back where its line was cut."""
    last, frames, at = head(stream), [], f"{start['epoch']}:{start['seq']}"
    while not frames or frames[-1]["seq"] < last:
        message = page.next()
        if message["type"] == "close":
            page = Follower(deployment, member)
            page.hello(sub(stream, since=at))
        elif message["type"] == "frame":
            frames.append(message)
            at = f"{message['epoch']}:{message['seq']}"
    page.close()
    return frames


def test_a_web_process_that_is_to_stop_sends_its_pages_elsewhere_first(deployment, koffi, beer):
    stream = f"bar.{koffi.bar_id}"
    leaving = next(iter(deployment.webs.values()))
    with ExitStack() as opened:
        pages = [opened.enter_context(Follower(deployment, koffi)) for _ in range(6)]
        for page in pages:
            page.hello(sub(stream))
        until(lambda: sum(connections(deployment)) == len(pages))
        held = report(leaving)["connections"]

        leaving.send_signal(signal.SIGUSR1)
        until(lambda: not (report(leaving) or {"connections": 0})["connections"])
        leaving.terminate()
        leaving.wait(20)
        opened.enter_context(Till(deployment, koffi, beer)).sell()
        ends = sorted(end_of(page) for page in pages)

    assert held > 0
    assert ends == [4200] * held + [SOLD] * (len(pages) - held)


def end_of(page):
    """The code with which a page was closed, or SOLD where it was told of a sale."""
    while (message := page.next())["type"] not in ("frame", "close"):
        pass
    return message.get("code", SOLD)


def test_one_relay_is_enough_whichever_dies(deployment, koffi, beer):
    stream = f"bar.{koffi.bar_id}"
    with Follower(deployment, koffi) as page, Till(deployment, koffi, beer) as till:
        page.hello(sub(stream))
        for number in (1, 2):
            deployment.relays[number].kill()
            deployment.relays[number].wait(10)
            assert till.sell().status_code == 201
            page.until(stream, head(stream))
            deployment.start_relay(number)
            until(lambda number=number: stands_by(deployment, number), 30)


def stands_by(deployment, number):
    """Whether a relay that was started again has found that the other leads."""
    return "standing by" in (deployment.folder / f"relay-{number}.log").read_text().rsplit("listening", 1)[-1]


def ask(deployment, method, path, *, body=None, **headers):
    """The status of a plain answer of nginx."""
    line = http.client.HTTPConnection("127.0.0.1", deployment.port, timeout=20)
    try:
        line.request(method, path, body=body, headers=headers)
        return line.getresponse().status
    finally:
        line.close()


def test_c30_nginx_refuses_what_is_too_large(deployment, koffi):
    bearer = factories.bearer(koffi)
    sales = f"/api/v1/bars/{koffi.bar_id}/sales"
    products = f"/api/v1/bars/{koffi.bar_id}/products/import"

    assert ask(deployment, "GET", "/", **{"X-Long": "x" * 20_000}) == 431
    assert ask(deployment, "GET", "/", **{f"X-{number}": "x" * 4_000 for number in range(12)}) == 431
    assert ask(deployment, "POST", sales, body=b"x" * 2_000_000, **bearer) == 413
    assert ask(deployment, "POST", products, body=b"x" * 2_000_000, **bearer) == 415  # the application's own word
    assert ask(deployment, "POST", products, body=b"x" * 6_000_000, **bearer) == 413
    assert ask(deployment, "GET", "/login/") == 200


def test_c30_a_head_that_drips_is_cut(deployment):
    with socket.create_connection(("127.0.0.1", deployment.port), timeout=30) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
        began = time.monotonic()
        while True:
            try:
                line.sendall(b"x")
            except OSError:
                break
            time.sleep(0.5)
    assert 8 < time.monotonic() - began < 15


def test_who_comes_without_tls_is_sent_to_it_and_tls_offers_http_2(deployment):
    line = http.client.HTTPConnection("127.0.0.1", deployment.http_port, timeout=20)
    line.request("GET", "/bars/?page=2", headers={"Host": "bars.example.org"})
    answer = line.getresponse()
    assert (answer.status, answer.headers["Location"]) == (308, "https://bars.example.org/bars/?page=2")
    line.close()

    context = deployment.tls()
    context.check_hostname = False
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", deployment.tls_port), timeout=20) as plain,
        context.wrap_socket(plain) as line,
    ):
        assert line.selected_alpn_protocol() == "h2"


def test_cookies_are_named_as_no_other_name_of_the_domain_can_plant_them(deployment, koffi):
    with httpx.Client(verify=False, base_url=f"https://127.0.0.1:{deployment.tls_port}") as browser:  # noqa: S501
        browser.get("/login/")
        form = {"username": "koffi", "password": factories.PASSWORD}
        form["csrfmiddlewaretoken"] = browser.cookies["__Host-csrftoken"]
        answer = browser.post("/login/", data=form, headers={"Origin": "https://127.0.0.1"})
        told = [line.split("; ") for line in answer.headers.get_list("set-cookie")]
        page = browser.get("/bars/")

    assert (answer.status_code, page.status_code) == (302, 200)
    assert sorted(one[0].partition("=")[0] for one in told) == ["__Host-csrftoken", "__Host-device", "__Host-sessionid"]
    assert all({"Secure", "Path=/"} <= set(one) and "Domain" not in str(one) for one in told)


def test_what_a_client_says_of_its_address_counts_for_nothing(deployment):
    """METRICS_ALLOW lets in this machine alone, which asks; only nginx is believed where it says who asks."""
    forged = {"X-Forwarded-For": "10.9.8.7"}
    believed = httpx.get(f"http://127.0.0.1:{deployment.web_ports[0]}/metrics", headers=forged | TLS)

    assert ask(deployment, "GET", "/metrics", **forged) == 200
    assert believed.status_code == 401
