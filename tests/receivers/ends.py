"""A receiver whose process ends at its n-th callback, before its answer or after it: `ends.py PORT before|after N`.

Every report should name the same callback, and show the lines of this process alone.
"""
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

HOW, LAST = sys.argv[2], int(sys.argv[3])
count = 0


def end():
    print("the last words", flush=True)
    os._exit(139)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        global count
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        count += 1
        if count == LAST and HOW == "before":
            end()
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")
        self.wfile.flush()
        if count == LAST:
            end()

    def log_message(self, *_):
        pass


HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
