"""The outside oracle's part for senders beyond the first two: written from their own code and pages, not from hookreel's.

Each function takes a request, the revision, and what its stream told before; it raises Wrong with a status and a reason, and may
give an answer of its own.
"""

import base64
import datetime
import hashlib
import hmac
import json
import re


class Wrong(Exception):
    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status


class Request:
    def __init__(self, raw, headers, body, key, now):
        self.raw, self.headers, self.body, self.key, self.now = raw, headers, body, key, now


def need(condition, reason, status=400):
    if not condition:
        raise Wrong(status, reason)


def typed(body, fields):
    given = {name: type(value) for name, value in body.items()}
    need(given == fields, f"fields: {sorted(set(fields) ^ set(given))}, types: {[n for n in given if fields.get(n) != given[n]]}")


# --- SRS ----------------------------------------------------------------------------------------------------------------

SRS_3 = ["action", "client_id", "ip", "vhost", "app", "stream", "param"]
SRS_4 = ["server_id"] + SRS_3
SRS_5 = SRS_4 + ["service_id", "tcUrl", "stream_url", "stream_id"]


def srs(request, revision, stream):
    body, action = request.body, request.body.get("action")
    names = {"3.0": SRS_3, "4.0": SRS_4}.get(revision, SRS_5)
    fields = dict.fromkeys(names, str)
    if revision == "3.0":
        fields["client_id"] = int
    need(action in ("on_publish", "on_unpublish", "on_dvr", "on_hls"), "action")
    if action in ("on_dvr", "on_hls"):
        fields |= {"cwd": str, "file": str}
    if action == "on_hls":
        fields |= {"duration": float, "url": str, "m3u8": str, "m3u8_url": str, "seq_no": int}
        need(re.search(rb'"duration":\d+\.\d\d,', request.raw), "duration has two decimals")
        need(body["seq_no"] == stream.get("segments", 0), "seq_no does not rise by one")
        stream["segments"] = body["seq_no"] + 1
        need(body["file"].endswith(f"-{body['seq_no']}.ts"), "file of a segment")
    typed(body, fields)
    need(b" " not in request.raw and b"\n" not in request.raw, "the JSON is not compact")
    need(request.headers.get("user-agent", "").startswith(f"SRS/{revision}"), "User-Agent")
    need("accept" not in request.headers, "a header that SRS does not send")
    if action == "on_dvr":
        need(re.fullmatch(r"\./objs/nginx/html/[^/]+/.+\.\d{13}\.(flv|mp4)", body["file"]), "path of the file")
    if action in ("on_dvr", "on_hls"):
        files = stream.setdefault("files", set())
        need(body["file"] not in files, "file announced twice")
        files.add(body["file"])
    if action == "on_unpublish":
        pushes = stream.setdefault("pushes", set())
        need(not pushes or body["client_id"] in pushes, "an unpublish without its publish")
    if action == "on_publish":
        stream.setdefault("pushes", set()).add(body["client_id"])


# --- ZLMediaKit ---------------------------------------------------------------------------------------------------------

ZLM_RECORD = {
    "app": str, "file_name": str, "file_path": str, "file_size": int, "folder": str, "mediaServerId": str, "start_time": int,
    "stream": str, "time_len": float, "url": str, "vhost": str,
}
ZLM_PUBLISH = {
    "app": str, "id": str, "ip": str, "mediaServerId": str, "originType": int, "originTypeStr": str, "params": str, "port": int,
    "protocol": str, "schema": str, "stream": str, "vhost": str,
}
ZLM_CHANGED = {"app": str, "mediaServerId": str, "regist": bool, "schema": str, "stream": str, "vhost": str}


