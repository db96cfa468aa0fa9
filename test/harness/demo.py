"""tipwatch-demo: a simulated network of daemons that goes wrong on command."""
import json
import os
import urllib.parse

from harness.ctl import Ctl
from harness.process import Process
from harness.waiting import wait_for

# Any text does for the demo; this is what a pool would have.
WALLET = ('TRTLv3mnq2wS6GepH6nb628jEjFseeojACYToJ1BXaZNNEvLkzW327zTVCh7ncGtS2MU2usGNq9ygVwiCTTft9Qk'
          'N3t5P2Xqv3f')


class Demo:
    """n nodes that speak dialects in turn; blocks come on command only."""

    def __init__(self, case, n=5, dialects=('turtlecoin-rpc',), seed=1, options=()):
        self.case = case
        number = len(case.demos)
        case.demos.append(self)
        self.socket = os.path.join(case.dir, f'demo{number}.sock')
        ports_file = os.path.join(case.dir, f'demo{number}.json')
        self.process = Process(case, 'tipwatch-demo', [
            case.program('tipwatch-demo'), '--nodes', n, '--dialect', ','.join(dialects),
            '--block-time', '0s', '--seed', seed, '--control', self.socket,
            '--ports-file', ports_file, '--json', *options])
        wait_for('the demo listens', lambda: self._is_up(ports_file), 20)
        with open(ports_file, encoding='utf-8') as file:
            self.announced = json.load(file)['nodes']
        self.names = [node['name'] for node in self.announced]
        self._ctl = Ctl(self.socket)
        case.addCleanup(self._ctl.close)

    def _is_up(self, ports_file):
        if not self.process.is_running():
            raise AssertionError(f'tipwatch-demo ended by itself:\n{self.process.log()}')
        return os.path.exists(ports_file)

    def nodes(self):
        """The daemons as a configuration names them."""
        return [{'name': node['name'], 'url': node['url']} for node in self.announced]

    def port(self, i):
        return urllib.parse.urlsplit(self.announced[i]['url']).port

    def url(self, name):
        return next(node['url'] for node in self.announced if node['name'] == name)

    def p2p(self, name):
        """HOST:PORT of its P2P port, where there is one."""
        return next(node['p2p'] for node in self.announced if node['name'] == name)

    def do(self, command):
        """Runs a command; returns its answer."""
        answer = self.look(command)
        self.case.note(f'demo: {command}: {answer.get("text") or answer}')
        return answer

    def look(self, command):
        """The same, with no mention in the report: for what is asked all the time."""
        answer = self._ctl.ask(command)
        if not answer.get('ok'):
            raise AssertionError(f'tipwatch-demo refused "{command}": {answer}')
        return answer

    def mine(self, n=1):
        return self.do(f'mine {n}')
