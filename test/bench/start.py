"""How soon tipwatchd answers after its start, and how large it is.

Each trial starts tipwatchd on five daemons of a tipwatch-demo, and measures from before the start
of the process until the control socket gives the first answer, and until it names a daemon that may
be used. The median and the worst trial, the sizes of the programs and the libraries that tipwatchd
loads are printed as Markdown.

    PYTHONPATH=test TW_BUILD=build/bench python3 test/bench/start.py

BENCH_TRIALS is the number of trials (default 20).
"""
import json
import os
import socket
import statistics
import subprocess
import time
import unittest

from harness.case import Case
from harness.demo import Demo
from harness.watcher import Watcher

TRIALS = int(os.environ.get('BENCH_TRIALS', '20'))
PATIENCE_S = 10
PROGRAMS = ('tipwatchd', 'tipwatchctl', 'tipwatch-demo')


class Start(Case):
    def ask(self, watcher):
        """The answer of `select`; None while there is no socket."""
        with socket.socket(socket.AF_UNIX) as sock:
            try:
                sock.connect(watcher.socket)
            except OSError:
                return None
            sock.sendall(b'select\n')
            return json.loads(sock.makefile().readline())

    def trial(self, demo):
        """Milliseconds until the first answer, and until a daemon may be used."""
        watcher = Watcher(self, demo.nodes(), start=False)
        begin, answered = time.monotonic(), None
        watcher.start(until_answers=False)
        while time.monotonic() < begin + PATIENCE_S:
            answer = self.ask(watcher)
            if answer and answered is None:
                answered = time.monotonic()
            if answer and answer['usable']:
                decided = time.monotonic()
                watcher.stop()
                return 1000 * (answered - begin), 1000 * (decided - begin)
        raise AssertionError(f'no daemon could be used within {PATIENCE_S} s of the start')

    def test_start(self):
        demo = Demo(self, 5, seed=self.seed)
        trials = [self.trial(demo) for _ in range(TRIALS)]
        print('\n| from the start of the process | median | worst |\n|---|---|---|')
        for i, what in enumerate(('until the first answer', 'until a daemon may be used')):
            times = [trial[i] for trial in trials]
            print(f'| {what} | {statistics.median(times):.1f} ms | {max(times):.1f} ms |')
        print('\n| program | size |\n|---|---|')
        for name in PROGRAMS:
            print(f'| {name} | {os.path.getsize(self.program(name)) / 1e6:.2f} MB |')
        loaded = subprocess.run(['ldd', self.program('tipwatchd')], stdout=subprocess.PIPE,
                                text=True, check=True).stdout
        names = sorted(line.split()[0] for line in loaded.splitlines() if '=>' in line)
        print(f'\ntipwatchd loads {len(names)} libraries: {", ".join(names)}.')


if __name__ == '__main__':
    unittest.main(argv=['start.py'])