def zlmediakit(request, revision, stream):
    body, raw = request.body, request.raw
    fields = dict(ZLM_RECORD if "file_path" in body else ZLM_PUBLISH if "port" in body else ZLM_CHANGED)
    if revision >= "2023-08":
        fields["hook_index"] = int
    if "file_path" in body and revision >= "2024-03":
        fields["params"] = str
    typed(body, fields)
    need(list(body) == sorted(body), "order of the keys")
    if b"\n" in raw:
        need(raw.startswith(b'{\n\t"app" : "') and raw.endswith(b"\n}\n"), "white space")
    need(request.headers.get("x-vhost") == body["vhost"], "X-VHOST")
    need(request.headers.get("accept-language") == "zh-CN,zh;q=0.8", "Accept-Language")
    last = stream.get("index", -1)
    if "hook_index" in body:
        need(body["hook_index"] > last, "hook_index does not rise")
        stream["index"] = body["hook_index"]
    if "file_path" not in body:
        return
    began = datetime.datetime.fromtimestamp(body["start_time"], datetime.timezone.utc)
    need(body["file_name"].startswith(began.strftime("%Y-%m-%d-%H-%M-%S-")), "file_name is not its begin")
    need(body["file_path"] == body["folder"] + began.strftime("%Y-%m-%d/") + body["file_name"], "file_path")
    need(body["file_path"].endswith(body["url"]), "url is not the end of file_path")
    need(body["file_size"] >= 1024, "a file that small is not told")
    files = stream.setdefault("files", {})
    again = body["file_path"] in files
    need(not again or body.get("hook_index", 1) > files[body["file_path"]], "file announced twice")
    files[body["file_path"]] = body.get("hook_index", 0)


# --- TRTC ---------------------------------------------------------------------------------------------------------------

TRTC_KINDS = {301, 302, 303, 304, 305, 307, 308, 310, 311, 312}


def trtc(request, revision, stream):
    body, raw = request.body, request.raw
    right = base64.b64encode(hmac.new(request.key, raw, hashlib.sha256).digest()).decode()
    signs = request.headers.get_all("Sign") or []
    need(signs == [right], "signature does not match", 401)
    need(request.headers.get("SdkAppId", "").isdigit(), "SdkAppId")
    typed(body, {"EventGroupId": int, "EventType": int, "CallbackTs": int, "EventInfo": dict})
    info, kind = body["EventInfo"], body["EventType"]
    need(body["EventGroupId"] == 3 and kind in TRTC_KINDS, "kind")
    need(abs(body["CallbackTs"] / 1000 - request.now) < 60, "CallbackTs is not now")
    names = {"RoomId", "EventTs", "UserId", "TaskId", "Payload"} | ({"EventMsTs"} if revision == "2026" else set())
    need(set(info) == names, "fields of EventInfo")
    need(int(info["EventTs"]) > 10**9, "EventTs")
    need(kind != 308 or revision == "2022", "308 after 2022")
    if b"\n" in raw:
        need(raw.startswith(b'{\n\t"EventGroupId":\t3,\n'), "white space")
    payload, tasks = info["Payload"], stream.setdefault("tasks", {})
    if kind == 301:
        need(info["TaskId"] not in tasks, "a task begins twice")
        tasks[info["TaskId"]] = set()
    need(info["TaskId"] in tasks or stream.get("alone"), "an event of no task")
    files = tasks.get(info["TaskId"], set())
    if kind == 307:
        need(type(payload["BeginTimeStamp"]) is (int if revision == "2022" else str), "BeginTimeStamp")
    if kind == 304:
        need(type(payload["FileList"]) is str and payload["FileList"].endswith(".m3u8"), "FileList of 304")
    if kind == 310 and payload["Status"] == 0:
        need(type(payload["FileList"]) is list, "FileList of 310")
        for name, message in zip(payload["FileList"], payload["FileMessage"], strict=True):
            need(type(name) is str and name != "", "a file without a name")
            need(name == message["FileName"] and name not in files, "a file twice, or of two names")
            need(message["StartTimeStamp"] < message["EndTimeStamp"], "span of a file")
            files.add(name)
    if kind == 311 and payload["Status"] == 0:
        vod = payload["TencentVod"]
        need(vod["FileId"] not in files and vod["FileId"] in vod["VideoUrl"], "FileId")
        files.add(vod["FileId"])
    if kind == 312:
        need(files, "312 without a 311")


# --- Agora --------------------------------------------------------------------------------------------------------------

AGORA_KINDS = {40: 1, 42: 1, 43: 1, 44: 1, 41: 1, 4: 0, 30: 2, 31: 2, 1: 0, 11: 0}


