"""Who sends: how each is called, and what it says of itself."""

import json
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from histogram import steps
from machine import BODY, HERE, KEY_ENV, PROFILE, TARGET

FILES = Path(tempfile.mkdtemp(prefix="hookreel-bench-"))
SCENARIO = HERE / "scenario.yaml"


@dataclass
class Job:
    """What is asked of a sender: `rate` in callbacks a second, or none for as many as it can; `count` ends before `seconds`."""

    url: str
    seconds: int = 3
    connections: int = 64
    threads: int = 1
    rate: int | None = None
    count: int | None = None


class Sender:
    """A program that sends. `program` is looked for on the path; what it cannot do it says by None."""

    name = program = ""
    signed = False

    def __init__(self):
        self.path = shutil.which(self.program)

    def command(self, job):
        """Words and variables."""
        raise NotImplementedError

    def can(self, job):
        return self.path is not None and self.command(job) is not None

    def told(self, done):
        """Its own figures: `count`, and `p50`, `p90`, `p95`, `p99`, `mean` in seconds, as far as it has them."""
        return {}


class Hookreel(Sender):
    name, signed = "hookreel", True
    record = FILES / "record.jsonl"

    def __init__(self, path=None):
        self.path = str(Path(path).resolve()) if path else str(TARGET / PROFILE / "hookreel")

    def command(self, job, *more):
        rate = f"{job.rate}/s" if job.rate else "max"
        words = [self.path, "load", SCENARIO, "-t", job.url, "--rate", rate, "--duration", f"{job.seconds}s"]
        words += ["--connections", job.connections, "--threads", job.threads, "--secret-env", KEY_ENV]
        words += ["--report", f"json={FILES / 'report.json'}", "--record", self.record]
        words += ["--count", job.count] if job.count else []
        return [*words, *more], {}

    def told(self, _done):
        whole = Tally.read(self.record)
        figures = {f"p{share}": whole.quantile("latency", share / 100) for share in (50, 90, 95, 99)}
        return {"count": whole.attempts, "mean": whole.mean("latency"), **figures}


class Economy(Hookreel):
    """The same, woken once a millisecond, as senders are that pace by a timer of their runtime."""

    name = "hookreel economy"

    def command(self, job, *more):
        return super().command(job, "--pacing", "economy", *more)


class Tally:
    """The seconds of a record, added up."""

    @classmethod
    def read(cls, path):
        seconds = []
        for line in Path(path).read_text().splitlines():
            value = json.loads(line)
            if value["line"] == "second":
                seconds.append(value["tally"])
        return cls(seconds)

    def __init__(self, seconds):
        self.planned = sum(second.get("planned", 0) for second in seconds)
        self.sent = sum(second.get("sent", 0) for second in seconds)
        self.attempts = self.sent + sum(second.get("retries", 0) for second in seconds)
        self.outcomes, self.statuses = {}, {}
        self.steps = {"latency": {}, "service": {}, "lateness": {}}
        for second in seconds:
            for into, name in ((self.outcomes, "outcomes"), (self.statuses, "statuses")):
                for key, count in second.get(name, {}).items():
                    into[key] = into.get(key, 0) + count
            for name, into in self.steps.items():
                for value, count in steps(second.get(name, "")):
                    into[value] = into.get(value, 0) + count

    def quantile(self, name, share):
        """In seconds."""
        steps = sorted(self.steps[name].items())
        wanted = share * sum(count for _, count in steps)
        passed = 0
        for value, count in steps:
            passed += count
            if passed >= wanted:
                return value / 1e9
        return 0.0

    def mean(self, name):
        """In seconds."""
        steps = self.steps[name].items()
        return sum(value * count for value, count in steps) / max(sum(count for _, count in steps), 1) / 1e9


class Wrk(Sender):
    program = "wrk"

    def __init__(self, name, script, signed):
        super().__init__()
        self.name, self.script, self.signed = name, HERE / script, signed

    def command(self, job):
        if job.rate or job.count:
            return None
        words = [self.path, f"-t{job.threads}", f"-c{job.connections}", f"-d{job.seconds}s", "--latency"]
        return [*words, "-s", self.script, job.url], {}

    def told(self, done):
        return {"count": int(re.search(r"(\d+) requests in", done.out)[1])}


