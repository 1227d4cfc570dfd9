"""The package of Debian and Ubuntu: an `ar` of two tars. deb(5) is its form."""

import hashlib

from . import archive


def make(release):
    for system, program in release.built:
        if system.deb:
            tree = archive.loaded(release.installed(program))
            # Debian's readers want the notice of copyright under this name.
            tree["share/doc/hookreel/copyright"] = tree["share/doc/hookreel/LICENSE-MIT"]
            tree = {f"./usr/{path}": entry for path, entry in tree.items()}
            data = archive.gz(archive.tar(tree, release.epoch))
            control = archive.gz(archive.tar(controls(release, system, tree), release.epoch))
            parts = [("debian-binary", b"2.0\n"), ("control.tar.gz", control), ("data.tar.gz", data)]
            content = b"!<arch>\n" + b"".join(member(part, content, release.epoch) for part, content in parts)
            release.write(f"{release.name}_{release.version}_{system.deb}.deb", content)


def controls(release, system, tree):
    size = sum(len(content) for content, _ in tree.values()) // 1024
    control = f"""Package: {release.name}
Version: {release.version}
Architecture: {system.deb}
Maintainer: hookreel maintainers <{release.repository}>
Installed-Size: {size}
Section: devel
Priority: optional
Homepage: {release.repository}
Description: {release.summary}
"""
    sums = "".join(
        f"{hashlib.md5(content).hexdigest()}  {path.removeprefix('./')}\n"
        for path, (content, _) in sorted(tree.items())
    )
    return {"./control": (control.encode(), 0o644), "./md5sums": (sums.encode(), 0o644)}


def member(name, content, epoch):
    head = f"{name:<16}{epoch:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode()
    return head + content + b"\n" * (len(content) % 2)
