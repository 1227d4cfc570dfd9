"""The signature is looked for in the query or in a header, so every callback is refused.

Re-creates: a NestJS guard. The vendor sends `sign` and `t` in the body.
A user should be told: the plain callback is refused with 401 {"statusCode":401,"message":"callback signature missing"}; where
the signature is sent; and nothing else, because a refusal says nothing then.
"""
from listen import serve


def answer(request):
    if "sign=" not in request.path and "x-sign" not in request.headers:
        return 401, {"statusCode": 401, "message": "callback signature missing"}
    return 200, {"code": 0}


serve(answer, lambda: [])
