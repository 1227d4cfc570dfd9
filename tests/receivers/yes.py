"""200 to everything, nothing read, nothing stored.

A user should be told: all hostile callbacks were answered 200 {"code":0}, and what tells them apart (--expect, --state); after a
run, what was not tested.
"""
from listen import serve

serve(lambda _: (200, {"code": 0}), lambda: [])
