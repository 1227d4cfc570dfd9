"""The answer is compressed although nobody asked for it.

A user should be told with --expect: not JSON: gzip, though none was asked for.
"""
import gzip

from listen import serve

serve(lambda _: (200, gzip.compress(b'{"code":0}'), {"Content-Encoding": "gzip"}), lambda: [])
