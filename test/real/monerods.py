"""Three monerods in a private network on loopback, with real blocks and real reorganisations.

All are in regtest, where a block costs nothing; each has the other two as its only peers.
"""
import json
import os
import signal
import urllib.request

from harness import ports
from harness.process import Process
from harness.proxy import Proxy
from harness.waiting import wait_for

# Regtest takes addresses of the main network.
ADDRESS = ('44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn'
           '3RVGQBEP3A')
# The first proof of work takes a while, on a busy machine a long while.
RPC_TIMEOUT_S = 120
# A monerod that reorganises does not answer meanwhile, on a busy machine for a second.
MIN_TIMEOUT = '2s'
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Monerod:
    def __init__(self, case, name):
        self.case = case
        self.name = name
        self.rpc_port = ports.free_port()
        self.p2p_port = ports.free_port()
        self.dir = os.path.join(case.dir, name)
        self.max_connections = 8  # from one address
        self.process = None
        self.url = f'http://127.0.0.1:{self.rpc_port}'

    def start(self, peer_ports):
        argv = ['monerod', '--regtest', '--keep-fakechain', '--fixed-difficulty', '1',
                '--data-dir', self.dir, '--no-zmq', '--non-interactive', '--log-level', '0',
                '--rpc-bind-ip', '127.0.0.1', '--rpc-bind-port', self.rpc_port,
                '--p2p-bind-ip', '127.0.0.1', '--p2p-bind-port', self.p2p_port,
                '--allow-local-ip', '--hide-my-port', '--no-igd', '--disable-dns-checkpoints',
                '--check-updates', 'disabled', '--max-connections-per-ip', self.max_connections]
        for port in peer_ports:
            argv += ['--add-exclusive-node', f'127.0.0.1:{port}']
        self.process = Process(self.case, self.name, argv)
        self.process.is_disposable = True

    def rpc(self, method, **params):
        body = json.dumps({'jsonrpc': '2.0', 'id': '0', 'method': method, 'params': params})
        request = urllib.request.Request(self.url + '/json_rpc', data=body.encode(),
                                         headers={'Content-Type': 'application/json'})
        with _opener.open(request, timeout=RPC_TIMEOUT_S) as reply:
            answer = json.load(reply)
        if 'result' not in answer:
            raise OSError(f'{self.name} {method}: {answer}')
        return answer['result']

    def tip(self):
        """(index, hash) of the newest block."""
        header = self.rpc('get_last_block_header')['block_header']
        return header['height'], header['hash']

    def height(self):
        """Count of blocks, so never 0."""
        return self.rpc('get_info')['height']

    def n_incoming(self):
        return self.rpc('get_info')['incoming_connections_count']

    def n_peers(self):
        info = self.rpc('get_info')
        return info['incoming_connections_count'] + info['outgoing_connections_count']

    def mine(self, n):
        self.rpc('generateblocks', amount_of_blocks=n, wallet_address=ADDRESS)

    def pause(self):
        self.process.signal(signal.SIGSTOP)

    def resume(self):
        self.process.signal(signal.SIGCONT)

    def kill(self):
        self.process.kill()


class Network:
    """One monerod per name, each connected to every other by two cables; a few blocks."""

    def __init__(self, case, names):
        self.nodes = {name: Monerod(case, name) for name in names}
        # (who connects, to whom)
        self.cables = {(a, b): Proxy(node.p2p_port) for a in names
                       for b, node in self.nodes.items() if a != b}
        for cable in self.cables.values():
            case.addCleanup(cable.close)
        for name in names:
            self.start(name)
        self.connected()
        self.nodes[names[0]].mine(10)
        self.agree()

    def start(self, name):
        self.nodes[name].start([c.port for (a, _), c in self.cables.items() if a == name])

    def connected(self):
        wait_for('every monerod has peers',
                 lambda: all(n.n_peers() >= len(self.nodes) - 1 for n in self.nodes.values()), 120)

    def agree(self, *names):
        """Until these nodes (none named: all) show the same newest block; returns it."""
        nodes = [self.nodes[n] for n in names or self.nodes]

        def same():
            tips = {n.tip() for n in nodes}
            return tips.pop() if len(tips) == 1 else None
        return wait_for('the monerods show the same newest block', same, 120)

    def cut_off(self, name, links=0):
        """Nobody reaches the node and it reaches nobody, until heal(). It keeps running, with so
        many links of tipwatchd."""
        for ends, cable in self.cables.items():
            if name in ends:
                cable.unplug()
        wait_for(f'{name} has no peers', lambda: self.nodes[name].n_peers() == links, 60)

    def freeze(self, name):
        """The node keeps its peers and hears nothing of them: it stays at its block for good."""
        for ends, cable in self.cables.items():
            if name in ends:
                cable.block()

    def thaw(self, name):
        """Ends freeze(): what waited for the node arrives."""
        for ends, cable in self.cables.items():
            if name in ends:
                cable.unblock()

    def heal(self):
        for cable in self.cables.values():
            cable.plug()
        self.connected()
