"""`AppServer`: the page of this computer only, for ``kneepose app`` and ``kneepose live --web``.

The browser takes the pictures of the camera and draws; frames and clips go to 127.0.0.1 and nowhere
else. The page needs the token of its address; pages of other origins are refused; size, number and rate
of what is sent are bounded.
"""

from __future__ import annotations

import json
import math
import os
import re
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn
from urllib.parse import parse_qs, quote, urlsplit

from kneepose import tables
from kneepose.app.clips import ClipRooms
from kneepose.app.files import Kept, Store
from kneepose.app.jobs import Jobs
from kneepose.app.mirror import LARGEST_FRAME, MirrorRoom
from kneepose.app.recipes import ROOMS, recipe
from kneepose.app.refusal import Refused
from kneepose.drawing.overlay import bones_of
from kneepose.errors import KneeposeError, UnknownNameError
from kneepose.estimators.person import Reader
from kneepose.exercises.spec import built_in
from kneepose.plots.style import SIDES
from kneepose.recording.skeleton import Skeleton
from kneepose.typing import ExerciseName, Side, SkeletonName, View
from kneepose.video.session import Session
from kneepose.words.exercises import wording_of
from kneepose.words.safety import ASK_FIRST, PAIN_RULE, STATED_LIMITS, STOP_SIGNS

__all__ = ["AppServer"]

#: Connections at a time; others are closed at once.
_MOST_CONNECTIONS: Final = 16
#: Bytes of a request that is no clip and no frame.
_LARGEST_REQUEST: Final = 20_000
_SECONDS: Final = 15.0
_PIECE: Final = 1 << 20
_PAGE: Final = Path(__file__).with_name("page")
_PARTS: Final = {
    "/app.css": "text/css; charset=utf-8",
    "/app.js": "text/javascript; charset=utf-8",
    "/mirror.js": "text/javascript; charset=utf-8",
    "/clips.js": "text/javascript; charset=utf-8",
}


class _Answer(NamedTuple):
    """A body, or a file, and its kind."""

    kind: str
    body: bytes = b""
    file: Kept | None = None


class AppServer:
    """A page on 127.0.0.1 with the rooms *Mirror*, *Clip* and *Compare*.

    Parameters
    ----------
    exercise, side
        Exercise with which the mirror begins.
    estimator, model, skeleton
        As in `from_video`.
    countdown_s, save, view
        As in `Mirror`. Without `save` the files of the page are removed at the end.
    rooms
        Rooms that are shown, of ``mirror``, ``clip`` and ``compare``.
    port
        Port, or 0 for a free one.

    Attributes
    ----------
    url
        Address of the page, with its token.

    Raises
    ------
    DependencyError
        Pillow is not installed (``kneepose[video]``).
    KneeposeError
        As in `Mirror`; or the port is in use.
    """

    def __init__(
        self,
        *,
        exercise: ExerciseName = "squat",
        side: Side | None = None,
        estimator: str | Reader = "mediapipe",
        model: str | os.PathLike[str] | None = None,
        skeleton: SkeletonName | Skeleton | None = None,
        countdown_s: float = 3.0,
        save: str | os.PathLike[str] | None = None,
        view: View | None = None,
        rooms: Sequence[str] = ROOMS,
        port: int = 0,
    ) -> None:
        unknown = [room for room in rooms if room not in ROOMS]
        if unknown or not rooms:
            raise UnknownNameError.of("room", unknown[0] if unknown else "", ROOMS)
        self.rooms = tuple(rooms)
        self.token = secrets.token_urlsafe(24)
        self.store = Store()
        self.jobs = Jobs()
        place = Path(save) if save is not None else self.store.folder()
        self.session = Session(
            exercise, side=side, estimator=estimator, model=model, person="main", skeleton=skeleton,
            countdown_s=countdown_s, save=place, view=view,
        )  # fmt: skip
        self.clips = ClipRooms(self.store, self.jobs, estimator, model, skeleton)
        self.mirror = MirrorRoom(self.session, self.store, self.jobs, self.clips.compared, place)
        self._slots = threading.BoundedSemaphore(_MOST_CONNECTIONS)
        try:
            self._http = _Server(("127.0.0.1", port), _handler(self), self._slots)
        except OSError as error:
            self.store.close()
            raise KneeposeError(
                f"port {port} cannot be opened ({(error.strerror or str(error)).lower()}): omit it for "
                "a free one."
            ) from error
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

    def close(self) -> None:
        """Finish and save the set that goes on, end all work, and remove what is not to be kept."""
        self._http.server_close()
        self.session.close()
        self.jobs.close()
        self.store.close()

    def page(self, nonce: str) -> bytes:
        """Return the page; its scripts and style carry the nonce, without which none runs."""
        data = {
            "token": self.token,
            "rooms": self.rooms,
            "colors": {side: style.color for side, style in SIDES.items()},
            "bones": bones_of(),
            "exercises": [
                {
                    "name": row["name"],
                    "title": row["title"],
                    "two_legs": row["two_legs"],
                    "leg": wording_of(built_in(row["name"])).leg,
                    "set_up": row["set_up"],
                }
                for row in tables.exercises()
            ],
            "exercise": self.session.exercise,
            "sides": self.session.sides,
            "limits": STATED_LIMITS,
            "stop_signs": STOP_SIGNS,
            "ask_first": f"{PAIN_RULE} {ASK_FIRST}",
        }
        text = (_PAGE / "app.html").read_text(encoding="utf-8")
        text = text.replace("/*DATA*/null", json.dumps(data).replace("<", "\\u003c"))
        return text.replace("NONCE", nonce).replace("TOKEN", quote(self.token)).encode()


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


