"""How long a daemon is waited for: a quick one that hangs is soon left, one that stalls whenever it
adds a block is known for it."""
import time

from harness.case import takes
from harness.waiting import POLL_S, wait_for
from net import NetCase

# Before that many checks a daemon is given the whole timeout.
TRUSTED = 8
# An interval, two waits of min_timeout, and a busy machine. Two whole timeouts would be 10 s.
HUNG_S = 4
STALL_S = 2


class Pace(NetCase):
    def is_known(self):
        """Until every daemon was checked often enough to know its pace."""
        wait_for('every daemon is known', lambda: all(
            d['checks'] - d['failures'] > TRUSTED for d in self.watcher.status()['daemons']), 60)

    @takes(30)
    def test_quick_one_hangs(self):
        self.network(7, ['turtlecoin-rpc', 'turtlecoin-rest', 'monero'])
        self.is_known()
        for _ in range(3):
            victim = self.watcher.chosen()
            self.demo.do(f'hang {victim}')
            self.moves_away(victim, HUNG_S)
            self.assertEqual(self.watcher.verdict(victim), 'unresponsive/timeout')
            self.assertEqual(self.watcher.select()['mode'], 'consensus')
        self.stays(self.watcher.chosen(), checks=3)

    def stall(self, name):
        """name answers nothing for a while; returns since when it was down meanwhile, if it was."""
        downs = set()
        self.demo.do(f'hang {name}')
        end = time.monotonic() + STALL_S
        while time.monotonic() < end:
            node = self.watcher.node(name)
            if node['state'] == 'unresponsive':
                downs.add(node['since_ms'])
            time.sleep(POLL_S)
        self.demo.do(f'recover {name}')
        return downs

    @takes(60)
    def test_staller_is_not_flapped(self):
        self.network(5, ['turtlecoin-rpc', 'turtlecoin-rest', 'monero'])
        self.is_known()
        name = self.spare()
        downs = set()
        for _ in range(6):
            self.demo.mine()
            downs |= self.stall(name)
            self.healthy_again(name)
        self.note(f'{name} was down {len(downs)} times in 6 stalls of {STALL_S} s')
        self.assertLessEqual(len(downs), 2)
