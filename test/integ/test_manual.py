"""The manual says what the programs do: every option, command, key, path and metric, both ways."""
import os
import re
import subprocess
import sys

from harness import manual
from harness.case import takes
from harness.process import Process
from harness.waiting import wait_for
from net import NetCase

PAGES = {
    'tipwatchd': 'cmd/tipwatchd/tipwatchd.8.scd',
    'tipwatchctl': 'cmd/tipwatchctl/tipwatchctl.1.scd',
    'tipwatch-demo': 'cmd/tipwatch-demo/tipwatch-demo.1.scd',
    'conf': 'etc/man/tipwatch.conf.5.scd',
    'control': 'etc/man/tipwatch-control.7.scd',
}
SOCKET = '/run/tipwatch/control.sock'


def page(name):
    return manual.source(PAGES[name])


def section(name, title):
    found = re.search(rf'^# {title}\n(.*?)(?=^# |\Z)', page(name), re.MULTILINE | re.DOTALL)
    assert found, f'{PAGES[name]} has no section {title}'
    return found.group(1)


def entries(text):
    """The lines that begin an entry: words in bold at the left margin."""
    return [line for line in text.splitlines() if line.startswith('*')]


class Manual(NetCase):
    def same(self, said, real, what):
        self.assertEqual(set(said) - set(real), set(), f'in the manual, but not real: {what}')
        self.assertEqual(set(real) - set(said), set(), f'not in the manual: {what}')

    def test_options(self):
        for program in ('tipwatchd', 'tipwatchctl', 'tipwatch-demo'):
            said = [option for title in re.findall(r'^# (.*OPTIONS.*)$', page(program), re.M)
                    for line in entries(section(program, title))
                    for option in re.findall(r'\*(--?[a-z][a-z-]*)\*', line)]
            if program == 'tipwatchctl':
                said += re.findall(r'\*(--?[a-z][a-z-]*)\*', section(program, 'COMMANDS'))
            text = self.run_program(program, '--help')[1]
            real = re.findall(r'(?<![\w-])(--[a-z][a-z-]*)', text)
            real += re.findall(r'^ +(-[a-z]),', text, re.MULTILINE)
            # A short form of --help need not be praised.
            self.same({o for o in said if o != '-h'}, {o for o in real if o != '-h'}, program)

    def test_commands_of_tipwatchctl(self):
        said = [word for line in entries(section('tipwatchctl', 'COMMANDS'))
                for word in re.findall(r'(?:^|, )\*([a-z]+)[ *]', line)]
        real = re.findall(r'^  ([a-z]+) ', self.run_program('tipwatchctl', '--help')[1], re.M)
        self.same(said, real, 'commands of tipwatchctl')

    def test_commands_of_the_demo(self):
        text = self.run_program('tipwatch-demo', '--help')[1]
        commands = text[text.index('\nCommands'):]
        for command in re.findall(r'^  ([a-z][a-z-]+)', commands, re.MULTILINE):
            self.assertRegex(page('tipwatch-demo'), rf'\*{command}[ *]', command)

    def test_keys_of_the_configuration(self):
        out = self.run_program('tipwatchd', '--print-config', '--state', self.dir,
                               '--control', 'c', 'http://127.0.0.1:1')[1]
        real = set(re.findall(r'(?:^|[{;(])\s*([a-z_]+) *=', out, re.MULTILINE))
        groups = set(re.findall(r'^([a-z]+) *=', out, re.MULTILINE))
        said = {key.replace('\\', '') for line in entries(page('conf')) if ' = ' in line
                for key in re.findall(r'(?:^|, )\*([a-z_\\]+)\*', line)}
        # What is only printed where it is set.
        optional = {'user', 'password_file', 'ca_file', 'tls_fingerprint', 'tls_cert',
                    'tls_key', 'proxy'}
        self.same(said - optional, real - groups - optional, 'keys of the configuration')
        titles = re.findall(r'^# ([A-Z]+)$', page('conf'), re.MULTILINE)
        for group in groups:
            self.assertIn(group.upper(), titles)

    @takes(10)
    def test_the_protocol(self):
        self.network(3)
        real = self.watcher.ask('help')['commands']
        said = [word for line in entries(section('control', 'REQUESTS'))
                for word in re.findall(r'(?:^|, )\*([a-z]+)[ *]', line)]
        self.same(said, real, 'requests')
        status = self.watcher.status()
        for title, things in (('SELECT OBJECT', [status['select'], status['select']['daemon']]),
                              ('STATUS OBJECT', [status, status['consensus'],
                                                 status['daemons'][0],
                                                 status['consensus']['branches'][0]])):
            said = set(re.findall(r'\*([a-z_0-9]+)\*', section('control', title)))
            keys = {key for thing in things for key in thing} - {'v'}
            self.assertEqual(keys - said, set(), f'keys that {title} does not have')
        for i, error in enumerate(['unknown_command', 'unknown_node', 'bad_argument']):
            answer = self.watcher.ask(['fly', 'node nobody', 'node'][i])
            self.assertEqual(answer['error']['code'], error)
            self.assertIn(f'*{error}*', section('control', 'ERRORS'))

    @takes(10)
    def test_paths_and_metrics(self):
        self.network(3)
        for line in entries(section('tipwatchd', 'HTTP')):
            for path in re.findall(r'\*(/[a-z/]*)\*', re.sub(r'_NAME_\*', 'd1', line)
                                   .replace('/*d1', '/d1').replace('/*_NAME_', '/d1*')):
                if path == '/events':
                    continue
                code = self.watcher.http(path)[0]
                self.assertIn(code, (200, 503), path)
        text = self.watcher.http('/metrics')[2]
        real = set(re.findall(r'^# TYPE ([a-z_]+) ', text, re.MULTILINE))
        said = re.findall(r'((?:tipwatch|process)_[a-z_]+)', section('tipwatchd', 'METRICS'))
        self.same(said, real, 'metrics')
        for name, labels in re.findall(r'\*(tipwatch_[a-z_]+)\*\{([a-z,]+)\}',
                                       section('tipwatchd', 'METRICS')):
            sample = re.search(rf'^{name}(?:_count)?\{{(.*?)\}} ', text, re.MULTILINE)
            if sample:
                self.assertEqual(set(re.findall(r'([a-z]+)="', sample.group(1))),
                                 set(labels.split(',')), name)

    def transcript(self, text):
        """Runs what stands behind $ and compares what comes back."""
        commands = re.findall(r'^\$ (.*)\n((?:(?!\$ ).*\n)*)', text, re.MULTILINE)
        self.assertGreater(len(commands), 0)
        for command, expected in commands:
            done = subprocess.run(['bash', '-c', command.replace(SOCKET, self.watcher.socket)],
                                  capture_output=True, text=True, timeout=30, check=False)
            self.assertEqual(done.stderr, '')
            self.assertEqual(done.stdout, expected, command)

    @takes(10)
    def test_transcripts(self):
        self.network(3, daemons=None)
        self.demo.names = [node['name'] for node in self.demo.announced]
        nodes = [{**node, 'name': name} for node, name in
                 zip(self.demo.nodes(), ('alpha', 'beta', 'gamma'))]
        self.watcher.write(daemons=nodes)
        self.watcher.reload()
        wait_for('the names of the manual', lambda: self.watcher.node('beta')['state'] == 'healthy',
                 20)
        literal = manual.examples(PAGES['control'])
        self.transcript(next(b for b in literal if b.startswith('$ ')))

        node = next(b for b in literal if 'require(' in b).replace(SOCKET, self.watcher.socket)
        follower = Process(self, 'node', ['node', '-e', node])
        follower.is_disposable = True
        wait_for('the follower knows the choice',
                 lambda: self.where(self.watcher.select()['daemon']) in follower.log(), 20)
        self.watcher.stop()
        wait_for('it goes back to the primary', lambda: '127.0.0.1 11898' in follower.log(), 20)
        self.watcher.start()
        self.watcher.wait_settled()

        python = next(b for b in literal if 'import json' in b)
        done = subprocess.run([sys.executable, '-c', python.replace(SOCKET, self.watcher.socket)],
                              capture_output=True, text=True, timeout=30, check=True)
        targets = self.watcher.ask('submit')['targets']
        self.assertEqual(done.stdout.split('\n')[:-1], [self.where(t) for t in targets])

    def where(self, daemon):
        return f'{daemon["host"]} {daemon["port"]}'

    def test_tables(self):
        """A page that leaves out a row, or wants one that does not exist, is refused."""
        for page_of, old, new, message in (
                ('conf', '@key probe.rise@\n', '', 'the key probe.rise is missing'),
                ('control', '@command drain@\n', '', 'the command drain is missing'),
                ('conf', '@key probe.rise@', '@key probe.rise@\n\n@key probe.rises@',
                 'there is no key probe.rises'),
                ('control', '@modes@', '@moods@', "there is no table 'moods'")):
            with open(os.path.join(manual.TOP, PAGES[page_of]), encoding='utf-8') as file:
                text = file.read()
            self.assertIn(old, text)
            path = os.path.join(self.dir, 'page.scd')
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text.replace(old, new))
            status, _, err = self.run_program('tables', path)
            self.assertEqual(status, 1)
            self.assertIn(message, err)

    def test_pages_can_be_read(self):
        """scdoc and man take every page, with every section and every line of an example in it."""
        for path in manual.pages():
            text, complaints = manual.shown(path)
            self.assertEqual(complaints, '', path)
            for title in re.findall(r'^# ([A-Z ]+)$', manual.source(path), re.MULTILINE):
                self.assertIn(title, text, path)
            self.assertEqual(manual.lost(path), [], path)

    def test_see_also(self):
        """A page that another one names exists, and each names itself nowhere."""
        names = {os.path.basename(path)[:-len('.scd')] for path in manual.pages()}
        for path in manual.pages():
            said = {f'{name}.{number}' for name, number in re.findall(
                r'\*(tipwatch[a-z.-]*)\*\((\d)\)', manual.source(path))}
            own = os.path.basename(path)[:-len('.scd')]
            self.assertEqual(said - names, set(), path)
            also = re.search(r'^# SEE ALSO\n(.*)', manual.source(path), re.M | re.S).group(1)
            self.assertNotIn(own.rpartition('.')[0] + '*(', also, path)
            if own == 'tipwatchd.8':
                self.assertEqual({n for n in names if n.rpartition('.')[0] not in also}, {own})
