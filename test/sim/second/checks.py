"""What checks of the daemons find out, as records of a journal (tipwatch-journal(5)).

Nothing of a check depends on the decision: every daemon is checked once an interval, also the
chosen one and at news. So all checks of a daemon are made at once, from what was noted about its
life, and decided on afterwards. The same is true of a liar, once for each of its faces.
"""
import json
import random

INTERVAL, TIMEOUT, MIN_TIMEOUT = 1.0, 5.0, 0.25
TEMPLATE_EVERY, PEERS_EVERY = 10.0, 5
STALL, STALLS_FOR = 0.1, 32     # seconds at least, and for how many block targets remembered
NEVER = float('inf')
LEAST, MOST = 4, 128    # blocks that are shown when the tip has changed


class Pace:
    """How long a check waits for an answer: decision.md, Verdicts 9."""

    def __init__(self, target):
        self.target, self.n, self.mean, self.variation, self.since = target, 0, 0.0, 0.0, 0.0
        self.doubled, self.stalls = 0.0, []

    def timeout(self):
        if self.n < 8:
            return TIMEOUT
        stall = 1.25 * max(self.stalls)[0] if len(self.stalls) > 1 else 0.0
        return min(TIMEOUT, max(MIN_TIMEOUT, self.mean + max(2 * self.variation, stall),
                                self.doubled))

    def take(self, now, rtt):
        self.doubled = 0.0
        off = abs(rtt - self.mean) if self.n else 0.0
        if off >= STALL or self.stalls:
            self.stalls = [s for s in self.stalls if now - s[1] < STALLS_FOR * self.target]
            self.stalls += [(off, now)] if off >= STALL else []
        self.mean += (rtt - self.mean) / 8 if self.n else rtt
        self.variation *= 0.875 ** ((now - self.since) / self.target)
        self.variation = max(self.variation, off)
        self.since = now
        self.n += 1

    def miss(self):
        self.doubled = 2 * self.timeout()


class Track:
    """Changes, (t, value), that are read with rising times: the newest value until then."""

    def __init__(self, changes):
        self.changes, self.i, self.value = changes, 0, None
        self.next = changes[0][0] if changes else NEVER

    def at(self, t):
        while self.next <= t:
            self.value = self.changes[self.i][1]
            self.i += 1
            self.next = self.changes[self.i][0] if self.i < len(self.changes) else NEVER
        return self.value


class Shown:
    """The chain as a check shows it: the tip alone while it is the old one."""

    def __init__(self, blocks, is_whole):
        self.blocks, self.is_whole = blocks, is_whole
        self.hashes, self.tip, self.text = {}, None, ''

    def chain(self, invented, base):
        """The invented (height, hash), newest first, on the block base. Says whether it is new."""
        tip = (invented[:1], base)
        is_new = tip != self.tip
        if is_new or self.is_whole:
            self.text = self._link(invented, base) if is_new else self.text
        elif len(self.text) > 100:
            self.text = self.text[:self.text.index(']') + 1]
        self.tip = tip
        return self.text, is_new

    def _link(self, invented, base):
        pairs = list(invented)
        block = base
        while len(pairs) < MOST:
            pair = self.blocks.height[block], self.blocks.hash(block)
            is_known = self.hashes.get(pair[0]) == pair[1]
            pairs.append(pair)
            if block == 0 or (is_known and len(pairs) >= LEAST):
                break
            block = self.blocks.parent[block]
        self.hashes.update(pairs)
        return ','.join(f'[{height},"{digest}"]' for height, digest in pairs[:MOST])


def header(names, target, liars, role, switch_cost=0):
    """Liars are the last of the names."""
    first_liar = len(names) - liars
    nodes = [{'name': name, 'role': role if i >= first_liar else 'daemon', 'primary': i == 0}
             for i, name in enumerate(names)]
    config = {'coin': {'block_target': f'{target}s'}, 'probe': {'interval': f'{INTERVAL:g}s'},
              'template': {'checked': True}, 'daemons': nodes}
    if switch_cost:     # not in the journals that an older program reads
        config['decision'] = {'switch_cost': f'{switch_cost}s'}
    return json.dumps({'tipwatch_journal': 1, 'version': '', 'config': config}) + '\n'


