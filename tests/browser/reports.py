"""HTML reports in a browser: python3 tests/browser/reports.py [--pictures FOLDER] FILE...

Each file is opened in light and dark, wide and narrow. Exits 0 when all is well, 77 where there is no browser. With --pictures it also
writes a picture of each way, named after the file.
"""

import pathlib
import sys

from chromium import Browser, program

WAYS = [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)]


# Texts of pictures that are too small to be read, and names of one chart that lie over one another.
SMALL = """[...document.querySelectorAll('svg text, .chart span')]
    .filter(it => it.checkVisibility() && it.getBoundingClientRect().height < 9).map(it => it.textContent)"""
OVER = """[...document.querySelectorAll('.chart')].flatMap(chart => {
    const names = [...chart.querySelectorAll('span:not(.mark)')].filter(it => it.checkVisibility());
    const over = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
    return names.flatMap((one, at) => names.slice(at + 1).filter(other => over(one.getBoundingClientRect(), other.getBoundingClientRect()))
        .map(other => `${one.textContent} and ${other.textContent}`));
})"""
# What is wider than the page stands in a frame that scrolls, or is cut off without a sign.
CUT = """[...document.querySelectorAll('table, svg, pre, .chart, .chart span')].filter(it => it.checkVisibility() && !it.closest('.scroll')
    && it.getBoundingClientRect().right > window.innerWidth + 1).map(it => it.outerHTML.slice(0, 80))"""


def looked_at(browser, path, pictures):
    browser.open(path.resolve().as_uri())
    for scheme, width in WAYS:
        picture = pictures / f"{path.stem}-{scheme}-{width}.png" if pictures else pathlib.Path("/dev/null")
        browser.picture(picture, width, dark=scheme == "dark", height=1400)
        # A short page leaves no empty paper.
        if (short := browser.value("document.body.scrollHeight")) < 1400:
            browser.picture(picture, width, dark=scheme == "dark", height=short)
        # What is wide scrolls in a frame of its own: the page itself never does.
        beyond = browser.value("document.scrollingElement.scrollWidth - window.innerWidth")
        assert beyond <= 0, f"{path.name} {scheme} {width}: {beyond} pixels too wide"
        for what, script in [("too small", SMALL), ("over one another", OVER), ("cut off", CUT)]:
            found = browser.value(script)
            assert not found, f"{path.name} {scheme} {width}: {what}: {found}"
        ink, paper = browser.value("[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]")
        assert ink != paper, (ink, paper)
    # Nothing was loaded, and nothing ran.
    assert browser.value("performance.getEntriesByType('resource').length") == 0
    assert browser.value("document.scripts.length") == 0
    assert not browser.violations, browser.violations


def filtered(browser, path):
    """A run's or an audit's list of callbacks: those that failed alone, then one of them opened."""
    shown = "[...document.querySelectorAll('details.row')].filter(row => row.offsetParent !== null)"
    every = browser.value(f"{shown}.length")
    if every == 0:
        return
    failed = browser.value("document.querySelectorAll('details.row.is-failed').length")
    browser.value("document.getElementById('failed').click()")
    assert browser.value(f"{shown}.length") == failed, path.name
    browser.value("document.getElementById('all').click()")
    assert browser.value(f"{shown}.length") == every, path.name
    # A callback is opened by a click on its line.
    opened = f"{shown}.find(row => !row.open) ?? {shown}[0]"
    before = browser.value(f"(row => {{ window.row = row; return row.open; }})({opened})")
    browser.value("window.row.querySelector('summary').click()")
    assert browser.value("window.row.open") is not before, path.name


def main(words):
    pictures = None
    if words[:1] == ["--pictures"]:
        pictures, words = pathlib.Path(words[1]), words[2:]
    browser = Browser()
    try:
        for path in map(pathlib.Path, words):
            looked_at(browser, path, pictures)
            filtered(browser, path)
    finally:
        browser.close()


if __name__ == "__main__":
    if program() is None:
        sys.exit(77)
    main(sys.argv[1:])
