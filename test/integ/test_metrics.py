"""The metrics, name by name and label by label: nothing is missing and nothing is there unasked."""
import re

from harness import ports
from harness.case import takes
from harness.waiting import wait_for
from net import NetCase

NODE = ('daemon',)
# Name as served in the older format: type, labels.
FAMILIES = {
    'tipwatch_build_info': ('gauge', ('version',)),
    'tipwatch_mode': ('gauge', ('mode',)),
    'tipwatch_usable': ('gauge', ()),
    'tipwatch_network_height': ('gauge', ()),
    'tipwatch_anchor_height': ('gauge', ()),
    'tipwatch_tip_age_seconds': ('gauge', ()),
    'tipwatch_voters': ('gauge', ()),
    'tipwatch_quorum': ('gauge', ()),
    'tipwatch_voters_answering': ('gauge', ()),
    'tipwatch_voters_agreeing': ('gauge', ()),
    'tipwatch_voters_conflicting': ('gauge', ()),
    'tipwatch_stalled': ('gauge', ()),
    'tipwatch_island': ('gauge', ()),
    'tipwatch_suspect': ('gauge', ('what',)),
    'tipwatch_witnesses': ('gauge', ()),
    'tipwatch_witness_lead_blocks': ('gauge', ()),
    'tipwatch_epoch': ('gauge', ()),
    'tipwatch_switches_total': ('counter', ()),
    'tipwatch_daemon_chosen': ('gauge', NODE),
    'tipwatch_daemon_state': ('gauge', ('daemon', 'state')),
    'tipwatch_daemon_reason': ('gauge', ('daemon', 'reason')),
    'tipwatch_daemon_height': ('gauge', NODE),
    'tipwatch_daemon_false_blocks': ('gauge', NODE),
    'tipwatch_daemon_lag_blocks': ('gauge', NODE),
    'tipwatch_daemon_fork_depth_blocks': ('gauge', NODE),
    'tipwatch_daemon_peers': ('gauge', ('daemon', 'direction')),
    'tipwatch_daemon_tip_delay_seconds': ('gauge', NODE),
    'tipwatch_daemon_template_ok': ('gauge', NODE),
    'tipwatch_link_up': ('gauge', NODE),
    'tipwatch_link_pushes_total': ('counter', NODE),
    'tipwatch_link_syncs_total': ('counter', NODE),
    'tipwatch_link_closed_total': ('counter', NODE),
    'tipwatch_checks_total': ('counter', ('daemon', 'result')),
    'tipwatch_check_duration_seconds': ('histogram', NODE),
    'tipwatch_control_clients': ('gauge', ()),
    'tipwatch_control_requests_total': ('counter', ('command',)),
    'tipwatch_control_dropped_clients_total': ('counter', ()),
    'tipwatch_agent_requests_total': ('counter', ()),
    'tipwatch_journal_lost_records_total': ('counter', ()),
    'tipwatch_saved_seconds_total': ('counter', ()),
    'tipwatch_account_failed_writes_total': ('counter', ()),
    'tipwatch_loop_lag_seconds': ('gauge', ()),
    'tipwatch_hook_runs_total': ('counter', ('hook', 'result')),
    'tipwatch_hook_merged_total': ('counter', ('hook',)),
    'process_cpu_seconds_total': ('counter', ()),
    'process_resident_memory_bytes': ('gauge', ()),
    'process_virtual_memory_bytes': ('gauge', ()),
    'process_open_fds': ('gauge', ()),
    'process_max_fds': ('gauge', ()),
    'process_start_time_seconds': ('gauge', ()),
    'tipwatch_blocks': ('gauge', ('state',)),
    'tipwatch_blocks_recent': ('gauge', ()),
    'tipwatch_blocks_recent_lost': ('gauge', ()),
    'tipwatch_blocks_sent': ('gauge', ()),
    'tipwatch_blocks_everywhere': ('gauge', ()),
    'tipwatch_blocks_accept_seconds': ('gauge', ()),
}
# These have samples where tipwatchd keeps blocks (test_vault) or has witnesses (test_witnesses).
SEEN_ELSEWHERE = ('tipwatch_blocks', 'tipwatch_witness')
VALUES = {
    ('tipwatch_mode', 'mode'): {'starting', 'consensus', 'reduced', 'contested', 'fallback'},
    ('tipwatch_daemon_state', 'state'): {'unknown', 'healthy', 'unhealthy', 'unresponsive',
                                         'maintenance'},
    ('tipwatch_suspect', 'what'): {'wallet_address', 'template_timeout', 'references', 'login',
                                   'certificate', 'max_reply', 'min_peers'},
    ('tipwatch_checks_total', 'result'): {'ok', 'refused', 'timeout', 'reset', 'resolve', 'tls',
                                          'bad_reply', 'too_large', 'auth', 'busy', 'limited',
                                          'wrecked', 'bootstrapping'},
    ('tipwatch_daemon_peers', 'direction'): {'in', 'out'},
    ('tipwatch_hook_runs_total', 'hook'): {
        'on_switch', 'on_chain', 'on_usable', 'on_mode', 'on_block', 'on_beat'},
    ('tipwatch_hook_runs_total', 'result'): {'ok', 'failed', 'timeout'},
}
# What is known of a daemon that never answered.
ALWAYS = {'tipwatch_daemon_chosen', 'tipwatch_daemon_state', 'tipwatch_daemon_reason',
          'tipwatch_daemon_false_blocks', 'tipwatch_checks_total',
          'tipwatch_check_duration_seconds'}
