#!/usr/bin/env python3
"""A receiver that shares no line and no library with hookreel: the outside oracle.

Written from the vendors' pages and from captured messages alone, with Python's standard library alone. It knows each revision's field set, JSON types,
presence per event and signature formula, and refuses whatever deviates: 401 for the signature, 400 for the rest, with the
reason in the answer. It also checks what only several callbacks together show: job_id pairs, one COMPLETE per file, no file
announced twice, START before OVER.

usage: receiver.py KEY       prints the port it listens on; the first element of the path is the provider, the second its
                             revision, the third its signature method, the rest any name: one stream of events per path.
                             Under the name `alone` each request is judged by itself, without those before it.
"""

import hashlib
import hmac
import http.server
import json
import re
import sys
import threading
import time
import urllib.parse

import senders

KEY = sys.argv[1]
LOCK = threading.Lock()
STREAMS = {}


def stream_of(path):
    return {"alone": True} if path.endswith("/alone") else STREAMS.setdefault(path, {})


HEX32 = re.compile(r"^[0-9a-f]{32}$")
UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
ISO = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")


class Wrong(Exception):
    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status


def need(condition, reason, status=400):
    if not condition:
        raise Wrong(status, reason)


def no_duplicates(pairs):
    keys = [key for key, _ in pairs]
    need(len(keys) == len(set(keys)), "a key twice")
    return dict(pairs)


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def hmac256(text):
    return hmac.new(KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def check_time(value, now):
    digits = str(value)
    need(re.fullmatch(r"[1-9][0-9]*", digits), "time is not plain digits", 401)
    need(int(digits) >= now, "signature has expired", 401)
    need(int(digits) <= now + 600 + 300, "time lies too far ahead", 401)
    return digits


# --- Huawei -------------------------------------------------------------------------------------------------------------

HUAWEI_EVENTS = {"RECORD_START", "RECORD_NEW_FILE_START", "RECORD_FILE_COMPLETE", "RECORD_OVER", "RECORD_FAILED"}
HUAWEI_ALWAYS = {"project_id", "event_type", "publish_domain", "app", "stream", "record_format"}
HUAWEI_COMPLETE = {
    "job_id", "download_url", "asset_id", "file_size", "record_duration", "start_time", "end_time", "width", "height",
    "obs_location", "obs_bucket", "obs_object",
}


HUAWEI_2020_03 = {
    "push_domain": str, "app_name": str, "stream_name": str, "record_format": str, "download_url": str, "asset_id": str,
    "play_url": str, "file_size": int, "record_duration": int, "start_time": int, "stop_time": int, "video_width": int,
    "video_height": int, "cdn": str, "obs_location": str, "obs_bucket": str, "obs_object": str, "customized_data": str,
}


def huawei_2020_03(body, stream):
    need({name: type(value) for name, value in body.items()} == HUAWEI_2020_03, "fields or JSON types")
    need(body["record_format"] == "hls", "record_format")
    need(":443/" in body["download_url"] and "%2F" in body["download_url"], "download_url")
    need(body["stop_time"] - body["start_time"] == body["record_duration"], "record_duration")
    files = stream.setdefault("files", set())
    need(body["obs_object"] not in files, "file announced twice")
    files.add(body["obs_object"])


def huawei_signature(body, revision, method, now):
    stamp = body.get("auth_timestamp")
    text_time = revision in ("2021-05", "2021-09")
    need(type(stamp) is (str if text_time else int), "auth_timestamp has the wrong JSON type")
    digits = check_time(stamp, now)
    if method == "md5":
        right = md5(KEY + digits)
    elif revision == "2021-05":
        right = hmac256(KEY + digits)
    else:
        names = ("event_type", "publish_domain", "app", "stream", "download_url", "play_url")
        right = hmac256(digits + "".join(body.get(name, "") for name in names))
    need(hmac.compare_digest(right, body.get("auth_sign", "")), "signature does not match", 401)


def huawei_push(body, revision, stream, now):
    fields = {name: str for name in ("domain", "app", "stream", "user_args", "client_ip", "node_ip", "publish_timestamp", "event")}
    if revision == "2024":
        fields |= {"auth_timestamp": int, "auth_sign": str}
    need({name: type(value) for name, value in body.items()} == fields, "fields or JSON types of the push message")
    if revision == "2024":
        digits = check_time(body["auth_timestamp"], now)
        right = hmac256(body["event"] + body["domain"] + body["app"] + body["stream"] + digits)
        need(hmac.compare_digest(right, body["auth_sign"]), "signature does not match", 401)
    need(int(body["publish_timestamp"]) <= now, "a push in the future")
    pushes = stream.setdefault("pushes", {})
    if body["event"] == "PUBLISH":
        need(body["publish_timestamp"] not in pushes, "a push twice")
        pushes[body["publish_timestamp"]] = "on air"
    else:
        need(pushes.get(body["publish_timestamp"]) == "on air", "an end without its begin")
        pushes[body["publish_timestamp"]] = "over"


def huawei(body, revision, method, stream, now):
    if revision == "2020-03":
        return huawei_2020_03(body, stream)
    if body.get("event") in ("PUBLISH", "PUBLISH_DONE"):
        return huawei_push(body, revision, stream, now)
    event = body.get("event_type")
    need(event in HUAWEI_EVENTS, f"unknown event {event!r}")
    signed = revision != "2020-06"
    text_time = revision in ("2021-05", "2021-09")
    if signed:
        huawei_signature(body, revision, method, now)

    fields = ({"auth_sign", "auth_timestamp"} if signed else set()) | HUAWEI_ALWAYS
    if revision == "2024":
        fields |= {"task_id"}
        need(HEX32.match(body.get("task_id", "")), "task_id is not 32 hex digits")
    if event == "RECORD_NEW_FILE_START" and signed:
        fields |= {"job_id"}
    if event == "RECORD_FILE_COMPLETE":
        fields |= HUAWEI_COMPLETE | ({"play_url"} if revision != "2024" else set())
        fields -= set() if signed else {"job_id"}
    if event == "RECORD_FAILED":
        fields |= {"error_message"}
    given = set(body)
    if event in ("RECORD_START", "RECORD_OVER"):
        # Told once for several formats, they name none.
        given |= {"record_format"}
    need(given == fields, f"fields: missing {sorted(fields - given)}, beyond {sorted(given - fields)}")
    for name, value in body.items():
        number = name in ("file_size", "record_duration", "width", "height") or (name == "auth_timestamp" and not text_time)
        need(type(value) is (int if number else str), f"{name} has the wrong JSON type")
    need(body.get("record_format", "HLS") in ("HLS", "FLV", "MP4"), "record_format")
    if signed:
        huawei_history(body, event, stream)


def huawei_history(body, event, stream):
    started, completed = stream.setdefault("started", {}), stream.setdefault("completed", set())
    if event == "RECORD_NEW_FILE_START":
        need(UUID.match(body["job_id"]), "job_id is not a UUID")
        need(body["job_id"] not in started, "job_id begins twice")
        started[body["job_id"]] = body["record_format"]
    if event == "RECORD_FILE_COMPLETE":
        job = body["job_id"]
        need(UUID.match(job), "job_id is not a UUID")
        # Whoever is subscribed to COMPLETE alone sees no begin at all.
        need(not started or started.get(job) == body["record_format"], "COMPLETE without its NEW_FILE_START")
        need(job not in completed, "file completed twice")
        completed.add(job)
        need(ISO.match(body["start_time"]) and ISO.match(body["end_time"]), "start_time or end_time is not ISO")
        span = seconds(body["end_time"]) - seconds(body["start_time"])
        need(span == body["record_duration"], "record_duration is not end_time - start_time")
        need(HEX32.match(body["asset_id"]), "asset_id is not 32 hex digits")
        need(body["download_url"].startswith("https://"), "download_url is not https")
        need(body["download_url"].endswith(body["obs_object"]), "download_url does not end in obs_object")
        need(body["obs_bucket"] in body["download_url"], "download_url does not name the bucket")
        need(body["file_size"] > 0, "file_size")
    if event == "RECORD_OVER":
        need(stream.get("tasks", 0) > 0, "OVER before START")
    if event == "RECORD_START":
        stream["tasks"] = stream.get("tasks", 0) + 1


def seconds(text):
    import calendar
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


# --- Tencent ------------------------------------------------------------------------------------------------------------

TENCENT_T3 = {
    "event_type", "appid", "app", "appname", "stream_id", "channel_id", "file_id", "file_format", "task_id", "start_time",
    "end_time", "duration", "file_size", "stream_param", "video_url", "sign", "t",
}
TENCENT_T5 = TENCENT_T3 | {
    "record_file_id", "start_time_usec", "end_time_usec", "media_start_time", "record_bps", "callback_ext",
}
TENCENT_T1 = TENCENT_T3 - {"app", "appname", "task_id"}
TENCENT_T0 = TENCENT_T1 - {"appid"} | {"video_id"}
TENCENT_FIELDS = {"livecode": TENCENT_T0, "2020-08": TENCENT_T1, "2021-07": TENCENT_T3, "2022-01": TENCENT_T3, "2022-11": TENCENT_T5, "2025": TENCENT_T5 | {"record_temp_id"}}
# As captured, where that differs from the pages.
TENCENT_2019 = TENCENT_T1 | {
    "video_id", "record_file_id", "task_id", "start_time_usec", "end_time_usec", "media_start_time", "record_bps",
}
TENCENT_2017 = TENCENT_T1 | {"video_id", "record_file_id", "task_id", "media_start_time"}
TENCENT_SEEN = {
    "livecode": TENCENT_2019, "2020-08": TENCENT_2019 | {"app", "appname"}, "2025": TENCENT_FIELDS["2025"] | {"video_id"},
}
ACCOUNT_HEX = re.compile(r"^\d+_[0-9a-f]{32}$")
TENCENT_INTS = {
    "event_type", "appid", "start_time", "end_time", "duration", "file_size", "start_time_usec", "end_time_usec",
    "media_start_time", "record_bps", "t",
}


TENCENT_PUSH = {
    "app": str, "appid": int, "appname": str, "channel_id": str, "errcode": int, "errmsg": str, "event_time": int,
    "event_type": int, "node": str, "sequence": str, "set_id": int, "stream_id": str, "stream_param": str, "user_ip": str,
    "width": int, "height": int, "sign": str, "t": int, "idc_id": int,
}


def tencent_push(body, revision, stream):
    need(revision == "2025", "only the newest push message is known here")
    fields = dict(TENCENT_PUSH)
    if body["event_type"] == 0:
        fields["push_duration"] = str
    need({name: type(value) for name, value in body.items()} == fields, "fields or JSON types of push")
    need(list(body) == sorted(body), "order of the keys")
    pushes = stream.setdefault("pushes", {})
    if body["event_type"] == 1:
        need(body["errcode"] == 0 and body["errmsg"] == "ok", "errcode of a push")
        need(body["sequence"] not in pushes, "a push twice")
        pushes[body["sequence"]] = body["event_time"]
    else:
        need(body["sequence"] in pushes, "an interruption without its push")
        lasted = int(body["push_duration"]) / 1000
        need(abs(body["event_time"] - pushes.pop(body["sequence"]) - lasted) <= 1, "push_duration")


def tencent_status(body, stream):
    if body["event_type"] == 341:
        need(body["interface"] == "general_callback", "interface")
        need(body["file_format"] in ("FLV", "TS", "MP4", "AAC"), "file_format")
        need(body["exception_level"] in ("info", "warning", "error"), "exception_level")
        for entry in body["exception"]:
            need({name: type(value) for name, value in entry.items()} == {"type": int, "occurs": int, "desc": str}, "exception")
        return
    fields = {"t", "sign", "appid", "appname", "domain", "event_time", "event_type", "record_event", "record_detail", "seq",
              "session_id", "stream_id"}
    need(set(body) - {"task_id"} == fields, "fields of record status")
    detail = json.loads(body["record_detail"])
    need({"file_format", "record_bps", "start_model", "record_content", "source_type", "codec_temp_id"} <= set(detail), "detail")
    key = (body["session_id"], detail["file_format"])
    before = stream.setdefault("sessions", {}).get(key, "none")
    follows = {
        "record_start_succeeded": ("none",), "record_paused": ("record_start_succeeded", "record_resumed"),
        "record_resumed": ("record_paused",), "record_error": ("record_start_succeeded", "record_resumed"),
        "record_ended": ("record_start_succeeded", "record_resumed", "record_paused"),
    }
    need(before in follows.get(body["record_event"], ()), f"{body['record_event']} after {before}")
    stream["sessions"][key] = body["record_event"]


def tencent(body, revision, method, stream, now):
    need(type(body.get("t")) is int, "t is not a number", 401)
    digits = check_time(body["t"], now)
    need(hmac.compare_digest(md5(KEY + digits), body.get("sign", "")), "signature does not match", 401)
    kind = body.get("event_type")
    if kind in (0, 1):
        return tencent_push(body, revision, stream)
    if kind in (332, 341):
        return tencent_status(body, stream)
    seen = revision in TENCENT_SEEN
    fields = TENCENT_SEEN[revision] if seen else TENCENT_FIELDS[revision]
    if revision == "livecode" and "record_bps" not in body:
        fields = TENCENT_2017
    by_task = "stream_param" not in body
    if by_task:
        fields = fields - {"stream_param"}
    given = set(body)
    need(given == fields, f"fields: missing {sorted(fields - given)}, beyond {sorted(given - fields)}")
    for name, value in body.items():
        need(type(value) is (int if name in TENCENT_INTS else str), f"{name} has the wrong JSON type")
    need(body["event_type"] == 100, "event_type")
    if seen:
        need(list(body) == sorted(body), "order of the keys")
        need(ACCOUNT_HEX.match(body["video_id"]), "video_id")
    if seen and revision != "2025" and fields is not TENCENT_2017:
        need(2**63 < int(body["task_id"]) < 2**64, "task_id of 2019")
    need(body["stream_id"] == body["channel_id"], "channel_id differs from stream_id")
    need(("_" in body["stream_id"]) == (revision == "livecode"), "bizid prefix of stream_id")
    need(body["file_format"] in ("hls", "flv", "mp4", "aac"), "file_format")
    need(int(body["file_id"]) > 2**53, "file_id fits a double")
    need(body["end_time"] >= body["start_time"], "end before start")
    # In 2022-01 start_time is the first write, a little after the begin of the content.
    buffered = 3 if revision == "2022-01" else 0
    span = body["end_time"] - body["start_time"] + 1 + buffered
    need(0 < body["duration"] <= span, "duration is longer than its span")
    if revision in ("2022-11", "2025"):
        need(body["record_file_id"] == body["file_id"], "record_file_id differs from file_id")
        need(0 <= body["start_time_usec"] < 10**6 and 0 <= body["end_time_usec"] < 10**6, "microseconds")
        ext = json.loads(body["callback_ext"])
        need({"video_codec", "resolution"} <= set(ext), "callback_ext")
        need(("session_id" in ext) == (revision == "2025"), "callback_ext session_id")
    if revision == "2025":
        need(bool(body["record_temp_id"]) != by_task, "record_temp_id of a template only")
        need((body["task_id"] == ext["session_id"]) != by_task, "task_id is the session of a template's recording")
    files = stream.setdefault("files", set())
    need(body["file_id"] not in files, "file announced twice")
    files.add(body["file_id"])


# --- HTTP ---------------------------------------------------------------------------------------------------------------


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path, _, query = self.path.partition("?")
        pairs = urllib.parse.parse_qsl(query, keep_blank_values=True, strict_parsing=True)
        try:
            _, provider, revision, *_ = path.split("/")
            request = senders.Request(b"", self.headers, no_duplicates(pairs), KEY.encode(), int(time.time()))
            with LOCK:
                senders.QUERIES[provider](request, revision, STREAMS.setdefault(path, {}).setdefault("pushes", {}))
            self.reply(200, {})
        except (Wrong, senders.Wrong) as wrong:
            self.reply(wrong.status, {"reason": str(wrong)})
        except Exception as error:  # anything that trips over the query is the query's fault
            self.reply(400, {"reason": repr(error)})

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        try:
            _, provider, revision, method, *_ = self.path.split("/")
            kind = senders.CONTENT_TYPES.get(provider, "application/json")
            need(self.headers.get("content-type") == kind, "content-type", 415)
            body = json.loads(raw.decode("utf-8"), object_pairs_hook=no_duplicates)
            with LOCK:
                stream, answer = stream_of(self.path), None
                if provider in senders.ALL:
                    request = senders.Request(raw, self.headers, body, KEY.encode(), int(time.time()))
                    answer = senders.ALL[provider](request, revision, stream)
                else:
                    {"huawei": huawei, "tencent": tencent}[provider](body, revision, method, stream, int(time.time()))
            self.reply(200, answer or {"code": 0})
        except (Wrong, senders.Wrong) as wrong:
            self.reply(wrong.status, {"code": 1, "reason": str(wrong)})
        except Exception as error:  # anything that trips over the body is the body's fault
            self.reply(400, {"code": 1, "reason": repr(error)})

    def reply(self, status, answer):
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
