"""tipwatchctl: what it prints and how it exits."""
import json
import os
import subprocess
import time

from harness.case import takes
from harness.process import Process
from harness.waiting import wait_for
from net import NetCase

DONE, REFUSED, USAGE, UNREACHABLE = 0, 1, 2, 3


class Tipwatchctl(NetCase):
    def setUp(self):
        super().setUp()
        self.network(3, ['turtlecoin-rpc', 'turtlecoin-rest', 'monero'])

    def ctl(self, *arguments, expected=DONE, **options):
        status, out, err = self.run_program('tipwatchctl', '-s', self.watcher.socket, *arguments,
                                            **options)
        self.assertEqual(status, expected, f'{arguments}: {out}{err}')
        return out if status == DONE else out + err

    def test_status_table(self):
        for arguments in ([], ['status']):
            out = self.ctl(*arguments)
            for daemon in self.watcher.status()['daemons']:
                self.assertIn(daemon['name'], out)
            self.assertIn('consensus', out)
            self.assertTrue(all(len(line) <= 80 for line in out.splitlines()), out)
            self.assertNotIn('\x1b', out)

    def test_select(self):
        out = self.ctl('select')
        self.assertIn(self.watcher.select()['daemon']['url'], out)
        answer = json.loads(self.ctl('--json', 'select'))
        self.assertEqual(answer['daemon'], self.watcher.select()['daemon'])

    def test_json(self):
        self.assertIn('daemons', json.loads(self.ctl('--json', 'status')))
        self.assertIn('targets', json.loads(self.ctl('--json', 'submit')))
        name = self.demo.names[1]
        self.assertEqual(json.loads(self.ctl('--json', 'node', name))['name'], name)

    @takes(15)
    def test_commands(self):
        first, second = self.demo.names[:2]
        self.ctl('drain', first)
        self.assertEqual(self.watcher.verdict(first), 'maintenance/drained')
        self.ctl('undrain', first)
        self.ctl('pin', second)
        self.assertEqual(self.watcher.chosen(), second)
        self.ctl('unpin')
        self.ctl('check')
        self.ctl('check', first)
        self.ctl('report', first, 'timeout')
        self.ctl('reload')
        self.assertIn(first, self.ctl('node', first))
        self.assertIn(second, self.ctl('submit'))
        self.assertRegex(self.ctl('version'), r'\d+\.\d+\.\d+')

    def test_refused(self):
        self.assertIn('nobody', self.ctl('drain', 'nobody', expected=REFUSED))
        self.assertIn('nobody', self.ctl('node', 'nobody', expected=REFUSED))

    def test_not_usable(self):
        for name in self.demo.names:
            self.demo.do(f'die {name}')
        wait_for('nothing is usable', lambda: not self.watcher.select()['usable'], 5)
        self.ctl('select', expected=REFUSED)

    def test_usage(self):
        for arguments in (['frobnicate'], ['drain'], ['pin', 'a', 'b'], ['--nonsense'],
                          ['report', 'a', 'boredom']):
            self.ctl(*arguments, expected=USAGE)

    def test_unreachable(self):
        status, _, err = self.run_program('tipwatchctl', '-s', os.path.join(self.dir, 'no.sock'))
        self.assertEqual(status, UNREACHABLE)
        self.assertIn('no.sock', err)
        self.watcher.kill()
        self.ctl('select', expected=UNREACHABLE)

    @takes(15)
    def test_watch(self):
        process = Process(self, 'tipwatchctl', [self.program('tipwatchctl'), '-s',
                                                self.watcher.socket, 'watch'])
        victim = self.watcher.chosen()
        wait_for('it says who is chosen', lambda: victim in process.log(), 5)
        self.demo.do(f'die {victim}')
        good = self.moves_away(victim, 2)
        wait_for('it says who is chosen now', lambda: good in process.log(), 5)
        # It ends when tipwatchd does, and says so.
        self.watcher.stop()
        process.expected_exit = None
        self.assertEqual(process.wait(10), UNREACHABLE)

    def test_reader_that_goes_away(self):
        """`tipwatchctl watch | head -1` ends."""
        with subprocess.Popen([self.program('tipwatchctl'), '-s', self.watcher.socket, '--json',
                               'watch'], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as watch:
            self.assertIn('daemon', json.loads(watch.stdout.readline()))
            watch.stdout.close()
            start = time.monotonic()
            watch.wait(10)
            self.assertLess(time.monotonic() - start, 10)
