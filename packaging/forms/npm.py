"""The packages of npm: one for each system with the program in it, and one that starts the right one of them."""

import json

from . import archive
from .release import ROOT

SCOPE = "@hookreel"


def make(release):
    parts = {}
    for system, program in release.built:
        os, cpu = system.npm
        name = f"{SCOPE}/{os}-{cpu}"
        parts[name] = release.version
        about = words(release, name, f"The hookreel program for {os} {cpu}") | {"os": [os], "cpu": [cpu]}
        files = {f"bin/{system.program}": (program.read_bytes(), 0o755)}
        pack(release, f"hookreel-npm-{os}-{cpu}-{release.version}.tgz", about, files)
    about = words(release, release.name, release.summary) | {
        "bin": {"hookreel": "bin/hookreel.js"},
        "engines": {"node": ">=16"},
        "optionalDependencies": parts,
    }
    files = {
        "bin/hookreel.js": ((ROOT / "packaging/forms/npm.js").read_bytes(), 0o755),
        "README.md": ((ROOT / "README.md").read_bytes(), 0o644),
    }
    pack(release, f"hookreel-npm-{release.version}.tgz", about, files)


def words(release, name, summary):
    return {
        "name": name,
        "version": release.version,
        "description": summary,
        "license": f"({release.licence})",
        "repository": {"type": "git", "url": f"git+{release.repository}.git"},
    }


def pack(release, file, about, files):
    files = dict(files)
    files["package.json"] = (json.dumps(about, indent=2).encode() + b"\n", 0o644)
    for name, path in release.documents().items():
        if name.startswith("LICENSE"):
            files[name] = (path.read_bytes(), 0o644)
    tree = {f"package/{path}": entry for path, entry in files.items()}
    release.write(file, archive.gz(archive.tar(tree, release.epoch)))
