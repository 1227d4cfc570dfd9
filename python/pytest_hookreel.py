"""Tests of live-recording webhooks with hookreel.

Files that end in ``.hookreel.yaml`` are collected: each is a scenario, and a test. The fixture ``hookreel`` plays scenarios and
audits from tests of your own. Both call the program ``hookreel``, which is found on the path, or named by ``--hookreel``, the
setting ``hookreel`` or the variable ``HOOKREEL``.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Mapping, Optional, Sequence, Union

import pytest

ENDING = ".hookreel.yaml"
# Where a key is put for the program: no command line holds it.
KEY_VARIABLE = "PYTEST_HOOKREEL_KEY"
# Exit codes with which there is a report.
TOLD = {0, 1, 4}


class HookreelError(Exception):
    """The program could not do its work: usage, set-up, or a receiver that was never reached."""


@dataclass(frozen=True)
class Result:
    """What came of a run or an audit."""

    exit_code: int
    #: As ``--report json`` has it: ``hookreel schema report``.
    report: Mapping[str, Any] = field(repr=False)
    #: As a person reads it.
    text: str = field(repr=False)

    @property
    def passed(self) -> bool:
        """Everything was tried, and every check passed."""
        return self.exit_code == 0

    @property
    def failures(self) -> Sequence[str]:
        """Each check that failed, in a line; of an audit each case that counts."""
        if self.report.get("cases"):
            return [f"{case['id']}: {case['title']}" for case in self.report["cases"] if case["score"] == "failed" and case["counts"]]
        found = []
        for scenario in self.report["scenarios"]:
            about = [(callback["id"], callback["findings"]) for callback in scenario["callbacks"]]
            for name, findings in [*about, (scenario["name"], scenario["state"])]:
                for finding in findings:
                    if not finding["ok"]:
                        found.append(f"{name}: expected {finding['expected']}, got {finding['actual']}")
        return found

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        # pytest shortens it; the whole text stands in a section of its own.
        lines = [line for line in self.text.splitlines() if line.strip()]
        return f"<exit code {self.exit_code}: {lines[-1].strip() if lines else 'nothing was said'}>"


Words = Union[str, Path]


@dataclass(frozen=True)
class Hookreel:
    """The program, and where it is called."""

    program: str
    folder: Path
    target: Optional[str] = None
    #: Results so far, for the report of a test that fails.
    told: list[Result] = field(default_factory=list, repr=False, compare=False)

    def run(self, *paths: Words, **flags: Any) -> Result:
        """Plays scenarios: files, folders, or shipped ones such as ``@huawei``. Flags are those of ``hookreel run``."""
        return self._call(["run", *map(str, paths)], flags)

    def audit(self, provider: str, **flags: Any) -> Result:
        """Plays the catalogue of edge cases. Flags are those of ``hookreel audit``."""
        return self._call(["audit", provider], flags)

    def _call(self, words: Sequence[str], flags: Mapping[str, Any]) -> Result:
        flags = dict(flags)
        environment = {**os.environ, "NO_COLOR": "1", **flags.pop("env", {})}
        # Annotations are for the run as a whole.
        environment.pop("GITHUB_ACTIONS", None)
        key = flags.pop("key", None)
        if key is not None:
            environment[KEY_VARIABLE] = key
            flags["secret_env"] = KEY_VARIABLE
        if self.target and "target" not in flags:
            flags["target"] = self.target
        timeout = flags.pop("deadline", None)
        command = [self.program, *words, *_words(flags)]
        result = _result(command, environment, self.folder, timeout)
        self.told.append(result)
        return result


def _words(flags: Mapping[str, Any]) -> list[str]:
    words: list[str] = []
    for name, value in flags.items():
        flag = "--" + name.replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            words.append(flag)
        elif isinstance(value, (list, tuple)):
            words.extend(f"{flag}={one}" for one in value)
        else:
            words.append(f"{flag}={json.dumps(value) if isinstance(value, dict) else value}")
    return words


def _result(command: Sequence[str], environment: Mapping[str, str], folder: Path, timeout: Optional[float]) -> Result:
    """Runs it once, with a record; the JSON and the text are made of that."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="hookreel-") as kept:
        report = Path(kept) / "report.json"
        try:
            done = subprocess.run(
                [*command, f"--report=json={report}", "--report=text"],
                cwd=folder, env=dict(environment), timeout=timeout, capture_output=True, check=False, stdin=subprocess.DEVNULL,
            )
        except FileNotFoundError as error:
            raise HookreelError(f"{command[0]} is not there: install hookreel, or name it with --hookreel or HOOKREEL") from error
        text, said = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
        if done.returncode not in TOLD or not report.is_file():
            raise HookreelError(f"exit code {done.returncode}\n{text}{said}")
        return Result(done.returncode, json.loads(report.read_text("utf-8")), text + said)


