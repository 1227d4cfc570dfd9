"""Holds CTRF on standard input against its official schema: CTRF_SCHEMA names a copy, and `jsonschema` is installed; else exit 77."""
import json
import os
import sys

schema = os.environ.get("CTRF_SCHEMA")
try:
    from jsonschema.validators import validator_for
except ImportError:
    schema = None
if not schema:
    sys.exit(77)
with open(schema, encoding="utf-8") as text:
    rules = json.load(text)
found = [f"{error.json_path}: {error.message}" for error in validator_for(rules)(rules).iter_errors(json.load(sys.stdin))]
print("\n".join(found))
sys.exit(1 if found else 0)
