"""What a measurement stands on: the build, a receiver on a core of its own, and what a command cost."""

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
# What packages are built with.
PROFILE = "dist"
RECEIVER = TARGET / PROFILE / "examples/receiver"
LAUNCH = TARGET / PROFILE / "launch"
SLEEPER = TARGET / PROFILE / "sleeper"
BODY = HERE / "body.json"

# The key of the shipped scenarios: no secret.
KEY_ENV = "HOOKREEL_BENCH_KEY"
KEY = "0123456789abcdef0123456789abcdef"

SENDER_CORE, RECEIVER_CORE, BOTH = "0", "1", "0,1"
FOREIGN_LIMIT = 0.05
REPEATS = 3
LONGEST_S = 900
# Exit codes of a run that went through; 5 and 6 are hookreel's for a rate that was not held.
WHOLE = (0, 5, 6)

hasty = False

os.environ.update({KEY_ENV: KEY, "BENCH_BODY": str(BODY), "NO_COLOR": "1"})


def say(text):
    print(text, file=sys.stderr, flush=True)


def build(hookreel):
    """Program and receiver apart, so that nothing the receiver needs changes the program."""
    steps = [["cargo", "build", "--locked", "--profile", PROFILE, "--example", "receiver"]]
    if not hookreel:
        steps.append(["cargo", "build", "--locked", "--profile", PROFILE, "--bin", "hookreel"])
    for step in steps:
        subprocess.run(step, cwd=ROOT, check=True)
    for program in (LAUNCH, SLEEPER):
        source = HERE / f"{program.name}.c"
        subprocess.run([os.environ.get("CC", "cc"), "-O2", "-o", program, source], check=True)


def allow_files():
    """As many open files as the system gives; all that is started inherits it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


class Receiver:
    """The plain receiver, for the length of a `with`."""

    def __init__(self, *options, port=0):
        command = ["taskset", "-c", RECEIVER_CORE, RECEIVER, "--port", port, "--key-env", KEY_ENV, *options]
        command = [str(word) for word in command]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().split()[-1]
        self.port = int(self.address.rsplit(":", 1)[1])
        self.url = f"http://{self.address}/callback"

    def stop(self):
        """Ends it; what it saw."""
        self.process.send_signal(signal.SIGTERM)
        out, _ = self.process.communicate(timeout=30)
        return json.loads(out)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Done:
    """A command that has ended: `code`, `wall_s`, `cpu_s`, `rss_kib`, `out`, `err`."""

    def __init__(self, cost, out, err):
        self.__dict__.update(cost)
        self.out, self.err = out, err


def launch(command, cores=SENDER_CORE, env=None):
    """Runs a command on these cores. Its output goes to files: reading along would cost processor time here."""
    with tempfile.TemporaryDirectory() as folder:
        cost, out, err = (Path(folder) / name for name in ("cost", "out", "err"))
        words = [str(word) for word in ["taskset", "-c", cores, LAUNCH, cost, *command]]
        environment = {**os.environ, **(env or {})}
        with open(out, "wb") as out_file, open(err, "wb") as err_file:
            child = subprocess.Popen(
                words, stdout=out_file, stderr=err_file, env=environment, start_new_session=True
            )
            try:
                child.wait(timeout=LONGEST_S)
            except BaseException:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
                raise
        return Done(json.loads(cost.read_text()), out.read_text(errors="replace"), err.read_text(errors="replace"))


def busy_s():
    """Processor time that the two cores have spent, on whatever it was. What a hypervisor took away counts."""
    tick = os.sysconf("SC_CLK_TCK")
    total = 0
    for line in Path("/proc/stat").read_text().splitlines():
        name, *ticks = line.split()
        if name in ("cpu0", "cpu1"):
            user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, ticks[:8])
            total += user + nice + system + irq + softirq + steal
    return total / tick


def await_quiet(patience_s=10):
    """Waits until both cores are less than 10 % busy, but not for ever: the check afterwards decides."""
    end = time.monotonic() + (0 if hasty else patience_s)
    while time.monotonic() < end:
        before = busy_s()
        time.sleep(0.5)
        if busy_s() - before < 0.1 * 2 * 0.5:
            return


def may_keep_awake():
    """Whether processors can be kept from sleep, as hookreel does where it may."""
    return os.access("/dev/cpu_dma_latency", os.W_OK)


def bare_sleep(rate, seconds, *awake):
    """What keeping a schedule costs on this machine before anything is sent, and how late it wakes; in microseconds."""
    await_quiet()
    return json.loads(launch([SLEEPER, rate, seconds, *awake]).out)


class Broken(Exception):
    """A sender that failed: whatever was measured of it means nothing."""


class Sample:
    """One sender against one receiver: `done`, `seen`, `foreign` (a share of both cores)."""

    def __init__(self, done, seen, foreign):
        self.done, self.seen, self.foreign = done, seen, foreign

    @property
    def cpu_us(self):
        return self.done.cpu_s / max(self.seen["requests"], 1) * 1e6

    @property
    def per_s(self):
        return self.seen["requests"] / max(self.seen["span_s"], 1e-9)

    @property
    def receiver_busy(self):
        return self.seen["cpu_s"] / max(self.seen["span_s"], 1e-9)

    @property
    def clean(self):
        return self.foreign <= FOREIGN_LIMIT


def measure(name, command, receiver_options=(), cores=SENDER_CORE, repeats=REPEATS):
    """Runs a sender; again when others used the machine. `command` makes the words and the variables from the URL."""
    repeats = 0 if hasty else repeats
    for attempt in range(repeats + 1):
        await_quiet()
        with Receiver(*receiver_options) as receiver:
            words, env = command(receiver.url)
            before, begun = busy_s(), time.monotonic()
            done = launch(words, cores, env)
            busy, wall = busy_s() - before, time.monotonic() - begun
            seen = receiver.stop()
        if done.code not in WHOLE or not seen["requests"]:
            raise Broken(f"{name} exited {done.code} after {seen['requests']} requests: {done.err[-500:]}")
        foreign = max(busy - done.cpu_s - seen["cpu_s"], 0) / (wall * 2)
        sample = Sample(done, seen, foreign)
        mark = "" if sample.clean else f", {foreign:.0%} foreign" + (", again" if attempt < repeats else ", kept")
        say(f"  {name}: {seen['requests']} requests, {sample.cpu_us:.2f} µs each{mark}")
        if sample.clean:
            break
    return sample