def agora(request, revision, stream):
    body, raw = request.body, request.raw
    for name, digest in (("Agora-Signature", hashlib.sha1), ("Agora-Signature-V2", hashlib.sha256)):
        right = hmac.new(request.key, raw, digest).hexdigest()
        need(request.headers.get_all(name) == [right], f"signature does not match: {name}", 401)
    old = revision == "1.2"
    fields = {"notifyMs": int, "eventType": int, "payload": dict}
    fields |= {"notificationId": str, "eventMs": int, "noticeLevel": int} if old else {"noticeId": str, "productId": int, "sid": str}
    typed(body, fields)
    need(abs(body["notifyMs"] / 1000 - request.now) < 60, "notifyMs is not now")
    payload, kind = body["payload"], body["eventType"]
    need(kind in AGORA_KINDS and payload["serviceType"] == AGORA_KINDS[kind], "serviceType")
    need(type(payload["uid"]) is str and type(payload["sequence"]) is (str if old else int), "types of the payload")
    need(old or payload["sid"] == body["sid"], "two ids of one task")
    notices = stream.setdefault("notices", set())
    notice = body.get("noticeId", body.get("notificationId"))
    need(notice not in notices, "a notice twice")
    notices.add(notice)
    details = payload["details"]
    if kind == 31:
        need(("fileList" in details) == (revision == "2021-04"), "fileList")
        names = [file["fileName"] for file in details.get("fileList", [])]
        need(len(names) == len(set(names)), "a file twice in one message")
        need(all(name.startswith(payload["sid"] + "_" + payload["cname"]) for name in names), "names of files")
    if kind in (43, 44):
        need(details["state"] in (0, 1), "state")


# --- LiveKit ------------------------------------------------------------------------------------------------------------

LIVEKIT_STATUS = {
    "egress_started": {None}, "egress_updated": {"EGRESS_ACTIVE", "EGRESS_ENDING"},
    "egress_ended": {"EGRESS_COMPLETE", "EGRESS_FAILED", "EGRESS_LIMIT_REACHED"},
}
LIVEKIT_RANK = {None: 0, "EGRESS_ACTIVE": 1, "EGRESS_ENDING": 2}
LIVEKIT_ORDER = [
    "egressId", "roomId", "roomName", "status", "startedAt", "endedAt", "updatedAt", "roomComposite", "fileResults",
    "segmentResults", "error", "errorCode", "details",
]


def unpadded(text):
    need(re.fullmatch(r"[A-Za-z0-9_-]+", text), "base64url without padding", 401)
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def livekit_token(request, revision):
    given = request.headers.get_all("Authorization") or []
    need(len(given) == 1 and given[0].count(".") == 2, "one token and nothing else", 401)
    header, claims, signature = given[0].split(".")
    need(unpadded(header) == b'{"alg":"HS256","typ":"JWT"}', "header of the token", 401)
    right = hmac.new(request.key, f"{header}.{claims}".encode(), hashlib.sha256).digest()
    need(hmac.compare_digest(right, unpadded(signature)), "signature does not match", 401)
    claims = json.loads(unpadded(claims))
    names = ["iss", "exp", "nbf", "iat", "sha256"] if revision >= "2026-06" else ["exp", "iss", "nbf", "sha256"]
    need(list(claims) == names, f"claims: {list(claims)}", 401)
    need(claims["iss"] == "APItestkey", "iss", 401)
    need(claims["sha256"] == base64.b64encode(hashlib.sha256(request.raw).digest()).decode(), "sha256 of another body", 401)
    need(claims["exp"] - claims["nbf"] == 300 and claims.get("iat", claims["nbf"]) == claims["nbf"], "times", 401)
    need(claims["nbf"] <= request.now < claims["exp"], "signature has expired, or is not valid yet", 401)


def livekit_results(info, stream):
    failed = info.get("status") == "EGRESS_FAILED"
    need(not failed or not {"fileResults", "segmentResults"} & set(info), "results of an egress that failed")
    for name, list_of in (("filename", info.get("fileResults", [])), ("playlistName", info.get("segmentResults", []))):
        for result in list_of:
            need(all(type(value) is str for value in result.values()), "64-bit numbers are texts")
            need(result[name] not in stream.setdefault("files", set()), "a file announced twice")
            stream["files"].add(result[name])
            need(int(result["endedAt"]) - int(result["startedAt"]) >= int(result["duration"]) > 0, "duration of a file")
            location = result.get("location", result.get("playlistLocation"))
            need(location.endswith(result[name]) and int(result["size"]) > 0, "location or size")


