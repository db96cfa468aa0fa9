"""A hundred found blocks through a story of faults of three real monerods: each has the fate that
their chain gives it, and none is lost on its way. See monerods.py."""
import os

import monerods
from harness import spool
from harness.case import Case, takes
from harness.waiting import wait_for
from harness.watcher import Watcher

NAMES = ['alpha', 'beta', 'gamma']
BLOCKS = 100
DEPTH = 5
PASSED = 3  # so many blocks above it, and the chain has gone on without it
# Before which block, and what happens to the daemon in use.
STORY = {8: 'kill', 20: 'start', 30: 'pause', 42: 'resume', 56: 'freeze', 66: 'thaw', 76: 'kill',
         86: 'start'}
# Before these the network splits, and the daemon in use finds a block on the side that loses.
SPLITS = (50, 96)
# Before these tipwatchd is killed, just when a file has come.
KILLS = (5, 36, 60, 80)
GONE = ('orphaned', 'stale', 'refused', 'lost')


def after_varints(blob, n):
    """Where the n varints at the beginning of a blob end."""
    at = 0
    for _ in range(n):
        while blob[at] & 0x80:
            at += 1
        at += 1
    return at


def parts(blob):
    """(previous hash, nonce) of a block: they follow the two versions and the time."""
    at = after_varints(blob, 3)
    return blob[at:at + 32].hex(), int.from_bytes(blob[at + 32:at + 36], 'little')


def with_nonce(blob, nonce):
    """The template as a miner finds it; at the difficulty of the tests every nonce will do."""
    at = after_varints(blob, 3) + 32
    return blob[:at] + nonce.to_bytes(4, 'little') + blob[at + 4:]


class Blocks(Case):
    def setUp(self):
        super().setUp()
        self.network = monerods.Network(self, NAMES)
        self.nodes = self.network.nodes
        self.blocks_dir = os.path.join(self.dir, 'blocks')
        self.watcher = Watcher(
            self, [{'name': n, 'url': self.nodes[n].url} for n in NAMES],
            coin={'block_target': '6s'},
            probe={'interval': '250ms', 'min_timeout': monerods.MIN_TIMEOUT},
            template={'wallet_address': monerods.ADDRESS},
            blocks={'dir': self.blocks_dir, 'depth': DEPTH})
        self.watcher.wait_settled()
        self.down = None
        self.n_templates = 0

    def template(self, name):
        """(height, blob) as the pool's miners find it on a daemon."""
        result = self.nodes[name].rpc('get_block_template', wallet_address=monerods.ADDRESS,
                                      reserve_size=8)
        self.n_templates += 1
        return result['height'], with_nonce(bytes.fromhex(result['blocktemplate_blob']),
                                            self.n_templates)

    def job(self):
        """A template of a daemon that the pool may use; None: not now."""
        select = self.watcher.select()
        if not select['usable'] or select['daemon']['name'] == self.down:
            return None
        return self.template(select['daemon']['name'])

    def hand_over(self, blob):
        spool.hand_over(self.blocks_dir, blob, spool.block_id(blob.hex()))

    def blocks(self):
        return self.watcher.ask('blocks')['blocks']

    def fate(self, blob):
        name = spool.block_id(blob.hex())
        return next((b for b in self.blocks() if b['id'] == name), None)

    def reaches(self, blob, state):
        def reached():
            block = self.fate(blob)
            return block and block['state'] == state
        wait_for(f'the block is {state}', reached, 60)

    def step(self, word):
        """A step of the story."""
        if word in ('kill', 'pause', 'freeze'):
            victim = self.nodes[self.watcher.chosen()]
            self.victim = victim
            if word == 'freeze':
                self.network.freeze(victim.name)
                return
            self.down = victim.name
            if word == 'kill':
                victim.kill()
            else:
                victim.pause()
                self.addCleanup(victim.resume)
            return
        if word == 'start':
            self.network.start(self.victim.name)
        elif word == 'resume':
            self.victim.resume()
        else:
            self.network.thaw(self.victim.name)
        self.network.connected()
        self.network.agree()
        self.down = None

    def find(self, number):
        height, blob = wait_for('there is a template', self.job, 30)
        self.hand_over(blob)
        if number in KILLS:
            self.watcher.kill()
            self.watcher.start()
        others = [n for n in self.nodes.values() if n.name != self.down]
        wait_for(f'a daemon has block {number}',
                 lambda: any(n.height() > height for n in others), 30)
        return height, blob

    def split(self):
        """A block that only the daemon in use has, whose chain loses."""
        self.watcher.wait_settled(within=60)
        victim = self.nodes[self.watcher.chosen()]
        other = next(n for n in self.nodes.values() if n is not victim)
        self.network.cut_off(victim.name)
        victim.mine(1)
        height, blob = self.template(victim.name)
        self.hand_over(blob)
        self.reaches(blob, 'accepted')
        other.mine(PASSED + 3)
        self.network.heal()
        self.network.agree()
        self.reaches(blob, 'orphaned')
        self.watcher.wait_settled(within=60)
        return victim.name, height, blob

    def is_on_the_chain(self, height, blob):
        header = self.nodes['alpha'].rpc('get_block_header_by_height', height=height)
        header = header['block_header']
        return (header['prev_hash'], header['nonce']) == parts(blob)

    @takes(120)
    def test_hundred_blocks_each_with_its_fate(self):
        found, orphans = [], []
        for number in range(BLOCKS):
            if number in STORY:
                self.step(STORY[number])
            if number in SPLITS:
                victim, height, blob = self.split()
                orphans.append((victim, blob))
                found.append((height, blob))
            found.append(self.find(number))
        self.network.agree()
        self.nodes['alpha'].mine(DEPTH + 1)
        self.network.agree()
        wait_for('every block has its fate', lambda: all(
            b['state'] in ('buried', *GONE) for b in self.blocks()), 60)
        self.assertEqual(len(self.blocks()), len(found))
        wrong = [self.fate(blob) for height, blob in found
                 if (self.fate(blob)['state'] == 'buried') != self.is_on_the_chain(height, blob)]
        self.assertEqual(wrong, [])
        for victim, blob in orphans:
            block = self.fate(blob)
            self.assertEqual(block['state'], 'orphaned')
            # The others accepted it as well, with a parent that they do not know, and kept nothing.
            self.assertRegex(block['text'], f'{victim} was isolated|{victim}, which took it, was')
            self.assertIsNotNone(block['other_hash'])
        gone = [b for b in self.blocks() if b['state'] in GONE]
        self.note(f'blocks that the chain does not have: {[b["text"] for b in gone]}')
        self.assertEqual([b for b in gone if b['state'] in ('refused', 'lost')], [])
        kept = {b['height'] for b in self.blocks() if b['state'] == 'buried'}
        self.assertEqual({b['height'] for b in gone} - kept,
                         {self.fate(blob)['height'] for _, blob in orphans})
        self.assertEqual(spool.files(self.blocks_dir), [])
