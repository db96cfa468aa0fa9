"""The picture of pushes against checks, in a real browser."""
from browser import PHONE
from harness.waiting import wait_for
from page_case import PageCase

BLOCKS = 6


class Pushes(PageCase):
    def linked(self, n):
        self.network(n, linked=True)
        wait_for('the links are up', lambda: all(
            d['p2p']['state'] == 'up' for d in self.watcher.status()['daemons']), 20)

    def mine(self):
        """Each daemon has shown the block in a check before the next one comes."""
        height = self.watcher.select()['height'] + 1
        self.demo.mine()
        wait_for('all have the block', lambda: all(
            d['height'] == height for d in self.watcher.status()['daemons']), 20)

    def drawn(self, selector, n):
        wait_for(f'{n} of {selector}',
                 lambda: self.browser.count(f'#pushes-drawing {selector}') == n, 30)

    def test_picture(self):
        self.linked(3)
        # One announces nothing: its blocks are shown by checks alone.
        self.demo.do('p2p d3 silent')
        for _ in range(BLOCKS):
            self.mine()
        pushes = self.watcher.http_json('/pushes')[1]
        self.assertEqual([d['name'] for d in pushes['daemons']], self.demo.names)
        for d in pushes['daemons']:
            self.assertEqual(len(d['height']), BLOCKS)
            self.assertEqual([ms is None for ms in d['pushed_ms']], [d['name'] == 'd3'] * BLOCKS)
        self.look()
        self.drawn('.push', 2 * BLOCKS)
        self.drawn('.check', 3 * BLOCKS)
        self.reads('#pushes-list', f'd1 pushed {BLOCKS} of {BLOCKS}, after ')
        self.reads('#pushes-list', f'd3 pushed 0 of {BLOCKS}; checks showed them after ')
        self.assertIn('The list below', self.browser.run(
            'return document.querySelector("#pushes-drawing svg").getAttribute("aria-label")'))
        self.fits()
        self.browser.run('document.getElementById("pushes").scrollIntoView()')
        self.shoot('pushes')
        self.browser.dark()
        self.shoot('pushes-dark')
        self.browser.size(*PHONE)
        self.browser.run('dispatchEvent(new Event("resize"))')
        self.drawn('.push', 2 * BLOCKS)
        self.fits()
        self.browser.run('document.getElementById("pushes").scrollIntoView()')
        self.shoot('pushes-phone')
        self.no_complaints()

    def test_without_links(self):
        self.network(2)
        self.look()
        self.assertEqual(self.watcher.http_json('/pushes')[1]['daemons'], [])
        self.reads('#history-note', 'known')
        self.assertFalse(self.browser.is_shown('#pushes'))
        self.no_complaints()
