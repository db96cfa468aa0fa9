"""tipwatchctl top, on a real terminal."""
import re
import signal

from harness.case import takes
from harness.terminal import Terminal
from harness.waiting import wait_for
from net import NetCase

LEFT = '\x1b[?1049l'


class Top(NetCase):
    def setUp(self):
        super().setUp()
        self.network(3)

    def top(self, **options):
        return Terminal(self, 'top', [self.program('tipwatchctl'), '-s', self.watcher.socket,
                                      'top'], **{'columns': 160, **options})

    def is_restored(self, top):
        self.assertTrue(top.raw().rstrip().endswith(LEFT))
        self.assertTrue(top.is_as_before())

    def test_follows_what_happens(self):
        top = self.top()
        for name in self.demo.names:
            top.shows(name)
        victim = self.watcher.chosen()
        self.demo.do(f'die {victim}')
        top.shows('SWITCHES')
        top.shows('refused')
        self.demo.mine()
        top.shows(f'network height {self.watcher.select()["network_height"]}')
        top.press('q')
        self.assertEqual(top.wait(), 0)
        self.is_restored(top)

    @takes(10)
    def test_outlives_tipwatchd(self):
        top = self.top()
        top.shows('consensus')
        self.watcher.stop()
        top.shows('is tipwatchd running?')
        # What was seen last stays.
        top.shows(self.demo.names[0])
        self.watcher.start()
        wait_for('the message is gone', lambda: 'tipwatchd running' not in top.screen(), 20)
        top.press('q')
        self.assertEqual(top.wait(), 0)

    @takes(15)
    def test_age_of_what_is_shown(self):
        """A tipwatchd that stands still is noticed within seconds, and the age counts from the
        last table, however often the connection is made again."""
        top = self.top()
        top.shows('consensus')
        self.watcher.process.signal(signal.SIGSTOP)
        self.addCleanup(self.watcher.process.signal, signal.SIGCONT)
        top.shows(' s old: tipwatchd says nothing')

        def age():
            found = re.search(r'(\d+) s old', top.screen())
            return int(found.group(1)) if found else 0
        # The connection is given up after 5 s, and then made again and again.
        wait_for('it is 9 s old', lambda: age() >= 9, 30)
        self.watcher.process.signal(signal.SIGCONT)
        wait_for('it is new again', lambda: ' s old' not in top.screen(), 20)
        top.press('q')
        self.assertEqual(top.wait(), 0)

    def test_fits_the_window(self):
        top = self.top(rows=8)
        top.shows('more lines below')
        self.assertLessEqual(top.screen().count('\n'), 8)
        top.resize(50, 120)
        top.popen.send_signal(signal.SIGWINCH)
        top.shows('q quits')
        wait_for('all is shown', lambda: 'below' not in top.screen(), 20)
        top.popen.send_signal(signal.SIGTERM)
        self.assertEqual(top.wait(), 0)
        self.is_restored(top)

    def test_stops_and_goes_on(self):
        top = self.top()
        top.shows('consensus')
        top.popen.send_signal(signal.SIGTSTP)
        wait_for('it is stopped', lambda: self._state(top.pid) == 'T', 20)
        self.is_restored(top)
        top.popen.send_signal(signal.SIGCONT)
        wait_for('it has the screen again', lambda: top.raw().count('\x1b[?1049h') == 2, 20)
        top.shows('consensus')
        top.press('\x03')
        self.assertEqual(top.wait(), 0)
        self.is_restored(top)

    def _state(self, pid):
        with open(f'/proc/{pid}/stat', encoding='ascii') as file:
            return file.read().rsplit(')', 1)[1].split()[0]

    def test_needs_a_terminal_and_a_tipwatchd(self):
        status, _, err = self.run_program('tipwatchctl', '-s', self.watcher.socket, 'top')
        self.assertEqual(status, 2)
        self.assertIn('watch status', err)
        self.watcher.stop()
        top = self.top()
        top.expected_exit = 3
        self.assertEqual(top.wait(), 3)
        self.assertIn('is tipwatchd running?', top.log())
        self.assertNotIn('\x1b[?1049h', top.raw())
