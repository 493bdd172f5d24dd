"""Where a request comes from: who has connected to us, unless that is a proxy of ours who says for whom."""

from collections.abc import Sequence


def client_address(peer: str, forwarded_for: str, proxies: Sequence[str]) -> str:
    """The address that has spoken to the nearest of `proxies`; `peer` itself where it is none of them.

    A client may write any X-Forwarded-For: of its addresses only those count that our proxies have added, at the end.
    """
    hops = [peer, *reversed([hop.strip() for hop in forwarded_for.split(",") if hop.strip()])]
    return next((hop for hop in hops if hop not in proxies), hops[-1])
