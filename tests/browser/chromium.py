"""Chromium without a window, driven through two pipes by the DevTools protocol; nothing but the standard library."""

import json
import os
import shutil
import subprocess
import tempfile
import threading

NAMES = ["chromium", "chromium-browser", "google-chrome"]


def program():
    """The path of the browser; None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One browser with one tab."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="browser-")
        (theirs_in, self.out), (self.inn, theirs_out) = os.pipe(), os.pipe()

        def place():
            # The protocol wants them at 3 and 4.
            first, second = os.dup(theirs_in), os.dup(theirs_out)
            os.dup2(first, 3)
            os.dup2(second, 4)

        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
                 "--remote-debugging-pipe", f"--user-data-dir={self.folder}", "about:blank"]
        self.process = subprocess.Popen([program(), *flags], preexec_fn=place, close_fds=False, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        os.close(theirs_in)
        os.close(theirs_out)
        self.pipe = os.fdopen(self.inn, "rb")
        self.number = 0
        self.session = None
        self.violations = []
        # Whatever hangs ends.
        self.alarm = threading.Timer(120, self.process.kill)
        self.alarm.start()
        tab = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=tab, flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Log"]:
            self.ask(f"{domain}.enable")

    def ask(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def read(self):
        read = bytearray()
        while (byte := self.pipe.read(1)) != b"\0":
            if not byte:
                raise RuntimeError("the browser is gone")
            read += byte
        answer = json.loads(read)
        entry = answer.get("params", {}).get("entry", {})
        if answer.get("method") == "Log.entryAdded" and entry.get("level") == "error":
            self.violations.append(entry.get("text"))
        return answer

    def open(self, url):
        self.ask("Page.navigate", url=url)
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def read_without_scripts(self, url):
        """Opens a page on which no script runs, and no timer of ours either."""
        self.ask("Emulation.setScriptExecutionDisabled", value=True)
        self.ask("Page.navigate", url=url)
        while self.read().get("method") != "Page.loadEventFired":
            pass

    def value(self, script):
        result = self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{script}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def until(self, condition):
        """Waits until a condition holds, looked at by the browser itself; the alarm ends it."""
        while True:
            try:
                if self.value(f"new Promise(done => setTimeout(() => done(Boolean({condition})), 50))"):
                    return
            except RuntimeError as error:
                # The page went on to another one meanwhile.
                if not any(word in str(error) for word in ["navigated", "context", "collected"]):
                    raise

    def picture(self, path, width, dark=False, height=900):
        import base64
        scheme = "dark" if dark else "light"
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500)
        data = self.ask("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def close(self):
        self.alarm.cancel()
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
