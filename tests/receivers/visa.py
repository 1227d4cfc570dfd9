"""An event number that PHP calls empty is ignored, and each delivery is a row of its own.

Re-creates: a Lumen service. `empty($event_type)` is true for 0. Signature and expiry are checked: 401 with words.
A user should be told: run passes; the state shows a file twice after a duplicate; an event_type of 0 is treated as absent.
"""
import time

from listen import KEY, LOCK, md5, same, serve

rows = []


def answer(request):
    body = request.json()
    t = (body or {}).get("t")
    if type(t) is not int or not time.time() <= t <= time.time() + 1200 or not same(md5(KEY + str(t)), body.get("sign")):
        return 401, {"code": 1, "msg": "sign error"}
    if not body.get("event_type"):
        return 200, {"code": 0, "msg": "nothing to do"}
    if body["event_type"] == 100:
        with LOCK:
            rows.append({"file_id": body.get("file_id"), "stream": body.get("stream_id")})
    return 200, {"code": 0}


serve(answer, lambda: rows)
