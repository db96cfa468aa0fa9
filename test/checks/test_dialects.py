"""The documents name the dialects that the table has, and no others."""
import glob
import os
import re
import unittest

import tree


class Dialects(unittest.TestCase):
    def test_the_readme_has_the_dialects_of_the_table(self):
        rows = glob.glob(os.path.join(tree.TOP, 'lib/rpc/*.c'))
        words = sorted(re.findall(r'\.word = "([a-z-]+)"', '\n'.join(map(tree.read, rows))))
        self.assertIn('monero', words)
        said = re.search(r'It speaks the RPC of .*?\.\n\n', tree.read('README.md'), re.DOTALL)
        self.assertEqual(sorted(re.findall('`([a-z-]+)`', said.group())), words)

    def test_the_manual_has_the_dialects_that_are_simulated(self):
        rows = re.findall(r'\.dialect = TW_DIALECT_([A-Z_]+)', tree.read('lib/sim/net/version.c'))
        words = {row.lower().replace('_', '-') for row in rows}
        self.assertIn('monero', words)
        text = tree.read('cmd/tipwatch-demo/tipwatch-demo.1.scd')
        entries = re.findall(r'^\t- ([a-z-]+): [0-9]', text, re.MULTILINE)
        self.assertEqual(sorted(entries), sorted(words))


if __name__ == '__main__':
    unittest.main()
