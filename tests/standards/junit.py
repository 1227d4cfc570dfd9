"""Holds JUnit XML on standard input against the schema of the Jenkins plugin xUnit, junit-10.xsd.

The rules are written down here as facts: elements, what may stand in them, and their attributes. Where `xmlschema` or `lxml` is
installed and JUNIT_XSD names a copy of the schema, that judges as well.
"""
import os
import re
import sys
import xml.etree.ElementTree as ElementTree

TIME = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?")
END = ({"message", "type"}, set(), set(), True)
TEXT = (set(), set(), set(), True)
# Element: attributes, required ones, children, and whether text may stand in it.
RULES = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, set(), {"testsuite"}, False),
    "testsuite": (
        {"name", "tests", "failures", "errors", "skipped", "time", "group", "timestamp", "hostname", "id", "package", "file", "log", "url"},
        {"name", "tests", "failures", "errors"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
        False,
    ),
    "testcase": (
        {"name", "time", "classname", "group"},
        {"name"},
        {"skipped", "error", "failure", "system-out", "system-err"},
        False,
    ),
    "properties": (set(), set(), {"property"}, False),
    "property": ({"name", "value"}, {"name", "value"}, set(), False),
    "failure": END,
    "error": END,
    "skipped": END,
    "system-out": TEXT,
    "system-err": TEXT,
}


def problems(element, path):
    path = f"{path}/{element.tag}"
    if element.tag not in RULES:
        return [f"{path}: unknown element"]
    attributes, required, children, text = RULES[element.tag]
    found = [f"{path}: attribute {name} is not allowed" for name in element.attrib if name not in attributes]
    found += [f"{path}: attribute {name} is missing" for name in required if name not in element.attrib]
    if element.tag != "testcase" and "time" in element.attrib and not TIME.fullmatch(element.attrib["time"]):
        found.append(f"{path}: time {element.attrib['time']}")
    if not text and ((element.text or "").strip() or any((child.tail or "").strip() for child in element)):
        found.append(f"{path}: text is not allowed")
    for child in element:
        if child.tag not in children:
            found.append(f"{path}: {child.tag} is not allowed")
        found += problems(child, path)
    if element.tag == "testsuite":
        found += counts(element, path)
    return found


def counts(suite, path):
    """What the schema cannot say: the numbers are those of the cases."""
    cases = suite.findall("testcase")
    own = {"tests": len(cases)}
    for name, tag in [("failures", "failure"), ("errors", "error"), ("skipped", "skipped")]:
        own[name] = sum(1 for case in cases if case.find(tag) is not None)
    return [f"{path}: {name} is {suite.get(name)}, not {own[name]}" for name in own if suite.get(name) != str(own[name])]


def by_schema(text):
    xsd = os.environ.get("JUNIT_XSD")
    if not xsd:
        return []
    try:
        import xmlschema
    except ImportError:
        return []
    return [str(error.reason) for error in xmlschema.XMLSchema(xsd).iter_errors(text)]


text = sys.stdin.buffer.read().decode()
root = ElementTree.fromstring(text.encode())
found = ([] if root.tag == "testsuites" else ["the root is not testsuites"]) + problems(root, "") + by_schema(text)
print("\n".join(found))
sys.exit(1 if found else 0)
