"""Receivers of senders that sign in headers, each with one habit; the first word chooses it.

`mux-printed`: verifies the body that it has parsed and printed again. A user should be told to verify the body as it came.
`agora-first`: checks the older of the two signatures alone, which is as right as the other. An audit passes.
`livekit-early`: does not look at `nbf`. A user should be told so, and not that clocks may differ.
`alibaba-fixed`: holds the host that is registered at the vendor. A user should be told that the host is signed, and how to name it.
`srs-silent`: takes JSON that is no object for nothing, and answers 200. An audit passes, with the state, too.
"""
import base64
import hashlib
import hmac
import json
import re
import time

from listen import KEY, WORDS, serve

HABIT = WORDS[0]
FILES = {}


def mac(message, how=hashlib.sha256):
    return hmac.new(KEY.encode(), message, how)


def mux(request):
    time_text, _, given = request.headers.get("Mux-Signature", "").removeprefix("t=").partition(",v1=")
    try:
        printed = json.dumps(json.loads(request.raw), separators=(",", ":"), ensure_ascii=False).encode()
    except ValueError:
        return False
    right = mac(time_text.encode() + b"." + printed).hexdigest()
    return hmac.compare_digest(right, given) and abs(time.time() - int(time_text)) <= 300


def agora(request):
    given = request.headers.get("Agora-Signature", "")
    return hmac.compare_digest(mac(request.raw, hashlib.sha1).hexdigest().encode(), given.encode("latin-1"))


def part(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def livekit(request):
    token = request.headers.get("Authorization", "")
    if not re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", token):
        return False
    head, claims, given = token.split(".")
    right = base64.urlsafe_b64encode(mac(f"{head}.{claims}".encode()).digest()).rstrip(b"=").decode()
    claims = json.loads(part(claims))
    held = base64.b64encode(hashlib.sha256(request.raw).digest()).decode()
    return (
        hmac.compare_digest(right, given)
        and json.loads(part(head)).get("alg") == "HS256"
        and claims.get("sha256") == held
        and claims.get("exp", 0) >= time.time()
    )


def alibaba(request):
    sent = request.headers.get("ALI-LIVE-TIMESTAMP", "")
    given = request.headers.get("ALI-LIVE-SIGNATURE", "")
    right = hashlib.md5(f"hooks.example.com|{sent}|{KEY}".encode()).hexdigest()
    fresh = sent.isdigit() and abs(time.time() - int(sent)) <= 300
    return fresh and hmac.compare_digest(right.encode(), given.encode("latin-1"))


def srs(request):
    try:
        body = json.loads(request.raw)
    except (ValueError, RecursionError):
        return 400, {"code": 1}
    if isinstance(body, dict) and body.get("action") == "on_dvr":
        if not isinstance(body.get("file"), str) or not body["file"]:
            return 400, {"code": 1}
        FILES[body["file"]] = {"file": body["file"]}
    return 200, {"code": 0}


CHECKS = {"mux-printed": mux, "agora-first": agora, "livekit-early": livekit, "alibaba-fixed": alibaba}


def answer(request):
    if HABIT not in CHECKS:
        return srs(request)
    return (200, {"code": 0}) if CHECKS[HABIT](request) else (401, {"error": "bad signature"})


serve(answer, lambda: list(FILES.values()))
