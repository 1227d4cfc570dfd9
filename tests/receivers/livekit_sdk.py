#!/usr/bin/env python3
"""LiveKit's own receiver for Python, as its page shows it: WebhookReceiver of `livekit-api`, and a list of stored files."""
from listen import KEY, LOCK, serve

from livekit.api import TokenVerifier, WebhookReceiver

RECEIVER = WebhookReceiver(TokenVerifier("APItestkey", KEY))
FILES = {}


def answer(request):
    tokens = request.headers.get_all("Authorization") or []
    if len(tokens) != 1:
        return 401, {"error": "one token is needed"}
    try:
        event = RECEIVER.receive(request.raw.decode(), tokens[0])
    except Exception as error:
        return 401, {"error": str(error) or type(error).__name__}
    info = event.egress_info
    if event.event == "egress_ended" and not info.error:
        with LOCK:
            for name in [*(file.filename for file in info.file_results), *(one.playlist_name for one in info.segment_results)]:
                FILES.setdefault(name, {"file": name, "stream": info.room_name})
    return 200, {}


serve(answer, lambda: list(FILES.values()))
