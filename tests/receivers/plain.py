"""Answers in other ways that are common: the first word says which.

204, 201, 202: that status with an empty body. xml: 200 with XML. success: 200 with plain text. empty: 200 with nothing.
slow: as right after so many seconds (second word). late: a t that lies 700 s back (a clock that is ahead), refused with 403.
A user should be told: that the vendor accepts status 200 alone; that the answer is not JSON; how late the answer was; that the
receiver's clock is ahead.
"""
import email.utils
import time

from listen import WORDS, serve
from rules import judge

KIND = WORDS[0] if WORDS else "empty"


def answer(request):
    if KIND.isdigit():
        return int(KIND), ""
    if KIND == "xml":
        return 200, b"<xml><return_code>SUCCESS</return_code></xml>", {"Content-Type": "text/xml"}
    if KIND == "success":
        return 200, b"success", {"Content-Type": "text/plain"}
    if KIND == "slow":
        time.sleep(float(WORDS[1]))
        return judge(request.json())
    if KIND == "late":
        return 403, {"error": "signature has expired"}, {"Date": email.utils.formatdate(time.time() + 700, usegmt=True)}
    return 200, ""


serve(answer, lambda: [])
