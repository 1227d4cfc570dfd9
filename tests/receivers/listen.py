"""The listening part of the receivers in this folder.

A receiver is a function from a request to an answer. Each file is run as `python3 FILE [HOST:]PORT [WORDS...]`; port 0 takes a
free one. The port is printed in the first line of standard output. The callback key is read from $CALLBACK_KEY.
"""
import hashlib
import hmac
import json
import os
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer

KEY = os.environ.get("CALLBACK_KEY", "")
LOCK = threading.RLock()
WORDS = sys.argv[2:]
LIMIT = 1 << 20
SECONDS = 25


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def sha256(text):
    return hmac.new(KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def same(one, other):
    """In constant time, and false for whatever is not a string."""
    return isinstance(other, str) and hmac.compare_digest(one.encode(), other.encode("utf-8", "replace"))


def address():
    host, _, port = (sys.argv[1] if len(sys.argv) > 1 else "0").rpartition(":")
    return host or "127.0.0.1", int(port)


def compact(body):
    return json.dumps(body, separators=(",", ":"))


class Request:
    """One POST: its path, its headers, its bytes."""

    def __init__(self, path, headers, raw):
        self.path, self.headers, self.raw = path, headers, raw

    def json(self):
        """The body as an object; None when it is not one."""
        try:
            body = json.loads(self.raw)
        except (ValueError, RecursionError):
            return None
        return body if isinstance(body, dict) else None

    def form(self):
        return dict(urllib.parse.parse_qsl(self.raw.decode("latin-1")))


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # A connection that broke is the other side's affair.


class OneByOne(HTTPServer):
    """One connection at a time, until it is closed; a queue of five."""

    handle_error = Server.handle_error


def serve(answer, shown=None, chunked=None, server_class=Server):
    """`answer(request)` gives (status, body) or (status, body, headers); `shown()` is the answer of GET /recordings; bytes are JSON.

    `chunked(size)` hears of the first chunk of a body that comes in chunks, which is refused all the same.

    A body that is bytes or a string is sent as it is, anything else as JSON. An exception in `answer` is a 500 with its text.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1
        timeout = SECONDS

        def do_POST(self):
            length = self.headers.get("content-length", "")
            if not (length.isascii() and length.isdigit()) or self.headers.get("transfer-encoding"):
                self.close_connection = True
                if chunked and self.headers.get("transfer-encoding"):
                    chunked(self.rfile.readline(100))
                return self.reply(411, {"code": 1, "msg": "a Content-Length is needed"})
            if int(length) > LIMIT:
                self.close_connection = True
                return self.reply(413, {"code": 1, "msg": "too large"})
            raw = self.rfile.read(int(length))
            if len(raw) < int(length):
                self.close_connection = True
                return None
            try:
                given = answer(Request(self.path, self.headers, raw))
            except Exception as error:
                given = 500, f"<h1>Internal Server Error</h1>\n<p>{type(error).__name__}: {error}</p>\n"
            return self.reply(*given)

        def do_GET(self):
            if shown is None or self.path != "/recordings":
                return self.reply(404, "<h1>Not Found</h1>\n")
            with LOCK:
                state = shown()
            return self.reply(200, state, {"Content-Type": "application/json"} if isinstance(state, bytes) else ())

        def reply(self, status, body, headers=()):
            kind = "text/html" if isinstance(body, (str, bytes)) else "application/json"
            data = body if isinstance(body, bytes) else (body if isinstance(body, str) else compact(body)).encode()
            # A Date of its own is the only one.
            (self.send_response_only if "Date" in dict(headers) else self.send_response)(status)
            for name, value in {"Content-Type": kind, **dict(headers)}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    host, port = address()
    server = server_class((host, port), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


def talk(converse):
    """The same on plain sockets: `converse(stream, out)` with the bytes read and to be written."""
    import socket

    def one(connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, connection.makefile("rb") as stream, connection.makefile("wb") as out:
            try:
                converse(stream, out)
            except OSError:
                pass

    listener = socket.create_server(address(), backlog=128)
    print(listener.getsockname()[1], flush=True)
    while True:
        threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()


def read_request(stream):
    """Head and body of the next request on a plain socket; None at its end."""
    head, length = [], 0
    while True:
        line = stream.readline(65536)
        if not line:
            return None
        if line in (b"\r\n", b"\n"):
            return b"".join(head), stream.read(length)
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
        head.append(line)
