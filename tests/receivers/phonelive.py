"""`video_id` is demanded; without it the answer is 200 {"code":4002} and the recording is lost.

Re-creates: a ThinkPHP live streaming system that is copied widely.
A user should be told: run passes by the vendor's rule, and each answer says {"code":4002}, which the vendor does not read; with
--expect '{accept: {json: {"$.code": 0}}}': $.code: expected 0, found 4002, with the receiver's own words.
"""
import time

from listen import KEY, LOCK, md5, same, serve

rows = {}


def answer(request):
    body = request.json()
    t = (body or {}).get("t")
    if type(t) is not int or t < time.time() or not same(md5(KEY + str(t)), body.get("sign")):
        return 200, {"code": 4001, "msg": "sign error"}
    if body.get("event_type") != 100:
        return 200, {"code": 0}
    if not body.get("video_id"):
        return 200, {"code": 4002, "msg": "video_id is required"}
    with LOCK:
        rows[body["video_id"]] = {"video_id": body["video_id"], "file_id": body.get("file_id")}
    return 200, {"code": 0}


serve(answer, lambda: list(rows.values()))
