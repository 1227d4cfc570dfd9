"""A right receiver that stores ids as they came: numbers of any size, digit for digit.

A user should be told: passed, thirty digits included.
"""
import time

from listen import KEY, LOCK, md5, same, serve

rows = {}


def answer(request):
    body = request.json()
    t = (body or {}).get("t")
    if type(t) is not int or t < time.time() or not same(md5(KEY + str(t)), body.get("sign")):
        return 403, {"code": 1}
    if body.get("event_type") == 100:
        with LOCK:
            rows.setdefault(str(body.get("file_id")), {"file_id": body.get("file_id")})
    return 200, {"code": 0}


serve(answer, lambda: list(rows.values()))
