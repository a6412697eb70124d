"""`MirrorServer`: the mirror as a page of this computer only, for ``kneepose live --web``.

The browser takes the pictures of the camera and draws; the frames go to 127.0.0.1 and nowhere else. The
page needs the token of its address; pages of other origins are refused; size, number and rate of the
frames are bounded.
"""

from __future__ import annotations

import io
import json
import math
import secrets
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, NoReturn
from urllib.parse import parse_qs, urlsplit

import numpy as np

from kneepose.comparison.comparison import compare
from kneepose.drawing.overlay import bones_of
from kneepose.errors import DependencyError, KneeposeError
from kneepose.plots.style import SIDES
from kneepose.video.pictures import import_pillow
from kneepose.video.session import Session, Step

__all__ = ["MirrorServer"]

#: Bytes of one frame, pixels of one frame, and frames per second at most.
LARGEST_FRAME: Final = 2_000_000
LARGEST_PIXELS: Final = 2_200_000
MOST_FRAMES_PER_S: Final = 60
#: Connections at a time; others are closed at once.
_MOST_CONNECTIONS: Final = 16
_SECONDS: Final = 10.0
_PAGE: Final = Path(__file__).with_name("mirror.html")


class _Refused(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class MirrorServer:
    """A page on 127.0.0.1 with the mirror of one session.

    Parameters
    ----------
    session
        The session that gets the frames. The server does not close it.
    port
        Port, or 0 for a free one.

    Attributes
    ----------
    url
        Address of the page, with its token.
    """

    def __init__(self, session: Session, *, port: int = 0) -> None:
        self.session = session
        self.pillow = import_pillow()
        self.token = secrets.token_urlsafe(24)
        self.busy = threading.Lock()
        self._slots = threading.BoundedSemaphore(_MOST_CONNECTIONS)
        self._allowance = _Allowance(MOST_FRAMES_PER_S)
        self._http = _Server(("127.0.0.1", port), _handler(self), self._slots)
        self.port = int(self._http.server_address[1])
        self.hosts = (f"127.0.0.1:{self.port}", f"localhost:{self.port}")
        self.url = f"http://127.0.0.1:{self.port}/?token={self.token}"

    def serve(self) -> None:
        """Answer until `stop` is called."""
        self._http.serve_forever(poll_interval=0.1)

    def start(self) -> None:
        """Answer in a thread of its own."""
        threading.Thread(target=self.serve, daemon=True).start()

    def stop(self) -> None:
        """End `serve`."""
        self._http.shutdown()
        self._http.server_close()

    def page(self, nonce: str) -> bytes:
        """Return the page; its script and style carry the nonce, without which none runs."""
        colors = {side: style.color for side, style in SIDES.items()}
        data = json.dumps({"token": self.token, "colors": colors, "bones": bones_of()})
        text = _PAGE.read_text(encoding="utf-8")
        text = text.replace("/*DATA*/null", data.replace("<", "\\u003c"))
        return text.replace("NONCE", nonce).encode()

    def frame(self, body: bytes, t: float) -> dict[str, Any]:
        """Process one JPEG, and return what the page draws."""
        if not self._allowance.takes_one():
            raise _Refused(429, f"more than {MOST_FRAMES_PER_S} frames per second; send fewer.")
        if not self.busy.acquire(blocking=False):
            raise _Refused(503, "an earlier frame is still analyzed; send one at a time.")
        try:
            return _plain(self.session.push(self._decoded(body), t))
        except KneeposeError as error:
            raise _Refused(400, str(error)) from error
        finally:
            self.busy.release()

    def _decoded(self, body: bytes) -> Any:
        try:
            picture = self.pillow.Image.open(io.BytesIO(body), formats=["JPEG"])
            if picture.width * picture.height > LARGEST_PIXELS:
                raise _Refused(
                    413, f"the frame has more than {LARGEST_PIXELS} pixels; send a smaller one."
                )
            return np.array(picture.convert("RGB"))
        except (OSError, ValueError, SyntaxError, self.pillow.Image.DecompressionBombError):
            raise _Refused(400, "the frame is no JPEG picture.") from None

    def set(self, action: Any) -> dict[str, Any]:
        """Start or stop a set, or change the side."""
        actions = {
            "start": self.session.start_set,
            "stop": self.session.stop_set,
            "side": self.session.change_side,
        }
        if action not in actions:
            raise _Refused(400, f"action must be one of {', '.join(actions)}.")
        with self.busy:
            actions[action]()
            done = [
                {"side": a.side, "count": a.reps.count, "summary": a.summary()}
                for a in (self.session.sets[-1] if self.session.sets else ())
            ]
        return {"in_set": self.session.in_set, "sides": list(self.session.sides), "last_set": done}

    def report(self) -> bytes:
        """Return the report page of the last set."""
        if not self.session.sets:
            raise _Refused(404, "no set is finished yet.")
        done = self.session.sets[-1]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "report.html"
            try:
                (compare(*done) if len(done) == 2 else done[0]).to_html(path)
            except DependencyError as error:
                raise _Refused(501, str(error)) from error
            return path.read_bytes()


def _plain(step: Step) -> dict[str, Any]:
    scene = step.scene
    return {
        "points": {name: [round(x, 1), round(y, 1)] for name, (x, y) in scene.points.items()},
        "low": sorted(scene.low),
        "sides": list(scene.sides),
        "angles": [
            {"side": a.side, "joint": a.joint, "text": a.text, "is_good": a.is_good}
            for a in scene.angles
        ],
        "count": scene.count,
        "phase": scene.phase,
        "bend": scene.bend,
        "cue": scene.cue,
        "problem": scene.problem,
        "in_set": bool(step.states),
        "fps": None if math.isnan(step.fps) else round(step.fps, 1),
    }


class _Allowance:
    """Lets through a number of things per second, and a burst of as many."""

    def __init__(self, per_s: float) -> None:
        self._per_s = self._left = float(per_s)
        self._last = time.monotonic()
        self._lock = threading.Lock()

    def takes_one(self) -> bool:
        with self._lock:
            now = time.monotonic()
            self._left = min(self._per_s, self._left + (now - self._last) * self._per_s)
            self._last = now
            if self._left < 1:
                return False
            self._left -= 1
            return True


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
        """Say nothing of connections that break off."""


def _handler(server: MirrorServer) -> type[BaseHTTPRequestHandler]:
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

        def _answer(self, get: Any) -> None:
            try:
                kind, body = get()
                self._send(200, kind, body)
            except _Refused as refused:
                self.close_connection = True  # its body may not be read
                self._send(refused.status, "application/json", _json({"error": str(refused)}))

        def _check(self, token: str) -> None:
            origin = self.headers.get("Origin")
            if self.headers.get("Host") not in server.hosts:
                raise _Refused(403, "this page answers to 127.0.0.1 only.")
            if origin is not None and urlsplit(origin).netloc not in server.hosts:
                raise _Refused(403, "pages of other origins are refused.")
            if not secrets.compare_digest(token.encode(), server.token.encode()):
                raise _Refused(
                    403, "the token is missing or wrong: open the address that was printed."
                )

        def _get(self) -> tuple[str, bytes]:
            place = urlsplit(self.path)
            self._check(parse_qs(place.query).get("token", [""])[0])
            if place.path == "/":
                self._nonce = secrets.token_urlsafe(12)
                return "text/html; charset=utf-8", server.page(self._nonce)
            if place.path == "/report":
                return "text/html; charset=utf-8", server.report()
            return self._absent()

        def _post(self) -> tuple[str, bytes]:
            place = urlsplit(self.path)
            self._check(self.headers.get("X-Kneepose-Token", ""))
            body = self._body()
            if place.path == "/frame":
                try:
                    t = float(parse_qs(place.query).get("t", ["nan"])[0])
                except ValueError:
                    t = math.nan
                if not math.isfinite(t):
                    raise _Refused(400, "t must be the time of the frame in seconds.")
                return "application/json", _json(server.frame(body, t))
            if place.path == "/set":
                try:
                    action = json.loads(body)["action"]
                except (ValueError, KeyError, TypeError):
                    raise _Refused(400, 'the body must be {"action": "start"}.') from None
                return "application/json", _json(server.set(action))
            return self._absent()

        def _absent(self) -> NoReturn:
            raise _Refused(404, "there is no such page.")

        def _body(self) -> bytes:
            text = self.headers.get("Content-Length", "")
            if not text.isdigit():
                raise _Refused(411, "Content-Length is needed.")
            if int(text) > LARGEST_FRAME:
                raise _Refused(
                    413, f"the body has {text} bytes; at most {LARGEST_FRAME} are taken."
                )
            body = self.rfile.read(int(text))
            if len(body) < int(text):
                raise _Refused(400, "the body ended early.")
            return body

        def _send(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Referrer-Policy", "no-referrer")
            self.send_header("Cross-Origin-Resource-Policy", "same-origin")
            # The report has a style and drawings of its own, and no script.
            run = f"script-src 'nonce-{self._nonce}'; " if self._nonce else ""
            look = f"'nonce-{self._nonce}'" if self._nonce else "'unsafe-inline'"
            self.send_header(
                "Content-Security-Policy",
                f"default-src 'none'; {run}style-src {look}; connect-src 'self'; "
                "img-src data: blob:; media-src blob:; base-uri 'none'; frame-ancestors 'none'",
            )
            self._nonce = ""
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Write no log."""

    return Handler


def _json(data: Any) -> bytes:
    return json.dumps(data, allow_nan=False).encode()
