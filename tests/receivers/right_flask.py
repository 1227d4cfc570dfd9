"""A right receiver on Flask's development server: the rules of right.py.

A user should be told: passed; what the server below makes of broken framing is the server's.
Werkzeug loops on a chunk size beyond 64 bits when the connection is closed: run it under `ulimit -v`.
"""
import logging

from flask import Flask, jsonify, request
from listen import LIMIT, LOCK, address
from rules import judge, rows
from werkzeug.serving import make_server

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = LIMIT
logging.getLogger("werkzeug").setLevel(logging.ERROR)


@app.post("/", defaults={"path": ""})
@app.post("/<path:path>")
def callback(path):
    body = request.get_json(force=True, silent=True)
    status, answer = judge(body if isinstance(body, dict) else None)
    return jsonify(answer), status


@app.get("/recordings")
def recordings():
    with LOCK:
        return jsonify(list(rows.values()))


server = make_server(*address(), app, threaded=True)
print(server.server_port, flush=True)
server.serve_forever()
