"""A program on a terminal of its own: keys in, everything it writes out."""
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios

from harness.process import Process
from harness.waiting import wait_for

ESCAPE = re.compile(r'\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[=>()][A-Z0-9]?)')


class Terminal(Process):
    def __init__(self, case, name, argv, rows=40, columns=80, env=None):
        self.name = name
        self.argv = [str(a) for a in argv]
        self.expected_exit = 0
        self.is_disposable = False
        self.master, self.slave = pty.openpty()
        self.resize(rows, columns)
        self.written = b''
        self.attributes = termios.tcgetattr(self.slave)
        environ = dict(os.environ, TERM='xterm', **(env or {}))
        environ.pop('NO_COLOR', None)
        self.popen = subprocess.Popen(
            self.argv, stdin=self.slave, stdout=self.slave, stderr=self.slave, env=environ,
            cwd=case.dir, start_new_session=True, preexec_fn=self._own)
        case.processes.append(self)

    def _own(self):
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))

    def press(self, keys):
        os.write(self.master, keys.encode())

    def _read(self):
        while select.select([self.master], [], [], 0)[0]:
            try:
                block = os.read(self.master, 65536)
            except OSError:
                return
            if not block:
                return
            self.written += block

    def raw(self):
        """All that was written so far."""
        self._read()
        return self.written.decode(errors='replace')

    def log(self):
        return ESCAPE.sub('', self.raw()).replace('\r', '')

    def screen(self):
        """What a program that redraws from the top left corner showed last."""
        frames = self.raw().split('\x1b[H')
        return ESCAPE.sub('', frames[-1]).replace('\r', '')

    def shows(self, what, within=20):
        """Until what is on the screen."""
        wait_for(f'"{what}" on the screen', lambda: what in self.screen(), within)

    def says(self, what, within=20):
        """Until what was written at any time."""
        wait_for(f'"{what}" was written', lambda: what in self.log(), within)

    def is_as_before(self):
        """Whether its settings are those that the program found."""
        return termios.tcgetattr(self.slave) == self.attributes

    def wait(self, within=10):
        # Whoever does not read would keep the program from ending.
        wait_for(f'{self.name} ends', lambda: (self._read(), self.popen.poll())[1] is not None,
                 within)
        return self.popen.returncode
