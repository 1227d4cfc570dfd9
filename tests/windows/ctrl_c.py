"""Runs a command on a terminal of its own, and types Ctrl-C as soon as somebody serves a port. Its exit code is that of the command.

ctrl_c.py PORT COMMAND...
"""

import os
import pty
import select
import socket
import sys
import time

LONGEST = 60.0


def served(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
    except OSError:
        return False
    return True


def main(port, command):
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(command[0], command)
    typed, end = False, time.monotonic() + LONGEST
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                shown = os.read(terminal, 65536)
            except OSError:
                shown = b""
            if not shown:
                return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            sys.stdout.buffer.write(shown)
            sys.stdout.buffer.flush()
        if not typed and served(port):
            os.write(terminal, b"\x03")
            typed = True
    os.kill(child, 9)
    sys.exit(f"the command does not end within {LONGEST:.0f} s; Ctrl-C was {'typed' if typed else 'not typed: nobody serves the port'}")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
