#!/usr/bin/env python3
"""Kills hookreel at seeded moments and holds its records against the log of an independent receiver.

usage: tests/chaos/run.py HOOKREEL [--kills 500] [--at-once 1] [--seed 1] [--patience 2] [--only audit] [--ignored] [--keep FOLDER]

Each kill starts one command (run, audit or load, see COMMANDS) against a receiver of its own, on plain sockets, that
answers 8 % with 503 and resets 2 % of the connections, and ends it by SIGKILL, SIGINT or SIGTERM: at a time after its
start, or some time after the n-th request was seen. Then must hold:

* every request that the receiver saw any byte of was intended in the record, and of each callback no more than intended;
* every answer in the record is one that the receiver gave: nothing is told that did not happen;
* no line of the record is torn but the last, and none after SIGINT or SIGTERM;
* `report` of the record is never passed and never exits 0, in no format, unless the run had ended before;
* SIGINT and SIGTERM end it with 130 and 143; the longest time that took is printed, --patience says how long it may take.

Only the standard library is needed. Exit 0 when all of it held, 1 with what did not.
"""
import argparse, collections, json, os, random, shutil, signal, socket, struct, subprocess, sys, tempfile, threading, time
import xml.etree.ElementTree as xml
from concurrent.futures import ThreadPoolExecutor

KEY = "0123456789abcdef0123456789abcdef"
STATE = """name: once
provider: tencent
recording: {mp4: {cycle: 10m}}
signing: {key: %s}
broadcast: [{0s: push}, {1h: drop}]
expect: {state: [{name: files, get: "http://127.0.0.1:PORT/state", once: true}]}
""" % KEY
# What is killed, and how many requests it sends when it is left alone, or so many that are looked at.
COMMANDS = [
    ("run @huawei -j 4", ["run", "@huawei", "-j", "4"], 60),
    ("run @tencent -j 8", ["run", "@tencent", "-j", "8"], 40),
    ("run at 3000x", ["run", "@tencent/flv-cycle", "--speed", "3000x"], 6),
    ("run with a state", ["run", "STATE"], 8),
    ("audit A to D", ["audit", "tencent", "--only", "A,B,C,D", "--keep-going"], 120),
    ("load", ["load", "@tencent/single-file", "--rate", "400/s", "--duration", "2s"], 600),
]
SIGNALS = [signal.SIGKILL, signal.SIGKILL, signal.SIGINT, signal.SIGTERM]


class Receiver:
    """Takes requests on plain sockets and logs what it saw and answered."""

    def __init__(self, chance, hurts):
        self.chance, self.hurts, self.lock = chance, hurts, threading.Lock()
        self.whole, self.torn, self.answered, self.threads = [], 0, 0, []
        self.reached, self.wanted = threading.Event(), None
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self.serve, args=(connection,), daemon=True)
            thread.start()
            self.threads.append(thread)

    def serve(self, connection):
        buffer = b""
        with connection:
            while True:
                try:
                    while b"\r\n\r\n" not in buffer:
                        piece = connection.recv(65536)
                        if not piece:
                            raise EOFError
                        buffer += piece
                    head, body = buffer.split(b"\r\n\r\n", 1)
                    size = 0
                    for line in head.lower().split(b"\r\n"):
                        if line.startswith(b"content-length:"):
                            size = int(line.split(b":")[1])
                    while len(body) < size:
                        piece = connection.recv(65536)
                        if not piece:
                            raise EOFError
                        body += piece
                    body, buffer = body[:size], body[size:]
                except (EOFError, OSError, ValueError):
                    with self.lock:
                        self.torn += bool(buffer)
                    return
                if head.startswith(b"GET"):
                    with self.lock:
                        stored = [json.loads(one) for one in {one for one, yes in self.whole if yes}]
                    # A receiver that takes its time, so that some are killed while they ask.
                    time.sleep(0.02)
                    text = json.dumps(stored).encode()
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(text) + text)
                    continue
                with self.lock:
                    draw = self.chance.random() if self.hurts else 1
                    self.whole.append((body, draw >= 0.1))
                    if self.wanted is not None and len(self.whole) >= self.wanted:
                        self.reached.set()
                    self.answered += draw >= 0.02
                try:
                    if draw < 0.02:
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        return
                    status = b"503 Busy" if draw < 0.1 else b"200 OK"
                    connection.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: 10\r\n\r\n{\"code\":0}")
                except OSError:
                    return

    def end(self):
        """Waits until every connection has ended, so that the log is whole."""
        # Those that were taken by the system before the kill are still to be accepted.
        time.sleep(0.01)
        until = time.monotonic() + 5
        for thread in list(self.threads):
            thread.join(max(0, until - time.monotonic()))
        self.listener.close()


