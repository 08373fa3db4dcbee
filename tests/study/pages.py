"""Pages as a reader's tools see them: parsed, and opened in a browser."""

import html
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

VOID = {"meta", "img", "input", "br", "link"}


@dataclass
class Parsed(HTMLParser):
    """What a page consists of.

    Attributes:
      tags: name and attributes, in their order.
      cells: texts of table cells.
      open: elements that were opened and not closed.
    """

    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def __post_init__(self):
        super().__init__()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes <{self.open[-1:]}>"
        self.open.pop()

    def handle_data(self, data):
        if {"td", "th"} & set(self.open):
            self.cells[-1] += data

    def all(self, tag: str) -> list[dict[str, str]]:
        """Attributes of all tags of a name."""
        return [attributes for name, attributes in self.tags if name == tag]


def own_text(text: str) -> str:
    """A page without the library that may lie in it."""
    return re.sub(r"<script data-library=.*?</script>", "", text, flags=re.S)


def check_page(page: Path) -> Parsed:
    """What every page owes its readers, whatever it shows; returns it parsed."""
    text = own_text(page.read_text())
    parsed = Parsed()
    parsed.feed(text)
    assert not parsed.open, parsed.open
    assert parsed.all("html") == [{"lang": "en"}]
    assert all(len(image["alt"]) > 3 for image in parsed.all("img"))
    ids = [attributes["id"] for _, attributes in parsed.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [link["href"] for link in parsed.all("a")]
    for link in links:
        if link.startswith("#"):
            assert link[1:] in ids, link
        else:
            assert (page.parent / unquote(link)).is_file(), link
    sources = [attributes["src"] for _, attributes in parsed.tags if "src" in attributes]
    assert all(source.startswith("data:image/") for source in sources)
    assert not re.search(r"url\(|@import|<link|src=['\"]?http", text)
    assert all(head["scope"] == "col" for head in parsed.all("th"))
    assert not [cell for cell in parsed.cells if re.search(r"\b(nan|None|NaN)\b", cell)]
    assert page.stat().st_size < 8e6
    return parsed


def browser() -> str:
    """A browser on this machine, `$JAXREP_BROWSER` or a Chromium; a test without is skipped."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome", "chrome-headless-shell")
    found = os.environ.get("JAXREP_BROWSER") or next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip("no Chromium or Chrome and no $JAXREP_BROWSER: the page is not opened")
    return found


def opened(page: Path, folder: Path, script: str, width: int) -> dict:
    """What a script hands to ``tell({...})`` in the opened page, at so many pixels.

    The page lies in a frame of that width: a window of a browser without a screen is 500 pixels
    wide at least. Errors of the page's own scripts are told as ``errors``.
    """
    frame = folder / "page.html"
    errors = (
        "<script>window.errors = [];"
        "addEventListener('unhandledrejection', (event) => errors.push(String(event.reason)));"
        "addEventListener('error', (event) => errors.push(event.message));"
        "console.error = (...words) => errors.push(words.join(' '));</script>"
    )
    behind = (
        "<script>const tell = (found) => parent.postMessage(JSON.stringify({...found, errors,"
        " width: innerWidth, scroll: document.scrollingElement.scrollWidth}), '*');"
        f"setTimeout(async () => {{ {script} }}, 200);</script></body>"
    )
    before, _, end = page.read_text().replace("<head>", f"<head>{errors}", 1).rpartition("</body>")
    frame.write_text(f"{before}{behind}{end}")
    outer = folder / "outer.html"
    outer.write_text(
        "<!doctype html><body><script>addEventListener('message', (event) => {"
        " document.body.innerHTML = '<pre id=found></pre>';"
        " document.getElementById('found').textContent = event.data; });</script>"
        f"<iframe src='page.html' style='width:{width}px;height:900px;border:0'></iframe></body>"
    )
    command = [browser(), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
    command += ["--disable-background-networking", f"--user-data-dir={folder / 'profile'}"]
    command += [f"--window-size={max(width, 500) + 40},1000", "--virtual-time-budget=8000"]
    command += ["--dump-dom", outer.as_uri()]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    found = re.search(r'<pre id="found">(.*?)</pre>', shown, re.S)
    assert found, shown[-500:]
    return json.loads(html.unescape(found[1]))
