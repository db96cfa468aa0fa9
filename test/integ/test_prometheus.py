"""etc/prometheus and etc/grafana: the rules, their tests, a real Prometheus, the dashboard."""
import json
import os
import re
import shutil
import subprocess
import time
import urllib.parse
import urllib.request

from harness import ports
from harness.case import Case, takes, within
from harness.process import Process
from harness.waiting import wait_for
from net import NetCase

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RULES_DIR = os.path.join(TOP, 'etc', 'prometheus')
RULES = os.path.join(RULES_DIR, 'tipwatch.rules.yml')
TESTS = [os.path.join(RULES_DIR, name) for name in ('tests.yml', 'tests-day.yml')]
DASHBOARD = os.path.join(TOP, 'etc', 'grafana', 'tipwatch.json')

# Panels that are empty while all is well.
MAY_BE_EMPTY = {'Alerts', 'Blocks on a fork of its own'}
FUNCTIONS = {'sum', 'rate', 'increase', 'time', 'ALERTS'}

_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def need(case, program):
    path = shutil.which(program)
    case.assertTrue(path, f'{program} is missing: test/run fetches it; or apt-get install '
                          'prometheus')
    return path


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


class Rules(Case):
    """What promtool says of the files."""

    def promtool(self, *arguments):
        done = subprocess.run([need(self, 'promtool'), *arguments], capture_output=True, text=True,
                              check=False, cwd=RULES_DIR)
        return done.returncode, done.stdout + done.stderr

    def test_files_are_right(self):
        for arguments in (['check', 'rules', RULES],
                          ['check', 'config', os.path.join(RULES_DIR, 'prometheus.yml')],
                          ['test', 'rules', *TESTS]):
            status, said = self.promtool(*arguments)
            self.assertEqual(status, 0, said)

    def test_every_alert_says_what_to_do(self):
        for name, body in self.alerts().items():
            for word in ('severity: (critical|warning)$', 'summary: .', 'description: .',
                         'action: .'):
                self.assertRegex(body, re.compile('^ +' + word, re.MULTILINE), name)

    def alerts(self):
        parts = re.split(r'^      - alert: (\w+)$', read(RULES), flags=re.MULTILINE)[1:]
        found = dict(zip(parts[::2], parts[1::2]))
        self.assertGreater(len(found), 10)
        return found

    @takes(45)
    @within(600)
    def test_every_alert_is_tested_both_ways(self):
        """With an alert that always fires, or never does, the tests fail."""
        tests = [shutil.copy(path, self.dir) for path in TESTS]
        rules = read(RULES)
        for value, complaint in (('vector(1)', 'exp: nil'), ('vector(1) > 2', 'got: nil')):
            changed, n = re.subn(r'(- alert: \w+\n        expr:).*?(?=\n        (?:for|labels):)',
                                 rf'\1 {value}', rules, flags=re.DOTALL)
            self.assertEqual(n, len(self.alerts()))
            with open(os.path.join(self.dir, 'tipwatch.rules.yml'), 'w', encoding='utf-8') as file:
                file.write(changed)
            status, said = self.promtool('test', 'rules', *tests)
            self.assertEqual(status, 1)
            noticed = {name for name, verdict in re.findall(
                r'expr: "ALERTS{alertname=\\"(\w+)\\".*((?:\n +(?:exp|got): .*){2})', said)
                       if complaint in verdict}
            self.assertEqual(noticed, set(self.alerts()), said)


