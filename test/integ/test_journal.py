"""The journal and its replay. That every recording replays to what was decided is checked at the
end of every test that has a tipwatchd (harness/watcher.py)."""
import json
import os
import resource

from harness.case import takes
from harness.waiting import wait_for
from net import NetCase

RUNS_ANEW = 'it begins anew here'
DAY = r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d'


class Journal(NetCase):
    def setUp(self):
        super().setUp()
        self.network(3)

    def records(self, path=None):
        with open(path or self.watcher.journal_path, encoding='utf-8') as file:
            return [json.loads(line) for line in file]

    def ctl(self, *arguments, **options):
        return self.run_program('tipwatchctl', *arguments, **options)

    def test_everything_is_recorded(self):
        name = self.demo.names[1]
        for request in (f'report {name} timeout', f'drain {name}', f'undrain {name}',
                        f'pin {name}', 'unpin', f'check {name}'):
            self.assertTrue(self.watcher.ask(request)['ok'])
        self.watcher.write(probe={'interval': '700ms'})
        self.watcher.reload()
        wait_for('the reload is recorded',
                 lambda: any('config' in r and 't' in r and 'tipwatch_journal' not in r
                             for r in self.records()), 10)
        header, *records = self.records()
        self.assertEqual(header['tipwatch_journal'], 1)
        self.assertEqual([d['name'] for d in header['config']['daemons']], self.demo.names)
        self.assertEqual(header['config']['coin']['block_target'], '6s')
        self.assertNotIn('wallet_address', json.dumps(header))
        self.assertEqual([r['op'] for r in records if 'op' in r],
                         ['drain', 'undrain', 'pin', 'unpin'])
        self.assertEqual([(r['report'], r['node']) for r in records if 'report' in r],
                         [('timeout', name)])
        self.assertEqual([r['node'] for r in records if 'request' in r], [name])
        times = [r['t'] for r in records]
        self.assertEqual(times, sorted(times))
        for check in (r for r in records if r.get('result') == 'ok'):
            heights = [height for height, _ in check['chain']]
            self.assertEqual(heights, list(range(heights[0], heights[0] - len(heights), -1)))

    def in_words(self, good, gone, summary):
        """The same replay for people: when, what, and why."""
        status, out, err = self.ctl('replay', '--text', self.watcher.journal_path)
        self.assertEqual((status, err), (0, ''))
        self.assertRegex(out, rf'(?m)^{DAY} consensus, {gone} in use, block \d+$')
        self.assertRegex(out, rf'(?m)^    {gone} -> {good}: {gone} was unresponsive')
        self.assertRegex(out, rf'(?m)^    {gone}: healthy/ok -> unresponsive/\w+:')
        self.assertRegex(out, rf'(?m)^{summary["changes"]} changes and {summary["switches"]} '
                         rf'switches in .*, from {summary["records"]} records$')
        status, out, err = self.ctl('replay', '--text', '--every', self.watcher.journal_path)
        self.assertEqual((status, out), (2, ''))
        self.assertIn('--text and --every exclude each other', err)

    @takes(20)
    def test_restart_and_what_if(self):
        gone = self.watcher.chosen()
        self.demo.do(f'die {gone}')
        good = self.moves_away(gone, 10)
        wait_for('that is on the disk',
                 lambda: any(f'"daemon":"{good}","usable":true' in line
                             for line in self.watcher.recorded_decisions()), 10)
        self.watcher.kill()
        with open(self.watcher.journal_path, 'ab') as file:
            file.write(b'{"t":99,"node":"d1","res')
        status, _, err = self.ctl('replay', self.watcher.journal_path)
        self.assertEqual((status, 'is cut off' in err), (0, True), err)
        self.watcher.start()
        self.watcher.wait_settled(2)
        self.watcher.stop()
        lines, summary = self.watcher.replay()
        self.assertEqual(sum('tipwatch_journal' in r for r in self.records()), 2)
        self.assertGreaterEqual(summary['switches'], 1)
        self.assertEqual(summary['records'], len(self.records()) - 2)
        self.assertEqual(sum(summary['by_mode_ms'].values()), summary['time_ms'])
        every, _ = self.watcher.replay('--every')
        self.assertEqual(len(every), summary['records'])
        self.in_words(good, gone, summary)
        with open(self.watcher.journal_path, encoding='utf-8') as file:
            text = file.read()
        status, out, _ = self.ctl('replay', '/dev/stdin')
        self.assertEqual((status, out), (1, ''), 'nothing is recorded there')

        # With ten checks that must fail, nobody is ever left.
        other = os.path.join(self.dir, 'other.conf')
        self.watcher.write(probe={'fall': 32})
        os.rename(self.watcher.conf_path, other)
        lines, summary = self.watcher.replay('-c', other)
        self.assertEqual(summary['switches'], 0, lines)
        self.watcher.write(daemons=self.demo.nodes()[:2])
        status, _, err = self.ctl('replay', '-c', self.watcher.conf_path,
                                  self.watcher.journal_path)
        self.assertEqual(status, 1)
        self.assertIn('line 1: d3 is recorded, but the other configuration has no daemon', err)
        with open(other, 'w', encoding='utf-8') as file:
            file.write('daemons = 7;\n')
        status, _, err = self.ctl('replay', '-c', other, self.watcher.journal_path)
        self.assertEqual(status, 2)
        self.assertIn('other.conf:1:', err)

        broken = os.path.join(self.dir, 'broken')
        with open(broken, 'w', encoding='utf-8') as file:
            file.write(text[:text.index('\n', len(text) // 2) + 1] + 'nonsense\n' + text)
        status, out, err = self.ctl('replay', broken)
        self.assertEqual(status, 1)
        self.assertRegex(err, r'broken: line \d+: it is not JSON')
        self.assertIn('"mode":"consensus"', out, 'what came before was replayed')
        self.assertNotIn('summary', out)
        status, _, err = self.ctl('replay', os.path.join(self.dir, 'missing'))
        self.assertEqual((status, 'No such file' in err), (1, True), err)

    @takes(40)
    def test_rotation(self):
        self.watcher.write(journal={'max_size': 65536}, probe={'interval': '100ms'})
        self.watcher.reload()
        old_path = self.watcher.journal_path + '.1'
        wait_for('it is rotated', lambda: os.path.exists(old_path), 60)
        self.demo.mine()
        self.watcher.wait_checks(5)
        self.watcher.stop()
        self.assertLessEqual(os.path.getsize(old_path), 65536)
        self.assertEqual(self.records()[0]['part'], self.records(old_path)[-0]['part'] + 1)
        # Both together: checked at the end. Alone, it begins with what outlives a restart, may
        # settle on another daemon, as after a restart, and finds the same chain.
        status, out, err = self.ctl('replay', self.watcher.journal_path)
        self.assertEqual(status, 0)
        self.assertIn('begins in the middle of a run', err)
        *_, last, _ = out.splitlines()
        *_, recorded = self.watcher.recorded_decisions()
        last, recorded = json.loads(last), json.loads(recorded)
        for key in ('mode', 'usable', 'hash', 'anchor_height', 'chain_epoch', 'states'):
            self.assertEqual(last[key], recorded[key], key)

    @takes(20)
    def test_no_room_on_the_disk(self):
        self.watcher.journal_is_whole = False
        pid = self.watcher.process.pid

        def lost():
            return self.watcher.metrics()['tipwatch_journal_lost_records_total']
        self.assertEqual(lost(), 0)
        limits = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE,
                         (os.path.getsize(self.watcher.journal_path) + 300, limits[1]))
        wait_for('records are lost', lambda: lost() > 20, 30)
        self.assertEqual(self.watcher.select()['mode'], 'consensus')
        self.assertEqual(self.watcher.process.log().count('the journal cannot be written'), 1)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
        wait_for('it goes on',
                 lambda: 'the journal can be written again' in self.watcher.process.log(), 30)
        self.watcher.wait_checks(3)
        self.watcher.stop()
        status, _, err = self.ctl('replay', self.watcher.journal_path)
        self.assertEqual(status, 0, err)
        self.assertIn(RUNS_ANEW, err)
        headers = [r for r in self.records() if 'tipwatch_journal' in r]
        self.assertEqual(len(headers), 2)
        self.assertGreater(headers[1]['lost_records'], 20)

    def test_another_file(self):
        self.watcher.journal_is_whole = False  # it is in two files that the harness does not know
        first, second = self.watcher.journal_path, self.watcher.journal_path + '-2'
        self.watcher.write(journal={'path': second})
        self.watcher.reload()
        wait_for('the other one is written', lambda: os.path.exists(second), 10)
        self.watcher.wait_checks(2)
        self.demo.mine()
        self.watcher.wait_checks(2)
        # What is no journal is left alone, and the old one is gone on with.
        self.watcher.write(journal={'path': self.watcher.conf_path})
        self.watcher.reload()
        wait_for('it is refused',
                 lambda: 'is there and is not a journal' in self.watcher.process.log(), 10)
        self.watcher.stop()
        status, out, err = self.ctl('replay', first, second)
        self.assertEqual((status, err), (0, ''))
        self.assertEqual(json.loads(out.splitlines()[-1])['summary']['differences'], 0)
        self.watcher.write(journal={'path': self.watcher.conf_path})
        self.watcher.start(until_answers=False)
        self.watcher.process.expected_exit = 1
        self.assertEqual(self.watcher.process.wait(), 1)
        self.assertIn('move it away', self.watcher.process.log())
