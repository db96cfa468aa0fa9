"""Nothing grows: file descriptors and memory over many faults, clients and reloads."""
import random

from harness.case import only_full, takes
from harness.waiting import wait_for
from net import NetCase

FAULTS = ['die {}', 'hang {}', 'freeze {}', 'fork {} 3', 'http-error {} 500', 'garbage {}',
          'truncate {}', 'endless {}', 'deep {}', 'reset {}', 'slow {} 2000', 'no-template {}']
# Checks, watchers and HTTP connections come and go.
FDS_SLACK = 16


class Endurance(NetCase):
    def faults(self, n):
        self.network(5, ['turtlecoin-rpc', 'turtlecoin-rest', 'monero'],
                     probe={'interval': '100ms', 'timeout': '300ms', 'min_timeout': '300ms'})
        dice = random.Random(self.seed)
        self.watcher.metrics()
        fds = self.watcher.process.n_fds()
        for i in range(n):
            victim = dice.choice(self.demo.names)
            fault = dice.choice(FAULTS).format(victim)
            self.note(fault)
            self.demo.do(fault)
            self.watcher.wait_checks(3, names=[victim])
            self.demo.do(f'recover {victim}')
            if i % 10 == 0:
                self.demo.mine()
                self.watcher.ask('reload')
                self.watcher.http('/status')
                with self.watcher.ctl() as client:
                    client.ask('watch')
        # A daemon that forked and came back three times within a minute is mixed for a minute more.
        self.watcher.wait_settled(within=120)
        wait_for('descriptors are back to what they were',
                 lambda: self.watcher.process.n_fds() <= fds + FDS_SLACK, 10)

    @takes(60)
    def test_hundred_faults(self):
        self.faults(100)

    @only_full
    @takes(600)
    def test_thousand_faults(self):
        self.faults(1000)
