"""A right receiver that keeps each message whole, and lists them all: whatever strange things came stand in its state.

It judges as right.py does, and gives a request 3 s, so that a whole audit of it is soon over. A user should be told: passed. An
audit with --state has 0 failed at must and should, and nothing is skipped because of what stands in the state.
"""
import listen
import rules
from listen import LOCK, compact, serve

# As they are listed: each is written once, however often the list is read.
kept = []


def answer(request):
    body = request.json()
    with LOCK:
        before = len(rules.rows)
        given = rules.judge(body)
        if len(rules.rows) > before:
            kept.append(compact(body))
    return given


listen.SECONDS = 3
serve(answer, lambda: f"[{','.join(kept)}]".encode())
