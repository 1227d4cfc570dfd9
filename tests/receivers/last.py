"""A right receiver whose list shows the last twenty files alone, as pages do.

A user should be told that files which were listed are gone: each of them is there when its own callback is looked at.
"""
import rules
from listen import LOCK, serve

SHOWN = 20


def answer(request):
    return rules.judge(request.json())


def listed():
    with LOCK:
        return list(rules.rows.values())[-SHOWN:]


serve(answer, listed)
