"""A right receiver on Python's own HTTP server.

Signature over key and time in constant time, expiry on both sides, a unique key on the file's id, at most 1 MiB, 25 s a request.
A user should be told: passed. An audit has 0 failed at must and should.
"""
from listen import LOCK, serve
from rules import judge, rows

serve(lambda request: judge(request.json()), lambda: list(rows.values()))
