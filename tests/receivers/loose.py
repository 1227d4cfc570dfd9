"""Digests are compared with PHP's `==`, a missing key is a 500, and recordings are thrown away.

Re-creates: a Laravel controller that returns early on a bad signature, with the same answer, and whose recording branch is empty.
A user should be told: the callback was accepted and never appears in the state, once, as a mistake of the set-up or of the
receiver's storage; not 134 failures.
"""
from listen import KEY, md5, serve


def loosely(one, other):
    """As PHP 7 compares two numeric strings: 0e123 equals 0e456."""
    try:
        return float(one) == float(other)
    except (TypeError, ValueError):
        return one == other


def answer(request):
    body = request.json() or {}
    if loosely(md5(KEY + str(body["t"])), body["sign"]) and body["event_type"] == 100:
        pass  # The recording would be stored here.
    return 200, {"code": 0}


serve(answer, lambda: [])
