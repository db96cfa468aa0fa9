"""How soon tipwatchd answers after its start, and how large it is.

Each trial starts tipwatchd on five daemons of a tipwatch-demo, and measures from before the start
of the process until the control socket gives the first answer, and until it names a daemon that may
be used: for a first start, with an empty state directory, and for a restart. Beside them, what no
order of the start can make shorter: a program that does nothing, and tipwatchd that only says its
version, for which its libraries are loaded. The median and the worst trial are printed as Markdown,
and the processor time, which depends less on what else the machine does; further the sizes of the
programs and the libraries that tipwatchd loads.

    PYTHONPATH=test TW_BUILD=$PWD/build/bench python3 test/bench/start.py

BENCH_TRIALS is the number of trials (default 20).
"""
import dataclasses
import json
import os
import resource
import socket
import statistics
import subprocess
import time
import unittest

import goals
from harness.case import Case
from harness.demo import Demo
from harness.watcher import Watcher

TRIALS = int(os.environ.get('BENCH_TRIALS', '20'))
PATIENCE_S = 10
ANSWER_GOAL_MS = 20
PROGRAMS = ('tipwatchd', 'tipwatchctl', 'tipwatch-demo')


@dataclasses.dataclass
class Took:
    """Seconds from the start of a process, and what it used of processors meanwhile."""
    s: float
    cpu_s: float


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

    def start(self, watcher):
        """What it took until the first answer, and until a daemon may be used."""
        begin, answered = time.monotonic(), None
        watcher.start(until_answers=False)
        while time.monotonic() < begin + PATIENCE_S:
            answer = self.ask(watcher)
            took = Took(time.monotonic() - begin, watcher.process.cpu_s()) if answer else None
            answered = answered or took
            if answer and answer['usable']:
                watcher.stop()
                return answered, took
        raise AssertionError(f'no daemon could be used within {PATIENCE_S} s of the start')

    def run_to_end(self, *command):
        """What a program took that ends by itself."""
        begin, used = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        now = resource.getrusage(resource.RUSAGE_CHILDREN)
        return Took(time.monotonic() - begin,
                    now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime)

    def trial(self, demo):
        """What each of them took."""
        watcher = Watcher(self, demo.nodes(), start=False)
        first, restart = self.start(watcher), self.start(watcher)
        return {
            'a program that does nothing': self.run_to_end('/bin/true'),
            'tipwatchd --version': self.run_to_end(self.program('tipwatchd'), '--version'),
            'first start: until the first answer': first[0],
            'first start: until a daemon may be used': first[1],
            'restart: until the first answer': restart[0],
            'restart: until a daemon may be used': restart[1],
        }

    def test_start(self):
        demo = Demo(self, 5, seed=self.seed)
        trials = [self.trial(demo) for _ in range(TRIALS)]
        print('\n| from the start of the process | median | worst | processor time |\n'
              '|---|---|---|---|')
        for what in trials[0]:
            times = [1000 * trial[what].s for trial in trials]
            cpu_ms = 1000 * statistics.median(trial[what].cpu_s for trial in trials)
            print(f'| {what} | {statistics.median(times):.1f} ms | {max(times):.1f} ms '
                  f'| {cpu_ms:.1f} ms |')
            if 'first answer' in what:
                goals.at_most(f'{what}, median', ANSWER_GOAL_MS, statistics.median(times),
                              unit=' ms')
        print('\n| program | size |\n|---|---|')
        for name in PROGRAMS:
            print(f'| {name} | {os.path.getsize(self.program(name)) / 1e6:.2f} MB |')
        loaded = subprocess.run(['ldd', self.program('tipwatchd')], stdout=subprocess.PIPE,
                                text=True, check=True).stdout
        names = sorted(line.split()[0] for line in loaded.splitlines() if '=>' in line)
        print(f'\ntipwatchd loads {len(names)} libraries: {", ".join(names)}.')


if __name__ == '__main__':
    unittest.main(argv=['start.py'])
