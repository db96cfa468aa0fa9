"""The named scenarios, and what decision.md wants of each, written from that page and not from what
the program says. Blocks of main come at 30, 60, 90 ... s (1001, 1002, 1003 ...), checks every 2
s, so that with the default `fall` a node is down 2 s after its first failure. Every function is
a scenario and makes scenarios/NAME.jsonl; its first line says which matter of the product it
stands for."""
from story import BAD_REPLY, REFUSED, TIMEOUT, Story

FIVE = 'alpha beta gamma delta epsilon'


# --- the sixteen things that pools suffer from ---

def self_fork():
    """1: the chosen one leaves for a fork of its own and mines there with the pool's hashrate."""
    s = Story('alpha beta gamma')
    s.run(40)
    own = s.fork(at=1001)
    s.alpha.follow(own)
    for t in range(50, 200, 10):
        s.run(t)
        own.tip += 1
    s.at(58, chosen='alpha', alpha='healthy', mode='consensus')
    # Its second block of its own, at 60: deeper than fork_tolerance.
    s.at(60, chosen='beta', reason='incumbent_bad', alpha='unhealthy/forked', height=1002)
    s.during(60, 198, chosen='beta', usable=True, mode='consensus', alpha='unhealthy/forked')
    s.at(198, height=1006, chain_epoch=1, epoch=2)
    s.finally_(switches=1)
    return s


def frozen():
    """2: the process is alive, the port is open, nothing answers."""
    s = Story('alpha beta gamma')
    s.run(40)
    s.alpha.fail(TIMEOUT)
    s.run(100)
    s.at(40, chosen='alpha', alpha='healthy')
    s.during(42, 98, chosen='beta', usable=True, alpha='unresponsive/timeout', mode='consensus')
    s.finally_(switches=1)
    return s


def sync_gap_grows():
    """3: the daemon answers, does not get new blocks, and is restarted much later."""
    s = Story('alpha beta gamma')
    s.run(40)
    s.alpha.freeze()
    s.run(200)
    s.alpha.follow()
    s.run(260)
    # Block 1002 comes at 60; the pool waits for 3 s; lag_for is a third of the block target.
    s.during(60, 62, chosen='alpha', alpha='healthy/ok', height=1002)
    s.during(64, 70, chosen='beta', alpha='healthy/ok', height=1002)
    s.during(71, 198, chosen='beta', alpha='unhealthy/lagging', usable=True)
    # Lagging is no fall: healthy at once, and no reason to go back.
    s.during(200, 258, chosen='beta', alpha='healthy/ok')
    s.finally_(switches=1)
    return s


def liar_far_above():
    """4: one node a thousand blocks higher than everybody else, for long."""
    s = Story('alpha beta gamma')
    s.run(40)
    lie = s.fork(at=1001)
    lie.tip = 2001
    s.gamma.follow(lie)
    s.run(400)
    s.during(0, 398, chosen='alpha', usable=True, alpha='healthy', beta='healthy', mode='consensus')
    s.during(40, 398, gamma='unhealthy/')
    s.at(398, height=1013, anchor=1013)
    s.finally_(switches=0, chain_epoch=1)
    return s


def unsynced_primary():
    """5: a daemon that is still syncing answers everything, and must not be used."""
    s = Story('alpha beta gamma')
    s.alpha.follow(height=500)
    s.run(60)
    for height in range(500, 1002, 100):
        s.alpha.follow(height=height)
        s.run(s.now + 10)
    s.alpha.follow()
    s.run(160)
    s.during(0, 118, chosen='beta', alpha='unhealthy/lagging', usable=True, mode='consensus')
    s.during(122, 158, chosen='beta', alpha='healthy/ok')
    s.finally_(switches=0, epoch=1)
    return s


def no_template():
    """6: everything is answered except getblocktemplate."""
    s = Story('alpha beta gamma')
    s.give_templates()
    s.run(40)
    s.alpha.template = 'failed'
    s.run(80)
    s.alpha.template = 'ok'
    s.run(100)
    # One failed template is confirmed by a second one.
    s.at(40, chosen='alpha', alpha='healthy/ok')
    s.during(42, 78, chosen='beta', alpha='unhealthy/no_template', usable=True)
    s.during(80, 98, chosen='beta', alpha='healthy/ok')
    s.finally_(switches=1)
    return s


