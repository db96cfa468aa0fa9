"""What survives a restart of tipwatchd, a clean one and kill -9."""
import json
import os

from harness.case import takes
from harness.waiting import wait_for
from net import NetCase


class Restart(NetCase):
    def setUp(self):
        super().setUp()
        self.network(5, ['turtlecoin-rpc', 'turtlecoin-rest', 'monero'])
        # An incumbent that nobody would choose without remembering it.
        for victim in self.demo.names[:2]:
            self.demo.do(f'die {victim}')
        wait_for('another one is chosen', lambda: self.watcher.select()['usable'] and
                 self.watcher.chosen() not in self.demo.names[:2], 5)
        self.demo.do('recover all')

    def read_state(self, name):
        with open(os.path.join(self.watcher.state_dir, name), encoding='utf-8') as file:
            return json.load(file)

    def carries_on(self, end):
        """end: how tipwatchd is ended."""
        before = self.watcher.select()
        end()
        on_disk = self.read_state('select.json')
        self.assertEqual(on_disk['daemon'], before['daemon'])
        self.assertEqual(on_disk['epoch'], before['epoch'])
        self.watcher.start()
        first = self.watcher.select()
        self.assertGreaterEqual(first['epoch'], before['epoch'])
        if first['daemon']:
            self.assertEqual(first['daemon'], before['daemon'])
        self.watcher.wait_settled()
        after = self.watcher.select()
        self.assertEqual(after['daemon'], before['daemon'])
        self.assertEqual((after['epoch'], after['chain_epoch']),
                         (before['epoch'], before['chain_epoch']))
        return after

    @takes(15)
    def test_clean_restart(self):
        def end():
            self.assertEqual(self.watcher.stop(), 0)
            self.assertFalse(os.path.exists(self.watcher.socket), 'the socket is left behind')
        self.carries_on(end)

    @takes(15)
    def test_kill_nine(self):
        # The socket is left behind, and is no obstacle.
        self.carries_on(self.watcher.kill)

    @takes(20)
    def test_kill_nine_right_after_a_switch(self):
        """An epoch is on disk before it is served."""
        for _ in range(3):
            victim = self.watcher.chosen()
            epoch = self.watcher.select()['epoch']
            self.demo.do(f'die {victim}')
            served = wait_for('a new epoch is served', lambda: self._newer(epoch), 5)
            self.watcher.kill()
            state = self.read_state('state.json')
            self.assertIn(f'"epoch":{served["epoch"]}',
                          json.dumps(state, separators=(',', ':')))
            self.demo.do(f'recover {victim}')
            self.watcher.start()
            self.watcher.wait_settled()
            self.assertEqual(self.watcher.select()['epoch'], served['epoch'])
            self.assertEqual(self.watcher.chosen(), served['daemon']['name'])

    def _newer(self, epoch):
        select = self.watcher.select()
        return select['epoch'] > epoch and select

    @takes(20)
    def test_pins_and_drains(self):
        pinned, drained = self.demo.names[3], self.demo.names[4]
        self.watcher.ask(f'pin {pinned}')
        self.watcher.ask(f'drain {drained}')
        before = self.watcher.select()
        self.assertTrue(before['pinned'])
        self.watcher.kill()
        self.watcher.start()
        self.watcher.wait_settled(4)
        after = self.watcher.select()
        self.assertEqual((after['pinned'], after['daemon'], after['epoch']),
                         (True, before['daemon'], before['epoch']))
        self.assertEqual(self.watcher.verdict(drained), 'maintenance/drained')

    @takes(20)
    def test_other_chain_while_it_was_off(self):
        before = self.watcher.select()
        self.watcher.stop()
        # Of the same height: only the hash tells.
        self.demo.do(f'fork {self.demo.names[0]} 3')
        self.demo.do(f'adopt {self.demo.names[0]}')
        self.watcher.start()
        self.watcher.wait_settled()
        after = self.watcher.select()
        self.assertNotEqual(after['hash'], before['hash'])
        self.assertGreater(after['chain_epoch'], before['chain_epoch'])

    @takes(15)
    def test_damaged_state_is_put_aside(self):
        before = self.watcher.select()
        self.watcher.stop()
        path = os.path.join(self.watcher.state_dir, 'state.json')
        with open(path, 'wb') as file:
            file.write(b'{"epoch": \x00\xff')
        self.watcher.start()
        self.watcher.wait_settled()
        self.assertTrue(os.path.exists(path + '.bad'))
        self.assertGreater(self.watcher.select()['epoch'], before['epoch'],
                           'epochs never go back, even when they were lost')

    @takes(15)
    def test_state_directory_that_cannot_be_written(self):
        before = self.watcher.select()
        self.watcher.stop()
        blocked = os.path.join(self.dir, 'file')
        with open(blocked, 'w', encoding='utf-8'):
            pass
        self.watcher.write(state={'dir': blocked})
        self.watcher.start()
        self.watcher.wait_settled()
        # The clock is far beyond any count of switches.
        self.assertGreater(self.watcher.select()['epoch'], before['epoch'] + 1000)
