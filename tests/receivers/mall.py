"""A right receiver that refuses with 200 {"code":500}.

Re-creates: a Spring shop system. now <= t <= now + 900, compared in constant time, a unique key on file_id; accepted callbacks
are 200 {"code":200}.
A user should be told: without --expect, that all hostile callbacks were answered with status 200 and what the answers looked
like; with --expect '{accept: {json: {"$.code": 200}}}': passed. With the word `forgets-expiry` the expiry is not checked: then that
alone is to be told, with and without --expect. Without the right key: that its answer to the plain callback speaks of a refusal.
"""
import time

from listen import KEY, LOCK, WORDS, md5, same, serve

rows = {}


def answer(request):
    body = request.json()
    t = (body or {}).get("t")
    if type(t) is not int or not same(md5(KEY + str(t)), body.get("sign")):
        return 200, {"code": 500, "msg": "signature does not match"}
    if WORDS != ["forgets-expiry"] and not time.time() <= t <= time.time() + 900:
        return 200, {"code": 500, "msg": "signature has expired"}
    if body.get("event_type") == 100:
        if not isinstance(body.get("file_id"), str) or not isinstance(body.get("video_url"), str):
            return 200, {"code": 500, "msg": "file_id and video_url are required"}
        with LOCK:
            rows.setdefault(body["file_id"], {"file_id": body["file_id"], "url": body["video_url"]})
    return 200, {"code": 200, "msg": "ok"}


serve(answer, lambda: list(rows.values()))
