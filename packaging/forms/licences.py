"""The licences of all packages that are in the program, each text once, with who has it."""

import json
import subprocess
from collections import defaultdict
from pathlib import Path

from .release import ROOT


def text(triples):
    """The page of a program for these systems."""
    command = ["cargo", "metadata", "--locked", "--format-version", "1"]
    for triple in triples:
        command += ["--filter-platform", triple]
    metadata = json.loads(subprocess.check_output(command, cwd=ROOT))
    packages = {package["id"]: package for package in metadata["packages"]}
    owners = defaultdict(list)
    for package in linked(metadata):
        package = packages[package]
        if package["name"] == "hookreel":
            continue
        label = f"{package['name']} {package['version']} ({package['license']})"
        found = [path.read_text(errors="replace").strip() for path in texts(Path(package["manifest_path"]).parent)]
        for one in found or ["Its package has no licence text; see the name of the licence."]:
            owners[one].append(label)
    parts = [", ".join(sorted(set(names))) + "\n\n" + one for one, names in sorted(owners.items(), key=lambda item: item[1])]
    head = "hookreel contains these packages. Each text stands below those that it is the licence of.\n"
    return ("\n\n" + "=" * 80 + "\n").join([head, *parts]) + "\n"


def linked(metadata):
    """Packages that the program is made of: reached by normal dependencies."""
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    seen, todo = set(), [metadata["resolve"]["root"]]
    while todo:
        one = todo.pop()
        if one in seen:
            continue
        seen.add(one)
        todo += [dep["pkg"] for dep in nodes[one]["deps"] if any(kind["kind"] is None for kind in dep["dep_kinds"])]
    return sorted(seen)


def texts(folder):
    """Files whose name says that they are a licence."""
    words = ("LICENSE", "LICENCE", "COPYING", "NOTICE", "COPYRIGHT", "UNLICENSE")
    return sorted(path for path in folder.iterdir() if path.is_file() and path.name.upper().startswith(words))
