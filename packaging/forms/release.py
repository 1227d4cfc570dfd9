"""Facts that all packages share: the words of Cargo.toml, the systems, and the files that go along."""

import hashlib
import json
import os
import pathlib
import subprocess
from dataclasses import dataclass, field

ROOT = pathlib.Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class System:
    """One system that a program is built for, and its name in each kind of package; None where there is no such package."""

    triple: str
    wheel: str
    npm: tuple[str, str]
    deb: str | None = None
    rpm: str | None = None
    image: str | None = None
    brew: tuple[str, str] | None = None

    @property
    def windows(self):
        return "windows" in self.triple

    @property
    def program(self):
        return "hookreel.exe" if self.windows else "hookreel"


SYSTEMS = [
    System(
        "x86_64-unknown-linux-musl",
        # A static program needs no C library at all; these are the names that installers look for.
        wheel="manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64",
        npm=("linux", "x64"),
        deb="amd64",
        rpm="x86_64",
        image="amd64",
        brew=("linux", "intel"),
    ),
    System(
        "aarch64-unknown-linux-musl",
        wheel="manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
        npm=("linux", "arm64"),
        deb="arm64",
        rpm="aarch64",
        image="arm64",
        brew=("linux", "arm"),
    ),
    System("x86_64-pc-windows-gnu", wheel="win_amd64", npm=("win32", "x64")),
    System("aarch64-apple-darwin", wheel="macosx_11_0_arm64", npm=("darwin", "arm64"), brew=("macos", "arm")),
    System("x86_64-apple-darwin", wheel="macosx_10_12_x86_64", npm=("darwin", "x64"), brew=("macos", "intel")),
]


@dataclass
class Release:
    """One version, the programs that were built of it, and the folder that packages are written to."""

    name: str
    version: str
    summary: str
    licence: str
    repository: str
    # Seconds since 1970 of the commit: every file of every package bears this time, so that the same source gives the same packages.
    epoch: int
    out: pathlib.Path
    # The folder with completions, man pages and licences.
    share: pathlib.Path
    # Program by system.
    built: list[tuple[System, pathlib.Path]] = field(default_factory=list)

    @property
    def downloads(self):
        """The folder of the files of this version, as a release page has it."""
        return f"{self.repository}/releases/download/v{self.version}"

    def documents(self):
        """Files that go into each package, by the name they have there."""
        files = {name: ROOT / name for name in ["README.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"]}
        files["LICENSES-OF-PARTS.txt"] = self.share / "LICENSES-OF-PARTS.txt"
        return files

    def pages(self):
        """The man pages."""
        return sorted((self.share / "man").glob("*.1"))

    def completions(self):
        """The completions, by the place below a prefix where each shell looks for them."""
        places = {
            "bash": "share/bash-completion/completions/hookreel",
            "zsh": "share/zsh/site-functions/_hookreel",
            "fish": "share/fish/vendor_completions.d/hookreel.fish",
        }
        return {place: self.share / "completions" / shell for shell, place in places.items()}

    def installed(self, program):
        """The tree of a Linux package below its prefix: path -> (file, mode)."""
        tree = {"bin/hookreel": (program, 0o755)}
        tree |= {place: (path, 0o644) for place, path in self.completions().items()}
        tree |= {f"share/man/man1/{page.name}": (page, 0o644) for page in self.pages()}
        tree |= {f"share/doc/hookreel/{name}": (path, 0o644) for name, path in self.documents().items()}
        return tree

    def write(self, name, content):
        """Writes a package, and says how big it is."""
        path = self.out / name
        path.write_bytes(content)
        print(f"{len(content) / 1e6:6.1f} MB  {name}")
        return path



def repository(package):
    """The home of the source: of the workflow that builds, else that of Cargo.toml."""
    server, name = os.environ.get("GITHUB_SERVER_URL"), os.environ.get("GITHUB_REPOSITORY")
    return f"{server}/{name}" if server and name else package["repository"]


def release(out, share):
    """The release of this source."""
    text = subprocess.check_output(["cargo", "metadata", "--no-deps", "--format-version", "1"], cwd=ROOT)
    package = next(one for one in json.loads(text)["packages"] if one["name"] == "hookreel")
    epoch = os.environ.get("SOURCE_DATE_EPOCH") or subprocess.check_output(
        ["git", "log", "-1", "--format=%ct"], cwd=ROOT, text=True
    )
    return Release(
        name=package["name"],
        version=package["version"],
        summary=package["description"],
        licence=package["license"],
        repository=repository(package),
        epoch=int(epoch),
        out=out,
        share=share,
    )


def sha256(content):
    """The sum in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