def livekit(request, revision, stream):
    body, info = request.body, request.body.get("egressInfo", {})
    livekit_token(request, revision)
    agent = "LiveKit" if revision >= "2026-08" else "Go-http-client/1.1"
    need(request.headers.get("User-Agent") == agent, "User-Agent")
    need(b" :" not in request.raw and b"\n" not in request.raw, "the JSON is not compact")
    need(list(body) == ["event", "egressInfo", "id", "createdAt"], f"fields: {list(body)}")
    need(re.fullmatch(r"EV_[A-Za-z0-9]{12}", body["id"]) and int(body["createdAt"]) > 10**9, "id or createdAt")
    if body["id"] in stream.setdefault("events", {}):
        need(stream["events"][body["id"]] == request.raw, "a retry with another body")
        return
    stream["events"][body["id"]] = request.raw
    need(list(info) == [name for name in LIVEKIT_ORDER if name in info], f"order of EgressInfo: {list(info)}")
    event, status = body["event"], info.get("status")
    need(status in LIVEKIT_STATUS.get(event, ()), f"{event} with {status}")
    need(("startedAt" in info) == (event != "egress_started"), "startedAt")
    need(("endedAt" in info) == (event == "egress_ended"), "endedAt")
    need(all(len(info[name]) == 19 for name in ("startedAt", "endedAt", "updatedAt") if name in info), "nanoseconds")
    need(info["roomComposite"]["roomName"] == info["roomName"], "room of the request")
    egresses = stream.setdefault("egresses", {})
    rank = LIVEKIT_RANK.get(status, 3)
    need(egresses.get(info["egressId"], -1) < rank, f"{event} {status} comes too late")
    egresses[info["egressId"]] = rank
    failed = status == "EGRESS_FAILED"
    need(failed == ("error" in info) or status == "EGRESS_LIMIT_REACHED", "error")
    need(failed or event != "egress_ended" or "fileResults" in info or "segmentResults" in info, "an end without files")
    need(("details" in info) == (rank >= 2), "details")
    livekit_results(info, stream)


# --- Mux ----------------------------------------------------------------------------------------------------------------

MUX_LIVE = ["connected", "recording", "active", "disconnected", "idle"]


def mux(request, revision, stream):
    given = request.headers.get_all("Mux-Signature") or []
    need(len(given) == 1, "one Mux-Signature", 401)
    parts = [part.split("=", 1) for part in given[0].split(",")]
    need([part[0] for part in parts] == ["t", "v1"], "form of Mux-Signature", 401)
    sent, signature = parts[0][1], parts[1][1]
    need(re.fullmatch(r"[1-9]\d{9}", sent, re.ASCII), "form of the time", 401)
    right = hmac.new(request.key, f"{sent}.".encode() + request.raw, hashlib.sha256).hexdigest()
    need(hmac.compare_digest(right, signature), "signature does not match", 401)
    need(abs(int(sent) - request.now) <= 300, "signature has expired", 401)
    body, data = request.body, request.body["data"]
    need({"type", "object", "id", "environment", "data", "created_at", "attempts"} <= set(body), "envelope")
    need(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", body["id"]), "id is no uuid")
    need(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body["created_at"]), "created_at")
    need(type(data["id"]) is str and data["id"] != "", "an object without an id")
    need(body["object"]["id"] == data["id"], "two ids of one object")
    seen = stream.setdefault("ids", {})
    need(seen.setdefault(body["id"], request.raw) == request.raw, "an event with two bodies")
    if body["type"] == "video.asset.live_stream_completed":
        need(body["object"]["type"] == "asset" and data["status"] == "ready" and data["duration"] > 0, "asset")
        need(data["id"] not in stream.setdefault("assets", set()), "asset announced twice")
        stream["assets"].add(data["id"])
        return
    kind = body["type"].removeprefix("video.live_stream.")
    need(kind in MUX_LIVE and body["object"]["type"] == "live", "event of a live stream")
    before = stream.setdefault("live", {}).get(data["id"])
    follows = {
        "connected": (None, "disconnected", "idle"), "recording": ("connected",), "active": ("recording",),
        "disconnected": ("active",), "idle": (None, "disconnected"),
    }
    need(before in follows[kind], f"{kind} after {before}")
    stream["live"][data["id"]] = kind


# --- Alibaba ------------------------------------------------------------------------------------------------------------


