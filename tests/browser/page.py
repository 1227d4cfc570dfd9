"""The page of `hookreel serve` in a browser: python3 tests/browser/page.py URL

URL is that of a receiver of Tencent's callbacks without a key. Exits 0 when all is well, 77 where there is no browser.
"""

import json
import sys
import urllib.error
import urllib.request

from chromium import Browser, program

HOSTILE = "</pre></td></tr><img src=x onerror=window.hacked=1><script>window.hacked=1</script>\u202e'\""


def post(url, body):
    request = urllib.request.Request(url, body if isinstance(body, bytes) else json.dumps(body).encode(),
                                     {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def record(file, stream="mystream"):
    return {"event_type": 100, "stream_id": stream, "file_id": file, "video_url": "u"}


def main(url):
    browser = Browser()
    page = url.rstrip("/") + "/_hookreel"
    rows = "document.querySelectorAll('#rows tr').length"
    try:
        browser.open(page)
        browser.until("document.getElementById('live').textContent === 'Live.'")
        # It comes without a reload.
        assert post(url, record("a")) == 200
        browser.until(f"{rows} === 1")
        assert post(url, record("a")) == 200
        assert post(url, b"\xff\xfe") == 400
        browser.until(f"{rows} === 3")
        kinds = browser.value("[...document.querySelectorAll('#rows tr')].map(row => row.className).join()")
        assert kinds == "refused,duplicate,accepted", kinds
        # A sample of its own, by the button.
        browser.value("document.querySelector('.sample button').click()")
        browser.until(f"{rows} === 4 && document.querySelector('#rows tr').className === 'accepted'")
        browser.until("document.getElementById('live').textContent === 'Live.'")
        # Hostile names and bodies are text: in the list as it comes, in the list as it is loaded, and by themselves.
        assert post(url, record(HOSTILE, HOSTILE)) == 200
        browser.until(f"{rows} === 5")
        for address in [None, page, f"{page}/callbacks/5"]:
            if address:
                browser.open(address)
            assert browser.value("document.body.textContent.includes('onerror=window.hacked=1')")
            assert browser.value("document.querySelectorAll('img').length") == 0
            assert browser.value("window.hacked === undefined")
        assert browser.value("document.querySelector('[data-copy]').hidden") is False
        assert browser.value("document.getElementById('curl').textContent.startsWith('curl ')")
        # What was not ours did not even try to run.
        assert not browser.violations, browser.violations
        # Many: the list stays short, and the last one is at its top.
        browser.open(page)
        browser.until("document.getElementById('live').textContent === 'Live.'")
        for number in range(1000):
            post(url, record(f"many-{number}", f"stream-{number % 60}"))
        browser.until("document.querySelector('#rows tr td:nth-child(5)').textContent === 'many-999'")
        assert browser.value(rows) == 200, browser.value(rows)
        assert browser.value("document.getElementById('sums').textContent.includes('1005')")
        # Without a script all of it can be read.
        browser.read_without_scripts(page)
        assert browser.value(rows) == 200
        assert browser.value("document.getElementById('live').textContent") == "Reload this page to see more."
    finally:
        browser.close()


if __name__ == "__main__":
    if program() is None:
        sys.exit(77)
    main(sys.argv[1])
