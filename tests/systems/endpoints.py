#!/usr/bin/env python3
"""Answers the documented HTTP endpoints of the systems in the tests.

Prints one JSON line with its address when it listens, and stops when its standard input closes,
so that it never outlives the test that started it. Knows nothing of the cluster: a test that
needs an endpoint to be ill says so.

    endpoints.py --answers FILE [--metrics FILE] [--port PORT]

    POST /control/fail?path=/health        every later answer of that path is a 503
    POST /control/fail?path=/health&times=3     only the next three are
    POST /control/slow?path=/health&seconds=2   the path answers late
    POST /control/answer?path=/health      the path answers with the body, which is JSON
    POST /control/drop-header?name=x-frame-options   no answer has this header any more
    POST /control/heal                     back to the beginning
    GET  /control/requests                 what was asked, as JSON lines, for assertions
"""

import argparse
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class State:
    """Which paths are ill, and what was asked; shared by all connections."""

    def __init__(self, answers, metrics):
        with open(answers, encoding="utf-8") as file:
            known = json.load(file)
        self.answers = known["answers"]
        self.headers = known["headers"]
        self.metrics = metrics
        self.lock = threading.Lock()
        self.heal()
        self.requests = []

    def heal(self):
        self.failing = {}
        self.slow = {}
        self.dropped = set()
        self.other_answers = {}

    def takes_failure(self, path):
        """Says whether this request fails, and counts it down where a number was given."""
        with self.lock:
            left = self.failing.get(path, 0)
            if left > 0:
                self.failing[path] = left - 1
            return left != 0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = urlsplit(self.path).path
        if path == "/control/requests":
            lines = "".join(json.dumps(line) + "\n" for line in self.server.state.requests)
            self.answer(200, "application/x-ndjson", lines)
            return
        self.remember("")
        time.sleep(self.server.state.slow.get(path, 0))
        if self.server.state.takes_failure(path):
            self.answer_json(503, {"status": "unhealthy", "error": "made ill by the test"})
        elif path == "/metrics" and self.server.state.metrics:
            with open(self.server.state.metrics, encoding="utf-8") as file:
                self.answer(200, "text/plain; version=0.0.4; charset=utf-8", file.read())
        elif path in self.server.state.other_answers:
            self.answer_json(200, self.server.state.other_answers[path])
        elif path in self.server.state.answers:
            self.answer_json(200, self.server.state.answers[path])
        else:
            self.answer_json(404, {"error": "not found"})

    do_HEAD = do_GET

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode("utf-8", "replace")
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        state = self.server.state
        if parts.path == "/control/heal":
            state.heal()
        elif parts.path == "/control/fail":
            state.failing[query["path"]] = int(query.get("times", -1))
        elif parts.path == "/control/slow":
            state.slow[query["path"]] = float(query["seconds"])
        elif parts.path == "/control/answer":
            state.other_answers[query["path"]] = json.loads(body)
        elif parts.path == "/control/drop-header":
            state.dropped.add(query["name"].lower())
        else:
            self.remember(body)
        self.answer_json(200, {"ok": True})

    def remember(self, body):
        with self.server.state.lock:
            self.server.state.requests.append(
                {"method": self.command, "path": self.path, "body": body}
            )

    def answer_json(self, status, value):
        self.answer(status, "application/json", json.dumps(value) + "\n")

    def answer(self, status, kind, text):
        data = text.encode("utf-8")
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in self.server.state.headers.items():
            if name.lower() not in self.server.state.dropped:
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_):
        """Stays silent: the tests assert on /control/requests instead."""


def main():
    parser = argparse.ArgumentParser(description="HTTP endpoints of the modelled systems")
    parser.add_argument("--metrics", help="file served at /metrics, read anew on every request")
    parser.add_argument("--answers", required=True, help="JSON: `answers` by path, and `headers` of every answer")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    options = parser.parse_args()

    server = ThreadingHTTPServer(("127.0.0.1", options.port), Handler)
    server.daemon_threads = True
    server.state = State(options.answers, options.metrics)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    print(json.dumps({"port": port, "url": f"http://127.0.0.1:{port}"}), flush=True)
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main()