def wallet_address():
    """6: no daemon takes the wallet address of the configuration: a typo, and nobody's fault."""
    s = Story('alpha beta gamma')
    for node in s.nodes.values():
        node.template = 'address'
    s.run(40)
    s.alpha.template = 'failed'
    s.run(60)
    s.gamma.template = 'ok'
    s.run(80)
    s.during(0, 41, chosen='alpha', usable=True, alpha='healthy/ok', beta='healthy/ok')
    # A daemon that has another trouble is judged by that.
    s.during(42, 58, chosen='beta', usable=True, alpha='unhealthy/no_template', beta='healthy/ok')
    # One daemon takes it: then it is not the address.
    s.during(62, 78, chosen='gamma', usable=True, beta='unhealthy/no_template',
             gamma='healthy/ok')
    s.finally_(switches=2)
    return s


def stale_template():
    """7: a template whose height is new, but which builds on an old block."""
    s = Story('alpha beta gamma')
    s.give_templates()
    s.run(60)
    s.alpha.template = 'stale'
    s.run(80)
    s.alpha.template = 'ok'
    s.run(100)
    # The new tip is of 60; 2 s are its grace.
    s.at(60, chosen='alpha', alpha='healthy/ok', height=1002)
    s.during(64, 78, chosen='beta', alpha='unhealthy/stale_template')
    s.at(80, chosen='beta', alpha='healthy/ok')
    s.finally_(switches=1)
    return s


def wrecked():
    """The chain in a daemon's memory is corrupt: left after one check, and without a vote."""
    s = Story('alpha beta gamma')
    s.run(40)
    s.alpha.fail('wrecked')
    s.run(80)
    s.alpha.fail('ok')
    s.run(100)
    s.at(38, chosen='alpha', alpha='healthy/ok')
    s.during(40, 78, chosen='beta', alpha='unhealthy/wrecked', usable=True, mode='consensus')
    s.at(80, alpha='unhealthy/warming')
    s.during(82, 98, chosen='beta', alpha='healthy/ok')
    s.finally_(switches=1)
    return s


def same_height_reorganisation():
    """8: the height stays, the block does not: the pool must be told by chain_epoch."""
    s = Story('alpha beta gamma')
    s.run(70)
    other = s.fork(at=1001)
    other.tip = 1002
    for node in s.nodes.values():
        node.follow(other)
    s.run(88)
    s.at(68, height=1002, hash=s.main.hash(1002), chain_epoch=1)
    s.during(70, 86, height=1002, hash=other.hash(1002), chain_epoch=2, chosen='alpha', epoch=1,
             mode='consensus', alpha='healthy/ok')
    s.finally_(switches=0)
    return s


def lying_claims():
    """9: one lying peer makes a healthy daemon claim any height, and `synced` false."""
    s = Story('alpha beta gamma')
    s.run(20)
    s.alpha.claim = 999999999
    s.run(120)
    s.during(0, 118, chosen='alpha', alpha='healthy/ok', usable=True, mode='consensus')
    s.at(118, height=1003)
    s.finally_(switches=0)
    return s


def slow_under_load():
    """10: the pool's own load makes the chosen one slow: it is not bad, and nobody is better."""
    s = Story('alpha beta gamma')
    s.run(20)
    for rtt_ms in (200, 600, 1200, 1800):
        s.alpha.rtt_ms = rtt_ms
        s.run(s.now + 20)
    s.alpha.fail(TIMEOUT)
    s.run(s.now + 2)
    s.alpha.follow()
    s.run(120)
    s.during(0, 118, chosen='alpha', alpha='healthy/ok', usable=True)
    s.finally_(switches=0)
    return s


def restarts_with_few_peers():
    """11: the primary restarts, has no peers for a while, and is gone back to only much later."""
    s = Story('alpha:10 beta gamma', failback_after='40s')
    s.run(40)
    s.alpha.fail(REFUSED)
    s.run(60)
    s.alpha.follow().peers = 0
    s.run(80)
    s.alpha.peers = 8
    s.run(160)
    s.during(42, 58, chosen='beta', alpha='unresponsive/refused')
    s.during(60, 78, chosen='beta', alpha='unhealthy/isolated')
    # Two good checks (80 and 82), then 40 s without a break.
    s.at(80, alpha='unhealthy/warming')
    s.during(82, 120, chosen='beta', alpha='healthy/ok')
    s.during(122, 158, chosen='alpha', reason=('priority', 'incumbent'))
    s.at(122, reason='priority', epoch=3)
    s.finally_(switches=2)
    return s


