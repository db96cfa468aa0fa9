"""The daemons that are watched: nodes of the network whose life is noted, and what befalls them."""
import bisect
import random

from network import Node

HOUR = 3600.0
# How often a thing happens, on average: each so many seconds to each daemon, or to the network.
HISTORIES = {
    'mixed': {'trouble': 3 * HOUR, 'stuck': 4.5 * HOUR, 'night': 12 * HOUR, 'split': 12 * HOUR,
              'partition': 12 * HOUR},
    'calm': {},
    'outages': {'trouble': HOUR},
    'nights': {'night': 3 * HOUR},
    'forks': {'split': 3 * HOUR, 'partition': 3 * HOUR},
    # Any number of the daemons may be on the side that loses: no vote of theirs can be right.
    'lost': {'split': 3 * HOUR, 'partition': 3 * HOUR},
}
SHARE_MAX = 0.4         # of the hashrate, on the side that loses


class Daemon(Node):
    """Times at which something changed, each with what it became, in the order of time."""

    def __init__(self, rand, name, is_liar):
        super().__init__(rand, 0.05 if is_liar else rand.lognormvariate(-1.6, 0.6),
                         0 if is_liar else rand.uniform(0.005, 0.03))
        self.name, self.is_liar = name, is_liar
        self.rtt = rand.lognormvariate(1.5, 0.7)    # milliseconds
        self.tips = [(0.0, self.tip)]
        self.loads = [(0.0, 0.0)]                   # when it will have done all its work
        self.peers = []
        self.ups = [(0.0, True)]
        self.syncs = [(0.0, False)]
        self.refusals = []                          # of templates: from, until
        self.stales = []                            # templates on an old block: from, until, block

    def note_load(self, now):
        self.loads.append((now, self.busy))

    def note_tip(self, now):
        self.tips.append((now, self.tip))

    def note_peers(self, now):
        self.peers.append((now, self.n_peers()))

    def note_sync(self, now, is_syncing):
        if self.syncs[-1][1] != is_syncing:
            self.syncs.append((now, is_syncing))


