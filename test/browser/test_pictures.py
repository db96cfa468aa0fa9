"""The pictures of the README. To make them anew:

    TW_SCREENSHOTS=$PWD/etc/pictures test/run full browser test_pictures

A network with a life of its own for some minutes, so that there is a history to show.
"""
from harness.case import only_full
from harness.waiting import wait_for
from page_case import PageCase
from png import shrink

NAMES = ['alpha', 'beta', 'gamma', 'delta', 'seed']
LIMIT = 150_000


class Pictures(PageCase):
    takes_s = 240

    def until(self, frames):
        wait_for(f'{frames} s of history',
                 lambda: self.watcher.http_json('/history')[1]['frames'] >= frames, 300)

    def picture(self, name):
        self.browser.run('askHistory()')
        wait_for('the history is drawn',
                 lambda: self.browser.count('#history svg') == 1, 10)
        path = self.shoot(name)
        with open(path, 'rb') as file:
            small = shrink(file.read())
        self.assertLess(len(small), LIMIT)
        with open(path, 'wb') as file:
            file.write(small)

    @only_full
    def test_pictures(self):
        self.network(5, settled=False)
        daemons = [{**node, 'name': name} for node, name in zip(self.demo.nodes(), NAMES)]
        daemons[4]['role'] = 'reference'
        self.watcher.write(daemons=daemons, decision={'failback_after': '20s'})
        self.watcher.reload()
        self.watcher.wait_settled(within=60)
        self.demo.do('block-time 6s')
        self.until(25)
        self.demo.do('lag d4 5')
        self.until(45)
        self.demo.do('lag d4 0')
        chosen = NAMES.index(self.watcher.chosen())
        self.demo.do(f'hang d{chosen + 1}')
        self.until(70)
        self.demo.do(f'recover d{chosen + 1}')
        self.until(110)
        self.look()
        self.watcher.wait_settled(within=120)
        self.reads('#mode-name', 'CONSENSUS')
        wait_for('all are healthy on the page',
                 lambda: self.browser.count('#daemons td.healthy') == 5, 60)
        self.picture('page-normal')
        rest = [i + 1 for i, name in enumerate(NAMES) if name != self.watcher.chosen()]
        self.demo.do(f'die d{rest[0]}')
        self.demo.do(f'fork d{rest[1]},d{rest[2]} 3')
        self.reads('#mode-name', 'CONTESTED', 60)
        before = self.watcher.http_json('/history')[1]['frames']
        self.until(before + 12)
        self.browser.dark()
        self.picture('page-incident')
        self.no_complaints()
