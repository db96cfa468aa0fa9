"""The adapter for Node.js pools on its own: node/*.js, on daemons and a tipwatchd of theirs."""
import os
import subprocess

from harness.case import Case, takes
from node_pool import SCRIPTS, node_program

WITHIN_S = 200


class Adapter(Case):
    def script(self, name, program=None):
        """Every case of a script; each that fails is a failure with what it said."""
        done = subprocess.run(
            [program or node_program(), '--expose-gc', os.path.join(SCRIPTS, name)],
            capture_output=True, text=True, timeout=WITHIN_S, stdin=subprocess.DEVNULL,
            check=False, env=dict(os.environ, KIT_DIR=self.dir))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r'\n[1-9][0-9]* cases, 0 failed\n$')

    @takes(30)
    def test_calls(self):
        self.script('calls.js')

    @takes(60)
    def test_faults(self):
        self.script('faults.js')

    @takes(30)
    def test_process(self):
        self.script('process.js')