def _handler(server: AppServer) -> type[BaseHTTPRequestHandler]:
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
                found = get()
                if found.file is None:
                    self._send(200, found.kind, found.body)
                else:
                    self._send_file(found.file)
            except Refused as refused:
                self.close_connection = True  # its body may not be read
                said = {"error": str(refused), "is_final": refused.is_final}
                self._send(refused.status, "application/json", _json(said))
            except (BrokenPipeError, ConnectionError, TimeoutError):
                self.close_connection = True

        def _check(self, token: str) -> None:
            origin = self.headers.get("Origin")
            if self.headers.get("Host") not in server.hosts:
                raise Refused(403, "this page answers to 127.0.0.1 only.")
            if origin is not None and urlsplit(origin).netloc not in server.hosts:
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
            if place.path in _PARTS:
                return _Answer(_PARTS[place.path], (_PAGE / place.path[1:]).read_bytes())
            if place.path == "/file":
                file = server.store.given(asked.get("id", ""))
                return _Answer(file.kind, file=file)
            return self._absent()

        def _post(self) -> _Answer:
            place = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(place.query).items()}
            self._check(self.headers.get("X-Kneepose-Token", ""))
            if place.path == "/clip":
                return _Answer("application/json", _json(self._clip(asked.get("name", ""))))
            if place.path == "/frame":
                body = self._body(LARGEST_FRAME)
                try:
                    t = float(asked.get("t", "nan"))
                except ValueError:
                    t = math.nan
                if not math.isfinite(t):
                    raise Refused(400, "t must be the time of the frame in seconds.")
                return _Answer("application/json", _json(server.mirror.frame(body, t)))
            actions: dict[str, Callable[[Mapping[str, Any]], Any]] = {
                "/mirror": server.mirror.act,
                "/work": server.clips.start,
                "/work/state": lambda given: server.jobs.state(given.get("work")),
                "/work/cancel": lambda given: server.jobs.cancel(given.get("work")),
                "/recipe": recipe,
            }
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
            if not (text.isascii() and text.isdigit()):
                raise Refused(411, "Content-Length is needed.")
            return int(text)

        def _clip(self, name: str) -> dict[str, Any]:
            return server.store.take(name, self._length(), self.rfile.read)

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
            # A report has a style and drawings of its own, and no script.
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
            """Return the first and the last byte that are asked for, the last one excluded."""
            asked = re.fullmatch(r"bytes=(\d{1,18})-(\d{0,18})", self.headers.get("Range", ""))
            if asked is None:
                return 0, size
            start = int(asked[1])
            end = min(int(asked[2]) + 1, size) if asked[2] else size
            return (start, end) if start < end else (0, size)

        def log_message(self, *_: Any) -> None:
            """Write no log."""

    return Handler


def _json(data: Any) -> bytes:
    return json.dumps(data, allow_nan=False).encode()
