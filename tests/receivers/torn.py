"""The body of each answer is shorter than its Content-Length, then the connection is closed.

A user should be told: not accepted, the answer is not complete; exit 1.
"""
from listen import read_request, talk


def converse(stream, out):
    read_request(stream)
    out.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 40\r\n\r\n{\"code\":0}")


talk(converse)
