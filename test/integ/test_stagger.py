"""A hundred found blocks through a story of faults, sent by the staggered rule, wreck no daemon
that cannot bear a block from both sides; one that is sent to all at once wrecks them."""
import subprocess
import time

from harness.case import calm, takes
from harness.waiting import wait_for
from libtipwatch_case import LibtipwatchCase

BLOCKS = 100
PACE_S = 0.1
# Before which block, and what happens; @ is the daemon in use, and stays so until it is well again.
# It is never slow by just as long as the next one waits for it (after_silence): then both have the
# block at the same moment, which no rule prevents that does not let one slow daemon lose a block.
STORY = {6: 'die @', 16: 'restart @ 0 500', 22: 'hang @', 32: 'recover @', 38: 'fork @ 2',
         46: 'rejoin @', 52: 'slow @ 250', 57: 'recover @', 62: 'freeze @', 72: 'recover @',
         76: 'no-template @ failed', 84: 'recover @', 88: 'delay @ 100', 96: 'recover @'}
HEALS = ('restart', 'recover', 'rejoin')


class Staggered(LibtipwatchCase):
    def fragile_network(self, after_accept):
        self.network(5, probe={'interval': '200ms'},
                     submit={'after_accept': after_accept, 'after_silence': '600ms'})
        self.demo.do('fragile all')

    def wrecked(self):
        return [n['name'] for n in self.demo.look('list')['nodes'] if 'wrecked' in n['faults']]

    def job(self):
        """A template of the daemon in use, as a pool asks for it; None: not now."""
        select = self.watcher.select()
        try:
            return select['usable'] and self.template(select['daemon']['name'], 2)
        except (OSError, KeyError):
            return None

    def find_block(self, program, senders):
        height, blob = wait_for('there is a template', self.job, 20)
        sender = subprocess.Popen(
            [program, str(height), blob], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=dict(self.env, TIPWATCH_SOCKET=self.watcher.socket))
        self.addCleanup(sender.communicate)
        self.addCleanup(sender.kill)
        senders.append(sender)
        wait_for('a daemon has the block', lambda: sender.poll() is not None or any(
            n['height'] >= height for n in self.demo.look('list')['nodes']), 10)

    @calm
    @takes(80)
    def test_hundred_blocks(self):
        self.fragile_network('300ms')
        program = self.compile_sender()
        senders, victim = [], None
        for number in range(BLOCKS):
            command = STORY.get(number)
            if command:
                victim = victim or self.watcher.chosen()
                self.demo.do(command.replace('@', victim))
                if command.split()[0] in HEALS:
                    victim = None
            self.find_block(program, senders)
            self.assertEqual(self.wrecked(), [], f'by block {number}')
            time.sleep(PACE_S)
        ends = [sender.wait(30) for sender in senders]
        lost = [number for number, end in enumerate(ends) if end != 0]
        self.note(f'blocks that no daemon took: {lost}')
        self.assertLessEqual(len(lost), 2)
        self.assertEqual(self.wrecked(), [])

    @calm
    @takes(40)
    def test_all_at_once(self):
        """Without the wait after the acceptance the same program wrecks them, and it is seen."""
        self.fragile_network('0ms')
        senders = []
        self.find_block(self.compile_sender(), senders)
        self.assertEqual(senders[0].wait(30), 0)
        wrecked = self.wrecked()
        self.assertGreater(len(wrecked), 0)
        for name in wrecked:
            self.has_verdict(name, 'unhealthy/wrecked')
            self.assertIn('restart it', self.watcher.node(name)['detail'])
        self.assertNotIn(self.watcher.chosen(), wrecked)
        targets = [t['name'] for t in self.watcher.ask('submit')['targets']]
        self.assertEqual(sorted(targets + wrecked), self.demo.names)
        self.demo.do(f'restart {",".join(wrecked)} 0 0')
        for name in wrecked:
            self.healthy_again(name)