def nothing_known():
    """12: nobody answers from the start: that is not "healthy", and nothing old is served."""
    s = Story('alpha beta gamma')
    for node in s.nodes.values():
        node.fail(REFUSED)
    s.run(20)
    s.during(0, 18, usable=False, height=None, hash=None)
    s.at(0, alpha='unknown/unchecked', beta='unknown/unchecked')
    s.during(2, 18, mode='fallback', chosen='alpha', reason='primary', alpha='unresponsive/refused')
    return s


def restart_of_the_watcher():
    """13: the watcher restarts: epochs, incumbent and drains go on, nobody is blamed."""
    s = Story('alpha beta gamma delta')
    s.restored(epoch=7, chain_epoch=3, incumbent='beta', drained=['delta'],
               tip=[999, s.main.hash(999)])
    s.run(60)
    s.during(0, 58, chosen='beta', epoch=7, chain_epoch=3, usable=True, alpha='healthy/ok',
             delta='maintenance/drained', mode='consensus')
    s.finally_(switches=0)
    return s


def restart_waits_for_the_incumbent():
    """13: after a restart the daemon in use answers later than the others, and stays in use."""
    s = Story('alpha beta gamma delta')
    s.restored(epoch=7, chain_epoch=3, incumbent='beta', tip=[1000, s.main.hash(1000)])
    s.beta.is_silent = True
    s.run(1)
    s.beta.is_silent = False
    s.run(20)
    s.at(0, mode='starting', usable=False, epoch=7)
    s.during(2, 20, chosen='beta', epoch=7, usable=True, mode='consensus')
    s.finally_(switches=0)
    return s


def restart_with_a_silent_incumbent():
    """13: after a restart the daemon in use says nothing: it is waited for for 2 s."""
    s = Story('alpha beta gamma delta')
    s.restored(epoch=7, chain_epoch=3, incumbent='beta', tip=[1000, s.main.hash(1000)])
    s.beta.is_silent = True
    s.run(20)
    s.at(0, mode='starting', usable=False, epoch=7)
    s.during(2, 20, chosen='alpha', epoch=8, usable=True, mode='consensus')
    s.finally_(switches=1)
    return s


def suspended_machine():
    """13: the machine slept for an hour, and the first check afterwards fails."""
    s = Story('alpha beta gamma')
    s.run(60)
    s.pass_over(3600)
    s.main.tip += 120
    s.mined = s.now
    s.alpha.fail(TIMEOUT)
    s.run(s.now + 2)
    s.alpha.follow()
    s.run(s.now + 40)
    s.during(0, 3700, chosen='alpha', alpha='healthy/ok', beta='healthy/ok', usable=True,
             mode='consensus', epoch=1, chain_epoch=1)
    s.at(3662, height=1121)
    s.finally_(switches=0)
    return s


def clock_jump():
    """13: the wall clock jumps by a day: the core's time is another one."""
    s = Story('alpha beta gamma')
    s.run(40)
    for record in s.records:
        record['time'] = 1795449938
    n = len(s.records)
    s.run(80)
    for record in s.records[n:]:
        record['time'] = 1795449938 - 86400
    s.during(0, 78, chosen='alpha', alpha='healthy/ok', mode='consensus')
    s.finally_(switches=0)
    return s


def four_stuck_one_fresh():
    """14: a bad transaction stops four of five daemons on the same block."""
    s = Story(FIVE)
    s.run(40)
    for node in (s.alpha, s.beta, s.gamma, s.delta):
        node.freeze()
    s.run(250)
    # T is of 30 s. At 90 s epsilon has got two blocks, and two block targets have gone by.
    s.during(40, 88, chosen='alpha', height=1001, alpha='healthy/ok', epsilon='healthy/ok')
    s.during(90, 92, chosen='alpha', height=1003, anchor=1001, alpha='healthy/ok')
    s.during(94, 98, chosen='epsilon', height=1003, anchor=1001, alpha='healthy/ok')
    s.during(102, 248, anchor=1001, chosen='epsilon', usable=True, alpha='unhealthy/lagging',
             epsilon='healthy/ok')
    s.at(248, height=1008, mode='consensus')
    s.finally_(switches=1)
    return s


