"""The time is read as a floating-point number, and the answer says what was computed.

A user should be told: the plain callback is refused; the receiver computed the signature of "KEY1772979625.0": the time was
read as a floating-point number.
"""
from listen import KEY, md5, serve


def answer(request):
    body = request.json()
    right = md5(KEY + str(float(body["t"])))
    return (200, {"code": 0}) if right == body["sign"] else (403, {"error": "bad signature", "computed": right})


serve(answer, lambda: [])
