"""tipwatchd killed at any moment loses no found block, and sends none twice within five seconds."""
import random
import time
import unittest

from harness.case import only_full, takes
from harness.waiting import wait_for
from vault_case import VaultCase

AGAIN_MS = 5000
# A clock that is read in two processes, and a request that waits for a processor.
SLACK_MS = 50


class Killed(VaultCase):
    def rounds(self, n):
        # The kills must fall on everything from the file to the last daemon's answer.
        dice = random.Random(self.seed)
        self.vault(3, submit={'after_accept': '100ms', 'after_silence': '300ms'})
        found = []
        for number in range(n):
            height, blob = wait_for('there is a template', lambda: self.template('d1'), 10)
            self.hand_over(blob)
            found.append((height, blob))
            for _ in range(dice.randint(1, 3)):
                time.sleep(dice.random() * 0.25)
                self.watcher.kill()
                self.watcher.start(until_answers=dice.random() < 0.8)
            try:
                self.becomes(height, 'on-main', 'buried', within=30)
            except AssertionError:
                self.note(f'block {number}: {self.block(height)}')
                raise
        return found

    def check(self, found):
        self.assertEqual(len(self.blocks()), min(len(found), 500))
        self.assertEqual([b for b in self.blocks() if b['state'] not in ('on-main', 'buried')], [])
        for name in self.demo.names:
            last = {}
            for t_ms, _, blob in self.submits(name):
                self.assertIn(blob, [b for _, b in found], 'something else was sent')
                self.assertGreaterEqual(t_ms - last.get(blob, -AGAIN_MS), AGAIN_MS - SLACK_MS,
                                        f'{name} got a block twice')
                last[blob] = t_ms
        self.assertEqual(self.files('new', 'taken'), [])

    @takes(90)
    def test_killed_at_any_moment(self):
        self.check(self.rounds(20))

    @only_full
    @takes(3000)
    def test_killed_thousands_of_times(self):
        self.check(self.rounds(1000))


if __name__ == '__main__':
    unittest.main()
