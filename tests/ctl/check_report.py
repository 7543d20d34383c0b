"""check_report.py PAGE CHROMIUM [PICTURES]: the page of vpcctl report as a browser takes it.

Parses it, looks for anything that would be fetched or run, and lets a headless Chromium draw it light and dark: each of the colours of
lines and grounds must be there. PICTURES: a folder that gets what was drawn.
"""
import collections
import html.parser
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
import zlib

VOID = {"meta", "br", "link", "img", "input", "hr"}
# Ground, card, and the lines of a chart, as the style sheet of the page has them.
COLOURS = {
    "light": ["#f6f7f9", "#ffffff", "#0072b2", "#c04f00", "#00795a"],
    "dark": ["#0f1318", "#171c23", "#56b4e9", "#f0a030", "#3ecf9f"],
}


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links, self.texts = [], [], [], []
        self.counts = collections.Counter()

    def handle_starttag(self, tag, attributes):
        self.counts[tag] += 1
        assert tag not in ("script", "link", "img", "iframe", "object", "base", "form"), tag
        for name, value in attributes:
            assert not name.startswith("on") and name not in ("src", "srcset", "style", "xlink:href"), (tag, name)
            if name == "href":
                assert value.startswith("#"), value
                self.links.append(value[1:])
            if name == "id":
                self.ids.append(value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open)
        self.open.pop()

    def handle_data(self, data):
        if self.open:
            self.texts.append((self.open[-1], data))


def check_structure(source):
    page = Page()
    page.feed(source)
    page.close()
    assert not page.open, page.open
    assert len(set(page.ids)) == len(page.ids), page.ids
    assert set(page.links) <= set(page.ids), page.links
    names = ["".join(t for tag, t in page.texts if tag == "h2")]
    assert "R&D's &lt;script&gt; M\u00fcnchen" in names[0] and "Web server" in names[0], names
    # Three charts for each of the two machines that have figures.
    charts = [xml.etree.ElementTree.fromstring(text) for text in re.findall(r'<svg class="chart".*?</svg>', source, re.S)]
    assert len(charts) == 6, len(charts)
    for chart in charts:
        assert chart.get("role") == "img" and chart.get("aria-label"), chart.attrib
        width, height = (float(n) for n in chart.get("viewBox").split()[2:])
        for path in chart.iter("path"):
            numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", path.get("d"))]
            assert all(0 <= n <= max(width, height) for n in numbers), path.get("d")
        labels = [text.text for text in chart.iter("text")]
        assert any(re.fullmatch(r"\d\d:\d\d", label) for label in labels), labels
        assert any(label.endswith((" %", " B/s", " KiB/s", " MiB/s")) for label in labels), labels
        assert len(list(chart.iter("rect"))) == 55
    styles = "".join(t for tag, t in page.texts if tag == "style")
    assert "url(" not in styles and "@import" not in styles
    assert "default-src 'none'" in source
    assert page.counts["details"] == 2 and page.counts["figure"] == 6, page.counts


def pixels(path):
    """Counts of the colours of a PNG of 8 bits a sample, RGB or RGBA, which is what Chromium writes."""
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, packed, header = 8, b"", None
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        header = struct.unpack(">IIBBBBB", body) if kind == b"IHDR" else header
        packed += body if kind == b"IDAT" else b""
        at += 12 + length
    width, height, depth, colour, _, _, interlaced = header
    assert depth == 8 and colour in (2, 6) and not interlaced, header
    size = 3 if colour == 2 else 4
    raw, row, counts = zlib.decompress(packed), bytearray(width * size), collections.Counter()
    for y in range(height):
        line = bytearray(raw[y * (width * size + 1):(y + 1) * (width * size + 1)])
        method, line = line[0], line[1:]
        for x in range(len(line)):
            left = line[x - size] if x >= size else 0
            corner = row[x - size] if x >= size else 0
            if method == 1:
                line[x] = (line[x] + left) & 255
            elif method == 2:
                line[x] = (line[x] + row[x]) & 255
            elif method == 3:
                line[x] = (line[x] + (left + row[x]) // 2) & 255
            elif method == 4:
                guess = left + row[x] - corner
                near = min((abs(guess - left), 0, left), (abs(guess - row[x]), 1, row[x]), (abs(guess - corner), 2, corner))
                line[x] = (line[x] + near[2]) & 255
        row = line
        counts.update(bytes(line[x:x + 3]) for x in range(0, len(line), size))
    return counts


def check_drawn(page, chromium, pictures):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="report"))
    try:
        for mode, colours in COLOURS.items():
            picture = folder / f"report-{mode}.png"
            # Root has no sandbox; 0 is dark.
            command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder}/profile",
                       f"--blink-settings=preferredColorScheme={0 if mode == 'dark' else 1}", "--window-size=1280,1260",
                       f"--screenshot={picture}", page.resolve().as_uri()]
            with open(folder / "log", "w+", encoding="utf-8") as log:
                status = subprocess.run(command, stdout=log, stderr=log).returncode
                log.seek(0)
                assert status == 0 and picture.exists(), log.read()
            counts = pixels(picture)
            for colour in colours:
                found = counts[bytes.fromhex(colour[1:])]
                assert found >= 20, f"{mode}: {found} pixels of {colour}"
            if pictures:
                shutil.copy(picture, pictures)
            print(f"{mode}: all of {' '.join(colours)} are there")
    finally:
        shutil.rmtree(folder)


page_file = pathlib.Path(sys.argv[1])
check_structure(page_file.read_text("utf-8"))
check_drawn(page_file, sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None)