def three_stuck_two_fresh():
    """14: three of five daemons stop: to be behind on the same chain is no vote against others."""
    s = Story(FIVE)
    s.run(40)
    for node in (s.alpha, s.beta, s.gamma):
        node.freeze()
    s.run(160)
    s.during(60, 62, chosen='alpha', height=1002, anchor=1001)
    s.during(64, 70, chosen='delta', alpha='healthy/ok', height=1002, anchor=1001)
    s.during(71, 158, chosen='delta', alpha='unhealthy/lagging', delta='healthy/ok', usable=True,
             mode='consensus', anchor=1001)
    s.at(158, height=1005)
    s.finally_(switches=1)
    return s


def island():
    """15: the daemons are connected only to each other. It is said, and changes no verdict."""
    s = Story('alpha beta gamma')
    for node in s.nodes.values():
        node.peers = 2
    s.run(60)
    s.during(0, 58, chosen='alpha', alpha='healthy/ok', gamma='healthy/ok', mode='consensus',
             usable=True)
    s.finally_(switches=0)
    return s


def race_loser_is_still_told():
    """16: every daemon that could relay a found block stays in use, also the loser of a race."""
    s = Story('alpha beta gamma')
    s.run(60)
    other = s.fork(at=1001)
    other.tip = 1002
    s.gamma.follow(other)
    s.is_mining = False
    s.run(62)
    s.main.tip = 1002
    s.run(110)
    s.at(60, gamma='healthy')
    # C goes to the other side at 62: racing for lag_for, then forked.
    s.during(62, 71, gamma='healthy/racing', chosen='alpha', height=1002, mode='consensus')
    s.during(74, 108, gamma='unhealthy/forked')
    s.finally_(switches=0)
    return s


# --- the counterexamples ---

def two_of_five_on_a_longer_fork():
    """Two of five, three blocks higher on a fork: a quorum decides, not the height."""
    s = Story(FIVE)
    s.run(40)
    other = s.fork(at=999)
    other.tip = 1004
    s.delta.follow(other)
    s.epsilon.follow(other)
    s.run(120)
    s.during(40, 118, chosen='alpha', delta='unhealthy/forked', epsilon='unhealthy/forked',
             mode='consensus', usable=True, chain_epoch=1)
    s.at(118, height=1003, hash=s.main.hash(1003))
    s.finally_(switches=0)
    return s


def two_against_two_one_silent():
    """Two on each side of a fork, the fifth silent: no quorum, keep the incumbent, alarm."""
    s = Story(FIVE)
    s.run(40)
    other = s.fork(at=1001)
    s.gamma.follow(other)
    s.delta.follow(other)
    s.epsilon.fail(REFUSED)
    s.run(70)
    other.tip = 1002
    s.run(100)
    other.tip = 1003
    s.run(150)
    s.during(42, 68, mode='consensus', chosen='alpha', epsilon='unresponsive/refused')
    s.during(70, 98, mode='fallback', chosen='alpha', gamma='healthy/racing', height=(1002, 1003))
    s.during(100, 148, mode='contested', chosen='alpha', gamma='unhealthy/forked', usable=True,
             anchor=1001, reason='incumbent')
    s.finally_(switches=0, chain_epoch=1)
    return s


def one_block_race():
    """A race of one block, two against two: nobody is bad, and it ends with the next block."""
    s = Story('alpha beta gamma delta')
    s.run(60)
    other = s.fork(at=1001)
    other.tip = 1002
    s.gamma.follow(other)
    s.delta.follow(other)
    s.run(92)
    s.gamma.follow(s.main)
    s.delta.follow(s.main)
    s.run(120)
    # The primary's side; without a quorum C stays below, so that nobody's time runs out.
    s.during(60, 88, chosen='alpha', height=1002, hash=s.main.hash(1002), anchor=1001,
             gamma='healthy/racing', alpha='healthy/ok', mode='fallback', usable=True)
    s.during(92, 118, mode='consensus', gamma='healthy/ok', height=1003, anchor=1003)
    s.finally_(switches=0, chain_epoch=1)
    return s


def three_of_seven_left_two_forked():
    """Four of seven do not answer, and two of the other three are on a fork."""
    s = Story('a b c d e f g')
    s.run(40)
    other = s.fork(at=1001)
    for name in 'defg':
        s.nodes[name].fail(REFUSED)
    s.b.follow(other)
    s.c.follow(other)
    s.run(70)
    other.tip = 1002
    s.run(100)
    other.tip = 1003
    s.run(130)
    s.during(42, 68, mode='reduced', chosen='a', usable=True, anchor=1001)
    s.during(70, 88, mode='fallback', chosen='a', a='healthy/racing')
    # Its second block alone: a is forked now, and the two of the other side are all there is.
    s.during(90, 98, mode='fallback', chosen='b', a='unhealthy/forked')
    s.during(100, 128, mode='contested', chosen='b', usable=True, anchor=1001)
    s.finally_(switches=1)
    return s


