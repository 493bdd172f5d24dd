"""A load client that costs little: prepared HTTP requests over kept-alive sockets, in a process of its own."""

import asyncio
import multiprocessing
import time
import uuid
from typing import Any, NamedTuple


class Request(NamedTuple):
    """KEY in the body becomes a new key each time."""

    method: str
    path: str
    token: str
    body: str = ""

    def to_bytes(self) -> bytes:
        body = self.body.replace("KEY", str(uuid.uuid4()))
        head = (
            f"{self.method} {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return (head + body).encode()


async def one_client(port: int, deadline: float, request: Request, answers: list[tuple[int, float]]) -> None:
    """Ask, wait, ask again until the deadline."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.monotonic() < deadline:
        began = time.monotonic()
        writer.write(request.to_bytes())
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        answers.append((int(head[9:12]), time.monotonic() - began))
    writer.close()


async def all_clients(port: int, seconds: float, requests: list[Request]) -> list[tuple[int, float]]:
    """One client a request, at once. Returns (status, seconds) of each answer."""
    answers: list[tuple[int, float]] = []
    deadline = time.monotonic() + seconds
    await asyncio.gather(*(one_client(port, deadline, request, answers) for request in requests))
    return answers


def run(port: int, seconds: float, requests: list[Request], queue: Any) -> None:
    queue.put(asyncio.run(all_clients(port, seconds, requests)))


def load(port: int, seconds: float, requests: list[Request]) -> list[tuple[int, float]]:
    """Run one client a request in another process, and return every answer."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=run, args=(port, seconds, requests, queue))
    process.start()
    answers = queue.get()
    process.join()
    return answers
