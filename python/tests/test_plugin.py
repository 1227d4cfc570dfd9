"""The plugin, from outside: each test is a pytest of its own, with a receiver that is not hookreel's."""

import hashlib
import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

KEY = "0123456789abcdef0123456789abcdef"
SCENARIO = "provider: tencent\nrecording: {mp4: {}}\nbroadcast: [{0s: push}, {5m: drop}]\n"


class Receiver(BaseHTTPRequestHandler):
    recordings: dict = {}

    def do_GET(self):
        self.reply(200, list(self.recordings.values()))

    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["content-length"])))
        right = hashlib.md5(f"{KEY}{message.get('t')}".encode()).hexdigest()
        if message.get("sign") != right or message["t"] < time.time():
            return self.reply(401, {"code": 1})
        if "file_id" in message:
            self.recordings.setdefault(message["file_id"], {"file": message["file_id"]})
        self.reply(200, {"code": 0})

    def reply(self, status, body):
        body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver():
    Receiver.recordings = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def inner(pytester, monkeypatch):
    monkeypatch.setenv("CALLBACK_KEY", KEY)
    pytester.makefile(".hookreel.yaml", one=SCENARIO)
    return pytester


def test_a_scenario_file_is_a_test_that_passes(inner, receiver):
    inner.makeconftest(f"def pytest_hookreel_key(config):\n    return {KEY!r}\n")
    done = inner.runpytest("-v", f"--hookreel-target={receiver}")
    done.assert_outcomes(passed=1)
    done.stdout.fnmatch_lines(["*one.hookreel.yaml::one PASSED*"])


def test_a_scenario_that_fails_shows_the_report(inner, receiver):
    inner.makeconftest("def pytest_hookreel_key(config):\n    return 'f' * 32\n")
    done = inner.runpytest(f"--hookreel-target={receiver}")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*401*", "*the key or the signature*"])
    assert "f" * 32 not in done.stdout.str()


def test_without_a_receiver_it_says_so(inner):
    done = inner.runpytest()
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*there is no receiver*"])


def test_hookreel_toml_names_the_receiver(inner, receiver):
    (inner.path / "hookreel.toml").write_text(f'target = "{receiver}"\nsecret-env = "CALLBACK_KEY"\n')
    inner.runpytest().assert_outcomes(passed=1)


def test_a_printed_command_works_where_pytest_was_started(inner, receiver):
    folder = inner.mkdir("tests")
    (inner.path / "one.hookreel.yaml").rename(folder / "gap.hookreel.yaml")
    done = inner.runpytest(f"--hookreel-target={receiver}")
    done.assert_outcomes(failed=1)
    path = os.path.join("tests", "gap.hookreel.yaml")
    done.stdout.fnmatch_lines([f"*hookreel plan {path} --body*", f"*hookreel run {path} -t {receiver}*"])


def test_settings_beside_a_scenario_count_wherever_pytest_was_started(inner, receiver):
    folder = inner.mkdir("tests")
    (inner.path / "one.hookreel.yaml").rename(folder / "one.hookreel.yaml")
    (folder / "hookreel.toml").write_text(f'target = "{receiver}"\nsecret-env = "CALLBACK_KEY"\n')
    inner.runpytest().assert_outcomes(passed=1)


def test_a_broken_scenario_shows_its_mistake(inner, receiver):
    (inner.path / "one.hookreel.yaml").write_text(SCENARIO + "brodcast: []\n")
    done = inner.runpytest(f"--hookreel-target={receiver}")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*unknown key `brodcast`*"])


def test_the_fixture_runs_and_audits(inner, receiver):
    (inner.path / "one.hookreel.yaml").unlink()
    inner.makepyfile(
        f"""
        def test_run(hookreel):
            result = hookreel.run("@tencent", target="{receiver}", state="{receiver}/recordings", key="{KEY}", seed="random")
            assert result.passed, result
            assert result.report["verdict"] == "passed" and result.failures == []

        def test_audit(hookreel):
            result = hookreel.audit("tencent", target="{receiver}", key="{KEY}", case=["C49", "C54"])
            assert result.failures == [], result

        def test_what_fails_is_named(hookreel):
            result = hookreel.run("@tencent/single-file", target="{receiver}", key="{'f' * 32}")
            assert not result and any("401" in line for line in result.failures)
        """
    )
    inner.runpytest().assert_outcomes(passed=3)


def test_a_failed_assertion_shows_the_text_of_the_run(inner, receiver):
    (inner.path / "one.hookreel.yaml").unlink()
    inner.makepyfile(
        f"""
        def test_the_message_of_the_guide(hookreel):
            result = hookreel.run("@tencent/single-file", target="{receiver}", key="{'f' * 32}")
            assert result.passed, result

        def test_another_assertion(hookreel):
            passed = hookreel.run("@tencent/single-file", target="{receiver}", key="{KEY}")
            result = hookreel.run("@tencent/single-file", target="{receiver}", key="{'f' * 32}")
            assert result.failures == []
        """
    )
    done = inner.runpytest()
    done.assert_outcomes(failed=2)
    done.stdout.fnmatch_lines(["*AssertionError: <exit code 1: failed: *"])
    shown = done.stdout.str()
    assert shown.count("- hookreel, exit code 1 -") == 2 and "exit code 0" not in shown
    assert shown.count("the key or the signature") >= 2 and "401" in shown


def test_a_program_that_is_not_there_is_named(inner):
    done = inner.runpytest("--hookreel=no-such-hookreel", "--hookreel-target=1")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*no-such-hookreel is not there*"])


def test_the_key_is_in_no_command_line(inner, receiver):
    program = inner.path / "program"
    program.write_text('#!/bin/sh\necho "$@" > words\nexec "$REAL" "$@"\n')
    program.chmod(0o755)
    os.environ["REAL"] = os.environ.get("HOOKREEL", "hookreel")
    inner.makeconftest(f"def pytest_hookreel_key(config):\n    return {KEY!r}\n")
    inner.runpytest(f"--hookreel={program}", f"--hookreel-target={receiver}").assert_outcomes(passed=1)
    words = (inner.path / "words").read_text()
    assert "one.hookreel.yaml" in words and KEY not in words
