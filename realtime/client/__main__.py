"""python -m realtime.client URL STREAM: what happens on a stream, as lines of JSON."""

import argparse
import asyncio
import json
import os
import sys
from dataclasses import asdict

from realtime.client import Feed, FeedError, Happening

INTERRUPTED = 130


def main() -> int:
    asked = arguments()
    try:
        asyncio.run(follow(asked))
    except (FeedError, ValueError) as error:
        print(f"{type(error).__name__}: {error}" if not str(error) else str(error), file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader of the lines has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m realtime.client", description="Follow a stream, as lines of JSON.")
    parser.add_argument("url", help="the server, https://host")
    parser.add_argument("stream", help="bar.<id>, user.<id>, platform, …")
    parser.add_argument("--topics", help="commas between; without it, every log topic that you may read")
    parser.add_argument("--since", help="a cursor, epoch:number; 0 for all that is kept; without it, from now on")
    parser.add_argument("--token", default=os.environ.get("BARTENDER_TOKEN"), help="or in BARTENDER_TOKEN")
    parser.add_argument("--top", choices=["websocket", "poll"], default="websocket", help="the best transport to use")
    parser.add_argument("--count", type=int, help="leave after so many lines")
    return parser.parse_args()


async def follow(asked: argparse.Namespace) -> None:
    async with Feed(asked.url, token=asked.token, top=asked.top) as feed:
        topics = asked.topics.split(",") if asked.topics else None
        left = asked.count
        async for happening in feed.follow(asked.stream, topics=topics, since=asked.since):
            print(line(happening), flush=True)
            if left is not None and (left := left - 1) <= 0:
                return


def line(happening: Happening) -> str:
    return json.dumps({"kind": type(happening).__name__.lower()} | asdict(happening), separators=(",", ":"))


if __name__ == "__main__":
    sys.exit(main())