def all_down_and_back():
    """Everybody goes down, and comes back one by one."""
    s = Story('alpha beta gamma')
    s.run(40)
    for node in s.nodes.values():
        node.fail(REFUSED)
    s.run(60)
    s.gamma.follow()
    s.run(80)
    s.beta.follow()
    s.run(100)
    s.alpha.follow()
    s.run(130)
    s.at(40, chosen='alpha', usable=True)
    s.during(42, 58, mode='fallback', chosen='alpha', usable=False, reason='primary')
    # The first good check: it answers, so it is the least bad; the second: healthy.
    s.at(60, chosen='gamma', gamma='unhealthy/warming', reason='least_bad', usable=True)
    s.during(62, 78, chosen='gamma', gamma='healthy/ok', mode='fallback', usable=True)
    s.during(80, 128, chosen='gamma', mode='consensus', usable=True)
    s.at(80, beta='unhealthy/warming')
    s.at(128, alpha='healthy/ok', beta='healthy/ok')
    s.finally_(switches=1)
    return s


def flapping():
    """The preferred daemon goes down and up every few seconds: each time it is trusted later."""
    s = Story('alpha:10 beta gamma', failback_after='20s')
    s.run(40)
    for t in range(40, 120, 8):
        s.alpha.fail(REFUSED)
        s.run(t + 4)
        s.alpha.follow()
        s.run(t + 8)
    s.run(230)
    # Down at 42, 50, 58 ... 114. After the first fall two good checks suffice (44 and 46), after
    # the second four are too many for a pause of two.
    s.at(46, alpha='healthy/ok')
    s.during(50, 180, chosen='beta')
    s.during(54, 56, alpha='unhealthy/warming')
    # 32 good checks are always enough: 116, 118 and so on to 178; then failback_after.
    s.at(176, alpha='unhealthy/warming')
    s.at(178, alpha='healthy/ok', chosen='beta')
    s.during(180, 196, chosen='beta')
    s.during(200, 228, chosen='alpha')
    s.finally_(switches=2)
    return s


def drained_references():
    """References that were not upgraded outvote the daemons, until they are drained."""
    s = Story('alpha beta r1:reference r2:reference r3:reference')
    s.run(40)
    upgraded = s.fork(at=1001)
    s.alpha.follow(upgraded)
    s.beta.follow(upgraded)
    for t in range(50, 90, 10):
        s.run(t)
        upgraded.tip += 1
    s.run(100)
    for name in ('r1', 'r2', 'r3'):
        s.op('drain', name)
    s.run(120)
    s.op('undrain', 'r1')
    s.run(140)
    s.during(92, 98, alpha='unhealthy/forked', beta='unhealthy/forked', usable=False,
             mode='consensus')
    s.during(102, 118, chosen='alpha', usable=True, alpha='healthy/ok', r1='unhealthy/forked',
             mode='consensus', height=1005, chain_epoch=3)
    # One reference that votes is outvoted by two daemons.
    s.during(120, 138, chosen='alpha', usable=True, mode='consensus', r1='unhealthy/forked')
    s.finally_(switches=0)
    return s


def drained_majority():
    """Three of five are drained, then switched off: the other two are the network."""
    s = Story(FIVE)
    s.run(40)
    for name in ('alpha', 'beta', 'gamma'):
        s.op('drain', name)
    s.run(60)
    for node in (s.alpha, s.beta, s.gamma):
        node.fail(REFUSED)
    s.run(90)
    s.delta.fail(REFUSED)
    s.run(120)
    s.op('undrain', 'alpha')
    s.alpha.follow()
    s.run(150)
    s.during(40, 58, chosen='delta', alpha='maintenance/drained', mode='consensus', usable=True)
    # Silent and drained: not counted, so that two of two are a quorum.
    s.during(62, 88, chosen='delta', alpha='unresponsive/refused', mode='consensus')
    s.at(62, anchor=1002)
    s.during(92, 118, chosen='epsilon', mode='fallback', usable=True)
    s.at(92, height=1003)
    s.during(120, 148, chosen='epsilon', mode='consensus')
    s.at(122, alpha='healthy/ok')
    s.finally_(switches=2)
    return s


