"""Reads the first 700 bytes of a body.

A user should be told: the receiver parsed a part of what was sent.
"""
import json

from listen import serve


def answer(request):
    try:
        json.loads(request.raw[:700])
    except ValueError as error:
        return 400, {"error": str(error)}
    return 200, {"code": 0}


serve(answer, lambda: [])
