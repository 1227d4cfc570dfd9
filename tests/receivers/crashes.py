"""Ends after its n-th answer with status 139, with a last line on standard error. The first word is n (1).

A user should be told under --exec: the receiver ended with exit status 139 at the n-th callback, and its last lines; the run
fails, even when each callback was accepted before.
"""
import os
import sys
import threading

from listen import WORDS, read_request, talk

left = [int(WORDS[0]) if WORDS else 1]
lock = threading.Lock()


def converse(stream, out):
    while read_request(stream):
        out.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{\"code\":0}")
        out.flush()
        with lock:
            left[0] -= 1
            if left[0] == 0:
                sys.stderr.write("worker: invalid pointer in decode()\n")
                sys.stderr.flush()
                os._exit(139)


talk(converse)
