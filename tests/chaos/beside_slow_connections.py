"""Measures the built-in receiver beside 500 connections that send a byte of their body every half second.

usage: python3 tests/chaos/beside_slow_connections.py PROGRAM
"""
import socket
import subprocess
import sys
import threading
import time

PROGRAM = sys.argv[1]
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"


def feed(connections, over):
    while not over.wait(0.5):
        for connection in connections:
            try:
                connection.sendall(b" ")
            except OSError:
                pass  # The receiver let it go.


with subprocess.Popen([PROGRAM, "serve", "tencent", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as receiver:
    try:
        url = receiver.stdout.readline().split()[-1]
        port = int(url.rstrip("/").rpartition(":")[2])
        connections = []
        for _ in range(500):
            connections.append(socket.create_connection(("127.0.0.1", port)))
            connections[-1].sendall(HEAD)
        over = threading.Event()
        feeder = threading.Thread(target=feed, args=(connections, over))
        feeder.start()
        time.sleep(1)
        load = ["load", "@tencent/single-file", "-t", url, "--rate", "200/s", "--duration", "8s"]
        code = subprocess.run([PROGRAM, *load], check=False).returncode
        over.set()
        feeder.join()
    finally:
        receiver.terminate()
sys.exit(code)
