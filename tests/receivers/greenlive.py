"""A callback with a wrong signature is logged, dropped, and answered like any other.

Re-creates: a PHP Phalcon live platform. Every answer is 200 {"code":0}; `t` is not looked at, so an old signature passes; each
delivery is a row of its own, so a retry stores the file twice.
A user should be told: all hostile callbacks were answered 200 {"code":0}, and only the stored state tells them apart; with it,
that duplicates are stored and that expired signatures are taken; and nothing about forged ones, which leave no trace.
"""
from listen import KEY, LOCK, md5, serve

rows = []


def answer(request):
    body = request.json() or {}
    if body.get("sign") == md5(KEY + str(body.get("t"))) and body.get("event_type") == 100:
        with LOCK:
            rows.append({"file_id": body.get("file_id"), "url": body.get("video_url")})
    return 200, {"code": 0}


serve(answer, lambda: rows)
