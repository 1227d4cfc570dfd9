"""Counts the events of callbacks by their own names: what an independent receiver sees of a load.

GET /recordings answers {"RECORD_START": 100, ...}.
"""
import json
from collections import Counter

from listen import LOCK, serve

seen = Counter()


def answer(request):
    body = json.loads(request.raw)
    with LOCK:
        seen[str(body.get("event_type", body.get("event", "none")))] += 1
    return 200, {"code": 0}


serve(answer, lambda: dict(seen))