def facts(body):
    """A body without what differs between attempts."""
    return json.dumps({k: v for k, v in body.items() if k not in ("sign", "t", "auth_sign", "auth_timestamp")}, sort_keys=True)


def lines_of(text, problems, signalled):
    """The lines of a record; a torn last one is left out."""
    lines, rows = [], text.split("\n")
    for n, row in enumerate(rows):
        if not row:
            continue
        try:
            lines.append(json.loads(row))
        except ValueError:
            if n + 1 < len(rows):
                problems.append(f"line {n + 1} of {len(rows)} is torn")
            elif signalled:
                problems.append("the last line is torn after a signal that is heard")
    return lines


def against_the_log(lines, receiver, audit, problems):
    intents, planned = collections.Counter(), {}
    results = answers = 0
    for line in lines:
        match line.get("line"):
            case "callback" if isinstance(line["body"], dict):
                planned[line["scenario"], line["id"]] = facts(line["body"])
            case "intent":
                intents[line["scenario"], line["id"]] += 1
            case "result":
                results += 1
                answers += line["exchange"]["answer"] is not None
    seen = len(receiver.whole) + receiver.torn
    if seen > sum(intents.values()):
        problems.append(f"{seen} requests on the wire, {sum(intents.values())} intended")
    if answers > receiver.answered:
        problems.append(f"{answers} answers in the record, {receiver.answered} given")
    if not audit:
        may = collections.Counter()
        for callback, count in intents.items():
            may[planned.get(callback)] += count
        sent = collections.Counter(facts(json.loads(body)) for body, _ in receiver.whole)
        for body, count in (sent - may).items():
            problems.append(f"sent {count} times more than intended: {body[:120]}")
    return sum(intents.values()), results, answers


def sums_of_a_load(hookreel, record, receiver, whole, problems):
    """What a load record says was sent, against what came: never more; and exactly that when it could say so to the end."""
    out = subprocess.run([hookreel, "report", record, "--report", "json"], capture_output=True, text=True, timeout=60)
    if not out.stdout.startswith("{"):
        return
    totals = json.loads(out.stdout)["totals"]
    sent, seen = totals["sent"] + totals["retries"] + totals["resent"], len(receiver.whole) + receiver.torn
    if sent > seen or (whole and sent < seen):
        problems.append(f"the report says {sent} were sent, {seen} came")


def told(hookreel, record, problems, ended):
    """No report of a run that did not end says that it passed."""
    verdicts = {}
    for form in ("text", "json", "junit"):
        out = subprocess.run([hookreel, "report", record, "--report", form], capture_output=True, text=True, timeout=60)
        verdicts[form] = out.returncode
        if out.returncode in (70, 101) or out.returncode < 0:
            problems.append(f"report --report {form} ended with {out.returncode}: {out.stderr[-300:]}")
        if ended or out.returncode == 2:
            continue
        if out.returncode == 0:
            problems.append(f"report --report {form} exits 0")
        if form == "text" and any(line.startswith("passed") for line in out.stdout.splitlines()):
            problems.append("the text says passed")
        if form == "json" and json.loads(out.stdout)["verdict"] == "passed":
            problems.append("the JSON says passed")
        if form == "junit":
            root = xml.fromstring(out.stdout)
            if not any(case.find(kind) is not None for case in root.iter("testcase") for kind in ("failure", "error", "skipped")):
                problems.append("JUnit is green")
    if len(set(verdicts.values())) > 1:
        problems.append(f"the formats disagree: {verdicts}")
    return verdicts["text"]


