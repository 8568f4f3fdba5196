"""A Hugging Face hub on this machine: serves folders as checkpoints, and refuses as the real one does."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit

REFUSALS = {"RepoNotFound": 401, "RevisionNotFound": 404, "GatedRepo": 403}
COMMIT = "c" * 40


class Hub:
    """Checkpoints by name: a folder, or why it is refused; and what was asked of it."""

    def __init__(self, checkpoints: dict[str, Path | str], url: str) -> None:
        self.checkpoints = checkpoints
        self.url = url
        self.fetched: list[str] = []


@contextmanager
def serving(checkpoints: dict[str, Path | str]) -> Iterator[Hub]:
    """The hub, while the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.hub = Hub(checkpoints, f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        parts = unquote(urlsplit(self.path).path).strip("/").split("/")
        tree = parts[:2] == ["api", "models"]
        name = "/".join(parts[2:4] if tree else parts[:2])
        held = self.server.hub.checkpoints.get(name, "RepoNotFound")
        revision = parts[5] if tree else parts[3]
        if isinstance(held, Path) and revision != COMMIT:
            held = "RevisionNotFound"
        if held == "GatedRepo" and tree:  # anybody may see what there is
            return self._send(200, json.dumps([_entry("config.json", b"{}")]).encode())
        if isinstance(held, str):
            return self._send(REFUSALS[held], b"", **{"X-Error-Code": held, "X-Error-Message": "refused"})
        if tree:
            files = sorted(path for path in held.rglob("*") if path.is_file())
            return self._send(
                200, json.dumps([_entry(str(path.relative_to(held)), path.read_bytes()) for path in files]).encode()
            )
        file = "/".join(parts[4:])
        if self.command == "GET":
            self.server.hub.fetched.append(file)
        content = (held / file).read_bytes()
        return self._send(200, content, **{"X-Repo-Commit": COMMIT, "ETag": f'"{hashlib.sha1(content).hexdigest()}"'})

    def _send(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for key, value in {"Content-Length": str(len(content)), "Content-Type": "application/json", **headers}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)


def _entry(path: str, content: bytes) -> dict[str, str | int]:
    return {"type": "file", "path": path, "size": len(content), "oid": hashlib.sha1(content).hexdigest()}