class H2load(Sender):
    name = program = "h2load"

    def command(self, job):
        words = [self.path, "--h1", f"-t{job.threads}", f"-c{job.connections}", "-d", BODY]
        words += ["-n", job.count] if job.count else ["-D", job.seconds]
        # Its rate is one connection's.
        words += [f"--rps={job.rate / job.connections:g}"] if job.rate else []
        return [*words, "-H", "content-type: application/json", job.url], {}

    def told(self, done):
        return {"count": int(re.search(r"(\d+) done", done.out)[1])}


class Oha(Sender):
    program = "oha"

    def __init__(self, name="oha", corrected=False):
        super().__init__()
        self.name, self.corrected = name, corrected

    def command(self, job):
        if self.corrected and not job.rate:
            return None
        words = [self.path, "--no-tui", "--output-format", "json", "-c", job.connections, "-m", "POST", "-D", BODY]
        words += ["-n", job.count] if job.count else ["-z", f"{job.seconds}s", "-w"]
        words += ["-q", job.rate] if job.rate else []
        words += ["--latency-correction"] if self.corrected else []
        return [*words, "-T", "application/json", job.url], {"TOKIO_WORKER_THREADS": str(job.threads)}

    def told(self, done):
        said = json.loads(done.out)
        shares = {name: said["latencyPercentiles"][name] for name in ("p50", "p90", "p95", "p99")}
        return {"count": sum(said["statusCodeDistribution"].values()), "mean": said["summary"]["average"], **shares}


class Hey(Sender):
    name = program = "hey"

    def command(self, job):
        words = [self.path, "-c", job.connections, "-cpus", job.threads, "-m", "POST", "-D", BODY]
        words += ["-n", job.count] if job.count else ["-z", f"{job.seconds}s"]
        # Its rate is one connection's.
        words += ["-q", f"{job.rate / job.connections:g}"] if job.rate else []
        return [*words, "-T", "application/json", job.url], {}

    def told(self, done):
        answered = re.findall(r"\[\d+\]\t(\d+) responses", done.out)
        shares = {f"p{share}": float(value) for share, value in re.findall(r"(\d+)% in ([\d.]+) secs", done.out)}
        return {"count": sum(map(int, answered)), "mean": float(re.search(r"Average:\s+([\d.]+)", done.out)[1]), **shares}


class Vegeta(Sender):
    name = program = "vegeta"
    results = FILES / "vegeta.bin"

    def command(self, job):
        if job.count:
            return None
        targets = FILES / "vegeta.txt"
        targets.write_text(f"POST {job.url}\ncontent-type: application/json\n@{BODY}\n")
        words = [self.path, "attack", "-rate", job.rate or 0, "-duration", f"{job.seconds}s", "-targets", targets]
        # With a limit and a rate it would be no open loop.
        words += [] if job.rate else ["-max-workers", job.connections]
        return [*words, "-output", self.results], {"GOMAXPROCS": str(job.threads)}


class K6(Sender):
    name, program, signed = "k6 signed", "k6", True
    summary = FILES / "k6.json"

    def command(self, job):
        if job.count:
            return None
        variables = {"BENCH_URL": job.url, "BENCH_CONNECTIONS": job.connections, "BENCH_SECONDS": job.seconds}
        variables |= {"BENCH_RATE": job.rate} if job.rate else {}
        words = [self.path, "run", "--quiet", "--no-usage-report", "--summary-export", self.summary]
        return [*words, HERE / "signed.js"], {name: str(value) for name, value in variables.items()}

    def told(self, _done):
        metrics = json.loads(self.summary.read_text())["metrics"]
        times = metrics["http_req_duration"]
        names = {"p50": "med", "p90": "p(90)", "p95": "p(95)", "p99": "p(99)", "mean": "avg"}
        return {"count": metrics["http_reqs"]["count"], **{ours: times[theirs] / 1e3 for ours, theirs in names.items()}}


def peers():
    """Everybody else, in the order of the tables."""
    return [
        Wrk("wrk static", "static.lua", signed=False),
        Wrk("wrk signed", "signed.lua", signed=True),
        H2load(),
        Oha(),
        Oha("oha corrected", corrected=True),
        Hey(),
        Vegeta(),
        K6(),
    ]