def alibaba_push(request, revision, stream):
    times, given = (request.headers.get_all(f"ALI-LIVE-{name}") or [] for name in ("TIMESTAMP", "SIGNATURE"))
    need(len(times) == 1 and len(given) == 1, "one timestamp and one signature", 401)
    fields = request.body
    right = hashlib.md5(f"{fields['app']}|{times[0]}|".encode() + request.key).hexdigest()
    need(hmac.compare_digest(right, given[0]), "signature does not match", 401)
    need(abs(int(times[0]) - request.now) <= 300, "signature has expired", 401)
    need(request.raw == b"" and request.headers.get("Content-Type") is None, "a GET with a body")
    need(set(fields) == {"action", "ip", "id", "app", "appname", "time", "usrargs", "node"}, "names of the query")
    need(fields["action"] == ("publish_done" if stream.get("on air") else "publish"), f"{fields['action']} now")
    stream["on air"] = fields["action"] == "publish"


def alibaba(request, revision, stream):
    times, given = (request.headers.get_all(f"ALI-LIVE-{name}") or [] for name in ("TIMESTAMP", "SIGNATURE"))
    need(len(times) == 1 and len(given) == 1, "one timestamp and one signature", 401)
    need(re.fullmatch(r"[1-9]\d{9}", times[0], re.ASCII), "form of the timestamp", 401)
    host = request.headers["Host"].rsplit(":", 1)[0]
    right = hashlib.md5(f"{host}|{times[0]}|".encode() + request.key).hexdigest()
    need(hmac.compare_digest(right, given[0]), "signature does not match", 401)
    need(abs(int(times[0]) - request.now) <= 300, "signature has expired", 401)
    body = request.body
    need({"domain", "app", "stream"} <= set(body), "names of the stream")
    live = stream.setdefault("live", {})
    before = live.get(body["stream"], "")
    if "event" in body:
        kind = body["event"].removeprefix("record_")
        follows = {"started": ("", "paused", "started"), "paused": ("started", "resumed", "paused"), "resumed": ("paused", "resumed")}
        need(before in follows[kind], f"{kind} after {before}")
        live[body["stream"]] = kind
        return
    need(isinstance(body["duration"], float) and body["duration"] > 0, "duration")
    need(0 < body["stop_time"] - body["start_time"], "a file that ends before it begins")
    need(body["uri"].startswith(f"{body['app']}/{body['stream']}/"), "uri")
    need(body["uri"] not in stream.setdefault("files", set()), "file announced twice")
    stream["files"].add(body["uri"])
    need("push_args" not in body or all(name.startswith("callback_") for name in body["push_args"]), "push_args")


# --- Zoom ---------------------------------------------------------------------------------------------------------------

ZOOM_STATES = {
    "recording.started": (None, "stopped"), "recording.paused": ("started", "resumed"), "recording.resumed": ("paused",),
    "recording.stopped": ("started", "resumed", "paused"),
}


ZOOM_OBJECT = {
    "id": int, "uuid": str, "host_id": str, "topic": str, "type": int, "start_time": str, "timezone": str,
}
ZOOM_FILE = {
    "id": str, "meeting_id": str, "recording_start": str, "recording_end": str, "file_type": str, "file_size": int,
    "file_extension": str, "play_url": str, "download_url": str, "status": str, "recording_type": str,
}


