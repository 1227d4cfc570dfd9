"""A 500 on everything: `t` is joined to the key as a number.

A user should be told: status 500 on every callback, what the answer said, and to look at the receiver's own log.
"""
from listen import KEY, md5, serve

serve(lambda request: (200, md5(KEY + request.json()["t"])), lambda: [])
