"""The base of every test case: a directory, the processes it started, a report when it fails."""
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

LOG_TAIL = 60


def alone(test):
    """The runner runs this one with nothing else beside it: it uses what there is only one of."""
    test.runs_alone = True
    return test


def calm(test):
    """The runner runs this one with few others beside it, one for each processor: it measures
    time."""
    test.runs_calmly = True
    return test


def takes(seconds):
    """About how long a test runs; the longest are started first."""
    def mark(test):
        test.takes_s = seconds
        return test
    return mark


def within(seconds):
    """The runner waits so long for it, where that is longer than for others."""
    def mark(test):
        test.within_s = seconds
        return test
    return mark


def only_full(test):
    """Only `test/run full` runs this."""
    test.only_full = True
    return test


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        # Short, for the length of a socket's path; open to other users, who connect in some tests.
        self.dir = tempfile.mkdtemp(prefix='tw-', dir='/tmp')
        os.chmod(self.dir, 0o755)
        self.seed = int(os.environ.get('TW_SEED') or secrets.randbits(31))
        self.processes = []
        self.watchers = []
        self.demos = []
        self.events = []
        self.started = time.monotonic()
        self.addCleanup(self._end)

    def program(self, name):
        """Path of a built program."""
        return os.path.join(os.environ['TW_BUILD'], 'cmd', name, name)

    def note(self, text):
        """An event of the test's own, for the report."""
        self.events.append(f'{time.monotonic() - self.started:8.3f} {text}')

    def run_program(self, name, *arguments, within=30, **options):
        """Runs a program to its end; returns (exit status, stdout, stderr)."""
        done = subprocess.run([self.program(name), *map(str, arguments)], capture_output=True,
                              text=True, timeout=within, stdin=subprocess.DEVNULL, check=False,
                              errors='replace', cwd=self.dir, **options)
        for word in ('AddressSanitizer', 'LeakSanitizer', 'runtime error:'):
            self.assertNotIn(word, done.stderr)
        return done.returncode, done.stdout, done.stderr

    def _failed(self):
        result = self._outcome.result
        return any(test is self or getattr(test, 'test_case', None) is self
                   for test, _ in result.failures + result.errors)

    def _end(self):
        """Stops everything in reverse order; a bad end is a failure too. Reports when it failed."""
        failed = self._failed()
        if failed:
            self._report()
        problems = []
        for process in reversed(self.processes):
            try:
                if process.is_disposable:
                    process.kill()
                else:
                    process.stop()
            except AssertionError as error:
                problems.append(str(error))
                continue
            problem = process.complaint()
            if problem:
                problems.append(problem)
        if not failed and not problems:
            for watcher in self.watchers:
                try:
                    watcher.check_journal()
                except AssertionError as error:
                    problems.append(f'journal: {error}')
        if problems and not failed:
            self._report()
        shutil.rmtree(self.dir, ignore_errors=True)
        if problems:
            self.fail('; '.join(problems))

    def _report(self):
        print(f'--- seed {self.seed}; TW_SEED={self.seed} runs it again')
        for event in self.events:
            print(event)
        for watcher in self.watchers:
            print(f'--- {watcher.dir}\n{watcher.report()}')
        for process in self.processes:
            lines = process.log().splitlines()
            print(f'--- {process.name} (pid {process.pid}, status {process.popen.poll()}): '
                  f'{" ".join(process.argv)}')
            print('\n'.join(lines[-LOG_TAIL:]))
        sys.stdout.flush()
