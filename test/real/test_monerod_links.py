"""tipwatchd with P2P links to three real monerods. See monerods.py."""
import monerods
from harness.case import Case, takes
from harness.waiting import timed, wait_for
from harness.watcher import Watcher

NAMES = ['alpha', 'beta', 'gamma']
# So long that what is known earlier came over a link.
INTERVAL_S = 60
SOON_S = 15


class Links(Case):
    def state(self, name):
        return self.watcher.node(name)['p2p']['state']

    @takes(90)
    def test_links(self):
        network = monerods.Network(self, NAMES)
        self.watcher = Watcher(
            self, [{'name': n, 'url': network.nodes[n].url,
                    'p2p': f'127.0.0.1:{network.nodes[n].p2p_port}'} for n in NAMES],
            probe={'interval': f'{INTERVAL_S}s'}, coin={'block_target': '60s'})
        self.watcher.wait_settled()

        with self.subTest('up'):
            for name in NAMES:
                wait_for(f'the link to {name}', lambda n=name: self.state(n) == 'up', SOON_S)

        with self.subTest('a block'):
            network.nodes['alpha'].mine(1)
            height, top = network.agree()
            seconds = timed('it is known', lambda: self.watcher.select()['hash'] == top, SOON_S)
            self.note(f'a block was known {seconds:.3f} s after the monerods agreed')
            for name in NAMES[1:]:
                self.assertEqual(self.watcher.node(name)['p2p']['pushed_height'], height)

        with self.subTest('a reorganisation'):
            network.cut_off('alpha', links=1)
            network.nodes['alpha'].mine(1)
            network.nodes['beta'].mine(3)
            network.agree('beta', 'gamma')
            network.heal()
            network.nodes['beta'].mine(1)
            _, top = network.agree()
            wait_for('the longer chain', lambda: self.watcher.select()['hash'] == top, SOON_S)
            wait_for('alpha is on it', lambda: self.watcher.node('alpha')['hash'] == top, SOON_S)

        with self.subTest('a death'):
            chosen = self.watcher.chosen()
            network.nodes[chosen].kill()
            seconds = timed('another is chosen',
                            lambda: self.watcher.chosen() not in (None, chosen), SOON_S)
            self.note(f'another was chosen {seconds:.3f} s after kill -9')

        with self.subTest('no room for another connection'):
            # The other two reach it from this very address.
            node = network.nodes[chosen]
            node.max_connections = 1
            network.start(chosen)
            rest = [n for n in NAMES if n != chosen]
            wait_for('a peer has come in', lambda: node.n_incoming() >= 1, 120)
            self.watcher.ask('check')
            wait_for('it is healthy', lambda: self.watcher.node(chosen)['state'] == 'healthy',
                     2 * INTERVAL_S)
            link = wait_for('the link is refused', lambda: self.watcher.node(chosen)['p2p']
                            if self.state(chosen) == 'none' else None, SOON_S)
            # What arrives first: the end of its stream, or a reset for what was sent to it.
            self.assertRegex(link['error'], 'closed the connection|reset by peer')
            self.assertEqual({self.state(n) for n in rest}, {'up'})
