"""The signature is computed and not used, a push takes 3 s, and a stream name without `_` is a 500.

Re-creates: a ThinkPHP 6 controller with `explode("_", $stream_id)[1]`. The first word sets the seconds of a push.
A user should be told: 500 with `undefined offset: 1`, once for all callbacks, and to look at the receiver's own log.
"""
import time

from listen import KEY, LOCK, WORDS, md5, serve

rows = []


def answer(request):
    body = request.json()
    md5(KEY + str(body["t"]))
    if body["event_type"] == 1:
        time.sleep(float(WORDS[0]) if WORDS else 3)
    parts = body["stream_id"].split("_")
    if len(parts) < 2:
        raise IndexError("Undefined offset: 1")
    if body["event_type"] == 100:
        with LOCK:
            rows.append({"user": parts[1], "file_id": body["file_id"]})
    return 200, {"code": 0}


serve(answer, lambda: rows)
