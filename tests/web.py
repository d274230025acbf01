"""A web server of the tests' own, on this machine, with pages that misbehave."""

import contextlib
import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Files, and under the name of a fault the same files with it: ``/slow/image.fits``."""

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
        fault, _, path = self.path.removeprefix("/").partition("/")
        if path and fault.isdigit():
            self.send_error(int(fault))
        elif fault == "closed" and not self.headers["Authorization"]:
            self.send_error(401)
        elif fault == "closed":
            self._send(path)
        elif fault == "ranged":
            self._send_range(path)
        elif fault == "once":
            first = self.server.requests.count(self.path) == 1
            self.send_error(503) if first else self._send(path)
        elif fault == "moved":
            self.send_response(302)
            self.send_header("Location", f"/{path}")
            self.end_headers()
        elif path:
            self._send(path, fault)
        else:
            super().do_GET()

    def log_message(self, *arguments: object) -> None:
        """Log nothing."""

    def do_HEAD(self) -> None:
        self.path = self.path.replace("/ranged/", "/")
        super().do_HEAD()

    def _send_range(self, path: str) -> None:
        content = (Path(self.directory) / path).read_bytes()
        first, last = map(int, self.headers["Range"].removeprefix("bytes=").split("-"))
        part = content[first : last + 1]
        self.server.sent += len(part)
        self.send_response(206)
        self.send_header("Content-Length", str(len(part)))
        self.send_header("Content-Range", f"bytes {first}-{first + len(part) - 1}/{len(content)}")
        self.end_headers()
        self.wfile.write(part)

    def _send(self, path: str, fault: str = "") -> None:
        content = (Path(self.directory) / path).read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if fault else content)
        self.wfile.flush()
        if fault == "slow":
            self.server.ended.wait()


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[http.server.ThreadingHTTPServer]:
    """Serve a folder; the server has `url` and, in order, the paths of the `requests`.

    Under ``/ranged/`` it gives ranges of files and nothing else; `sent` counts their bytes.
    """
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(_Handler, directory=str(folder))
    )
    server.url = f"http://127.0.0.1:{server.server_port}"
    server.requests = []
    server.sent = 0
    server.ended = threading.Event()
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
