"""The package of Fedora, RHEL and SUSE, by rpmbuild: its form has signatures and headers that are not ours to write."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SPEC = """Name: {name}
Version: {version}
Release: 1
Summary: {summary}
License: {licence}
URL: {repository}
AutoReqProv: no
%description
{summary}
%install
cp -a {tree}/. %{{buildroot}}/
%files
{files}
"""


def make(release):
    for system, program in release.built:
        if not system.rpm:
            continue
        if not shutil.which("rpmbuild"):
            print("warning: NOT MADE: .rpm; there is no rpmbuild (Debian: apt install rpm)", file=sys.stderr)
            return
        with tempfile.TemporaryDirectory() as folder:
            build(release, system, program, Path(folder))


def build(release, system, program, folder):
    tree = folder / "tree"
    installed = release.installed(program)
    for path, (file, mode) in installed.items():
        target = tree / "usr" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
        target.chmod(mode)
        os.utime(target, (release.epoch, release.epoch))
    files = "\n".join(f"/usr/{path}*" if "/man/" in path else f"/usr/{path}" for path in sorted(installed))
    spec = folder / "hookreel.spec"
    spec.write_text(SPEC.format(tree=tree, files=files, **vars(release)))
    defines = {
        "_topdir": folder / "rpm",
        "_rpmdir": folder / "out",
        "_build_id_links": "none",
        "debug_package": "%{nil}",
        "__os_install_post": "%{nil}",
        "_buildhost": "localhost",
        "use_source_date_epoch_as_buildtime": "1",
        "clamp_mtime_to_source_date_epoch": "1",
        "_binary_payload": "w19.zstdio",
    }
    command = ["rpmbuild", "-bb", "--quiet", "--target", f"{system.rpm}-linux", str(spec)]
    for key, value in defines.items():
        command += ["--define", f"{key} {value}"]
    environment = os.environ | {"SOURCE_DATE_EPOCH": str(release.epoch)}
    subprocess.run(command, check=True, env=environment)
    made = next((folder / "out").rglob("*.rpm"))
    release.write(f"{release.name}-{release.version}-1.{system.rpm}.rpm", made.read_bytes())
