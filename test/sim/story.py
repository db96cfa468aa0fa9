"""A scenario in a dozen lines: who is on which chain when. Makes the journal that replay reads.

A Story has nodes and chains. run(until) lets time pass: every node is checked at every interval,
and what it shows follows from its state (which chain, how far, how it fails). In between the
test says what happens, and afterwards what decision.md wants of the decision. Times are seconds
from the start, heights are real block indices; everybody begins at height 1000 of the chain
'main'.
"""
import json

START = 1000
DEEP = 40          # blocks shown when nothing links the new tip to the old one
OK, REFUSED, TIMEOUT, BAD_REPLY = 'ok', 'refused', 'timeout', 'bad_reply'


class Chain:
    """Blocks above fork are its own, below it is its parent."""

    def __init__(self, number, parent=None, fork=None, tip=START):
        self.number, self.parent, self.fork, self.tip = number, parent, fork, tip

    def hash(self, height):
        if self.parent and height <= self.fork:
            return self.parent.hash(height)
        return f'{self.number:02x}{height:062d}'


class Node:
    def __init__(self, name, chain):
        self.name, self.chain = name, chain
        self.height = None      # None: it follows its chain; else it is stuck there
        self.result = OK
        self.is_silent = False  # no check of it ends at all
        self.peers, self.template, self.rtt_ms = 8, None, 3
        self.claim = None
        self.at = []            # heights below that it is asked for
        self.shown = None       # (chain, height) of the last good check

    def tip(self):
        return self.chain.tip if self.height is None else self.height

    def follow(self, chain=None, height=None):
        """On this chain (default: the one it is on), at its tip or stuck at height."""
        self.chain, self.height, self.result = chain or self.chain, height, OK
        self.is_silent = False
        return self

    def freeze(self):
        """Answers, but gets no more blocks."""
        self.height = self.tip()
        return self

    def fail(self, result=REFUSED):
        self.result = result
        return self

    def blocks(self):
        """What a check shows: the tip alone if it is the old one, else back to what was shown."""
        tip, low = self.tip(), self.tip() - DEEP
        if self.shown:
            chain, height = self.shown
            if height == tip and chain.hash(tip) == self.chain.hash(tip):
                low = tip - 1
            else:
                common = min(tip, height)
                while common > tip - DEEP and chain.hash(common) != self.chain.hash(common):
                    common -= 1
                low = min(common - 1, tip - 4)
        low = max(low, tip - 128)
        self.shown = self.chain, tip
        return [[h, self.chain.hash(h)] for h in range(tip, low, -1)]


