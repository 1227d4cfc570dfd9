"""Packs programs that were built: packaging/pack.py PROGRAMS SHARE OUT, called by packaging/build."""

import sys
from pathlib import Path

from forms import deb, formula, image, licences, npm, plain, rpm, wheel
from forms.release import SYSTEMS, release, sha256

# The formula holds sums of the archives.
FORMS = [plain, deb, rpm, wheel, npm, image, formula]


def main(programs, share, out):
    one = release(out, share)
    for system in SYSTEMS:
        program = programs / system.triple / system.program
        if program.exists():
            one.built.append((system, program))
    if not one.built:
        sys.exit(f"error: no program in {programs}")
    (share / "LICENSES-OF-PARTS.txt").write_text(licences.text([system.triple for system, _ in one.built]))
    for form in FORMS:
        form.make(one)
    files = sorted(path for path in out.iterdir() if path.name != "SHA256SUMS")
    (out / "SHA256SUMS").write_text("".join(f"{sha256(path.read_bytes())}  {path.name}\n" for path in files))
    print(f"{len(files)} packages of {one.name} {one.version}, and SHA256SUMS: {out}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
