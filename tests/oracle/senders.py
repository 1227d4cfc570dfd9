"""The outside oracle's part for senders beyond the first two: written from their own code and pages, not from hookreel's.

Each function takes a request, the revision, and what its stream told before; it raises Wrong with a status and a reason.
"""

import datetime
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


CONTENT_TYPES = {}

ALL = {"srs": srs, "zlmediakit": zlmediakit}
