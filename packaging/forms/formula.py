"""The Homebrew formula, with the sums of the archives that were made here."""

from . import plain
from .release import sha256

FORMULA = """class Hookreel < Formula
  desc "{summary}"
  homepage "{repository}"
  version "{version}"
  license any_of: [{licences}]

{systems}
  def install
    bin.install "hookreel"
    man1.install Dir["man/*.1"]
    bash_completion.install "completions/hookreel.bash" => "hookreel"
    zsh_completion.install "completions/hookreel.zsh" => "_hookreel"
    fish_completion.install "completions/hookreel.fish"
  end

  test do
    assert_match "passed", shell_output("#{{bin}}/hookreel run")
  end
end
"""


def make(release):
    systems = ""
    for os in ["macos", "linux"]:
        lines = ""
        for system, _ in release.built:
            if system.brew and system.brew[0] == os:
                archive = f"{plain.name(release, system)}.tar.gz"
                total = sha256((release.out / archive).read_bytes())
                lines += f'    on_{system.brew[1]} do\n      url "{release.downloads}/{archive}"\n      sha256 "{total}"\n    end\n'
        if lines:
            systems += f"  on_{os} do\n{lines}  end\n\n"
    licences = ", ".join(f'"{licence}"' for licence in release.licence.split(" OR "))
    text = FORMULA.format(systems=systems, licences=licences, **vars(release))
    release.write("hookreel.rb", text.replace("\n\n\n", "\n\n").encode())
