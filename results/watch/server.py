"""The server behind `watch`: one page on loopback, at a path that nobody guesses, read-only."""

from __future__ import annotations

import re
import secrets
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from results.report.page import LIVE_SCRIPTS, script
from results.watch.live_page import LivePage
from search_spaces.messages import one_line

LOOPBACK = "127.0.0.1"
OWN_HOST = re.compile(r"(127\.0\.0\.1|localhost)(:\d+)?", re.ASCII | re.IGNORECASE)
"""What a browser may call this machine, with any port: `ssh -L` may give it another one."""

HEADERS = {
    "Cache-Control": "no-cache",  # kept, and asked for again by its ETag
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",  # the address is the key
    "X-Content-Type-Options": "nosniff",
}


class WatchServer(ThreadingHTTPServer):
    """Serves the page of a run at `url` until it is shut down.

    Raises OSError where the port is in use; port 0 is any that is free.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, page: LivePage, port: int) -> None:
        self.page, self.key = page, secrets.token_urlsafe(16)
        super().__init__((LOOPBACK, port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A reader who has gone is none."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{LOOPBACK}:{self.server_port}/{self.key}/"


class _Handler(BaseHTTPRequestHandler):
    """One connection. Whatever is not the page or a script of it is not found."""

    protocol_version = "HTTP/1.1"
    timeout = 60
    server: WatchServer

    def do_GET(self) -> None:
        name = self._name()
        if name == "":
            self._send_page()
        elif name in LIVE_SCRIPTS:
            self._send(HTTPStatus.OK, script(name).encode(), "text/javascript")
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def do_HEAD(self) -> None:
        self.do_GET()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """A refusal in one line: also of a method that is not there, or of no HTTP at all."""
        status = HTTPStatus(code)
        if status is HTTPStatus.NOT_IMPLEMENTED:
            status = HTTPStatus.METHOD_NOT_ALLOWED
        self.close_connection = True
        self._send(status, f"{message or status.phrase}\n".encode(), "text/plain")

    def log_message(self, *args: object) -> None:
        """The terminal is for what matters: a request is not."""

    def version_string(self) -> str:
        return "flatbasin"

    def _name(self) -> str | None:
        """What is asked for below the key; None for another key, or by the name of a stranger.

        A page of a stranger may let its own name lead to this machine, and read what it finds.
        """
        key, slash, name = self.path.partition("?")[0].removeprefix("/").partition("/")
        is_known = secrets.compare_digest(key.encode(), self.server.key.encode())
        is_own = OWN_HOST.fullmatch(self.headers.get("Host", "")) is not None
        return name if slash and is_known and is_own else None

    def _send_page(self) -> None:
        try:
            page = self.server.page.current()
        except (OSError, ValueError) as error:  # a store is away, or the run is gone
            self.send_error(HTTPStatus.SERVICE_UNAVAILABLE, one_line(str(error)))
            return
        tag = f'"{page.version}"'
        if self.headers.get("If-None-Match") == tag:
            self._send(HTTPStatus.NOT_MODIFIED, b"", "text/html", tag)
        else:
            self._send(HTTPStatus.OK, page.content, "text/html", tag)

    def _send(self, status: HTTPStatus, content: bytes, kind: str, tag: str | None = None) -> None:
        self.send_response(status)
        own = {"Content-Type": f"{kind}; charset=utf-8"}
        if status is not HTTPStatus.NOT_MODIFIED:
            own["Content-Length"] = str(len(content))
        if tag is not None:
            own["ETag"] = tag
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            own["Allow"] = "GET, HEAD"
        if self.close_connection:
            own["Connection"] = "close"
        for name, value in (HEADERS | own).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
