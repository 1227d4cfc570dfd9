"""Everything is refused, with words: a wrong key, a wrong formula. The first word sets the status (403).

A user should be told, in the first three lines: the plain callback is refused with 403 {"error":"bad signature"}; then which
key signed it, and what to try next. At most 15 lines, exit 3 of an audit. More words are what it says.
"""
from listen import WORDS, serve

STATUS = int(WORDS[0]) if WORDS else 403
serve(lambda _: (STATUS, {"error": " ".join(WORDS[1:]) or "bad signature"}), lambda: [])
