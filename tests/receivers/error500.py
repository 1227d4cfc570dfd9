"""A 500 on everything: `t` is joined to the key as a number. With the word `fourth`: a 500 on each fourth request, 200 on the others.

A user should be told: status 500 on every callback, what the answer said, and to look at the receiver's own log; or that there is no
rule in which callbacks get an error.
"""
import itertools

from listen import KEY, WORDS, md5, serve

requests = itertools.count(1)


def answer(request):
    if WORDS == ["fourth"]:
        return (500, {"error": "database is locked"}) if next(requests) % 4 == 0 else (200, {"code": 0})
    return 200, md5(KEY + request.json()["t"])


serve(answer, lambda: [])
