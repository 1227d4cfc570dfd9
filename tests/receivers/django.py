"""No signature is checked; a stream that is not known, and any exception, is a 500.

Re-creates: a Django view around `User.objects.get(username=stream_id)`. Streams it knows are named on the command line. A push
message has no `video_url`, so it fails.
A user should be told: 500 on every callback, with the receiver's own words (no such user); that it knows certain streams only
(--stream NAME); with such a stream: that forged signatures are taken, and which events it cannot read.
"""
from listen import LOCK, WORDS, serve

rows = []


class DoesNotExist(Exception):
    pass


def answer(request):
    body = request.json()
    if body["stream_id"] not in WORDS:
        raise DoesNotExist("User matching query does not exist.")
    with LOCK:
        rows.append({"user": body["stream_id"], "file_id": body["file_id"], "url": body["video_url"]})
    return 200, {"code": 0}


serve(answer, lambda: rows)