def kill(n, args, folder):
    chance = random.Random(f"{args.seed}/{n}")
    commands = [command for command in COMMANDS if command[0].startswith(args.only)]
    name, command, requests = commands[n % len(commands)]
    how = SIGNALS[(n // len(commands)) % len(SIGNALS)]
    receiver = Receiver(random.Random(f"{args.seed}/{n}/answers"), name != "audit A to D")
    record = os.path.join(folder, f"{n}.jsonl")
    if "STATE" in command:
        own = os.path.join(folder, f"{n}.yaml")
        with open(own, "w") as file:
            file.write(STATE.replace("PORT", str(receiver.port)))
        command = [own if word == "STATE" else word for word in command]
    # One of three at a time after the start, where handlers are made; the others around the n-th request.
    by_time = chance.random() < 1 / 3
    if not by_time:
        receiver.wanted = chance.randint(1, requests)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HOOKREEL_")} | {"KEY": KEY}
    # By its address: a port alone may also mean ::1, where somebody else may listen.
    whole = [args.hookreel, *command, "-t", f"http://127.0.0.1:{receiver.port}/", "--record", record, "--secret-env", "KEY", "-q"]
    process = subprocess.Popen(whole, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment)
    if by_time:
        time.sleep(chance.random() * 0.25)
    else:
        until = time.monotonic() + 20
        while not receiver.reached.wait(0.005) and process.poll() is None and time.monotonic() < until:
            pass
        time.sleep(chance.random() * 0.004)
    over_before = process.poll() is not None
    begun = time.monotonic()
    if not over_before:
        process.send_signal(how)
    out, _ = process.communicate(timeout=60)
    took = time.monotonic() - begun
    receiver.end()
    problems = []
    text = open(record, encoding="utf-8", errors="replace").read() if os.path.exists(record) else ""
    signalled = how != signal.SIGKILL
    lines = lines_of(text, problems, signalled)
    end = next((line for line in lines if line.get("line") == "end"), None)
    ended = end is not None and end["stopped"] is None
    if signalled and not over_before:
        right = 130 if how == signal.SIGINT else 143
        rightly = {right}
        if ended:
            # It came after the last line was written: the exit code is that of the verdict.
            rightly |= {0, 1, 3, 5}
        elif not text and not receiver.whole:
            # Before it listens the system ends it.
            rightly.add(-int(how))
        if process.returncode not in rightly:
            problems.append(f"exit {process.returncode} in place of {right}")
        if took > args.patience:
            problems.append(f"it took {took:.1f} s to end")
    count = (0, 0, 0)
    if name == "load":
        if lines:
            sums_of_a_load(args.hookreel, record, receiver, end is not None, problems)
    elif lines or receiver.whole:
        count = against_the_log(lines, receiver, name.startswith("audit"), problems)
    code = None
    if lines:
        code = told(args.hookreel, record, problems, ended)
    if problems and args.keep:
        shutil.copy(record, args.keep)
    return {
        "name": name, "signal": how.name, "ended": ended or over_before, "problems": problems, "code": code,
        "lines": len(lines), "intents": count[0], "results": count[1], "answers": count[2],
        "took": took if signalled and not over_before else 0, "whole": len(receiver.whole), "torn": receiver.torn, "command": " ".join(whole), "out": out.decode(errors="replace")[-400:],
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("hookreel")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--at-once", type=int, default=1, help="most of the time of a kill is waiting")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patience", type=float, default=2, help="seconds from a signal to the end")
    parser.add_argument("--keep")
    parser.add_argument("--only", default="", help="kill those commands alone whose names begin so")
    parser.add_argument("--ignored", action="store_true", help="SIGINT is ignored when they start, as in the background of a script")
    args = parser.parse_args()
    if args.ignored:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    else:
        # As at a terminal; in the background of a script the shell has SIGINT ignored for us and all that we start.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    begun, wrong, longest = time.monotonic(), 0, 0
    sums = collections.defaultdict(collections.Counter)
    with tempfile.TemporaryDirectory() as folder:
        pool = ThreadPoolExecutor(args.at_once)
        for n, found in enumerate(pool.map(lambda n: kill(n, args, folder), range(args.kills))):
            row = sums[found["name"]]
            row["kills"] += 1
            row["ended before"] += found["ended"]
            row["no line yet"] += not found["lines"]
            longest = max(longest, found["took"])
            for key in ("intents", "results", "answers", "whole", "torn"):
                row[key] += found[key]
            if found["problems"]:
                wrong += 1
                print(f"kill {n} ({found['signal']}): {found['command']}")
                for problem in found["problems"]:
                    print(f"  {problem}")
                print("  " + found["out"].replace("\n", "\n  "))
    columns = ("kills", "ended before", "no line yet", "intents", "results", "answers", "whole", "torn")
    print(f"{'command':<18}" + "".join(f"{column:>14}" for column in columns))
    for name, row in sums.items():
        print(f"{name:<18}" + "".join(f"{row[column]:>14}" for column in columns))
    print(f"from a signal to the end at most {longest:.2f} s")
    print(f"{args.kills} kills, {wrong} with something wrong, {time.monotonic() - begun:.0f} s")
    sys.exit(1 if wrong else 0)


main()
