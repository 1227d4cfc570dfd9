"""Answers before the recording is stored, and loses the recording: the process that would store it has ended by then.

A user should be told by --state: the callback was accepted and its file never appears in the state.
"""
from listen import serve

serve(lambda _: (200, {"code": 0}), lambda: [])
