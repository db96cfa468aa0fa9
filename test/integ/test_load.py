"""Checks are light: what one daemon is asked when nothing changes, and when a block comes."""
from harness.case import takes
from harness.proxy import Proxy
from harness.waiting import wait_for
from net import NetCase

CHECKS = 20
LOOKS = 5  # at the daemon in use, in an interval


class Load(NetCase):
    def front_all(self, dialects):
        """tipwatchd on daemons behind proxies that count."""
        self.network(3, dialects, settled=False)
        self.watcher.stop()
        self.proxies = []
        nodes = self.demo.nodes()
        for i, node in enumerate(nodes):
            proxy = Proxy(self.demo.port(i))
            self.addCleanup(proxy.close)
            self.proxies.append(proxy)
            node['url'] = f'http://127.0.0.1:{proxy.port}'
        self.watcher.write(daemons=nodes)
        self.watcher.start()
        self.watcher.wait_settled()
        self.watcher.wait_checks(2)

    @takes(25)
    def test_two_requests_at_most_when_nothing_changes(self):
        self.front_all(['turtlecoin-rpc', 'turtlecoin-rest', 'monero'])
        firsts = [len(p.requests) for p in self.proxies]
        before = [self.watcher.node(n)['checks'] for n in self.demo.names]
        self.watcher.wait_checks(CHECKS)
        for i, proxy in enumerate(self.proxies):
            requests = proxy.requests[firsts[i]:]
            checks = self.watcher.node(self.demo.names[i])['checks'] - before[i] + 1
            self.note(f'{self.demo.names[i]}: {len(requests)} requests in {checks} checks')
            # Two a check at the very most, and far fewer on average: the block itself every
            # time, peer counts every fifth, a template every ten seconds.
            self.assertLessEqual(len(requests), 1.5 * checks, requests)
            self.assertGreaterEqual(len(requests), checks - 1, requests)

    @takes(25)
    def test_the_daemon_in_use_is_asked_most(self):
        """As decision.md says: it LOOKS times an interval, the others once."""
        self.front_all(['turtlecoin-rpc'])
        chosen = self.watcher.chosen()

        def checks():
            return {d['name']: d['checks'] for d in self.watcher.status()['daemons']}
        firsts, before = [len(p.requests) for p in self.proxies], checks()
        wait_for('ten intervals', lambda: checks()[chosen] >= before[chosen] + 10 * LOOKS, 40)
        after = checks()
        for i, name in enumerate(self.demo.names):
            n = after[name] - before[name]
            requests = len(self.proxies[i].requests) - firsts[i]
            self.note(f'{name}: {requests} requests in {n} checks')
            if name == chosen:
                self.assertLessEqual(requests, 1.2 * n + 2)
            else:
                self.assertGreaterEqual(n, 8)
                self.assertLessEqual(n, 13)
                self.assertLessEqual(requests, 1.5 * n + 2)

    @takes(10)
    def test_a_block_costs_one_template_more(self):
        self.front_all(['turtlecoin-rpc', 'turtlecoin-rest', 'turtlecoin-rpc@0.8.4'])
        first = len(self.proxies[0].requests)
        before = self.watcher.node(self.demo.names[0])['checks']
        self.demo.mine()
        self.watcher.wait_checks(3)
        checks = self.watcher.node(self.demo.names[0])['checks'] - before + 1
        # One more for the template on the new block, and what is due anyway.
        self.assertLessEqual(len(self.proxies[0].requests) - first, 1.5 * checks + 2)
