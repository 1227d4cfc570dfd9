"""A right receiver that ends itself at a message without a signature, with status 1 and a trace.

A user should be told, with and without --exec: the case that ended it, and no pass. With `stored`, it stores a file before it looks at
the signature, and refuses with 403. With `strict`, it refuses a field that it does not know, in the words of pydantic. With `echoes`,
a refusal repeats the message, as FastAPI's does. With `files`, it takes every event for a file. With `leaks`, it says which signature it
expected.
"""
import json
import os
import sys

from listen import KEY, LOCK, WORDS, md5, serve
from rules import judge, rows

known = set()
HABIT = WORDS[0] if WORDS else "ends"


def answer(request):
    body = request.json()
    told = body if isinstance(body, dict) else {}
    if HABIT == "ends" and "sign" not in told:
        sys.stderr.write("TypeError: cannot read `length` of undefined\n")
        sys.stderr.flush()
        os._exit(1)
    if HABIT == "strict":
        known.update(told if not known else ())
        strange = [name for name in told if name not in known]
        if strange:
            detail = {"type": "extra_forbidden", "loc": ["body", strange[0]], "msg": "Extra inputs are not permitted"}
            return 422, {"detail": [detail]}
    given = judge(body)
    if HABIT == "files" and given[0] == 200 and "file_id" not in told:
        return 500, {"error": "KeyError: 'file_id' in /srv/app/handlers/record.py"}
    if given[0] != 200:
        if HABIT == "leaks":
            return 403, {"expected": md5(KEY + str(told.get("t")))}
        if HABIT == "stored" and isinstance(told.get("file_id"), str):
            with LOCK:
                rows.setdefault(told["file_id"], {"file_id": told["file_id"]})
            return 403, {"code": 403}
        if HABIT == "echoes":
            return 422, {"detail": [{"type": "string_type", "input": json.loads(json.dumps(told))}]}
    return given


def shown():
    with LOCK:
        return list(rows.values())


serve(answer, shown)
