"""An S3 server of moto in a process of its own, which fails and dawdles as often as it is told to.

    python -m tests.tuning.object_store HOST PORT FAILING SLOW

Half of the requests that fail were carried out all the same: the answer is what is lost.
"""

from __future__ import annotations

import json
import random
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests import PATIENCE

ROOT = Path(__file__).parents[2]
BUCKET = "bucket"
SLOW_SECONDS = 2.0
COUNTS = "/-/counts"


class Unreliable:
    """A WSGI application of which a share of the requests fails, or is slow."""

    def __init__(self, app: Callable[..., Iterable[bytes]], failing: float, slow: float) -> None:
        self.app, self.failing, self.slow = app, failing, slow
        self.random = random.Random(0)
        self.counts = {"requests": 0, "failed": 0, "slow": 0}

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == COUNTS:
            start("200 OK", [("Content-Type", "application/json")])
            return [json.dumps(self.counts).encode()]
        self.counts["requests"] += 1
        if self.random.random() < self.slow:
            self.counts["slow"] += 1
            time.sleep(SLOW_SECONDS)
        if self.random.random() < self.failing:
            self.counts["failed"] += 1
            if self.random.random() < 0.5:
                list(self.app(environ, lambda *answer: None))
            start("500 Internal Server Error", [("Content-Type", "application/xml")])
            return [b"<Error><Code>InternalError</Code><Message>try again</Message></Error>"]
        return self.app(environ, start)


class Store:
    """A server that runs, with an empty bucket."""

    def __init__(self, host: str, port: int) -> None:
        self.url = f"http://{host}:{port}"
        self.environment = {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "any",
            "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        """What a process needs to reach it."""

    def counts(self) -> dict[str, int]:
        """Requests so far, and how many of them failed or were slow."""
        answer: dict[str, int] = json.loads(_open(self.url + COUNTS))
        return answer

    def objects(self) -> list[str]:
        """All objects of the bucket."""
        from pyarrow import fs

        store = fs.S3FileSystem(
            access_key="any", secret_key="any", region="us-east-1", endpoint_override=self.url
        )
        found = store.get_file_info(fs.FileSelector(BUCKET, recursive=True))
        return [info.path.removeprefix(BUCKET + "/") for info in found if info.is_file]


@contextmanager
def serving(host: str = "127.0.0.1", *, failing: float = 0.0, slow: float = 0.0) -> Iterator[Store]:
    """A store for the length of the block."""
    with socket.create_server((host, 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.tuning.object_store", host, port, failing, slow]
    process = subprocess.Popen(list(map(str, command)), cwd=ROOT, stderr=subprocess.DEVNULL)
    store = Store(host, port)
    try:
        _wait_for(store)
        yield store
    finally:
        process.kill()
        process.wait()


def _wait_for(store: Store) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            store.counts()
        except OSError:
            assert time.monotonic() < deadline, "the store did not start"
            time.sleep(0.1)
        else:
            return


def _open(url: str) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=PATIENCE) as answer:
        return bytes(answer.read())


def main(host: str, port: int, failing: float, slow: float) -> None:
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server
    from werkzeug.test import Client

    moto = DomainDispatcherApplication(create_backend_app)
    made = Client(moto).put(f"/{BUCKET}")
    assert made.status_code == 200, made.get_data()
    app = Unreliable(moto, failing, slow)
    make_server(host, port, app, threaded=True).serve_forever()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]))
