"""uvicorn's HTTP protocol, with an end to what one may send or leave unread: `--http config.intake:RequestProtocol`.

nginx keeps narrower limits (deploy/nginx). These keep a process by itself from holding what never ends: httptools
keeps a head for as long as it lasts, Django writes a body to disk, and of requests that are sent ahead of the answer
uvicorn reads a quarter of a megabyte, which is a thousand, and tells none but the last that the client has left.

One is let wait: who has all bytes of a long answer may ask again before the application has ended it.
"""

from asyncio import TimerHandle

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

MOST_HEAD = 64 * 1024  # bytes after the first packet
MOST_BODY = 6 * 1024 * 1024  # bytes; the longest of ours is a file of 5 MB
MOST_WAITING = 1  # requests sent ahead of the answer
LAST_WORDS = 5.0  # seconds to read why
PATIENCE = 60.0  # seconds in which a client has to read some of an answer; nginx's send_timeout


class TooMuch(Exception):
    """What ends the parsing of a connection."""


class RequestProtocol(HttpToolsProtocol):
    """Answers 400 to who goes on and on, and ends the connection, read or not."""

    begun = head = body = 0  # requests that have begun, and bytes of the latest
    is_in_head = False
    refusal = ""
    answering: RequestResponseCycle | None = None
    stalled: TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        before = self.begun
        super().data_received(data)
        if self.is_in_head and self.begun == before:
            self.head += len(data)
            if self.head > MOST_HEAD:
                self.send_400_response("The head of a request has 64 KB at most.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.begun += 1
        self.head = self.body = 0
        self.is_in_head = True

    def on_headers_complete(self) -> None:
        self.is_in_head = False
        if len(self.pipeline) >= MOST_WAITING:
            self.refuse("Read an answer before you ask again.")
        super().on_headers_complete()
        if not self.pipeline:
            self.answering = self.cycle

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self.answering = self.cycle  # the one that waited, where one did

    def on_body(self, body: bytes) -> None:
        self.body += len(body)
        if self.body > MOST_BODY:
            self.refuse("The body of a request has 6 MB at most.")
        super().on_body(body)

    def refuse(self, detail: str) -> None:
        """From within the parser, which it ends. Raises TooMuch, which httptools makes an error of its own."""
        self.refusal = detail
        raise TooMuch(detail)

    def send_400_response(self, msg: str) -> None:
        """Closing waits until all is written, which is never where nobody reads."""
        if self.transport.is_closing():
            return
        super().send_400_response(self.refusal or msg)
        self.loop.call_later(LAST_WORDS, self.transport.abort)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.stalled = self.loop.call_later(PATIENCE, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self.end_patience()

    def end_patience(self) -> None:
        if self.stalled:
            self.stalled.cancel()
            self.stalled = None

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.end_patience()
        self.pipeline.clear()
        if self.answering:
            self.answering.disconnected = True
            self.answering.message_event.set()
