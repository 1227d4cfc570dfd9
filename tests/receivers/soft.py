"""Refuses a third of the files in the body of an answer with status 200, and stores the others.

A user should be told: the vendor reads the status alone, so what the body refuses is lost.
"""
import itertools

from listen import serve
from rules import judge, rows

files = itertools.count()


def answer(request):
    body = request.json() or {}
    if body.get("file_id") and next(files) % 3 == 2:
        return 200, {"code": -1, "msg": "internal"}
    return judge(body)


serve(answer, lambda: list(rows.values()))