class Story:
    def __init__(self, nodes, block_target=30, interval=2, primary=None, **decision):
        names = nodes.split()
        self.interval, self.block_target = interval, block_target
        self.chains = [Chain(0)]
        self.main = self.chains[0]
        self.nodes = {}
        daemons = []
        for name in names:
            name, _, priority = name.partition(':')
            entry = {'name': name}
            if priority == 'reference':
                entry['role'] = 'reference'
            elif priority:
                entry['priority'] = int(priority)
            if name == (primary or names[0].partition(':')[0]):
                entry['primary'] = True
            daemons.append(entry)
            self.nodes[name] = Node(name, self.main)
        probe = {'interval': f'{interval}s'}
        for key in ('timeout', 'min_timeout', 'rise', 'fall'):
            if key in decision:
                probe[key] = decision.pop(key)
        self.header = {'tipwatch_journal': 1, 'version': '', 'config': {
            'coin': {'block_target': f'{block_target}s'}, 'probe': probe,
            'decision': decision, 'daemons': daemons}}
        self.records = []
        self.now = 0
        self.mined = 0          # when main got its last block
        self.is_mining = True
        self.wants = []

    def __getattr__(self, name):
        try:
            return self.__dict__['nodes'][name]
        except KeyError:
            raise AttributeError(name) from None

    def give_templates(self):
        """Every node gives block templates from now on."""
        for node in self.nodes.values():
            node.template = 'ok'

    def fork(self, at, parent=None):
        """A new chain that leaves its parent above height at."""
        parent = parent or self.main
        chain = Chain(len(self.chains), parent, at, at)
        self.chains.append(chain)
        return chain

    def record(self, **fields):
        self.records.append({'t': self.now * 1000, **fields})

    def op(self, word, node=None):
        self.record(op=word, **({'node': node} if node else {}))

    def witnesses(self, n, chain=None, height=None):
        """The first n say that their newest block is the tip of the chain, or that at height."""
        chain = chain or self.main
        height = chain.tip if height is None else height
        for slot in range(n):
            self.record(witness=slot, tip=[height, chain.hash(height)])

    def restored(self, **state):
        """What outlived the run before."""
        self.header['state'] = state

    def _check(self, node):
        if node.is_silent:
            return
        if node.result != OK:
            self.record(node=node.name, result=node.result)
            return
        fields = {'rtt_ms': node.rtt_ms, 'chain': node.blocks()}
        if node.peers is not None:
            fields.update(peers_in=0, peers_out=node.peers)
        if node.claim is not None:
            fields.update(network_height=node.claim, synced=False)
        if node.template:
            fields['template'] = node.template
        if node.at:
            fields['at'] = [[h, node.chain.hash(h)] for h in node.at]
        self.record(node=node.name, result='ok', **fields)

    def run(self, until):
        """Checks of everybody at every interval, blocks on main at every block target."""
        while self.now < until:
            if self.is_mining and self.now - self.mined >= self.block_target:
                self.main.tip += 1
                self.mined = self.now
            for node in self.nodes.values():
                self._check(node)
            self.now += self.interval

    def lie(self, blocks, *liars):
        """For so many blocks the liars show one block more than there is, from just after each."""
        for _ in range(blocks):
            own = self.fork(at=self.main.tip)
            own.tip += 1
            for liar in liars:
                liar.follow(own)
            self.run(self.now + self.block_target)

    def pass_over(self, seconds):
        """Time in which nothing was recorded: the watcher stood still."""
        self.now += seconds

    # --- what decision.md wants ---

    def at(self, t, **wanted):
        """What holds at t (after the records of that time)."""
        self.wants.append((t, t, wanted))

    def during(self, first, last, **wanted):
        """What holds from first to last, both included."""
        self.wants.append((first, last, wanted))

    def finally_(self, **wanted):
        """What holds at the end, and totals: switches, by_mode."""
        self.wants.append((self.now, self.now, wanted))

    # --- the files ---

    def journal(self):
        def line(record):
            return json.dumps(record, separators=(',', ':'))
        return ''.join(line(r) + '\n' for r in [self.header, *self.records])

    def check(self, output):
        """What is wrong with what replay printed: a list of sentences."""
        lines = [json.loads(text) for text in output.splitlines()]
        changes, summary = lines[:-1], lines[-1]['summary']
        wrong = []
        for first, last, wanted in self.wants:
            wanted = dict(wanted)
            if 'switches' in wanted:
                n = wanted.pop('switches')
                if summary['switches'] != n:
                    wrong.append(f'{summary["switches"]} switches, wanted {n}')
            before = [c for c in changes if c['t'] <= first * 1000][-1:]
            inside = [c for c in changes if first * 1000 < c['t'] <= last * 1000]
            if not before:
                wrong.append(f'nothing is decided at {first} s')
            for change in before + inside:
                wrong += [f'{change["t"] / 1000:g} s (wanted from {first} to {last}): {what}'
                          for what in differences(change, wanted)]
        return wrong


def differences(change, wanted):
    for key, value in wanted.items():
        if key in change['states']:
            is_there, have = change['states'][key].startswith(value), change['states'][key]
        else:
            key = {'height': 'network_height', 'anchor': 'anchor_height',
                   'chosen': 'daemon'}.get(key, key)
            have = change[key]
            is_there = have in value if isinstance(value, tuple) else have == value
        if not is_there:
            yield f'{key} is {have!r}, not {value!r}'
