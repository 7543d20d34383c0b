"""check_terminal.py README HOME COMMAND...: vpcctl on a terminal: colours there and nowhere else, and Ctrl-C; and on a disk that is full, and into a pipe that nobody reads.

COMMAND runs vpcctl in a Wine prefix, with the API registered. HOME is a folder that is emptied; the machines in it run on the fake engine.
The lines of the README that do this on Debian are run as they stand there.
"""
import os
import pathlib
import pty
import re
import shlex
import shutil
import subprocess
import sys

README, HOME, COMMAND = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:]
COLOUR = re.compile(rb"\x1b\[(?!0?m)[0-9;]*m")


def windows_path(path):
    return "Z:" + str(path).replace("/", "\\")


def run(*words):
    done = subprocess.run([*COMMAND, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
    assert done.returncode == 0, (words, done)
    return done.stdout


def on_terminal(words, until=None, ends_with=0, command=None, **environment):
    """What a command prints on a terminal until it ends, with that status. Where it prints `until`, Ctrl-C is pressed."""
    command = command or COMMAND
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(environment, TERM="xterm")
        os.execvp(command[0], [*command, *words])
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


def readme():
    """Makes, starts and watches the machine of the README, presses Ctrl-C when it runs, and turns it off."""
    page = README.read_text("utf-8")
    lines = re.search(r"On Debian, with `vpc` as above:\n\n```sh\n(.*?)```\n\nCtrl-C ends the watching, `(.*?)` turns the machine off", page, re.S)
    shown = re.search(r"^> vpcctl stats --watch\n(.*)$", page, re.M).group(1)
    *before, watch = lines.group(1).splitlines()
    assert watch == "vpcctl stats --watch", watch
    program = README.parent / re.search(r"vpc (\S+vpcctl\.exe)", before[0]).group(1)
    assert program.resolve() == pathlib.Path(COMMAND[-1]).resolve(), program
    # What `vpc` means there is a prefix that stays; here it is that of the tests.
    *wine, prefix = COMMAND[:-1]
    shutil.rmtree(pathlib.Path(prefix) / "drive_c/Machines/Second", ignore_errors=True)
    os.chdir(README.parent)
    vpc = f"vpc() {{ {shlex.join([*wine, prefix])} \"$@\"; }}"
    script = "\n".join(["set -e", vpc, *before])
    said = subprocess.run(["bash", "-c", script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True).stdout
    assert said == b"'Second' is created\n'Second' is running\n", said
    try:
        printed = on_terminal([], until=b"running", command=["bash", "-c", f"{vpc}\n{before[0]}\n{watch}"], NO_COLOR="1", COLUMNS="80")
        assert b"Second" in printed, printed
        assert shown.split() == re.search(rb"NAME[^\r\n]*", printed).group(0).decode().split(), (shown, printed)
    finally:
        said = subprocess.run(["bash", "-c", f"{vpc}\n{before[0]}\n{lines.group(2)}"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True).stdout
    assert said == b"'Second' is turned off\n", said
    run("delete", "Second")


def main():
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    os.environ.update(VPC_HOME=windows_path(HOME), VPC_ENGINE="fake")
    os.environ.pop("NO_COLOR", None)
    readme()
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
    print("colours, Ctrl-C, a full disk, a pipe without a reader and the lines of the README are right")


main()
