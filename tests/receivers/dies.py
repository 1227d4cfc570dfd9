"""A right receiver that ends itself: with status 3 at an event that it does not know, killed at a chunk beyond 64 bits.

A user should be told under --exec: the cases, how the receiver ended and its last words; the audit goes on with the others.
"""
import os
import signal
import sys

from listen import LOCK, serve
from rules import judge, rows

KNOWN = 0, 1, 100, 332, 341


def last_words(text):
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def answer(request):
    body = request.json()
    given = judge(body)
    if given[0] == 200 and body.get("event_type") not in KNOWN:
        last_words("KeyError: no handler for this event")
        os._exit(3)
    return given


def chunked(size):
    if len(size.split(b";")[0].strip()) > 16:
        last_words("cannot allocate memory for a chunk")
        os.kill(os.getpid(), signal.SIGKILL)


def shown():
    with LOCK:
        return list(rows.values())


serve(answer, shown, chunked)