FORK_DEPTH = 'tipwatch_daemon_fork_depth_blocks'
SAMPLE = re.compile(r'([a-z_]+)(?:\{(.*)\})? (\S+)')
LABEL = re.compile(r'([a-z_]+)="([^"\\]*)",?')


class Exposition:
    """What a scrape said: families, and their samples as (name, labels, value)."""

    def __init__(self, text):
        self.types, self.help, self.samples = {}, {}, {}
        family = None
        for line in text.splitlines():
            if line.startswith('# TYPE '):
                family, kind = line.split()[2:]
                self.types[family] = kind
            elif line.startswith('# HELP '):
                self.help[line.split()[2]] = line
            elif not line.startswith('#'):
                name, labels, value = SAMPLE.fullmatch(line).groups()
                self.samples.setdefault(family, []).append(
                    (name, dict(LABEL.findall(labels or '')), float(value)))

    def of(self, daemon):
        """Families that have a sample of the daemon."""
        return {family for family, samples in self.samples.items()
                for _, labels, _ in samples if labels.get('daemon') == daemon}


class Metrics(NetCase):
    def scrape(self, accept='text/plain'):
        return Exposition(self.watcher.http('/metrics', headers={'Accept': accept})[2])

    def settle(self):
        """Daemons of which everything is known, one of them forked, and one that never answers."""
        self.network(4, settled=False)
        nowhere = {'name': 'nowhere', 'url': f'http://127.0.0.1:{ports.free_port()}'}
        # Links that are wanted have samples, also where nobody listens.
        p2p = f'127.0.0.1:{ports.free_port()}'
        nodes = [{**node, 'p2p': p2p} for node in self.demo.nodes()]
        self.watcher.write(daemons=[*nodes, nowhere])
        self.watcher.reload()
        self.watcher.wait_settled(4)
        for _ in range(3):
            self.demo.mine()
            self.watcher.wait_checks(2, names=self.demo.names)
        self.forked = self.demo.names[-1]
        self.demo.do(f'fork {self.forked} 3')
        self.has_verdict(self.forked, 'unhealthy/forked', 30)
        return wait_for('a value of every family', self.all_known, 60)

    def all_known(self):
        scrape = self.scrape()
        per_daemon = {f for f, (_, labels) in FAMILIES.items() if 'daemon' in labels}
        # Only who is on a fork has its depth.
        known = per_daemon <= scrape.of(self.forked) and all(
            per_daemon - {FORK_DEPTH} == scrape.of(name) for name in self.demo.names[:-1])
        nowhere_checked = [v for _, labels, v in scrape.samples.get('tipwatch_checks_total', [])
                           if labels == {'daemon': 'nowhere', 'result': 'refused'} and v > 0]
        return known and nowhere_checked and scrape

    @takes(20)
    def test_as_listed(self):
        scrape = self.settle()
        self.assertEqual(scrape.types, {name: kind for name, (kind, _) in FAMILIES.items()})
        self.assertEqual(set(scrape.help), set(FAMILIES))
        seen = {f: row for f, row in FAMILIES.items() if not f.startswith(SEEN_ELSEWHERE)}
        self.assertEqual(set(scrape.samples), set(seen))
        for family, (kind, labels) in seen.items():
            for name, has, value in scrape.samples[family]:
                if kind == 'histogram':
                    self.assertIn(name, [family + end for end in ('_bucket', '_sum', '_count')])
                    labels_here = (*labels, 'le') if name.endswith('_bucket') else labels
                else:
                    self.assertEqual(name, family)
                    labels_here = labels
                self.assertEqual(tuple(has), labels_here, name)
                self.assertGreaterEqual(value, 0, name)
        for (family, label), values in VALUES.items():
            self.assertEqual({has[label] for _, has, _ in scrape.samples[family]}, values)
        self.assertEqual(scrape.of('nowhere'), ALWAYS)
        self.one_of_each(scrape)
        self.histograms(scrape)
        self.open_metrics()

    def one_of_each(self, scrape):
        """One mode, one chosen daemon, one state and one reason a daemon."""
        def total(family, **wanted):
            return sum(value for _, labels, value in scrape.samples[family]
                       if all(labels[k] == v for k, v in wanted.items()))
        self.assertEqual(total('tipwatch_mode'), 1)
        self.assertEqual(total('tipwatch_daemon_chosen'), 1)
        for name in (*self.demo.names, 'nowhere'):
            self.assertEqual(total('tipwatch_daemon_state', daemon=name), 1)
            self.assertEqual(total('tipwatch_daemon_reason', daemon=name), 1)
        self.assertEqual(total('tipwatch_daemon_reason', daemon='nowhere', reason='refused'), 1)

    def histograms(self, scrape):
        for daemon in (*self.demo.names, 'nowhere'):
            parts = {}
            for name, labels, value in scrape.samples['tipwatch_check_duration_seconds']:
                if labels['daemon'] == daemon:
                    parts.setdefault(name.rsplit('_', 1)[1], []).append(
                        (float(labels.get('le', 'inf')), value))
            bounds, counts = zip(*parts['bucket'])
            self.assertEqual(list(bounds), sorted(set(bounds)))
            self.assertEqual(bounds[-1], float('inf'))
            self.assertEqual(list(counts), sorted(counts))
            count, total = parts['count'][0][1], parts['sum'][0][1]
            self.assertEqual(counts[-1], count)
            checks = sum(v for _, labels, v in scrape.samples['tipwatch_checks_total']
                         if labels['daemon'] == daemon)
            self.assertEqual(count, checks)
            self.assertGreater(count, 0)
            # Within what the buckets allow: all at their lower and at their upper bounds.
            each = [c - b for c, b in zip(counts, (0, *counts))]
            self.assertGreaterEqual(total, sum(n * low for n, low in zip(each, (0, *bounds))))
            if each[-1] == 0:
                self.assertLessEqual(total, sum(n * b for n, b in zip(each[:-1], bounds)))

    def open_metrics(self):
        """The same series, by the other format's rules."""
        scrape = self.scrape('application/openmetrics-text; version=1.0.0')
        expected = {}
        for name, (kind, _) in FAMILIES.items():
            if kind == 'counter':
                expected[name.removesuffix('_total')] = kind
            elif name.endswith('_info'):
                expected[name.removesuffix('_info')] = 'info'
            else:
                expected[name] = kind
        self.assertEqual(scrape.types, expected)
        plain = self.scrape()
        self.assertEqual(
            sorted((n, *labels.items()) for s in scrape.samples.values() for n, labels, _ in s),
            sorted((n, *labels.items()) for s in plain.samples.values() for n, labels, _ in s))

    @takes(10)
    def test_a_daemon_that_is_gone_has_no_samples(self):
        self.network(3)
        gone = self.demo.names[-1]
        self.assertTrue(self.scrape().of(gone))
        self.watcher.write(daemons=self.demo.nodes()[:-1])
        self.watcher.reload()
        wait_for('its samples are gone', lambda: not self.scrape().of(gone), 20)
        self.assertTrue(self.scrape().of(self.demo.names[0]))