class Scraped(NetCase):
    """A real Prometheus scrapes a real tipwatchd."""

    def prometheus(self):
        """Starts it on the example configuration, only faster and on the test's own ports."""
        text = read(os.path.join(RULES_DIR, 'prometheus.yml'))
        text, n = re.subn(r'(scrape|evaluation)_interval: \d+s', r'\1_interval: 1s', text)
        self.assertEqual(n, 3)
        self.assertIn('127.0.0.1:9811', text)
        text = text.replace('127.0.0.1:9811', f'127.0.0.1:{self.watcher.http_port}')
        text = text.replace('tipwatch.rules.yml', RULES)
        path = os.path.join(self.dir, 'prometheus.yml')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        self.port = ports.free_port()
        self.instance = f'127.0.0.1:{self.watcher.http_port}'
        self.started_s = time.time()
        process = Process(self, 'prometheus', [
            need(self, 'prometheus'), f'--config.file={path}',
            f'--web.listen-address=127.0.0.1:{self.port}',
            f'--storage.tsdb.path={os.path.join(self.dir, "tsdb")}'])
        process.is_disposable = True
        wait_for('tipwatchd is scraped',
                 lambda: self.query('up{job="tipwatch"} == 1') or
                 self.assertTrue(process.is_running(), process.log()), 60)

    def api(self, path, **parameters):
        with _opener.open(f'http://127.0.0.1:{self.port}/api/v1/{path}?' +
                          urllib.parse.urlencode(parameters), timeout=20) as reply:
            answer = json.load(reply)
        self.assertEqual(answer['status'], 'success')
        self.assertFalse(answer.get('warnings'))
        return answer['data']

    def query(self, expr):
        return self.api('query', query=expr)['result']

    def query_range(self, expr):
        return self.api('query_range', query=expr, start=self.started_s, end=time.time(),
                        step=1)['result']

    def rules(self):
        return [rule for group in self.api('rules')['groups'] for rule in group['rules']]

    def firing(self, name):
        return [alert for alert in self.api('alerts')['alerts']
                if alert['labels']['alertname'] == name and alert['state'] == 'firing']

    @takes(70)
    def test_rules(self):
        self.network(3)
        self.prometheus()
        wait_for('every rule has been evaluated', lambda: all(
            rule['health'] == 'ok' for rule in self.rules()), 60)
        self.assertEqual(len(self.rules()), len(re.findall(r'- (?:alert|record):', read(RULES))))
        # Before the first scrape there was no target.
        wait_for('nothing is wrong', lambda: not self.api('alerts')['alerts'], 30)
        for name in self.demo.names:
            self.demo.do(f'die {name}')
        alert = wait_for('the alert fires', lambda: self.firing('TipwatchNoUsableDaemon'), 120)[0]
        self.assertIn(self.instance, alert['annotations']['description'])
        for rule in self.rules():
            self.assertEqual((rule['health'], rule.get('lastError', '')), ('ok', ''), rule['name'])
        pending = {a['labels']['alertname']: a for a in self.api('alerts')['alerts']}
        self.assertIn('TipwatchDaemonBad', pending)
        self.assertIn('the reason now: refused',
                      pending['TipwatchDaemonBad']['annotations']['description'])
        # Templates that fail say so in the text.
        self.assertNotIn('error', json.dumps(list(pending.values())).lower())
        for name in self.demo.names:
            self.demo.do(f'recover {name}')
        wait_for('it is over', lambda: not self.firing('TipwatchNoUsableDaemon'), 60)

    def panels(self):
        """Title and expressions of each panel, with what Grafana fills in filled in."""
        for panel in json.loads(read(DASHBOARD))['panels']:
            exprs = [target['expr'].replace('$instance', self.instance)
                     .replace('$__rate_interval', '1m') for target in panel.get('targets', [])]
            if exprs:
                yield panel['title'], exprs

    @takes(40)
    def test_dashboard(self):
        self.network(3)
        self.demo.mine()
        self.prometheus()
        rules = {rule['name'] for rule in self.rules() if rule['type'] == 'recording'}
        # A family may have no sample while all is well.
        families = re.findall('^# TYPE ([a-z_]+)', self.watcher.http('/metrics')[2], re.MULTILINE)
        real = set(self.api('label/__name__/values')) | rules | set(families)
        panels = list(self.panels())
        self.assertGreater(len(panels), 20)
        for title, exprs in panels:
            for expr in exprs:
                bare = re.sub(r'\{[^}]*\}|\[[^]]*\]|by \([^)]*\)', '', expr)
                names = set(re.findall(r'[a-zA-Z_][\w:]*', bare)) - FUNCTIONS
                self.assertLessEqual(names, real, title)
                self.assertNotIn('$', expr, title)
                if title in MAY_BE_EMPTY:
                    self.query(expr)
                    continue
                # Each time the pool asks once more, so that there is a rate of requests.
                wait_for(f'data for "{title}": {expr}',
                         lambda e=expr: self.watcher.select() and self.query_range(e), 60)

    def test_dashboard_is_whole(self):
        """Unique numbers, no overlap, and one data source, which the reader picks."""
        dashboard = json.loads(read(DASHBOARD))
        panels = dashboard['panels']
        self.assertEqual(len({p['id'] for p in panels}), len(panels))
        taken = set()
        for panel in panels:
            at = panel['gridPos']
            cells = {(x, y) for x in range(at['x'], at['x'] + at['w'])
                     for y in range(at['y'], at['y'] + at['h'])}
            self.assertFalse(taken & cells, panel['title'])
            self.assertLessEqual(at['x'] + at['w'], 24)
            taken |= cells
        self.assertEqual(set(re.findall(r'"uid": "([^"]*)"', json.dumps(panels))),
                         {'${datasource}'})
        variables = {v['name'] for v in dashboard['templating']['list']}
        used = set(re.findall(r'\$\{?([a-z_]+)', json.dumps(panels))) - {'__rate_interval'}
        self.assertEqual(used, variables)
