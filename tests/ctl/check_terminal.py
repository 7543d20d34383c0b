"""check_terminal.py HOME COMMAND...: vpcctl on a terminal: colours there and nowhere else, and Ctrl-C; and on a disk that is full, and into a pipe that nobody reads.

COMMAND runs vpcctl, with the API registered. HOME is a folder that is emptied; the machine in it runs on the fake engine.
"""
import os
import pathlib
import pty
import re
import shutil
import subprocess
import sys

HOME, COMMAND = pathlib.Path(sys.argv[1]), sys.argv[2:]
COLOUR = re.compile(rb"\x1b\[(?!0?m)[0-9;]*m")


def windows_path(path):
    return "Z:" + str(path).replace("/", "\\")


def run(*words):
    done = subprocess.run([*COMMAND, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
    assert done.returncode == 0, (words, done)
    return done.stdout


def on_terminal(words, until=None, ends_with=0, **environment):
    """What a command prints on a terminal until it ends, with that status. Where it prints `until`, Ctrl-C is pressed."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(environment, TERM="xterm")
        os.execvp(COMMAND[0], [*COMMAND, *words])
    printed = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # so Linux tells the end
            break
        if not part:
            break
        printed += part
        if until and until in printed:
            os.write(terminal, b"\x03")
            until = None
    os.close(terminal)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert until is None, (words, status, printed)
    assert status == ends_with, (words, status, printed)
    return printed


def main():
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    os.environ.update(VPC_HOME=windows_path(HOME), VPC_ENGINE="fake")
    os.environ.pop("NO_COLOR", None)
    run("create", "Web", windows_path(HOME / "machines"))
    run("start", "Web")
    try:
        # On a terminal, unless the reader wants none. An empty NO_COLOR is none: https://no-color.org
        for environment, coloured in ({}, True), ({"NO_COLOR": ""}, True), ({"NO_COLOR": "1"}, False):
            printed = on_terminal(["list"], **environment)
            assert b"Web" in printed and b"running" in printed, printed
            assert bool(COLOUR.search(printed)) == coloured, (environment, printed)
        assert b"\x1b" not in run("list")
        with open("/dev/full", "wb") as full:
            done = subprocess.run([*COMMAND, "list"], stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, check=False)
        assert done.returncode == 5, done
        assert done.stderr.startswith(b"vpcctl: write the output: ERROR_DISK_FULL (0x80070070): "), done
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run([*COMMAND, "list"], stdin=subprocess.DEVNULL, stdout=writer, stderr=subprocess.PIPE, check=False)
        os.close(writer)
        assert done.returncode == 5, done
        assert re.match(rb"vpcctl: write the output: ERROR_[A-Z_]+ \(0x800700[0-9A-F]{2}\): ", done.stderr), done
        # Ctrl-C ends what follows, with the status that it has come to, and no machine. Wine ends a program that does not catch
        # it with 0 as well: so the status of a machine that cannot be read tells whether it was caught.
        on_terminal(["events"], until=b"listening")
        on_terminal(["stats", "--watch"], until=b"running")
        run("create", "Broken", windows_path(HOME / "machines"))
        (HOME / "machines" / "Broken.vmc").write_text("no XML")
        on_terminal(["events"], until=b"listening", ends_with=1)
        on_terminal(["stats", "--watch"], until=b"running", ends_with=1)
        assert b"Web,running," in run("stats", "--csv", "Web")
    finally:
        run("stop", "Web")
    print("colours, Ctrl-C, a full disk and a pipe without a reader are right")


main()