def equal_split_for_minutes():
    """Two against two, block by block alike for minutes: contested, and the incumbent stays."""
    s = Story('alpha beta gamma delta')
    s.run(40)
    other = s.fork(at=1001)
    s.gamma.follow(other)
    s.delta.follow(other)
    for t in range(60, 220, 30):
        s.run(t)
        other.tip += 1
    s.run(220)
    s.gamma.follow(s.main)
    s.delta.follow(s.main)
    s.run(250)
    s.during(60, 88, mode='fallback', chosen='alpha')
    s.during(90, 218, mode='contested', chosen='alpha', reason='incumbent', usable=True,
             gamma='unhealthy/forked', anchor=1001)
    s.at(218, height=1007, hash=s.main.hash(1007))
    s.during(220, 248, mode='consensus', chosen='alpha', gamma='healthy/ok')
    s.finally_(switches=0, chain_epoch=1)
    return s


def reorganisation_to_lower():
    """Everybody leaves for a chain that is lower and has more work: T goes down with them."""
    s = Story('alpha beta gamma')
    s.run(100)
    other = s.fork(at=1000)
    other.tip = 1002
    s.is_mining = False
    for node in s.nodes.values():
        node.follow(other)
    s.run(120)
    s.at(98, height=1003, chain_epoch=1)
    s.during(100, 118, height=1002, hash=other.hash(1002), anchor=1002, chain_epoch=2, epoch=1,
             chosen='alpha', alpha='healthy/ok', mode='consensus')
    s.finally_(switches=0)
    return s


# --- what else the page says ---

def reorganisation_one_by_one():
    """The same, node by node: the first one to move is left, and T waits for the second."""
    s = Story('alpha beta gamma')
    s.run(100)
    other = s.fork(at=1000)
    other.tip = 1002
    s.is_mining = False
    s.alpha.follow(other)
    s.run(104)
    s.beta.follow(other)
    s.run(108)
    s.gamma.follow(other)
    s.run(120)
    s.during(100, 102, height=1003, chain_epoch=1, alpha='unhealthy/forked', chosen='beta')
    s.during(104, 106, height=1002, chain_epoch=2, alpha='healthy/ok', gamma='unhealthy/forked',
             chosen='beta')
    s.during(108, 118, gamma='healthy/ok', chosen='beta', mode='consensus')
    s.finally_(switches=1)
    return s


def pin_and_unpin():
    """A pin overrides everything, also that the daemon is down; unpin lets go."""
    s = Story('alpha beta gamma')
    s.run(20)
    s.op('pin', 'gamma')
    s.run(40)
    s.gamma.fail(REFUSED)
    s.run(60)
    s.op('unpin')
    s.run(80)
    s.during(20, 40, chosen='gamma', reason='pinned', usable=True)
    s.during(42, 58, chosen='gamma', reason='pinned', usable=False, gamma='unresponsive/refused')
    s.during(60, 78, chosen='alpha', usable=True)
    s.finally_(switches=2, epoch=3)
    return s


def reduced():
    """Three of six answer and agree: reduced. Two: fallback."""
    s = Story('a b c d e f')
    s.run(40)
    for name in 'def':
        s.nodes[name].fail(TIMEOUT)
    s.run(70)
    s.c.fail(BAD_REPLY)
    s.run(100)
    s.during(42, 70, mode='reduced', chosen='a', usable=True, anchor=1001)
    s.at(62, height=1002)
    # bad_reply is not unresponsive: it is silent only when its last answer is too old.
    s.at(72, c='unhealthy/bad_reply')
    s.during(82, 98, mode='fallback', chosen='a', usable=True)
    s.at(98, height=1003)
    s.finally_(switches=0)
    return s


def starting():
    """The first answers: the primary is served at once, but not usable; a quorum ends it."""
    s = Story(FIVE)
    for node in s.nodes.values():
        node.is_silent = True
    s.gamma.is_silent = False
    s.run(2)
    s.alpha.is_silent = False
    s.run(4)
    s.beta.is_silent = False
    s.run(10)
    s.at(0, mode='starting', chosen='gamma', reason='starting', usable=False, height=None)
    s.at(2, mode='starting', chosen='alpha', reason='starting', usable=False, height=None)
    s.during(4, 8, mode='consensus', chosen='alpha', usable=True, height=1000, anchor=1000,
             delta='unknown/unchecked')
    s.at(4, reason='initial')
    s.finally_(switches=0, epoch=1)
    return s


