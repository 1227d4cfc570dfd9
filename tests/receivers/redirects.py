"""301 to the same place with a slash at the end, as frameworks do.

A user should be told: status 301 to /callback/; redirects are not followed; use that target.
"""
from listen import serve
from rules import judge, rows


def answer(request):
    if not request.path.endswith("/") or request.path == "/":
        return 301, "", {"Location": "/callback/"}
    return judge(request.json())


serve(answer, lambda: list(rows.values()))
