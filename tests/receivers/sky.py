"""Refusals are 200 {"code":1}; the list of recordings stands inside an object.

Re-creates: a Go gin live server (sky-server). `t` has no upper bound; each delivery is a row of its own; the list is answered as
{"code":0,"data":{"list":[...],"total":n}}.
A user should be told: the state is an object and not a list, and where the list seems to be ($.data.list); with --state-path and
--expect '{accept: {json: {"$.code": 0}}}': duplicates are stored, a `t` far ahead is taken.
"""
import time

from listen import KEY, LOCK, md5, same, serve

rows = []


def answer(request):
    body = request.json()
    if body is None or type(body.get("t")) is not int or not same(md5(KEY + str(body["t"])), body.get("sign")):
        return 200, {"code": 1, "msg": "sign error"}
    if body["t"] < time.time():
        return 200, {"code": 1, "msg": "expired"}
    if body.get("event_type") == 100:
        with LOCK:
            rows.append({"id": len(rows) + 1, "file_id": body.get("file_id")})
    return 200, {"code": 0, "msg": ""}


serve(answer, lambda: {"code": 0, "data": {"list": rows, "total": len(rows)}, "msg": ""})
