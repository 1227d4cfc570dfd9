"""The body is read as a form, and a field that is missing there is a 500.

A user should be told: status 500 on every callback, with the receiver's own words (KeyError: 'sign'); look at its log; the body
is JSON with content type application/json.
"""
from listen import serve

serve(lambda request: (200, request.form()["sign"]), lambda: [])
