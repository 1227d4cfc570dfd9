"""The plain archive: tar.gz, or zip for Windows, with a folder in it that holds everything."""

from . import archive


def make(release):
    for system, program in release.built:
        top = name(release, system)
        tree = {system.program: (program, 0o755)}
        tree |= {path: (file, 0o644) for path, file in release.documents().items()}
        tree |= {f"man/{page.name}": (page, 0o644) for page in release.pages()}
        for file in sorted((release.share / "completions").iterdir()):
            tree[f"completions/hookreel.{file.name}"] = (file, 0o644)
        tree = {f"{top}/{path}": entry for path, entry in archive.loaded(tree).items()}
        if system.windows:
            release.write(f"{top}.zip", archive.zipped(tree, release.epoch))
        else:
            release.write(f"{top}.tar.gz", archive.gz(archive.tar(tree, release.epoch)))


def name(release, system):
    """The name without its end; `cargo binstall` and the action build the same."""
    return f"{release.name}-{release.version}-{system.triple}"
