"""`LocalServer`: an HTTP server for this computer only, with a token, and closed to other origins.

Requests need the token from the page's address. Requests from other origins are refused. The size
and number of requests are limited.
"""

from __future__ import annotations

import contextvars
import json
import re
import secrets
import threading
from collections.abc import Callable, Mapping
from functools import cache
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple, NoReturn
from urllib.parse import parse_qs, quote, urlsplit

from kneepose.app.files import Kept
from kneepose.app.refusal import Refused
from kneepose.errors import KneeposeError
from kneepose.words.catalogue import current_language, tr

__all__ = ["Action", "LocalServer", "Sent"]

Action = Callable[[Mapping[str, Any]], Any]
#: Maximum number of simultaneous connections; further ones are closed at once.
_MOST_CONNECTIONS: Final = 16
#: Maximum size in bytes of a request body that is neither a clip nor a frame.
_LARGEST_REQUEST: Final = 20_000
_SECONDS: Final = 15.0
_PIECE: Final = 1 << 20
_PAGE: Final = Path(__file__).with_name("page")
#: Patterns of translatable texts in the HTML page and in its scripts.
_IN_PAGE: Final = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_IN_SCRIPT: Final = re.compile(r'\bt\("((?:[^"\\]|\\.)*)"')
_KINDS: Final = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}


class Sent(NamedTuple):
    """A request whose body is not JSON.

    Attributes
    ----------
    asked
        Query parameters of the URL.
    length
        Length of the body in bytes.
    read
        Function that reads at most n bytes of the body.
    whole
        Function that returns the whole body; it refuses a body of more than n bytes.
    """

    asked: Mapping[str, str]
    length: int
    read: Callable[[int], bytes]
    whole: Callable[[int], bytes]


class _Answer(NamedTuple):
    """A response: the content type, with a body or a file."""

    kind: str
    body: bytes = b""
    file: Kept | None = None


class LocalServer:
    """Base class of servers of a page on 127.0.0.1; subclasses define the responses.

    Page, responses and jobs use the language and wording in force when the server is created.

    Parameters
    ----------
    port
        Port, or 0 for a free one.

    Attributes
    ----------
    url
        Address of the page, with its token.

    Raises
    ------
    KneeposeError
        The port is in use.
    """

    #: File names of the page's parts in the folder ``page``.
    parts: ClassVar[tuple[str, ...]] = ()
    template: ClassVar[str] = ""

    def __init__(self, port: int) -> None:
        # New threads do not inherit the language, so the context is copied.
        self._context = contextvars.copy_context()
        self.token = secrets.token_urlsafe(24)
        slots = threading.BoundedSemaphore(_MOST_CONNECTIONS)
        try:
            self._http = _Server(("127.0.0.1", port), _handler(self), slots)
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise KneeposeError(
                f"port {port} cannot be opened ({why.lower()}): omit it for a free one."
            ) from error
        self.port = int(self._http.server_address[1])
        self.hosts = (f"127.0.0.1:{self.port}", f"localhost:{self.port}")
        self.url = f"http://127.0.0.1:{self.port}/?token={self.token}"

    def serve(self) -> None:
        """Serve requests until `stop` is called."""
        self._http.serve_forever(poll_interval=0.1)

    def start(self) -> None:
        """Serve requests in a separate thread."""
        threading.Thread(target=self.serve, daemon=True).start()

    def stop(self) -> None:
        """Stop serving requests, so `serve` returns."""
        self._http.shutdown()

    def close(self) -> None:
        """Close the listening socket."""
        self._http.server_close()

    def data(self) -> dict[str, Any]:
        """Return the data passed to the page, besides the token."""
        return {}

    def file(self, number: str) -> Kept:
        """Return the registered file with this number.

        Raises
        ------
        Refused
            No file has this number.
        """
        raise Refused(404, tr("this file is no longer here; make it again."))

    def actions(self) -> Mapping[str, Action]:
        """Return the handlers of JSON requests by path; each maps JSON to the JSON answer."""
        return {}

    def receivers(self) -> Mapping[str, Callable[[Sent], Any]]:
        """Return the handlers of other requests by path; each maps a `Sent` body to JSON."""
        return {}

    def page(self, nonce: str) -> bytes:
        """Return the HTML page; browsers run only scripts and styles that carry the nonce."""
        language = current_language()
        texts = {key: tr(key) for part in self.parts for key in script_texts(part)}
        data = {"token": self.token, "words": texts, "decimal": language.decimal, **self.data()}
        text = _IN_PAGE.sub(
            lambda found: escape(tr(" ".join(found[1].split()))),
            (_PAGE / self.template).read_text(encoding="utf-8").replace("LANGUAGE", language.code),
        )
        text = text.replace("NONCE", nonce).replace("TOKEN", quote(self.token))
        return text.replace("/*DATA*/null", json.dumps(data).replace("<", "\\u003c")).encode()


