"""Right, but below a prefix: everything outside /callbacks/tencent is a 404.

A user should be told: status 404 for POST /, and that the target has no path.
"""
from listen import serve
from rules import judge, rows


def answer(request):
    return judge(request.json()) if request.path == "/callbacks/tencent" else (404, "<!doctype html><h1>Not Found</h1>\n")


serve(answer, lambda: list(rows.values()))
