"""The answer begins with a byte order mark, as PHP files saved with one do.

A user should be told with --expect: not JSON: it starts with a byte order mark.
"""
from listen import serve

serve(lambda _: (200, b'\xef\xbb\xbf{"code":0}'), lambda: [])