@cache
def script_texts(part: str) -> tuple[str, ...]:
    """Return the translatable texts of a script, which are keys of the catalogue."""
    if not part.endswith(".js"):
        return ()
    source = (_PAGE / part).read_text(encoding="utf-8")
    return tuple(dict.fromkeys(json.loads(f'"{key}"') for key in _IN_SCRIPT.findall(source)))


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: Any, slots: Any) -> None:
        self._slots = slots
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._slots.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._slots.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore broken connections instead of printing a traceback."""


def _handler(server: LocalServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = _SECONDS
        server_version = "kneepose"
        sys_version = ""
        _nonce = ""

        def do_GET(self) -> None:
            self._answer(self._get)

        def do_POST(self) -> None:
            self._answer(self._post)

        def _answer(self, get: Callable[[], _Answer]) -> None:
            try:
                found = server._context.copy().run(self._found, get)
                if found.file is None:
                    self._send(200, found.kind, found.body)
                else:
                    self._send_file(found.file)
            except Refused as refused:
                self.close_connection = True  # its body may not be read completely
                said = {"error": str(refused), "is_final": refused.is_final}
                self._send(refused.status, "application/json", _json(said))
            except (BrokenPipeError, ConnectionError, TimeoutError):
                self.close_connection = True

        def _found(self, get: Callable[[], _Answer]) -> _Answer:
            """Return the response of `get`.

            An internal error is reported in a response, and the server continues.
            """
            try:
                return get()
            except (Refused, ConnectionError, TimeoutError):
                raise
            except Exception as error:
                said = f"{type(error).__name__}: {error}"[:300]
                raise Refused(500, f"kneepose has a flaw here, please report it. {said}") from None

        def _check(self, token: str) -> None:
            origin = self.headers.get("Origin")
            if self.headers.get("Host") not in server.hosts:
                raise Refused(403, "this page answers to 127.0.0.1 only.")
            if origin not in (None, *(f"http://{host}" for host in server.hosts)):
                raise Refused(403, "pages of other origins are refused.")
            if not secrets.compare_digest(token.encode(), server.token.encode()):
                raise Refused(
                    403, "the token is missing or wrong: open the address that was printed."
                )

        def _get(self) -> _Answer:
            place = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(place.query).items()}
            self._check(asked.get("token", ""))
            if place.path == "/":
                self._nonce = secrets.token_urlsafe(12)
                return _Answer("text/html; charset=utf-8", server.page(self._nonce))
            if place.path[1:] in server.parts:
                part = _PAGE / place.path[1:]
                return _Answer(_KINDS[part.suffix], part.read_bytes())
            if place.path == "/file":
                file = server.file(asked.get("id", ""))
                return _Answer(file.kind, file=file)
            return self._absent()

        def _post(self) -> _Answer:
            place = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(place.query).items()}
            self._check(self.headers.get("X-Kneepose-Token", ""))
            receivers, actions = server.receivers(), server.actions()
            if place.path in receivers:
                sent = Sent(asked, self._length(), self.rfile.read, self._body)
                return _Answer("application/json", _json(receivers[place.path](sent)))
            if place.path not in actions:
                return self._absent()
            try:
                given = json.loads(self._body(_LARGEST_REQUEST))
            except (ValueError, RecursionError):
                given = None
            if not isinstance(given, dict):
                raise Refused(400, 'the body must be an object, such as {"action": "start"}.')
            return _Answer("application/json", _json(actions[place.path](given)))

        def _absent(self) -> NoReturn:
            raise Refused(404, "there is no such page.")

        def _length(self) -> int:
            text = self.headers.get("Content-Length", "")
            if not (text.isascii() and text.isdigit() and len(text) <= 15):
                raise Refused(411, "Content-Length is needed.")
            return int(text)

        def _body(self, most: int) -> bytes:
            length = self._length()
            if length > most:
                raise Refused(413, f"the body has {length} bytes; at most {most} are taken.")
            body = self.rfile.read(length)
            if len(body) < length:
                raise Refused(400, "the body ended early.")
            return body

        def _head(self, status: int, kind: str, length: int) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(length))
            self.send_header("Cache-Control", "no-store")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Referrer-Policy", "no-referrer")
            self.send_header("Cross-Origin-Resource-Policy", "same-origin")
            # A report (served without a nonce) has inline styles and SVG, but no scripts.
            run = f"script-src 'nonce-{self._nonce}'; " if self._nonce else ""
            look = f"'nonce-{self._nonce}'" if self._nonce else "'unsafe-inline'"
            self.send_header(
                "Content-Security-Policy",
                f"default-src 'none'; {run}style-src {look}; connect-src 'self'; img-src 'self' data: "
                "blob:; media-src 'self' blob:; frame-src 'self'; base-uri 'none'; form-action 'none'; "
                "frame-ancestors 'self'",
            )
            self._nonce = ""
            if self.close_connection:
                self.send_header("Connection", "close")

        def _send(self, status: int, kind: str, body: bytes) -> None:
            self._head(status, kind, len(body))
            self.end_headers()
            self.wfile.write(body)

        def _send_file(self, kept: Kept) -> None:
            size = kept.path.stat().st_size
            start, end = self._range(size)
            self._head(200 if end - start == size else 206, kept.kind, end - start)
            self.send_header("Accept-Ranges", "bytes")
            if end - start != size:
                self.send_header("Content-Range", f"bytes {start}-{end - 1}/{size}")
            if "save=1" in urlsplit(self.path).query:
                name = f"attachment; filename*=UTF-8''{quote(kept.name)}"
                self.send_header("Content-Disposition", name)
            self.end_headers()
            with kept.path.open("rb") as file:
                file.seek(start)
                while start < end and (piece := file.read(min(_PIECE, end - start))):
                    self.wfile.write(piece)
                    start += len(piece)

        def _range(self, size: int) -> tuple[int, int]:
            """Return the requested byte range as (first, last + 1)."""
            asked = re.fullmatch(r"bytes=(\d{1,18})-(\d{0,18})", self.headers.get("Range", ""))
            if asked is None:
                return 0, size
            start = int(asked[1])
            end = min(int(asked[2]) + 1, size) if asked[2] else size
            return (start, end) if start < end else (0, size)

        def log_message(self, *_: Any) -> None:
            """Suppress the request log of `BaseHTTPRequestHandler`."""

    return Handler


def _json(data: Any) -> bytes:
    return json.dumps(data, allow_nan=False).encode()
