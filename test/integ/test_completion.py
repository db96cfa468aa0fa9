"""Completion in real shells, with a running tipwatchd to ask for names."""
import os
import re
import subprocess

from harness.case import takes
from harness.terminal import Terminal
from harness.waiting import wait_for
from net import NetCase

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COMPLETIONS = os.path.join(TOP, 'etc', 'completions')
PROGRAMS = ('tipwatchctl', 'tipwatchd', 'tipwatch-demo')


class Completion(NetCase):
    def setUp(self):
        super().setUp()
        self.network(3)
        # Where a shell finds them.
        os.mkdir(os.path.join(self.dir, 'bin'))
        for name in PROGRAMS:
            os.symlink(self.program(name), os.path.join(self.dir, 'bin', name))
        self.env = dict(os.environ, PATH=f'{self.dir}/bin:{os.environ["PATH"]}')

    def bash(self, line):
        """What bash would offer at the end of line."""
        script = f'''
            . {COMPLETIONS}/tipwatchctl.bash
            read -ra COMP_WORDS <<<"$1"
            [[ $1 != *' ' ]] || COMP_WORDS+=('')
            COMP_CWORD=$(({'${#COMP_WORDS[@]}'} - 1))
            handler=$(complete -p "${'{COMP_WORDS[0]}'}" | sed -E 's/.*-F ([^ ]+).*/\\1/')
            "$handler"
            printf '%s\\n' "${'{COMPREPLY[@]}'}"
        '''
        done = subprocess.run(['bash', '-c', script, 'bash', line], env=self.env, cwd=self.dir,
                              capture_output=True, text=True, timeout=60, check=True)
        self.assertEqual(done.stderr, '')
        return done.stdout.split()

    def help(self, program):
        return self.run_program(program, '--help')[1]

    def test_bash_commands(self):
        commands = re.findall(r'^  ([a-z-]+) ', self.help('tipwatchctl'), re.MULTILINE)
        self.assertIn('drain', commands)
        self.assertEqual(sorted(self.bash('tipwatchctl ')), sorted(commands))
        self.assertEqual(self.bash('tipwatchctl und'), ['undrain'])
        self.assertEqual(self.bash('tipwatchctl watch '), ['status'])

    def test_bash_options(self):
        for program in PROGRAMS:
            options = set(re.findall(r'(--[a-z][a-z-]*)', self.help(program)))
            offered = set(self.bash(f'{program} --'))
            if program == 'tipwatchctl':
                for command in ('replay', 'blocks', 'report'):
                    offered |= set(self.bash(f'tipwatchctl {command} --'))
            self.assertEqual(offered, options, program)

    def test_zsh_options(self):
        with open(os.path.join(COMPLETIONS, '_tipwatch'), encoding='utf-8') as file:
            functions = dict(re.findall(r'^_([a-z-]+)\(\) {\n(.*?)^}', file.read(), re.M | re.S))
        for program in PROGRAMS:
            options = set(re.findall(r'(--[a-z][a-z-]*)', self.help(program)))
            # The names, not the explanations in brackets.
            text = re.sub(r'\[.*?\]', '', functions[program])
            self.assertEqual(set(re.findall(r'(--[a-z][a-z-]*)', text)), options, program)

    def test_bash_levels(self):
        levels = self.bash('tipwatchd --log-level ')
        self.assertIn('debug', levels)
        for level in levels:
            self.assertEqual(self.run_program('tipwatchd', '--log-level', level, '--version')[0], 0)

    def test_bash_dialects(self):
        text = re.search('^Dialects: (.*?)\n\n', self.help('tipwatch-demo'),
                         re.MULTILINE | re.DOTALL).group(1)
        dialects = re.findall('([a-z-]+)@', text)
        self.assertIn('monero', dialects)
        self.assertEqual(self.bash('tipwatch-demo --dialect '), dialects)

    @takes(10)
    def test_bash_names(self):
        ask = f'tipwatchctl -s {self.watcher.socket}'
        for command in ('node', 'drain', 'undrain', 'pin', 'check', 'report', 'why'):
            # A completion waits for tipwatchd for a second, and not for as long as a busy machine.
            wait_for(f'{command} offers the names',
                     lambda c=command: self.bash(f'{ask} {c} ') == sorted(self.demo.names), 20)
        self.assertEqual(self.bash(f'{ask} drain {self.demo.names[1]}'), [self.demo.names[1]])
        usage = [u for u in self.watcher.ask('help')['usage'] if u.startswith('report ')]
        self.assertEqual('|'.join(self.bash(f'{ask} report {self.demo.names[0]} ')),
                         usage[0].split()[-1])
        self.assertEqual(self.bash(f'{ask} drain {self.demo.names[1]} '), [])
        # Nobody to ask: nothing offered, nothing said.
        self.assertEqual(self.bash('tipwatchctl -s /nowhere drain '), [])

    @takes(15)
    def test_zsh(self):
        shell = Terminal(self, 'zsh', ['zsh', '-f', '-i'], env={
            'PATH': self.env['PATH'], 'HOME': self.dir, 'ZDOTDIR': self.dir, 'PS1': 'ask> '})
        shell.is_disposable = True
        shell.says('ask> ')
        shell.press(f'fpath=({COMPLETIONS} $fpath); autoload -U compinit; '
                    f'compinit -u -d {self.dir}/dump && echo is-"ready"\n')
        shell.says('is-ready')
        shell.press('tipwatchctl und\t')
        # The rest of the word comes by itself.
        shell.says('rain')
        shell.press(f'\x15tipwatchctl -s {self.watcher.socket} pin \t\t')
        for name in self.demo.names:
            shell.says(name)
        for line, words in (('tipwatchctl watch ', ['status']),
                            ('tipwatchctl report x ', ['template-failed', 'timeout']),
                            ('tipwatchd --log-level ', ['error', 'debug']),
                            ('tipwatch-demo --dialect ', ['monero', 'turtlecoin-rest'])):
            shell.press(f'\x15{line}\t\t')
            for word in words:
                shell.says(word)
        # All commands, with what the help says about them first.
        shell.press('\x15tipwatchctl \t')
        said = {}
        for name, text in re.findall(r'^  ([a-z]+) .*  (\S.*)', self.help('tipwatchctl'),
                                     re.MULTILINE):
            said.setdefault(name, text)
        for text in said.values():
            shell.says(text[:40])
        shell.press('\x15exit\n')
        shell.wait()
        # It ended by itself; only until here it had to be killed.
        shell.is_disposable = False
        shell.expected_exit = None
