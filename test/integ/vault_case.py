"""What the tests of the vault share: a tipwatchd with a directory for found blocks, and blocks."""
import itertools
import json
import os
import urllib.request

from harness import spool
from harness.demo import WALLET
from harness.waiting import wait_for
from net import NetCase


# Where the nonce is in the blobs of TurtleCoin's block version 3, in hex digits: behind the
# versions, the previous hash, and the versions, the time and the previous hash of the parent.
NONCE = 4 + 64 + 4 + 10 + 64


class VaultCase(NetCase):
    count = itertools.count()

    def vault(self, n=5, **sections):
        self.blocks_dir = os.path.join(self.dir, 'blocks')
        blocks = {'dir': self.blocks_dir, **sections.pop('blocks', {})}
        probe = {'interval': '200ms', **sections.pop('probe', {})}
        self.network(n, blocks=blocks, probe=probe, **sections)

    def ask_daemon(self, name, method, params, timeout=5):
        """The result of a JSON-RPC."""
        body = {'method': method, 'params': params}
        request = urllib.request.Request(f'{self.demo.url(name)}/json_rpc',
                                         json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=timeout) as reply:
            return json.load(reply)['result']

    def template(self, name=None, timeout=5):
        """(height, blob) of the daemon in use, or of another one."""
        result = self.ask_daemon(name or self.watcher.chosen(), 'getblocktemplate',
                                 {'reserve_size': 8, 'wallet_address': WALLET}, timeout)
        return result['height'], self.mined(result['blocktemplate_blob'])

    def mined(self, template):
        """The template with a nonce of its own, as a miner finds it: a block of the demo's own has
        the nonce 0."""
        number = next(self.count) + 1
        return (template[:NONCE] + number.to_bytes(4, 'little').hex() +
                template[NONCE + 8:])

    def job(self):
        """A template of a usable daemon; None: not now."""
        select = self.watcher.select()
        try:
            return select['usable'] and self.template(select['daemon']['name'], 2)
        except (OSError, KeyError):
            return None

    def hand_over(self, data, name=None):
        """Writes a file as a pool does. Returns its name."""
        name = name or f'b{next(self.count)}'
        spool.hand_over(self.blocks_dir, data, name)
        return name

    def blocks(self):
        return self.watcher.ask('blocks')['blocks']

    def block(self, height):
        """The block of that height; there must be one at most."""
        found = [b for b in self.blocks() if b['height'] == height]
        self.assertLessEqual(len(found), 1, found)
        return found[0] if found else None

    def becomes(self, height, *states, within=20):
        """Waits for the state, and returns the block."""
        def arrived():
            block = self.block(height)
            return block if block and block['state'] in states else None
        return wait_for(f'the block of height {height} is {" or ".join(states)}', arrived, within)

    def submits(self, name):
        """[(time, result, blob)] of what the daemon was sent."""
        return [(s['t_ms'], s['result'], s['blob'])
                for s in self.demo.look(f'submits {name}')['submits']]

    def files(self, *places):
        return spool.files(self.blocks_dir, *places)

    def daemon_of(self, block, name):
        return next(d for d in block['daemons'] if d['name'] == name)