def ends(intervals):
    """Intervals, which may overlap, as changes between a value that holds and None."""
    changes, until = [], None
    for interval in sorted(intervals):
        if until is not None and interval[0] > until:
            changes.append((until, None))
        if until is None or interval[0] > until:
            changes.append((interval[0], interval))
        until = interval[1] if until is None else max(until, interval[1])
    return changes + ([(until, None)] if until is not None else [])


class Checks:
    """All checks of one daemon. face(t, tip) is (invented, base): what it shows instead of tip.
    With is_whole every check shows some blocks, so that it can follow a check of another face."""

    def __init__(self, blocks, daemon, target, seed, face=None, is_whole=False):
        self.daemon, self.face = daemon, face
        self.rand = random.Random(f'{seed}/checks/{daemon.name}')
        self.pace, self.shown = Pace(target), Shown(blocks, is_whole)
        self.ups, self.loads = Track(daemon.ups), Track(daemon.loads)
        self.tips, self.peers = Track(daemon.tips), Track(daemon.peers)
        self.syncs = Track(daemon.syncs)
        self.refusals, self.stales = (Track(ends(daemon.refusals)),
                                       Track(ends(daemon.stales)))
        self.n, self.template_at, self.records = 0, 0.0, []
        self.crashes = [t for t, is_up in daemon.ups if not is_up] + [NEVER]
        self.crash = 0

    def run(self, end):
        """(milliseconds, text) of each check, in the order of time."""
        t, was_good = self.rand.uniform(0.2, 1) * INTERVAL, True
        while t < end:
            done, is_good = self._check(t, '')
            if was_good and not is_good:
                done, is_good = self._check(done, ',"confirm":true')
            was_good = is_good
            t += INTERVAL
            while t <= done:
                t += INTERVAL
        return self.records

    def _record(self, t, result, more):
        self.records.append(
            (round(t * 1000), f'"node":"{self.daemon.name}","result":"{result}"{more}}}\n'))

    def _check(self, t, confirm):
        """Returns when it has ended, and whether it was good."""
        rtt = self.daemon.rtt * (0.7 + 0.6 * self.rand.random()) / 1000
        while self.crashes[self.crash] < t:
            self.crash += 1
        if not self.ups.at(t):
            self._record(t + 0.001, 'refused', confirm)
            return t + 0.001, False
        done = max(t, self.loads.at(t)) + rtt
        late = t + self.pace.timeout()
        crash = self.crashes[self.crash]
        if crash <= min(done, late):
            self._record(crash, 'reset', confirm)
            return crash, False
        if done > late:
            self.pace.miss()
            self._record(late, 'timeout', confirm)
            return late, False
        self.pace.take(done, done - t)
        self._answer(t, done, confirm)
        return done, True

    def _answer(self, t, done, confirm):
        # By then the next block may have been added; but a check never looks back in time.
        tip = self.tips.at(done)
        text, is_new = self.shown.chain(*(self.face(done, tip) if self.face else ((), tip)))
        more = ''
        if is_new or done >= self.template_at:
            word = self._template(done, tip)
            more = f',"template":"{word}"'
            self.template_at = done if word == 'failed' else done + TEMPLATE_EVERY
        self.n += 1
        if self.n % PEERS_EVERY == 1:
            more += f',"peers_in":0,"peers_out":{self.peers.at(done)}'
        self._record(done, 'ok',
                     f'{confirm},"rtt_ms":{(done - t) * 1000:.1f},"chain":[{text}]{more}')

    def _template(self, t, tip):
        if self.refusals.at(t) or self.syncs.at(t):
            return 'failed'
        stale = self.stales.at(t)
        return 'stale' if stale and stale[2] != tip else 'ok'
