"""check_excerpts.py PAGE SAMPLE...: the code that a page shows stands in samples that the tests run.

Each block of code in PAGE, line for line but for its indentation, in one of the samples of its language; and of each
sample the page shows something.
"""
import pathlib
import re
import sys
import textwrap


def lines_of(text):
    return [line.rstrip() for line in textwrap.dedent(text).strip("\n").split("\n")]


def stands_in(block, sample):
    for i in range(len(sample) - len(block) + 1):
        if lines_of("\n".join(sample[i : i + len(block)])) == block:
            return True
    return False


page = pathlib.Path(sys.argv[1]).read_text("utf-8")
samples = {path: lines_of(pathlib.Path(path).read_text("utf-8")) for path in sys.argv[2:]}
shown = set()
for language, text in re.findall(r"^```(c|cpp|vbs)\n(.*?)^```$", page, re.M | re.S):
    found = [path for path in samples if path.endswith("." + language) and stands_in(lines_of(text), samples[path])]
    if not found:
        sys.exit(f"{sys.argv[1]}: this stands in no sample:\n{text}")
    shown.update(found)
if missing := set(samples) - shown:
    sys.exit(f"{sys.argv[1]} shows nothing of {', '.join(sorted(missing))}")
print(f"{sys.argv[1]} shows {len(shown)} samples as they are")
