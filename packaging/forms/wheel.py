"""The package of Python: a wheel with the program as a script, so that `pip install`, `pipx run` and `uvx` work."""

import base64
import hashlib

from . import archive
from .release import ROOT


def make(release):
    for system, program in release.built:
        top = f"{release.name}-{release.version}"
        files = {
            f"{top}.data/scripts/{system.program}": (program.read_bytes(), 0o755),
            f"{top}.dist-info/METADATA": (metadata(release).encode(), 0o644),
            f"{top}.dist-info/WHEEL": (kinds(system).encode(), 0o644),
        }
        for name, path in release.documents().items():
            if name.startswith("LICENSE"):
                files[f"{top}.dist-info/licenses/{name}"] = (path.read_bytes(), 0o644)
        if not system.windows:
            for page in release.pages():
                files[f"{top}.data/data/share/man/man1/{page.name}"] = (page.read_bytes(), 0o644)
            for place, path in release.completions().items():
                files[f"{top}.data/data/{place}"] = (path.read_bytes(), 0o644)
        record = "".join(f"{path},sha256={digest(content)},{len(content)}\n" for path, (content, _) in sorted(files.items()))
        files[f"{top}.dist-info/RECORD"] = (f"{record}{top}.dist-info/RECORD,,\n".encode(), 0o644)
        release.write(f"{top}-py3-none-{system.wheel}.whl", archive.zipped(files, release.epoch))


def digest(content):
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")


def metadata(release):
    return f"""Metadata-Version: 2.4
Name: {release.name}
Version: {release.version}
Summary: {release.summary}
License-Expression: {release.licence}
License-File: LICENSE-APACHE
License-File: LICENSE-MIT
License-File: LICENSES-OF-PARTS.txt
Project-URL: Source, {release.repository}
Requires-Python: >=3.7
Description-Content-Type: text/markdown

{(ROOT / "README.md").read_text()}"""


def kinds(system):
    tags = "".join(f"Tag: py3-none-{tag}\n" for tag in system.wheel.split("."))
    return f"Wheel-Version: 1.0\nGenerator: hookreel packaging\nRoot-Is-Purelib: false\n{tags}"
