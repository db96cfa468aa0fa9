"""The oracle: it knows which chain the network will go on with, and judges each decision by that.

A daemon is good while it answers, and its templates build on the newest block of the chain that
wins, or on the one before that for as long as a block may take to reach it. Of the two blocks of a
race each is good until the race is over.
"""
import json

from checks import INTERVAL, NEVER, ends
from daemons import last

BOUND = 2.0             # what a block may take to reach a daemon
PATIENCE = 5.0          # what a pool waits for an answer
NEEDLESS = 10.0         # a daemon that was left, and was good for this long, was left needlessly
GOOD, STALE, FORK, NONE = 'good', 'stale', 'fork', 'none'


class Truth:
    def __init__(self, blocks, tip):
        self.blocks, self.main, block = blocks, {}, tip
        while block >= 0:
            self.main[blocks.height[block]] = block
            block = blocks.parent[block]

    def is_main(self, block):
        return self.main.get(self.blocks.height[block]) == block

    def fork_of(self, block):
        """The newest block of the winning chain that the block builds on, or is."""
        while not self.is_main(block):
            block = self.blocks.parent[block]
        return block

    def worth(self, block):
        """How long it is good to build on it, and what it is afterwards."""
        fork = self.fork_of(block)
        over = self.blocks.height[fork] + (1 if fork == block else 2)
        if self.blocks.height[block] > self.blocks.height[fork] + 1:
            return 0.0, FORK
        until = self.blocks.found[self.main[over]] + BOUND if over in self.main else NEVER
        return until, STALE if fork == block else FORK


def merge(*lists):
    """Changes of several things as changes of the list of their values."""
    values, merged = [None] * len(lists), []
    for t, i, value in sorted(((t, i, value) for i, changes in enumerate(lists)
                               for t, value in changes), key=lambda change: change[:2]):
        values[i] = value
        if merged and merged[-1][0] == t:
            merged.pop()
        merged.append((t, list(values)))
    return merged


def waits(daemon):
    """When it takes longer than a pool waits until the daemon answers."""
    loads = daemon.loads + [(NEVER, 0.0)]
    return ends([(t, min(then, busy - PATIENCE)) for (t, busy), (then, _) in zip(loads, loads[1:])
                 if min(then, busy - PATIENCE) > t])


def standings(truth, daemon):
    """What it is worth to use the daemon, as changes."""
    changes = []
    for t, (tip, is_up, waiting, refusal, is_syncing, stale) in merge(
            daemon.tips, daemon.ups, waits(daemon), ends(daemon.refusals), daemon.syncs,
            ends(daemon.stales)):
        while changes and changes[-1][0] >= t:
            changes.pop()
        if not is_up or waiting or refusal or is_syncing:
            changes.append((t, NONE))
            continue
        until, later = truth.worth(stale[2] if stale else tip)
        if until > t:
            changes.append((t, GOOD))
        changes.append((max(t, until), later))
    return [change for change in changes if change[0] < NEVER]


class Score:
    """Seconds, and counts, of one run."""

    def __init__(self, days):
        self.days = days
        self.useful = self.oracle = 0.0
        self.stale = self.fork = self.late = self.idle = self.attacked = 0.0
        self.switches = self.needless = 0

    def share(self):
        return 100 * self.useful / self.oracle

    def a_day(self, name):
        return getattr(self, name) / self.days


def decisions(output):
    """Changes of (daemon, is_usable), from what replay printed."""
    changes = []
    for line in output.splitlines():
        change = json.loads(line)
        if 'summary' not in change:
            changes.append((change['t'] / 1000, (change['daemon'], change['usable'])))
    return changes


class Judge:
    """Of a world and one run of decisions on it. lies: for each liar when it lied, as changes."""

    def __init__(self, world, lies):
        self.world, self.lies = world, lies
        self.honest = [d for d in world.daemons if not d.is_liar]
        self.quorum = len(world.daemons) // 2 + 1

    def score(self, changes):
        world = self.world
        score = Score(world.end / 86400)
        names = [d.name for d in self.honest]
        lists = [world.standings[d.name] for d in self.honest]
        left = chosen = contradicted = None
        merged = merge(changes, *lists)
        for (t, values), (then, _) in zip(merged, merged[1:] + [(world.end, None)]):
            then = min(then, world.end)
            if values[0] is None or then <= t:
                continue
            span = then - t
            (daemon, is_usable), standing = values[0], dict(zip(names, values[1:]))
            if daemon != chosen:
                score.switches += chosen is not None
                left = (chosen, t) if standing.get(chosen) == GOOD else None
                chosen = daemon
            if left and standing[left[0]] != GOOD:
                left = None
            elif left and then >= left[1] + NEEDLESS:
                score.needless += 1
                left = None
            is_any_good = GOOD in values[1:]
            score.oracle += span * is_any_good
            score.idle += span * (is_any_good and not is_usable)
            if is_usable and daemon in self.lies:
                lied = self._lied(daemon, t, then)
                score.attacked += lied
                score.useful += (span - lied) * is_any_good
            now = standing.get(daemon) if is_usable else None
            score.useful += span * (now == GOOD)
            score.stale += span * (now == STALE)
            score.fork += span * (now == FORK)
            if now != FORK or not self._is_contradicted(daemon, t):
                contradicted = None
            else:
                contradicted = t if contradicted is None else contradicted
                known = contradicted + world.target / 3 + 2 * INTERVAL + BOUND
                score.late += max(0.0, then - max(t, known))
        return score

    def _lied(self, daemon, t, then):
        changes = self.lies[daemon] + [(NEVER, False)]
        return sum(max(0.0, min(then, after) - max(t, before))
                   for (before, is_lying), (after, _) in zip(changes, changes[1:]) if is_lying)

    def _is_contradicted(self, name, t):
        """A quorum of the daemons that answer is past the fork, on the chain that wins."""
        truth, height = self.world.truth, self.world.blocks.height
        own = next(d for d in self.honest if d.name == name)
        fork = height[truth.fork_of(last(own.tips, t))]
        n = 0
        for daemon in self.honest:
            tip = last(daemon.tips, t)
            n += last(daemon.ups, t) and last(daemon.loads, t) - t < PATIENCE / 2 and \
                last(daemon.peers, t) > 0 and truth.is_main(tip) and height[tip] > fork
        return n >= self.quorum