def starting_ends_by_itself():
    """Two of five answer, of the others nothing is heard: after one probe timeout it is over."""
    s = Story(FIVE, timeout='5s')
    for node in (s.gamma, s.delta, s.epsilon):
        node.is_silent = True
    s.run(20)
    s.during(0, 4, mode='starting', usable=False, chosen='alpha', height=None)
    s.during(6, 18, mode='fallback', usable=True, chosen='alpha', height=1000, anchor=None)
    return s


def budget():
    """Two of five run away with thirty blocks: T follows at a quarter block target for each."""
    s = Story(FIVE)
    s.run(40)
    s.is_mining = False
    for node in (s.alpha, s.beta, s.gamma):
        node.freeze()
    s.main.tip += 30
    s.run(100)
    # Two saved up and the ten seconds since T moved make three; then one each 7.5 s.
    s.at(40, height=1004, anchor=1001)
    s.at(48, height=(1004, 1005))
    s.at(98, height=(1010, 1011, 1012))
    s.during(40, 98, delta='healthy/ok', mode='consensus')
    return s


def quorum_fills_the_budget():
    """A quorum goes past T while two run away: what T gains above C is paid in the same step."""
    s = Story(FIVE)
    s.run(40)
    s.is_mining = False
    for node in (s.alpha, s.beta, s.gamma):
        node.freeze()
    s.main.tip += 30
    s.run(41)
    s.gamma.follow(height=1010)
    s.run(60)
    s.at(40, height=1004, anchor=1001)
    # Two saved up, on top of C: not only with the event after this one.
    s.at(42, height=1012, anchor=1010)
    return s


def lone_leader_is_contradicted():
    """A lone leader that somebody conflicts with is followed after twelve block targets."""
    s = Story(FIVE)
    s.run(40)
    for node in (s.alpha, s.beta, s.gamma, s.delta):
        node.freeze()
    other = s.fork(at=1001)
    other.tip = 1002
    s.delta.follow(other)
    s.run(450)
    s.during(42, 388, height=1001, chosen='alpha', alpha='healthy/ok')
    s.during(120, 388, epsilon='unhealthy/ahead')
    s.at(390, height=1013, chosen='epsilon', usable=True, delta='unhealthy/lagging')
    s.at(448, height=1014)
    s.finally_(switches=1)
    return s


def lone_leader_is_a_reference():
    """A reference alone above all others is no leader: it cannot be served."""
    s = Story('alpha beta seed:reference')
    s.run(40)
    s.alpha.freeze()
    s.beta.freeze()
    s.run(260)
    s.during(40, 258, height=1001, chosen='alpha', alpha='healthy/ok', mode='consensus')
    s.at(258, seed='unhealthy/ahead')
    s.finally_(switches=0)
    return s


def behind_by_too_much():
    """More than max_lag blocks behind is lagging at once, whatever lag_for."""
    s = Story('alpha beta gamma', lag_for='1h')
    s.run(40)
    s.alpha.freeze()
    s.run(180)
    # 1002, 1003 and 1004 are three; 1005 comes at 150.
    s.during(120, 148, alpha='healthy/ok', chosen='beta', height=(1004,))
    s.during(150, 178, alpha='unhealthy/lagging', chosen='beta')
    s.finally_(switches=1)
    return s


def contested_incumbent_on_the_wrong_side():
    """Two against two; the one that was served is left when its side loses the tie."""
    s = Story('alpha beta gamma delta', max_lead=0)
    s.run(40)
    other = s.fork(at=1001)
    s.gamma.follow(other)
    s.delta.follow(other)
    s.is_mining = False
    s.run(50)
    other.tip = 1003
    s.main.tip = 1003
    s.run(60)
    other.tip = 1004
    s.run(80)
    s.at(58, mode='contested', chosen='alpha', hash=s.main.hash(1003))
    # One longer, and by one block per quarter target since the fork was seen at 50: within limit.
    s.during(60, 78, mode='contested', chosen='gamma', hash=other.hash(1004), chain_epoch=2,
             alpha='unhealthy/forked')
    s.finally_(switches=1)
    return s


def two_priorities():
    """A better one was healthy for failback_after, and min_switch_interval has passed."""
    s = Story('alpha beta:5 gamma:10', failback_after='10s', min_switch_interval='60s')
    s.gamma.fail(REFUSED)
    s.run(20)
    s.beta.fail(REFUSED)
    s.run(30)
    s.beta.follow()
    s.gamma.follow()
    s.run(100)
    s.during(0, 18, chosen='beta', reason=('initial', 'incumbent'))
    s.during(22, 80, chosen='alpha')
    # Both healthy since 32 at the latest: the higher one, a minute after the switch of 22.
    s.during(82, 98, chosen='gamma')
    s.finally_(switches=2)
    return s


