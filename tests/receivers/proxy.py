"""As docker-proxy: the port is open from the start, and connections are closed until a receiver stands behind it.

The first word sets the seconds until then (2). A user should be told with --wait-for: nothing, it waits; passed.
"""
import time

from listen import WORDS, read_request, talk

begin = time.monotonic() + float(WORDS[0] if WORDS else 2)


def converse(stream, out):
    if time.monotonic() < begin:
        return
    while read_request(stream):
        out.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{\"code\":0}")
        out.flush()


talk(converse)