TOLD_IN_TEST = pytest.StashKey[list[Result]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("hookreel", "webhooks of live recordings")
    group.addoption("--hookreel", metavar="PROGRAM", help="the program (default: hookreel on the path)")
    group.addoption("--hookreel-target", metavar="URL", help="the receiver of *.hookreel.yaml and of the fixture")
    parser.addini("hookreel", "the program", default="")
    parser.addini("hookreel_target", "the receiver of *.hookreel.yaml and of the fixture", default="")


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(Hooks)


class Hooks:
    """What a conftest.py can say."""

    @pytest.hookspec(firstresult=True)
    def pytest_hookreel_target(self, config: pytest.Config) -> Optional[str]:
        """Gives the URL of the receiver of *.hookreel.yaml, started here or elsewhere."""

    @pytest.hookspec(firstresult=True)
    def pytest_hookreel_key(self, config: pytest.Config) -> Optional[str]:
        """Gives the key that signs callbacks of *.hookreel.yaml."""


def _program(config: pytest.Config) -> str:
    named = config.getoption("hookreel") or os.environ.get("HOOKREEL") or config.getini("hookreel")
    return str(named) if named else (shutil.which("hookreel") or "hookreel")


def _target(config: pytest.Config) -> Optional[str]:
    return config.getoption("hookreel_target") or config.getini("hookreel_target") or None


@pytest.fixture
def hookreel(request: pytest.FixtureRequest) -> Hookreel:
    """Plays scenarios (``run``) and the catalogue of edge cases (``audit``) against a receiver."""
    made = Hookreel(_program(request.config), request.path.parent, _target(request.config))
    request.node.stash[TOLD_IN_TEST] = made.told
    return made


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Shows the text of each run that did not pass below the failure of its test, whichever assertion failed."""
    report = (yield).get_result()
    if call.when == "call" and report.failed:
        for result in item.stash.get(TOLD_IN_TEST, []):
            if not result.passed:
                report.sections.append((f"hookreel, exit code {result.exit_code}", result.text))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Optional[pytest.Collector]:
    if file_path.name.endswith(ENDING):
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


class ScenarioFile(pytest.File):
    """A scenario of its own file."""

    def collect(self) -> list[pytest.Item]:
        return [ScenarioItem.from_parent(self, name=self.path.name[: -len(ENDING)])]


class ScenarioFailed(Exception):
    """A check failed."""


class ScenarioItem(pytest.Item):
    """The one test of a scenario."""

    def runtest(self) -> None:
        target = self.config.hook.pytest_hookreel_target(config=self.config) or _target(self.config)
        key = self.config.hook.pytest_hookreel_key(config=self.config)
        # Where pytest was started: the commands that a report prints work there, with the paths that they name.
        folder = self.config.invocation_params.dir
        flags = {"key": key, "config": _named_from(folder, _settings(self.path.parent))}
        result = Hookreel(_program(self.config), folder, target).run(_named_from(folder, self.path), **flags)
        if _embedded(result.report):
            raise HookreelError(
                "there is no receiver: --hookreel-target URL, the setting hookreel_target, the hook pytest_hookreel_target or "
                "target in hookreel.toml names it"
            )
        if not result.passed:
            raise ScenarioFailed(result.text)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Optional[str] = None) -> Any:
        if isinstance(excinfo.value, (ScenarioFailed, HookreelError)):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, Optional[int], str]:
        return self.path, 0, f"scenario {self.name}"


def _named_from(folder: Path, path: Optional[Path]) -> Optional[str]:
    """The path as it is typed in a folder."""
    if path is None:
        return None
    return os.path.relpath(path, folder) if path.anchor == folder.anchor else str(path)


def _settings(folder: Path) -> Optional[Path]:
    """The hookreel.toml of a scenario: that of its folder, or the nearest one around it in its repository."""
    if "HOOKREEL_CONFIG" in os.environ:
        return None
    around = [folder, *folder.parents]
    root = next((at for at, above in enumerate(around) if (above / ".git").exists()), 0)
    return next((above / "hookreel.toml" for above in around[: root + 1] if (above / "hookreel.toml").is_file()), None)


def _embedded(report: Mapping[str, Any]) -> bool:
    return bool(report.get("embedded"))
