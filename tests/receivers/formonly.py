"""The parameters are read from a form, so everything is answered {"code":-1}.

Re-creates: a PHP script around `$_POST`. The vendor sends JSON.
A user should be told: passed by the vendor's rule, every answer said {"code":-1,"msg":"param error"}, --expect holds the receiver
to it; with --expect: $.code: expected 0, found -1.
"""
from listen import LOCK, serve

rows = []


def answer(request):
    form = request.form()
    if "event_type" not in form or "stream_id" not in form:
        return 200, {"code": -1, "msg": "param error"}
    with LOCK:
        rows.append({"file_id": form.get("file_id")})
    return 200, {"code": 0}


serve(answer, lambda: rows)
