#!/usr/bin/env python3
"""The library of Standard Webhooks for Python, as its page shows it."""
from listen import KEY, serve

from standardwebhooks import Webhook

WEBHOOK = Webhook(KEY)


def answer(request):
    try:
        WEBHOOK.verify(request.raw, dict(request.headers.items()))
    except Exception as error:
        return 401, {"error": str(error) or type(error).__name__}
    return 200, {"code": 0}


serve(answer)
