"""tipwatchd with a configuration of its own, and everything one can ask it."""
import json
import os
import re
import shutil
import signal
import urllib.error
import urllib.request

from harness import conf, ports
from harness.ctl import Ctl
from harness.process import Process
from harness.waiting import wait_for

# Loopback is asked directly, whatever the environment says of proxies.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Watcher:
    """tipwatchd watching nodes: a list of daemon groups ({"name", "url", …}).

    Further keyword arguments are sections of the configuration, merged over the test's paths.
    """

    def __init__(self, case, nodes, start=True, options=(), **sections):
        self.case = case
        self.dir = os.path.join(case.dir, f'w{len(case.watchers)}')
        os.mkdir(self.dir, 0o755)
        self.socket = os.path.join(self.dir, 'c.sock')
        self.state_dir = os.path.join(self.dir, 'state')
        self.conf_path = os.path.join(self.dir, 'tipwatch.conf')
        # Where it may be written by whoever tipwatchd runs as.
        os.mkdir(os.path.join(self.dir, 'journal'))
        os.chmod(os.path.join(self.dir, 'journal'), 0o777)
        self.journal_is_whole = True  # False: not all of it is there
        self.journal_path = os.path.join(self.dir, 'journal', 'j')
        self.http_port = ports.free_port()
        self.options = list(options)
        self.process = None
        self.user = None
        self.program = case.program('tipwatchd')
        self._ctl = None
        self.settings = {'daemons': list(nodes)}
        self.sections = sections
        case.watchers.append(self)
        self.write()
        if start:
            self.start()

    def write(self, **sections):
        """Writes the configuration; sections given here are merged into it for good."""
        for name, section in sections.items():
            if name == 'daemons':
                self.settings['daemons'] = section
            else:
                self.sections[name] = {**self.sections.get(name, {}), **section}
        settings = dict(self.settings)
        own = {
            'control': {'path': self.socket},
            'http': {'listen': f'127.0.0.1:{self.http_port}'},
            'state': {'dir': self.state_dir},
            'journal': {'path': self.journal_path},
        }
        for name in [*own, *self.sections]:
            settings[name] = {**own.get(name, {}), **self.sections.get(name, {})}
        with open(self.conf_path, 'w', encoding='utf-8') as file:
            file.write(conf.text(settings))

    def start(self, until_answers=True):
        self.process = Process(
            self.case, 'tipwatchd',
            [self.program, '-c', self.conf_path, *self.options], user=self.user)
        if until_answers:
            wait_for('tipwatchd answers on its control socket', self._answers, 10)

    def run_as(self, uid):
        """From the next start on. The checkout may lie where that user cannot enter."""
        self.user = uid
        self.program = shutil.copy(self.program, self.dir)

    def _answers(self):
        if not self.process.is_running():
            raise AssertionError(f'tipwatchd ended by itself:\n{self.process.log()}')
        return self.ask('ping')

    def _close(self):
        if self._ctl:
            self._ctl.close()
            self._ctl = None

    def stop(self):
        self._close()
        status = self.process.stop()
        return status

    def kill(self):
        self._close()
        self.process.kill()

    def reload(self):
        self.process.signal(signal.SIGHUP)

    # --- control socket ---

    def ctl(self, **options):
        """A new connection, closed when the test ends."""
        client = Ctl(self.socket, **options)
        self.case.addCleanup(client.close)
        return client

    def ask(self, request):
        """Asks on a connection that is kept, as a pool does; opened again after a restart."""
        try:
            if not self._ctl:
                self._ctl = Ctl(self.socket)
            return self._ctl.ask(request)
        except OSError:
            self._close()
            raise

    def select(self):
        return self.ask('select')

    def chosen(self):
        """Name of the chosen daemon, or None."""
        daemon = self.select()['daemon']
        return daemon and daemon['name']

    def status(self):
        return self.ask('status')

    def node(self, name):
        return self.ask(f'node {name}')

    def verdict(self, name):
        """"state/reason" of one node."""
        node = self.node(name)
        return f'{node["state"]}/{node["reason"]}'

    def verdicts(self):
        return {d['name']: f'{d["state"]}/{d["reason"]}' for d in self.status()['daemons']}

    def n_switches(self):
        return len(self.status()['switches'])

    # --- HTTP ---

    def http(self, path, method='GET', headers=None, data=None):
        """Returns (status, headers, body text)."""
        request = urllib.request.Request(f'http://127.0.0.1:{self.http_port}{path}', method=method,
                                         headers=headers or {}, data=data)
        try:
            with _opener.open(request, timeout=10) as reply:
                return reply.status, reply.headers, reply.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read().decode()

    def http_json(self, path):
        status, _, body = self.http(path)
        return status, json.loads(body)

    def metrics(self):
        """Samples by "name{labels}" exactly as served."""
        _, _, body = self.http('/metrics')
        samples = {}
        for line in body.splitlines():
            if line and not line.startswith('#'):
                key, number = line.rsplit(' ', 1)
                samples[key] = float(number)
        return samples

    # --- waiting ---

    def wait_settled(self, n=None, within=15):
        """Until the mode is consensus, every daemon (or n of them) is healthy and one is chosen."""
        def is_settled():
            status = self.status()
            healthy = sum(d['state'] == 'healthy' for d in status['daemons'])
            if n is None:
                enough = healthy == len(status['daemons'])
            else:
                enough = healthy >= n
            return enough and status['select']['usable'] and \
                status['select']['mode'] == 'consensus' and status
        return wait_for('consensus with all daemons healthy', is_settled, within)

    def wait_checks(self, n, within=60, names=None):
        """Until each node (or each of names) was checked n more times."""
        def counts():
            return {d['name']: d['checks'] for d in self.status()['daemons']
                    if names is None or d['name'] in names}
        before = counts()
        wait_for(f'{n} more checks of each node',
                 lambda: all(c >= before[name] + n for name, c in counts().items()), within)

    # --- the journal ---

    def journals(self):
        """The files of the journal that there are, oldest first."""
        return [path for path in (self.journal_path + '.1', self.journal_path)
                if os.path.exists(path)]

    def recorded_decisions(self):
        """What tipwatchd says in its journal that it decided, as the lines that replay prints."""
        decision = re.compile(r'(\{"t":[0-9.]+,)"decision":\{(.*\})\}\n')
        lines = []
        for path in self.journals():
            with open(path, encoding='utf-8') as file:
                found = (decision.fullmatch(line) for line in file)
                lines += [match[1] + match[2] for match in found if match]
        return lines

    def replay(self, *options):
        """tipwatchctl replay of what was recorded: (decisions, summary)."""
        status, out, err = self.case.run_program('tipwatchctl', 'replay', *options,
                                                 *self.journals())
        if status != 0:
            raise AssertionError(f'replay of {self.dir} ended with {status}: {err}')
        *lines, summary = out.splitlines()
        return lines, json.loads(summary)['summary']

    def check_journal(self):
        """What tipwatchd decided is what a replay of its journal decides, byte for byte."""
        if not self.journals() or not self.journal_is_whole:
            return
        recorded = self.recorded_decisions()
        replayed, summary = self.replay()
        self.case.assertEqual(replayed, recorded)
        self.case.assertEqual(summary.get('differences', 0), 0)
        self.case.assertTrue(recorded, 'nothing was decided')

    def report(self):
        """What a person needs to see when a test failed."""
        if not self.process or not self.process.is_running():
            return 'tipwatchd is not running'
        try:
            with Ctl(self.socket, timeout=2) as client:
                status = client.ask('status')
        except (OSError, ValueError, ConnectionError) as error:
            return f'tipwatchd does not answer: {error!r}'
        lines = ['select: ' + json.dumps(status['select']),
                 'consensus: ' + json.dumps(status['consensus'])]
        lines += ['switch: ' + json.dumps(s) for s in status['switches']]
        lines += [f'{d["name"]}: {d["state"]}/{d["reason"]} height {d["height"]} lag {d["lag"]} '
                  f'checks {d["checks"]} failures {d["failures"]} detail {d["detail"]!r}'
                  for d in status['daemons']]
        return '\n'.join(lines)
