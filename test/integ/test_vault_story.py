"""A hundred found blocks through a story of faults, of daemons that cannot bear a block from both
sides and of a tipwatchd that is killed: each block has the fate that it really has."""
import time
import unittest

from harness import spool
from harness.case import calm, takes
from harness.waiting import wait_for
from vault_case import NONCE, VaultCase

BLOCKS = 100
PACE_S = 0.1
DEPTH = 5
# Before which block, and what happens; @ is the daemon in use, and stays so until it is well again.
STORY = {6: 'die @', 16: 'restart @ 0 500', 22: 'hang @', 32: 'recover @', 46: 'slow @ 250',
         52: 'recover @', 56: 'freeze @', 64: 'recover @', 68: 'no-template @ failed',
         76: 'recover @', 80: 'delay @ 100', 92: 'recover @'}
HEALS = ('restart', 'recover')
# Before these the network splits, and the daemon in use finds a block on the side that loses.
SPLITS = (38, 96)
# Before these tipwatchd is killed, just when a file has come.
KILLS = (10, 26, 50, 60, 72, 90)
GONE = ('orphaned', 'stale', 'refused', 'lost')


class Story(VaultCase):
    def wrecked(self):
        return [n['name'] for n in self.demo.look('list')['nodes'] if 'wrecked' in n['faults']]

    def block_of(self, blob):
        return next((b for b in self.blocks() if b['id'] == spool.block_id(blob)), None)

    def state_of(self, blob):
        block = self.block_of(blob)
        return block and block['state']

    def find(self, number):
        height, blob = wait_for('there is a template', self.job, 30)
        self.hand_over(blob)
        if number in KILLS:
            self.watcher.kill()
            self.watcher.start()
        wait_for(f'a daemon has block {number}', lambda: any(
            n['height'] >= height for n in self.demo.look('list')['nodes']), 20)
        return height, blob

    def split(self):
        """A block that only the daemon in use has, whose chain loses."""
        self.watcher.wait_settled()
        victim = self.watcher.chosen()
        self.demo.do(f'fork {victim} 1 share 0')
        height, blob = self.template(victim)
        self.hand_over(blob)
        wait_for('the block of the split is accepted',
                 lambda: self.state_of(blob) == 'accepted', 20)
        self.demo.mine(4)
        wait_for('the block of the split is orphaned',
                 lambda: self.state_of(blob) == 'orphaned', 20)
        self.demo.do(f'rejoin {victim}')
        self.watcher.wait_settled(within=40)
        return height, blob

    def is_on_the_chain(self, height, blob):
        """What the demo's own daemons say of it."""
        header = self.ask_daemon(self.demo.names[0], 'getblockheaderbyheight',
                                 {'height': height})['block_header']
        nonce = int.from_bytes(bytes.fromhex(blob[NONCE:NONCE + 8]), 'little')
        return header['nonce'] == nonce and header['prev_hash'] == blob[4:68]

    @calm
    @takes(120)
    def test_hundred_blocks_each_with_its_fate(self):
        self.vault(5, submit={'after_accept': '300ms', 'after_silence': '600ms'},
                   blocks={'depth': DEPTH})
        self.demo.do('fragile all')
        found, orphans, victim = [], [], None
        for number in range(BLOCKS):
            command = STORY.get(number)
            if command:
                victim = victim or self.watcher.chosen()
                self.demo.do(command.replace('@', victim))
                if command.split()[0] in HEALS:
                    victim = None
            if number in SPLITS:
                orphans.append(self.split())
                found.append(orphans[-1])
            found.append(self.find(number))
            self.assertEqual(self.wrecked(), [], f'by block {number}')
            time.sleep(PACE_S)
        self.demo.do('recover all')
        self.demo.mine(DEPTH + 1)
        wait_for('every block has its fate', lambda: all(
            self.state_of(blob) in ('buried', *GONE) for _, blob in found), 40)
        self.assertEqual(len(self.blocks()), len(found))
        wrong = []
        for height, blob in found:
            block = self.block_of(blob)
            if (block['state'] == 'buried') != self.is_on_the_chain(height, blob):
                wrong.append(block)
        self.assertEqual(wrong, [])
        for _, blob in orphans:
            block = self.block_of(blob)
            self.assertEqual(block['state'], 'orphaned')
            self.assertRegex(block['text'], 'isolated|forked|lost the race')
            self.assertIsNotNone(block['other_hash'])
        gone = [b for b in self.blocks() if b['state'] in GONE]
        self.note(f'blocks that the chain does not have: {[b["text"] for b in gone]}')
        # A pool that goes on with the template of a frozen daemon finds late blocks. None is lost
        # on its way, and no height at which it found one is somebody else's, but for the splits.
        self.assertEqual([b for b in gone if b['state'] in ('refused', 'lost')], [])
        kept = {b['height'] for b in self.blocks() if b['state'] == 'buried'}
        self.assertEqual({b['height'] for b in gone} - kept, {height for height, _ in orphans})
        self.assertEqual(self.files(), [])


if __name__ == '__main__':
    unittest.main()
