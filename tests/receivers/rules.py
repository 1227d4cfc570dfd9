"""What a right receiver does with a body, whatever serves it: both vendors' newest callbacks in their default form."""
import time

from listen import KEY, LOCK, md5, same, sha256

AHEAD = 900
SIGNED = ("event_type", "publish_domain", "app", "stream", "download_url", "play_url")
rows = {}


def text(body, *names):
    """Whether all these fields are strings that are not empty."""
    return all(isinstance(body.get(name), str) and body[name] for name in names)


def in_time(t):
    return type(t) is int and time.time() <= t <= time.time() + AHEAD


def store(name, value, **row):
    """A unique key: whatever comes again changes nothing."""
    with LOCK:
        rows.setdefault(value, {name: value, **row})


def tencent(body):
    if not in_time(body.get("t")) or not same(md5(KEY + str(body["t"])), body.get("sign")):
        return 403, {"code": 1, "msg": "signature wrong or expired"}
    if type(body.get("event_type")) is not int:
        return 400, {"code": 1, "msg": "event_type"}
    if body["event_type"] == 100:
        if not text(body, "file_id", "stream_id", "video_url"):
            return 400, {"code": 1, "msg": "fields"}
        store("file_id", body["file_id"], url=body["video_url"])
    return 200, {"code": 0}


def huawei(body):
    signed = "event", "domain", "app", "stream"
    push = "event" in body
    t = body.get("auth_timestamp")
    values = [body.get(name, "") for name in (signed if push else SIGNED)]
    if not in_time(t) or not all(isinstance(value, str) for value in values):
        return 403, {"code": 1, "msg": "signature wrong or expired"}
    right = sha256("".join(values) + str(t)) if push else sha256(str(t) + "".join(values))
    if not same(right, body.get("auth_sign")):
        return 403, {"code": 1, "msg": "signature wrong or expired"}
    if body.get("event_type") == "RECORD_FILE_COMPLETE":
        if not text(body, "job_id", "stream", "download_url", "obs_object"):
            return 400, {"code": 1, "msg": "fields"}
        store("job_id", body["job_id"], obs_object=body["obs_object"])
    return 200, {"code": 0}


def judge(body):
    if body is None:
        return 400, {"code": 1, "msg": "not a JSON object"}
    return huawei(body) if "auth_sign" in body else tencent(body)
