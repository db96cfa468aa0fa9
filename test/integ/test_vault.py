"""The vault: a found block is a file before it is a request (tipwatch.conf(5), BLOCKS)."""
import os
import stat
import unittest

from harness.case import takes
from harness.waiting import wait_for
from vault_case import VaultCase


class Vault(VaultCase):
    @takes(40)
    def test_from_the_file_to_the_grave(self):
        """It is sent to the chosen daemon, then to all others, and followed until it is buried."""
        self.vault(blocks={'depth': 3})
        self.demo.do('fragile all')
        chosen = self.watcher.chosen()
        height, blob = self.template()
        self.hand_over(blob)
        block = self.becomes(height, 'on-main')
        self.assertLess(block['accepted_after_ms'], 2000)
        self.assertEqual(self.daemon_of(block, chosen)['answer'], 'accepted')
        wait_for('every daemon is known to have it', lambda: all(
            d['answer'] in ('accepted', 'duplicate') for d in self.block(height)['daemons']), 10)
        self.assertEqual(len(self.block(height)['daemons']), 5)
        self.demo.mine(3)
        block = self.becomes(height, 'buried')
        self.assertTrue(block['final'])
        self.assertIn(f'{chosen} had it', block['text'])
        self.assertEqual(self.files(), [])
        self.assertEqual(self.files('done'), [block['id']])
        self.assertEqual([r for _, r, _ in self.submits(chosen)], ['accepted'])
        for name in self.demo.names:
            self.assertNotIn('wrecked', next(n['faults'] for n in self.demo.look('list')['nodes']
                                             if n['name'] == name))

    @takes(30)
    def test_binary_blocks_and_no_blocks(self):
        self.vault(3)
        height, blob = self.template()
        self.hand_over(bytes.fromhex(blob))
        self.becomes(height, 'on-main')
        bad = self.hand_over('this is no block\n')
        wait_for('it is put aside', lambda: self.files('bad') == [bad], 10)
        with open(os.path.join(self.blocks_dir, 'tmp', 'half'), 'w', encoding='ascii') as file:
            file.write(blob[:10])
        os.symlink('/etc/passwd', os.path.join(self.blocks_dir, 'new', 'link'))
        os.mkfifo(os.path.join(self.blocks_dir, 'new', 'pipe'))
        with open(os.path.join(self.blocks_dir, 'new', 'large'), 'wb') as file:
            file.truncate(5 << 20)
        wait_for('they are put aside', lambda: self.files('bad') == sorted(
            [bad, 'link', 'pipe', 'large']), 10)
        self.assertEqual(len(self.blocks()), 1)

    @takes(30)
    def test_same_block_twice(self):
        self.vault(3)
        height, blob = self.template()
        self.hand_over(blob)
        self.becomes(height, 'on-main')
        self.hand_over(blob.upper())
        wait_for('the second file is gone', lambda: self.files('new') == [], 10)
        self.assertEqual(len(self.blocks()), 1)

    @takes(30)
    def test_what_came_while_it_was_away(self):
        self.vault(3)
        height, blob = self.template()
        self.watcher.stop()
        self.hand_over(blob)
        self.watcher.start()
        self.becomes(height, 'on-main')

    @takes(60)
    def test_no_daemon_takes_it_at_first(self):
        """Daemons that die at once: it is sent when one is back."""
        self.vault(3)
        height, blob = self.template()
        self.demo.do('die all')
        self.hand_over(blob)
        self.becomes(height, 'found', 'sent', within=10)
        self.assertIsNone(self.block(height)['accepted_after_ms'])
        self.demo.do('recover all')
        self.becomes(height, 'on-main', within=40)

    @takes(40)
    def test_writer_sends_it_itself(self):
        """tipwatchd does not send it to that daemon, and learns from its chain that it has it."""
        self.vault(3)
        chosen = self.watcher.chosen()
        height, blob = self.template()
        self.ask_daemon(chosen, 'submitblock', [blob])
        self.hand_over(blob, f'x:{chosen}')
        block = self.becomes(height, 'on-main')
        self.assertTrue(self.daemon_of(block, chosen)['by_writer'])
        wait_for('all have it', lambda: all(d['answer'] in ('accepted', 'duplicate')
                                            for d in self.block(height)['daemons']), 10)
        self.assertEqual(len(self.submits(chosen)), 1)

    @takes(40)
    def test_writer_did_not_send_it(self):
        """The next daemon gets it when the writer's is silent, at once when it is reported."""
        self.vault(3)
        chosen = self.watcher.chosen()
        height, blob = self.template()
        self.hand_over(blob, f'x:{chosen}')
        wait_for('it is known', lambda: self.block(height), 10)
        self.watcher.ask(f'report {chosen} submit-failed')
        block = self.becomes(height, 'on-main')
        self.assertEqual(self.daemon_of(block, chosen)['sends'], 1)
        self.assertLess(block['accepted_after_ms'], 1500)

    @takes(60)
    def test_fates(self):
        """orphaned by a race, stale by a late template, refused."""
        self.vault(5, submit={'after_accept': '300ms'})
        self.demo.mine(2)
        chosen = self.watcher.chosen()
        # Late: the network had its height before.
        late_height, late = self.template()
        self.demo.mine()
        wait_for('the block is seen', lambda: self.watcher.select()['height'] >= late_height, 10)
        self.hand_over(late)
        # A race: the daemon in use is on another branch than all others.
        self.demo.do(f'fork {chosen} 1 share 0')
        height, blob = self.template(chosen)
        self.hand_over(blob)
        self.becomes(height, 'accepted')
        self.demo.mine(4)
        self.demo.do(f'rejoin {chosen}')
        stale = self.becomes(late_height, 'stale')
        self.assertIn('late template', stale['text'])
        self.assertLess(stale['other_ms'], stale['found_ms'])
        orphan = self.becomes(height, 'orphaned')
        self.assertNotEqual(orphan['other_hash'], orphan['hash'])
        # A block on nothing that anybody knows.
        at = blob.index('0300') + 4
        wrong = blob[:at] + 'ab' * 32 + blob[at + 64:]
        self.hand_over(wrong)
        refused = wait_for('it is refused', lambda: next(
            (b for b in self.blocks() if b['state'] == 'refused'), None), 20)
        self.assertIn('refused', refused['text'])
        answer = self.watcher.ask('blocks')
        self.assertEqual((answer['recent'], answer['recent_lost']), (3, 3))

    @takes(30)
    def test_reload(self):
        """Another configuration, with a daemon less: blocks before and after it are followed."""
        self.vault(3)
        height, blob = self.template()
        self.hand_over(blob)
        self.becomes(height, 'on-main')
        self.watcher.write(daemons=self.demo.nodes()[:2], blocks={'depth': 2})
        self.watcher.reload()
        wait_for('there are two daemons', lambda: len(self.watcher.status()['daemons']) == 2, 10)
        later, blob = self.template()
        self.hand_over(blob)
        self.becomes(later, 'on-main')
        self.demo.mine(2)
        self.becomes(height, 'buried')
        self.becomes(later, 'buried')

    @takes(30)
    def test_permissions(self):
        self.vault(1)
        modes = {name: stat.S_IMODE(os.stat(os.path.join(self.blocks_dir, name)).st_mode)
                 for name in ('.', 'tmp', 'new', 'taken', 'sent', 'done', 'bad')}
        self.assertEqual(modes, {'.': 0o710, 'tmp': 0o730, 'new': 0o730, 'taken': 0o700,
                                 'sent': 0o700, 'done': 0o700, 'bad': 0o700})

    @takes(30)
    def test_seen_everywhere(self):
        """By tipwatchctl, over HTTP, in the metrics and by the hook."""
        told = os.path.join(self.dir, 'told')
        hook = os.path.join(self.dir, 'hook')
        with open(hook, 'w', encoding='ascii') as file:
            file.write('#!/bin/sh\necho "$TIPWATCH_EVENT $TIPWATCH_BLOCK_STATE '
                       f'$TIPWATCH_BLOCK_HEIGHT $TIPWATCH_TEXT" >> {told}\n')
        os.chmod(hook, 0o755)
        self.vault(3, hooks={'on_block': hook})
        height, blob = self.template()
        path = os.path.join(self.dir, 'block')
        with open(path, 'w', encoding='ascii') as file:
            file.write(blob + '\n')
        done = self.run_program('tipwatchctl', '-s', self.watcher.socket, 'submit-block', path)
        self.assertEqual(done[0], 0, done)
        self.becomes(height, 'on-main')
        block = wait_for('all of them show it', lambda: '3 daemons showed it' in
                         self.block(height)['text'] and self.block(height), 10)
        self.assertIn(f'block {block["id"]} for height {height} was handed over', done[1])
        code, out, _ = self.run_program('tipwatchctl', '-s', self.watcher.socket, 'blocks',
                                        '--since', '1h')
        self.assertEqual(code, 0)
        self.assertRegex(out, rf'{height}  on-main ')
        self.assertIn(block['text'], ' '.join(out.split()))
        status, answer = self.watcher.http_json('/blocks')
        self.assertEqual((status, answer['blocks'][0]['id']), (200, block['id']))
        metrics = self.watcher.metrics()
        self.assertEqual(metrics['tipwatch_blocks{state="on-main"}'], 1)
        self.assertEqual(metrics['tipwatch_blocks_recent'], 1)
        self.assertEqual(metrics['tipwatch_blocks_recent_lost'], 0)
        self.assertEqual(metrics['tipwatch_blocks_sent'], 1)
        self.assertGreaterEqual(metrics['tipwatch_blocks_accept_seconds'], 0)
        wait_for('the hook was told', lambda: f'block on-main {height}' in self.read(told), 10)

    @staticmethod
    def read(path):
        with open(path, encoding='ascii') as file:
            return file.read()


if __name__ == '__main__':
    unittest.main()