class Faults:
    """Lets things happen until end; all of it is over an hour later."""

    def __init__(self, network, daemons, history, end, seed):
        self.network, self.rates, self.end = network, HISTORIES[history], end
        self.may_lose, self.n = history == 'lost', len(daemons)
        self.daemons = [d for d in daemons if not d.is_liar]
        self.n_liars = self.n - len(self.daemons)
        self.rand = random.Random(f'{seed}/faults')
        for daemon in self.daemons:
            self._again('trouble', self._trouble, daemon)
            self._again('stuck', self._stick, daemon)
            self._later(1200, self._flush, daemon)
        network.refuse = self.refuse
        self._again('night', self._night)
        self._again('split', self._split)
        self._again('partition', self._part)

    def _later(self, mean, action, *args):
        t = self.network.now + self.rand.expovariate(1 / mean)
        if t < self.end:
            self.network.at(t, action, *args)

    def _again(self, kind, action, *args):
        if kind in self.rates:
            self._later(self.rates[kind], action, *args)

    # --- one daemon ---

    def _flush(self, daemon):
        """The database is written: everything waits."""
        self.network.load(daemon, min(20, self.rand.lognormvariate(0.3, 0.9)))
        self._later(1200, self._flush, daemon)

    def _trouble(self, daemon):
        kinds = {self._crash: 3, self._hang: 3, self._flap: 1, self._crowd: 2, self._eclipse: 2,
                 self._refuse_templates: 2, self._serve_old_templates: 1}
        self.rand.choices(list(kinds), list(kinds.values()))[0](daemon)
        self._again('trouble', self._trouble, daemon)

    def _crash(self, daemon, seconds=None):
        if not daemon.is_up:
            return
        now = self.network.now
        daemon.life += 1
        daemon.is_up, daemon.busy = False, now
        daemon.queued.clear()
        self.network.give_up(daemon)
        daemon.note_load(now)
        daemon.ups.append((now, False))
        self.network.cut(daemon.links)
        self.network.after(seconds or self.rand.uniform(15, 900), self._start, daemon)

    def _start(self, daemon):
        """RPC answers at once, peers are found one by one, and templates come some time later."""
        now = self.network.now
        daemon.is_up = True
        daemon.ups.append((now, True))
        daemon.refusals.append((now, now + self.rand.uniform(5, 40)))
        for link in daemon.links:
            self.network.after(self.rand.uniform(0.5, 25), self.network.mend, link)

    def _hang(self, daemon):
        self.network.load(daemon, self.rand.uniform(20, 900))

    def _flap(self, daemon):
        for n in range(8):
            self.network.after(60 * n + self.rand.uniform(0, 30), self._crash, daemon,
                               self.rand.uniform(3, 20))

    def _crowd(self, daemon):
        """Other clients fill the queue."""
        t, until = 0.0, self.rand.uniform(60, 600)
        while t < until:
            t += self.rand.uniform(1, 5)
            self.network.after(t, self.network.load, daemon, self.rand.uniform(0.2, 2.5))

    def _cut_for(self, links, low, high):
        """They are mended one by one."""
        self.network.cut(links)
        until = self.rand.uniform(low, high)
        for link in links:
            self.network.after(until + self.rand.uniform(0, 30), self.network.mend, link)

    def _eclipse(self, daemon):
        """No peers, or all but one, which has no other peers either."""
        keeper = self.rand.choice(daemon.links) if self.rand.random() < 0.5 else None
        links = {link for link in daemon.links if link is not keeper}
        if keeper:
            end = keeper.ends[keeper.ends[0] is daemon]
            if end in self.network.miners or isinstance(end, Daemon):
                links.add(keeper)
            else:
                links.update(link for link in end.links if link is not keeper)
        self._cut_for([link for link in self.network.links if link in links], 60, 900)

    def _refuse_templates(self, daemon):
        now = self.network.now
        daemon.refusals.append((now, now + self.rand.uniform(10, 600)))

    def _serve_old_templates(self, daemon):
        now = self.network.now
        daemon.stales.append((now, now + self.rand.uniform(10, 90), daemon.tip))

    def _stick(self, daemon):
        daemon.refuses_next = True
        self.network.after(self.rand.uniform(300, 900), self.network.repair, daemon)
        self._again('stuck', self._stick, daemon)

    # --- many ---

    def _is_rival(self, nodes):
        """They go on with a chain of their own: there are miners among them, but not so many that
        they can win; and there are daemons, but with the liars the minority of them."""
        share = sum(share for miner, share in zip(self.network.miners, self.network.shares)
                    if miner in nodes)
        n, most = sum(d in nodes for d in self.daemons), max(0, (self.n - 1) // 2 - self.n_liars)
        return 0 < share <= SHARE_MAX * sum(self.network.shares) and (
            self.may_lose or min(most, 1) <= n <= most)

    def _night(self):
        """Most daemons refuse the next block that is found. No miner does."""
        self.network.refusal = lambda finder: [
            daemon for daemon in self.daemons if self.rand.random() < 0.75]
        self._again('night', self._night)

    def _split(self):
        """Some nodes refuse the next block that is found, and miners among them go on without it.
        """
        self.network.refusal = lambda finder: self._draw(lambda: [
            node for node in self.network.nodes
            if node is not finder and not getattr(node, 'is_liar', False) and
            self.rand.random() < 0.5])
        self._again('split', self._split)

    def refuse(self, node, block):
        """Until it is repaired."""
        node.refused.add(block)
        is_long = self.rand.random() < 0.2
        self.network.after(self.rand.uniform(*((900, 3000) if is_long else (300, 900))),
                           self.network.repair, node)

    def _draw(self, draw):
        """The nodes of a rival chain; none where they are too hard to draw."""
        return next((nodes for nodes in (draw() for _ in range(200)) if self._is_rival(nodes)), [])

    def _part(self):
        """A connected part of the network is cut off, with what daemons and miners are in it."""
        part = self._draw(self._draw_part)
        self._cut_for([link for link in self.network.links
                       if sum(end in part for end in link.ends) == 1], 120, 2400)
        self._again('partition', self._part)

    def _draw_part(self):
        nodes = self.network.nodes
        part, size = {self.rand.choice(nodes)}, self.rand.randint(2, len(nodes) // 2)
        while len(part) < size:
            part.add(self.rand.choice([end for link in self.network.links for end in link.ends
                                       if end not in part and part.intersection(link.ends)]))
        return part


def last(changes, t):
    """What was noted last until t."""
    return changes[bisect.bisect_right(changes, t, key=lambda change: change[0]) - 1][1]
