"""Sends the head of an answer and never the end of its body: `res.end()` was forgotten.

A user should be told: not accepted, the answer is not complete; exit 1.
"""
import time

from listen import read_request, talk


def converse(stream, out):
    read_request(stream)
    out.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n{\"code\":0}\r\n")
    out.flush()
    time.sleep(600)


talk(converse)
