#!/usr/bin/env python3
"""A receiver of Standard Webhooks, written from the specification alone, with the standard library alone."""
import base64
import hashlib
import hmac
import re
import time

from listen import KEY, LOCK, serve

SECRET = base64.b64decode(KEY.removeprefix("whsec_"))
BODIES = {}


def answer(request):
    headers = request.headers
    for name in ("webhook-id", "webhook-timestamp", "webhook-signature"):
        if len(headers.get_all(name) or []) != 1:
            return 401, {"error": f"one {name} is needed"}
    message, sent = headers["webhook-id"], headers["webhook-timestamp"]
    if not re.fullmatch(r"[0-9]{1,12}", sent) or abs(int(sent) - time.time()) > 300:
        return 401, {"error": "too old, or ahead"}
    signed = f"{message}.{sent}.".encode() + request.raw
    right = base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
    entries = [entry.split(",", 1) for entry in headers["webhook-signature"].split(" ")]
    given = [entry[1] for entry in entries if len(entry) == 2 and entry[0] == "v1"]
    if not any(hmac.compare_digest(one, right) for one in given):
        return 401, {"error": "no signature matches"}
    with LOCK:
        # The same id is the same message.
        if BODIES.setdefault(message, request.raw) != request.raw:
            return 409, {"error": "an id of two messages"}
    return 200, {"code": 0, "signatures": len(given)}


serve(answer)
