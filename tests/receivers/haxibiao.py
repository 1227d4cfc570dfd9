"""An event whose number is 0 is taken for none, so a room is never closed.

Re-creates: a Laravel package (haxibiao-live). PHP's `if (!$event_type)` is true for 0. The signature is not checked. Every answer
is 200 with an empty body. The state is an object: {"rooms": {"NAME": "live"}, "recordings": [...]}.
A user should be told: nothing by the answers alone, so that they were all alike; by a state of one's own: $.rooms.NAME is "live"
where "closed" was expected after the stream ended.
"""
from listen import LOCK, serve

rooms, rows = {}, []


def answer(request):
    body = request.json() or {}
    kind, stream = body.get("event_type"), body.get("stream_id")
    if not kind:
        return 200, ""  # Meant for a missing number; 0 says that the stream ended.
    with LOCK:
        if kind in (0, 1):
            rooms[stream] = "live" if kind else "closed"
        if kind == 100 and body.get("file_id") not in [row["file_id"] for row in rows]:
            rows.append({"file_id": body.get("file_id")})
    return 200, ""


serve(answer, lambda: {"rooms": rooms, "recordings": rows})
