"""Archives that are the same bytes each time: names in order, one time, nobody's user."""

import gzip
import io
import tarfile
import time
import zipfile


def tar(tree, epoch, top="", owner=0):
    """A tar of path -> (content, mode); folders are added, a path that ends with / is one."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for path in sorted(folders(tree) | set(tree)):
            content, mode = tree.get(path, (b"", 0o755))
            entry = tarfile.TarInfo((top + path).rstrip("/"))
            entry.mtime, entry.mode, entry.uid, entry.gid = epoch, mode, owner, owner
            entry.uname = entry.gname = "root" if owner == 0 else ""
            if path.endswith("/"):
                entry.type = tarfile.DIRTYPE
                archive.addfile(entry)
            else:
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def folders(tree):
    """The folders above all paths, each with a / behind it."""
    found = set()
    for path in tree:
        parts = path.rstrip("/").split("/")[:-1]
        found |= {"/".join(parts[: count + 1]) + "/" for count in range(len(parts))}
    return found - {"./", "/"}


def gz(content):
    """Compressed, without a time or a name inside."""
    return gzip.compress(content, compresslevel=9, mtime=0)


def zipped(tree, epoch):
    """A zip of path -> (content, mode)."""
    buffer = io.BytesIO()
    moment = time.gmtime(epoch)[:6]
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path, (content, mode) in sorted(tree.items()):
            entry = zipfile.ZipInfo(path, moment)
            entry.external_attr = (0o100000 | mode) << 16
            entry.create_system = 3
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)
    return buffer.getvalue()


def loaded(tree):
    """The same tree with the content of each file in place of its path."""
    return {path: (file.read_bytes(), mode) for path, (file, mode) in tree.items()}
