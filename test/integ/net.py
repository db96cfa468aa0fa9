"""A demo network with tipwatchd on it: what most integration tests start from."""
import time

from harness.case import Case
from harness.demo import WALLET, Demo
from harness.waiting import POLL_S, TooLate, wait_for
from harness.watcher import Watcher

# Blocks come on command only, so that this sets just the spans that follow from it (lag_for is a
# third).
BLOCK_TARGET_S = 6
LAG_FOR_S = BLOCK_TARGET_S / 3
# Defaults of the configuration.
INTERVAL_S = 1
TEMPLATE_INTERVAL_S = 10
# How long a daemon may stand still before it is suspected. On a busy machine the demo stands still
# for longer than the default allows.
MIN_TIMEOUT = '600ms'


class NetCase(Case):
    def network(self, n=5, dialects=('turtlecoin-rpc',), settled=True, names=None, ranked=False,
                linked=False, **sections):
        """n daemons speaking the dialects in turn, and tipwatchd with the defaults, a wallet
        address, that block target and that patience; further sections are merged over these.
        ranked: each is preferred to those after it; else the fastest one is chosen first.
        linked: there is a P2P link to each."""
        options = ('--names', ','.join(names)) if names else ()
        if linked:
            options += ('--peer-port', '0')
        self.demo = Demo(self, n, dialects, seed=self.seed, options=options)
        merged = {'coin': {'block_target': f'{BLOCK_TARGET_S}s'},
                  'template': {'wallet_address': WALLET}}
        if 'timeout' not in sections.get('probe', {}):
            merged['probe'] = {'min_timeout': MIN_TIMEOUT}
        for name, section in sections.items():
            merged[name] = {**merged.get(name, {}), **section} if isinstance(section, dict) \
                else section
        self.sections = merged
        nodes = merged.pop('daemons', None) or self.demo.nodes()
        if linked:
            nodes = [{**node, 'p2p': self.demo.p2p(node['name'])} for node in nodes]
        if ranked:
            nodes = [{**node, 'priority': n - i} for i, node in enumerate(nodes)]
        self.watcher = Watcher(self, nodes, **merged)
        if settled:
            self.watcher.wait_settled()

    def second_watcher(self, **sections):
        """Another tipwatchd on the same daemons, not started."""
        merged = dict(self.sections)
        for name, section in sections.items():
            merged[name] = {**merged.get(name, {}), **section}
        return Watcher(self, self.demo.nodes(), start=False, **merged)

    def spare(self, *names):
        """A daemon that is none of names and not the chosen one."""
        taken = {*names, self.watcher.chosen()}
        return next(n for n in self.demo.names if n not in taken)

    def moves_away(self, victim, within):
        """Until the pool is told a usable daemon other than victim. Returns its name."""
        start = time.monotonic()

        def moved():
            select = self.watcher.select()
            return select['usable'] and select['daemon']['name'] != victim and \
                select['daemon']['name']
        good = wait_for(f'the pool is moved from {victim} to a good daemon', moved, within)
        self.note(f'moved from {victim} to {good} after {time.monotonic() - start:.2f} s')
        return good

    def has_verdict(self, name, verdict, within=5):
        wait_for(f'{name} reads {verdict}', lambda: self.watcher.verdict(name) == verdict, within)

    def healthy_again(self, name, within=60):
        wait_for(f'{name} is healthy again',
                 lambda: self.watcher.node(name)['state'] == 'healthy', within)

    def stays(self, good, checks=6, within=60):
        """The choice stays on good while every node that answers is checked some more times, and
        a block comes."""
        before = self.watcher.status()
        counts = {d['name']: d['checks'] for d in before['daemons']}
        deadline = time.monotonic() + within
        mined = False
        while True:
            status = self.watcher.status()
            self.assertEqual(status['select']['daemon']['name'], good, 'the choice flapped')
            self.assertEqual(status['select']['epoch'], before['select']['epoch'])
            done = min(d['checks'] - counts[d['name']] for d in status['daemons']
                       if d['state'] != 'unresponsive')
            if done >= checks // 2 and not mined:
                self.demo.mine()
                mined = True
            if done >= checks:
                return
            if time.monotonic() > deadline:
                raise TooLate(f'no {checks} checks of every node in {within} s')
            time.sleep(POLL_S)
