"""Reads TAP on standard input by the library `tap.py` and by `tap-parser` of npm, those that are installed; exit 77 where none is."""
import json
import os
import shutil
import subprocess
import sys

# This file has the name of the library.
sys.path = [path for path in sys.path if os.path.abspath(path or ".") != os.path.dirname(os.path.abspath(__file__))]
try:
    from tap.parser import Parser
except ImportError:
    Parser = None
program = shutil.which("tap-parser")
if not (Parser or program):
    sys.exit(77)
text = sys.stdin.buffer.read().decode()
found = []
points = text.count("\nok ") + text.count("\nnot ok ")
if Parser:
    lines = list(Parser().parse_text(text))
    found += [f"tap.py does not know {line}" for line in lines if line.category == "unknown"]
    tests = sum(1 for line in lines if line.category == "test")
    if tests != points:
        found.append(f"tap.py sees {tests} points, not {points}")
if program:
    read = subprocess.run([program, "--strict", "--json=0"], input=text, text=True, capture_output=True)
    events = json.loads(read.stdout)
    found += [f"tap-parser: {event}" for event in events if event[0] == "extra"]
    asserts = [event[1] for event in events if event[0] == "assert"]
    found += [f"tap-parser: {point['tapError']}: {point['name']}" for point in asserts if point["tapError"]]
    if len(asserts) != points:
        found.append(f"tap-parser sees {len(asserts)} points, not {points}")
print("\n".join(found))
sys.exit(1 if found else 0)
