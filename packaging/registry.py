"""A server on 127.0.0.1 with the packages of a folder and nothing else: an npm registry, and the files of a release."""

import base64
import contextlib
import hashlib
import http.server
import json
import tarfile
import threading
import urllib.parse


@contextlib.contextmanager
def serving(folder):
    """The address of that server, as long as it is needed."""
    packages = {}
    for path in folder.glob("hookreel-npm-*.tgz"):
        with tarfile.open(path) as archive:
            about = json.load(archive.extractfile("package/package.json"))
        packages[about["name"]] = (about, path)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            path = urllib.parse.unquote(self.path).lstrip("/")
            files = {file.name: file for file in folder.iterdir()}
            if path in packages:
                self.answer(200, json.dumps(page(*packages[path], f"http://{self.headers['Host']}")).encode())
            elif path in files:
                self.answer(200, files[path].read_bytes())
            else:
                self.answer(404, b'{"error": "not found"}')

        def answer(self, status, content):
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def page(about, path, address):
    content = path.read_bytes()
    sums = {
        "integrity": "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode(),
        "shasum": hashlib.sha1(content).hexdigest(),
        "tarball": f"{address}/{path.name}",
    }
    version = about["version"]
    return {"name": about["name"], "dist-tags": {"latest": version}, "versions": {version: about | {"dist": sums}}}
