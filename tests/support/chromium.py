"""Control headless Chromium by the DevTools protocol through a pipe, without packages."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

#: Script that starts the browser with commands on file descriptor 3 and responses on 4.
_START = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
for end, wanted in zip(ends, (3, 4)):
    os.dup2(end, wanted)
os.execv(sys.argv[3], sys.argv[3:])
"""
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def program() -> str:
    """Return the path of Chromium; skip the test if it is not installed."""
    for name in PROGRAMS:
        found = shutil.which(name)
        if found:
            return found
    pytest.skip("there is no Chromium here")


class Page:
    """A browser page. `camera` is a y4m or mjpeg file played repeatedly as the camera."""

    def __init__(
        self, folder: Path, *, camera: Path | None = None, wh: tuple[int, int] = (1280, 800)
    ) -> None:
        to_read, to_write = os.pipe(), os.pipe()
        options = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--mute-audio", "--hide-scrollbars",
            "--no-first-run", "--remote-debugging-pipe", f"--user-data-dir={folder / 'profile'}",
            f"--window-size={wh[0]},{wh[1]}", "--use-fake-ui-for-media-stream",
        ]  # fmt: skip
        if camera is not None:
            options += [
                "--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={camera}",
            ]  # fmt: skip
        ends = [str(to_read[0]), str(to_write[1])]
        self._browser = subprocess.Popen(
            [sys.executable, "-c", _START, *ends, program(), *options, "about:blank"],
            pass_fds=(to_read[0], to_write[1]), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        os.close(to_read[0])
        os.close(to_write[1])
        self._out, self._in = to_read[1], to_write[0]
        self._rest = b""
        self._number = 0
        self._session = ""
        self.errors: list[str] = []
        try:
            self._begin(wh)
        except BaseException:
            self.close()
            raise

    def _begin(self, wh: tuple[int, int]) -> None:
        target = next(t for t in self._targets() if t["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "DOM", "Log"):
            self.call(f"{domain}.enable")
        self.size(*wh)

    def _targets(self) -> list[dict[str, Any]]:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            found = self.call("Target.getTargets")["targetInfos"]
            if any(t["type"] == "page" for t in found):
                return list(found)
            time.sleep(0.1)
        raise AssertionError("Chromium opened no page")

    def call(self, method: str, *, wait_s: float = 60, **params: Any) -> dict[str, Any]:
        """Call a protocol method and return its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + wait_s
        while True:
            found = self._next(until)
            if found.get("id") == self._number:
                assert "error" not in found, f"{method}: {found['error']}"
                return dict(found["result"])
            self._note(found)

    def _next(self, until: float) -> dict[str, Any]:
        while b"\0" not in self._rest:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self._in], [], [], left)[0]:
                raise AssertionError("Chromium does not answer")
            piece = os.read(self._in, 1 << 20)
            assert piece, "Chromium ended"
            self._rest += piece
        message, self._rest = self._rest.split(b"\0", 1)
        return dict(json.loads(message))

    def _note(self, event: dict[str, Any]) -> None:
        params = event.get("params", {})
        if event.get("method") == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            said = details.get("exception", {}).get("description") or details["text"]
            self.errors.append(said)
        elif event.get("method") == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.errors.append(params["entry"]["text"])

    def open(self, url: str) -> None:
        """Open an address and wait until its scripts have run."""
        self.call("Page.navigate", url=url)
        self.wait("document.readyState === 'complete'")

    def run(self, script: str) -> Any:
        """Run JavaScript and return its value; promises are awaited."""
        value, thrown = self._evaluate(script)
        assert thrown is None, thrown
        return value

    def wait(self, script: str, seconds: float = 60) -> None:
        """Wait until JavaScript returns a true value; ignore errors of missing elements."""
        until = time.monotonic() + seconds
        thrown = None
        while time.monotonic() < until:
            value, thrown = self._evaluate(f"Boolean({script})")
            if value and thrown is None:
                return
            time.sleep(0.1)
        shown = self.run("document.body.innerText")
        errors = [*self.errors, *([] if thrown is None else [thrown])]
        raise AssertionError(f"{script} did not come true; errors {errors}; page:\n{shown}")

    def _evaluate(self, script: str) -> tuple[Any, str | None]:
        """Return the value of a script, and the exception it threw or None."""
        found = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" not in found:
            return found["result"].get("value"), None
        details = found["exceptionDetails"]
        return None, details.get("exception", {}).get("description") or details["text"]

    def give(self, selector: str, file: Path) -> None:
        """Choose a file in a file input."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", files=[str(file)], nodeId=node)

    def press(self, *keys: str) -> None:
        """Press keys, such as Tab, Enter or Space."""
        codes = {"Tab": 9, "Enter": 13, "Space": 32}
        for key in keys:
            name = " " if key == "Space" else key
            text = {"Enter": "\r", "Space": " "}.get(key)
            more = {} if text is None else {"text": text}
            for kind in ("keyDown", "keyUp"):
                self.call(
                    "Input.dispatchKeyEvent", type=kind, key=name, code=key,
                    windowsVirtualKeyCode=codes[key], **(more if kind == "keyDown" else {}),
                )  # fmt: skip

    def size(self, width: int, height: int) -> None:
        """Set the size of the page in CSS pixels."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
            mobile=width < 600,
        )  # fmt: skip

    def picture(self, path: Path) -> Path:
        """Write the whole page as a PNG."""
        found = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(found["data"]))
        return path

    def close(self) -> None:
        """End the browser."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._browser.pid, signal.SIGKILL)
        self._browser.wait()
        os.close(self._out)
        os.close(self._in)

    def __enter__(self) -> Page:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
