"""in_terminal.py COMMAND...: runs a command on a terminal of its own, 80 columns wide, and ends as it does.

What it prints comes out without the orders to the terminal.
"""
import fcntl
import os
import pty
import re
import struct
import sys
import termios

pid, terminal = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm"
    os.execvp(sys.argv[1], sys.argv[1:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 25, 80, 0, 0))
printed = b""
while True:
    try:
        part = os.read(terminal, 65536)
    except OSError:  # so Linux tells the end
        break
    if not part:
        break
    printed += part
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
# Wine writes a blank as an order to go right.
text = re.sub(r"\x1b\[1?C", " ", printed.decode("utf-8", "replace"))
text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
print(re.sub(r"\r+\n?", "\n", text).replace("\n\n", "\n"))
sys.exit(status)
