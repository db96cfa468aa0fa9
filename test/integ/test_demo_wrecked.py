"""tipwatch-demo: daemons whose chain in memory is corrupt, and how they come to it."""
from demo_case import ADDRESS, HEIGHT, DemoCase
from harness.waiting import wait_for

WORDS = "Requested block height wasn't found in blockchain."


class Wrecked(DemoCase):
    def setUp(self):
        super().setUp()
        # d1 and d2 can be wrecked, d3 and d4 cannot.
        self.start('turtlecoin-rpc', 'turtlecoin-rest', 'turtlecoin-rpc@0.8.4', 'monero')

    def test_rpc(self):
        self.do('wreck d1')
        self.assertEqual(self.template().result()['height'], HEIGHT + 2)
        self.do('mine')
        info = self.ask('GET', '/info')
        self.assertEqual((info.status, info.reason, info.json()),
                         (500, 'Internal Server Error', {'status': 'Failed', 'error': WORDS}))
        self.assertEqual(self.rpc('getlastblockheader', {}).result()['block_header']['height'],
                         HEIGHT)
        self.assertEqual(self.rpc('getblockheaderbyheight', {'height': HEIGHT + 1}).code(), -2)
        blob = self.template('d3').result()['blocktemplate_blob']
        self.assertEqual(self.rpc('submitblock', [blob]).code(), -7)
        self.assertEqual(self.node('d1')['faults'], ['frozen', 'wrecked'])
        self.do('restart d1 0 0')
        self.assertEqual(self.ask('GET', '/info').json()['height'], HEIGHT + 2)
        self.assertEqual(self.template().result()['height'], HEIGHT + 2)
        self.do('wreck d1 height')
        self.do('mine')
        self.assertEqual(self.ask('GET', '/info').json()['height'], HEIGHT + 4)
        self.assertEqual(self.height(), HEIGHT + 4)
        self.assertEqual(self.rpc('getlastblockheader', {}).result()['block_header']['height'],
                         HEIGHT + 1)

    def test_rest(self):
        self.do('wreck d2')
        info = self.ask('GET', '/info', name='d2')
        self.assertEqual((info.status, info.json()['error']['message']), (500, WORDS))
        body = f'{{"reserveSize":8,"address":"{ADDRESS}"}}'.encode()
        template = self.ask('POST', '/block/template', body, name='d2')
        self.assertEqual(template.json()['height'], HEIGHT + 2)
        self.do('recover d2')
        self.do('wreck d2 height')
        self.assertEqual(self.ask('GET', '/info', name='d2').json()['height'], HEIGHT + 3)
        self.assertEqual(self.ask('GET', '/block/last', name='d2').json()['height'], HEIGHT)

    def test_who_can_be_wrecked(self):
        for command in ('wreck d3', 'wreck d4', 'wreck all', 'wreck d1 softly', 'wreck d1 height x',
                        'fragile d1 on', 'wreck'):
            self.assertIn('error', self.ctl.ask(command), command)
        self.do('fragile all')
        blob = self.template('d1').result()['blocktemplate_blob']
        for name in ('d1', 'd3'):
            self.assertEqual(self.rpc('submitblock', [blob], name).result(), {'status': 'OK'})
        self.assertEqual(self.ask('POST', '/block', f'"{blob}"'.encode(), name='d2').status, 202)
        wait_for('the block is everywhere', lambda: self.node('d4')['height'] == HEIGHT + 1, 5)
        self.assertEqual([('wrecked' in self.node(f'd{i}')['faults']) for i in (1, 2, 3, 4)],
                         [False, True, False, False])
        self.do('restart d2 0 0')
        self.do('fragile all off')
        self.assertEqual(self.node('d2')['faults'], [])