def fallback_primary():
    """Without agreement a careful operator wants the primary, whatever its state."""
    s = Story('alpha beta gamma', fallback='primary')
    s.run(20)
    s.alpha.fail(REFUSED)
    s.run(40)
    s.beta.fail(REFUSED)
    s.run(60)
    s.during(22, 40, mode='consensus', chosen='beta')
    s.during(42, 58, mode='fallback', chosen='alpha', reason='primary', usable=False)
    s.finally_(switches=2)
    return s


def fallback_none():
    """Without agreement nothing at all is named."""
    s = Story('alpha beta gamma', fallback='none')
    s.run(20)
    s.alpha.fail(REFUSED)
    s.beta.fail(REFUSED)
    s.run(40)
    s.beta.follow()
    s.run(60)
    s.during(22, 38, mode='fallback', chosen=None, reason='none', usable=False)
    s.during(40, 58, mode='consensus', chosen='gamma', usable=True)
    return s


def least_bad():
    """Nobody is healthy: the least bad that answers, and no turns between those of no use."""
    s = Story('alpha beta gamma delta')
    s.give_templates()
    s.run(20)
    s.alpha.template = 'failed'
    s.beta.template = 'failed'
    s.gamma.follow(height=999).peers = 0
    s.delta.template = 'stale'
    s.run(40)
    s.delta.fail(REFUSED)
    s.run(60)
    s.alpha.fail(REFUSED)
    s.run(80)
    s.delta.follow()
    s.run(100)
    s.during(24, 40, chosen='delta', reason=('least_bad', 'incumbent'), usable=False,
             alpha='unhealthy/no_template', delta='unhealthy/stale_template',
             gamma='unhealthy/isolated')
    s.during(42, 60, chosen='alpha', usable=False)
    s.during(62, 90, chosen='beta', usable=False)
    # delta is less bad than beta again, but 30 s have to pass since the last switch.
    s.at(84, delta='unhealthy/stale_template')
    s.during(92, 98, chosen='delta', usable=False)
    s.finally_(switches=4)
    return s


def without_peers():
    """Nobody has peers: the daemon in use is used on, until the network was silent for long."""
    s = Story('alpha beta gamma')
    s.give_templates()
    s.run(40)
    s.is_mining = False
    for node in s.nodes.values():
        node.peers = 0
    s.run(60)
    s.alpha.template = 'failed'
    s.run(80)
    s.beta.fail(REFUSED)
    s.run(100)
    s.beta.follow().peers = 8
    s.run(110)
    s.beta.peers = 0
    s.run(230)
    s.gamma.peers = 8
    s.run(240)
    s.during(42, 58, mode='fallback', chosen='alpha', alpha='unhealthy/isolated', usable=True)
    # It gives no templates: beta lacks nothing but peers.
    s.during(60, 80, chosen='beta', reason=('least_bad', 'incumbent'), usable=True)
    s.during(82, 98, chosen='gamma', gamma='unhealthy/isolated', usable=True)
    # Whoever has peers goes first.
    s.during(100, 108, chosen='beta', beta=('unhealthy/warming', 'healthy/ok'), usable=True)
    # Block 1001 is six block targets old at 210 s.
    s.during(112, 208, chosen='beta', beta='unhealthy/isolated', usable=True)
    s.during(210, 228, chosen='beta', usable=False)
    s.during(230, 240, chosen='gamma', usable=True)
    return s


def second_fork_is_a_fall():
    """Forked for the second time in an hour: two good checks before it is healthy again."""
    s = Story('alpha beta gamma')
    other = s.fork(at=998)
    other.tip = 1001
    s.run(10)
    s.gamma.follow(other)
    s.run(20)
    s.gamma.follow(s.main)
    s.run(24)
    s.gamma.follow(other)
    s.run(28)
    s.gamma.follow(s.main)
    s.run(40)
    s.at(10, gamma='unhealthy/forked')
    s.at(20, gamma='healthy/ok')
    s.at(24, gamma='unhealthy/forked')
    s.at(28, gamma='unhealthy/warming')
    s.at(30, gamma='healthy/ok')
    s.finally_(switches=0)
    return s