def zoom(request, revision, stream):
    times, given = (request.headers.get_all(f"x-zm-{name}") or [] for name in ("request-timestamp", "signature"))
    need(len(times) == 1 and len(given) == 1, "one timestamp and one signature", 401)
    need(re.fullmatch(r"[1-9]\d{9}", times[0], re.ASCII), "form of the timestamp", 401)
    right = "v0=" + hmac.new(request.key, f"v0:{times[0]}:".encode() + request.raw, hashlib.sha256).hexdigest()
    need(hmac.compare_digest(right, given[0]), "signature does not match", 401)
    need(abs(int(times[0]) - request.now) <= 300, "signature has expired", 401)
    body = request.body
    need(type(body["event_ts"]) is int and len(str(body["event_ts"])) == 13, "event_ts is not in milliseconds")
    if body["event"] == "endpoint.url_validation":
        typed(body, {"event": str, "event_ts": int, "payload": dict})
        token = body["payload"]["plainToken"]
        need(re.fullmatch(r"[0-9A-Za-z_-]{22}", token), "form of plainToken")
        stream["validated"] = True
        return {"plainToken": token, "encryptedToken": hmac.new(request.key, token.encode(), hashlib.sha256).hexdigest()}
    need(stream.get("validated") or stream.get("alone"), "an event before the handshake")
    thing, finished = body["payload"]["object"], body["event"] == "recording.completed"
    typed(body, {"event": str, "event_ts": int, "payload": dict} | ({"download_token": str} if finished else {}))
    typed(body["payload"], {"account_id": str, "object": dict})
    if finished:
        typed(thing, ZOOM_OBJECT | {"recording_files": list})
        need(len(body["download_token"]) > 20, "download_token")
        need(thing["recording_files"], "a recording without files")
        for recorded in thing["recording_files"]:
            typed(recorded, ZOOM_FILE)
            need(recorded["id"], "a file without its id")
            need(recorded["meeting_id"] == thing["uuid"], "a file of another meeting")
            need(recorded["id"] not in stream.setdefault("files", set()), "file announced twice")
            stream["files"].add(recorded["id"])
            need(recorded["recording_start"] < recorded["recording_end"] and recorded["file_size"] > 0, "span or size of a file")
        return None
    typed(thing, ZOOM_OBJECT | {"duration": int, "recording_file": dict})
    typed(thing["recording_file"], {"recording_start": str, "recording_end": str})
    tasks = stream.setdefault("tasks", {})
    # Whoever is subscribed to the end alone sees no begin.
    stream["begins"] = stream.get("begins", body["event"] == "recording.started")
    before = tasks.get(thing["uuid"], None if stream["begins"] else "started")
    need(before in ZOOM_STATES[body["event"]], f"{body['event']} after {before}")
    tasks[thing["uuid"]] = body["event"].removeprefix("recording.")
    return None


# --- SparkRTC -----------------------------------------------------------------------------------------------------------

SPARKRTC_ALWAYS = ["app_id", "room_id", "task_id", "event_type"]
SPARKRTC_FILE = ["stream_name", "job_id", "record_format", "start_time"]
SPARKRTC_COMPLETE = ["download_url", "end_time", "obs_bucket", "obs_object"]


def sparkrtc(request, revision, stream):
    rand, sent, given = (request.headers.get_all(f"X-Rtc-{name}") or [] for name in ("Rand", "Timestamp", "Signature"))
    need(len(rand) == len(sent) == len(given) == 1, "one of each header", 401)
    right = hmac.new(request.key, (rand[0] + sent[0]).encode() + request.raw, hashlib.sha256).hexdigest()
    need(hmac.compare_digest(right, given[0]), "signature does not match", 401)
    # Nothing parts rand and time in what is signed: the form of the time is all that holds them in their places.
    need(re.fullmatch(r"[1-9]\d{9}", sent[0], re.ASCII), "the time has another number of digits", 401)
    need(abs(int(sent[0]) - request.now) <= 300, "signature has expired", 401)
    body, jobs = request.body, stream.setdefault("jobs", {})
    kind = body["event_type"]
    complete = kind == "RECORD_FILE_COMPLETE"
    fields = dict.fromkeys(SPARKRTC_ALWAYS, str)
    if kind != "CLOUD_RECORD_SERVER_OVER":
        fields |= dict.fromkeys(SPARKRTC_FILE, str)
    if complete:
        fields |= dict.fromkeys(SPARKRTC_COMPLETE, str) | {"file_size": int, "record_duration": int}
    typed(body, fields)
    need(body.get("job_id", "over"), "a file without its id")
    if kind == "RECORD_NEW_FILE_START":
        need(body["job_id"] not in jobs, "a file begins twice")
        jobs[body["job_id"]] = "open"
    elif complete:
        need(jobs.get(body["job_id"], "open") == "open", "file announced twice")
        jobs[body["job_id"]] = "complete"
        need(body["download_url"].endswith(body["obs_object"]) and body["file_size"] > 0, "address or size")
        need(body["obs_bucket"] in body["download_url"], "bucket")
        need(body["start_time"] < body["end_time"] and body["record_duration"] > 0, "span of a file")
    else:
        need(kind == "CLOUD_RECORD_SERVER_OVER", "event")


QUERIES = {"alibaba": alibaba_push}

CONTENT_TYPES = {"livekit": "application/webhook+json", "zoom": "application/json; charset=utf-8"}

ALL = {
    "zoom": zoom, "sparkrtc": sparkrtc,
    "srs": srs, "zlmediakit": zlmediakit, "trtc": trtc, "agora": agora, "livekit": livekit, "mux": mux, "alibaba": alibaba,
}
