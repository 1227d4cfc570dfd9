"""Plays random scenarios against the built-in receiver: each is planned twice alike, and none fails.

usage: python3 tests/chaos/random_scenarios.py PROGRAM [COUNT [SEED]]
"""
import json
import os
import random
import subprocess
import sys
import tempfile

PROGRAM = os.path.abspath(sys.argv[1])
COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else 300
DRAW = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 7)
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789_-"


def scenario():
    steps, now = [], 0
    for _ in range(DRAW.randint(1, 4)):
        steps.append(f"{{{now}s: push}}")
        now += DRAW.randint(30, 7200)
        steps.append(f"{{{now}s: drop}}")
        now += DRAW.randint(1, 3000)
    form = DRAW.choice(["hls", "flv", "mp4"])
    options = DRAW.choice(["{}", f"{{cycle: {DRAW.randint(1, 60)}m}}"])
    if form == "hls" and DRAW.random() < 0.4:
        options = f"{{resume: {DRAW.randint(1, 300)}s}}"
    name = "".join(DRAW.choice(LETTERS) for _ in range(DRAW.randint(1, 20)))
    return (
        f"provider: {DRAW.choice(['huawei', 'tencent'])}\n"
        "limits: off\n"
        f'stream: {{name: "{name}"}}\n'
        f"recording: {{{form}: {options}}}\n"
        f"broadcast: [{', '.join(steps)}]\n"
    )


def call(*arguments):
    environment = {**os.environ, "RANDOM_SCENARIOS_KEY": "0123456789abcdef0123456789abcdef"}
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, env=environment, check=False)


with tempfile.TemporaryDirectory() as folder:
    for number in range(COUNT):
        with open(f"{folder}/{number}.yaml", "w", encoding="utf-8") as file:
            file.write(scenario())
    plan = ["plan", folder, "--seed", "3", "--now", "2026-01-01T00:00:00Z", "--format", "json"]
    first, second = call(*plan), call(*plan)
    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout, "two plans differ"
    report = f"{folder}/report.json"
    played = call("run", folder, "-q", "--secret-env", "RANDOM_SCENARIOS_KEY", "--report", f"json={report}")
    print(played.stdout.strip() or played.stderr.strip())
    with open(report, encoding="utf-8") as file:
        assert json.load(file)["verdict"] == "passed"
    sys.exit(played.returncode)
