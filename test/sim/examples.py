"""The worked examples of decision.md that no story of stories.py shows already. Every function is a
scenario like those: it makes scenarios/NAME.jsonl. Checks come every 2 s, a block of the chain
'main' every 30 s, so that main has block 1001 at 30 s, 1002 at 60 s, and so on."""
from story import REFUSED, TIMEOUT, Story

FIVE = 'alpha beta gamma delta epsilon'


# --- Voting 2 ---

def asked_at_a_lower_tip():
    """Two nodes are 500 blocks below the others: one is behind, the other one is on a fork."""
    s = Story(FIVE)
    s.is_mining = False
    other = s.fork(at=400)
    other.tip = 500
    s.delta.follow(height=500)
    s.epsilon.follow(other)
    s.run(10)
    # alpha is asked for its block 500, and shows it.
    s.alpha.at = [500]
    s.run(20)
    s.during(0, 8, delta='unhealthy/lagging', epsilon='unhealthy/lagging', mode='consensus')
    s.during(10, 18, delta='unhealthy/lagging', epsilon='unhealthy/forked', mode='consensus')
    s.finally_(switches=0, height=1000, anchor=1000)
    return s


def hole_at_the_fork():
    """A voter did not show the block at a fork: what it shows above tells on which side it is."""
    s = Story(FIVE)
    s.epsilon.is_silent = True
    s.run(40)
    s.is_mining = False
    other = s.fork(at=1001)
    other.tip = s.main.tip = 1004
    s.gamma.follow(other)
    s.delta.follow(other)
    s.run(50)
    s.record(node='epsilon', result='ok', chain=[[1004, other.hash(1004)]],
             at=[[1000, s.main.hash(1000)]])
    s.run(54)
    s.during(40, 48, mode='contested', hash=s.main.hash(1004), alpha='healthy/ok',
             gamma='unhealthy/forked')
    s.during(50, 52, mode='consensus', hash=other.hash(1004), anchor=1004, chain_epoch=2,
             alpha='unhealthy/forked', gamma='healthy/ok', epsilon='healthy/ok', chosen='gamma')
    s.finally_(switches=1)
    return s


def not_linked():
    """A voter that cannot be linked to the others supports only what it showed."""
    s = Story('alpha beta gamma')
    s.gamma.is_silent = True
    s.run(40)
    s.is_mining = False
    s.beta.fail(REFUSED)
    s.run(50)
    far = s.fork(at=1001)
    far.tip = 1010
    s.gamma.follow(far).at = [1000]
    s.gamma.shown = far, 1010       # a check shows the newest block alone
    s.run(60)
    s.gamma.at = [1001]
    s.run(70)
    s.during(42, 48, mode='fallback', anchor=1001, height=1001)
    # gamma contradicts nobody, and supports block 1000 only.
    s.during(50, 58, mode='consensus', anchor=1001, height=1001, gamma='unhealthy/ahead')
    s.during(60, 68, mode='consensus', anchor=1001, height=1001, gamma='unhealthy/ahead')
    s.finally_(switches=0)
    return s


def deep_conflict_with_holes():
    """Two against two that share no block; of the one side little more is known than its tip."""
    s = Story('alpha beta gamma delta')
    s.gamma.is_silent = s.delta.is_silent = True
    s.run(40)
    s.is_mining = False
    other = s.fork(at=990)
    s.main.tip, other.tip = 1005, 1006
    s.run(50)
    for node in (s.gamma, s.delta):
        s.record(node=node.name, result='ok', chain=[[1006, other.hash(1006)]])
    s.run(54)
    # Somebody shows 1003 of the other side. 1005, the height of the lower tip, is not known.
    s.record(node='gamma', result='ok', chain=[[1006, other.hash(1006)]],
             at=[[1003, other.hash(1003)]])
    s.run(60)
    s.during(40, 48, mode='fallback')
    s.during(50, 52, mode='consensus')
    s.during(54, 58, mode='contested', height=1005, chosen='alpha', usable=True)
    s.finally_(switches=0)
    return s


# --- Voting 3 ---

def ties_in_order():
    """Two against two: the primary's side, then the side served last, then the longer one."""
    s = Story('alpha beta gamma delta')
    s.run(40)
    s.is_mining = False
    other = s.fork(at=1001)
    s.gamma.follow(other)
    s.delta.follow(other)
    other.tip = s.main.tip = 1002
    s.run(50)
    other.tip = 1004
    s.run(60)
    other.tip = 1005
    s.run(70)
    s.during(40, 48, hash=s.main.hash(1002), mode='fallback')
    s.during(50, 58, hash=s.main.hash(1002), chain_epoch=1)
    s.during(60, 68, hash=other.hash(1005), chain_epoch=2)
    return s


def grown_side_wins():
    """Two against two, two blocks each; then only one side goes on."""
    s = Story('alpha beta gamma delta')
    s.run(40)
    s.is_mining = False
    other = s.fork(at=1001)
    s.main.tip = other.tip = 1003
    s.gamma.follow(other)
    s.delta.follow(other)
    for t in (60, 80, 100):
        s.run(t)
        other.tip += 1
    s.run(110)
    s.during(40, 78, mode='contested', hash=s.main.hash(1003), chosen='alpha', usable=True)
    # 1004' and 1005': the side is two blocks longer, and has been built on twice.
    s.during(80, 98, mode='contested', hash=other.hash(1005), chosen='gamma', usable=True,
             chain_epoch=2, alpha='unhealthy/forked')
    s.finally_(switches=1, height=1006)
    return s


def three_sides():
    """Two on each of three sides: A is longer than B by enough, and B longer than C."""
    s = Story('a b c d e f', primary='e')
    s.run(40)
    s.is_mining = False
    sides = [s.fork(at=1001), s.fork(at=1001), s.main]
    for name, side in zip('abcdef', [side for side in sides for _ in range(2)]):
        s.nodes[name].follow(side)
        side.tip = 1002
    s.run(42)
    for side, tip in zip(sides, (1009, 1006, 1003)):
        side.tip = tip
    s.run(44)
    s.at(40, height=1002, hash=s.main.hash(1002), chain_epoch=1)
    # A is 6 longer than C, which is beyond the limit of 4: only B beats C, and only A beats B.
    s.at(42, hash=sides[0].hash(1004), height=1004, chain_epoch=2)
    return s


# --- Voting 4 ---

def anchor_and_tip():
    """Three of five stop at 1001, one at 1003, the last one goes on alone."""
    s = Story(FIVE)
    s.run(40)
    for node in (s.alpha, s.beta, s.gamma):
        node.freeze()
    s.run(100)
    s.delta.freeze()
    s.run(140)
    s.during(60, 88, anchor=1001, height=1002)
    s.during(90, 138, anchor=1001, height=1003)
    s.finally_(mode='consensus')
    return s


def last_voter():
    """Two of three are down: the last one moves the tip alone."""
    s = Story('alpha beta gamma')
    s.run(40)
    s.beta.fail(REFUSED)
    s.gamma.fail(REFUSED)
    s.run(100)
    s.during(42, 58, height=1001, anchor=1001, mode='fallback')
    s.during(60, 88, height=1002, chosen='alpha', alpha='healthy/ok', usable=True)
    s.during(90, 98, height=1003)
    s.finally_(switches=0)
    return s


def tip_does_not_step_back():
    """Of the two that support the tip one goes down, then the other one: the tip stays for 30 s."""
    s = Story(FIVE)
    s.run(40)
    for node in (s.alpha, s.beta, s.gamma):
        node.freeze()
    s.run(100)
    s.is_mining = False
    s.delta.fail(REFUSED)
    s.run(110)
    s.epsilon.fail(REFUSED)
    s.run(150)
    s.epsilon.follow()
    s.run(160)
    s.during(90, 110, height=1003, anchor=1001, usable=True)
    # epsilon is silent from 112 s on.
    s.during(112, 140, height=1003, anchor=1001, usable=True, alpha='unhealthy/lagging')
    s.during(142, 148, height=1001, anchor=1001, usable=True, alpha='healthy/ok')
    s.finally_(chain_epoch=1)
    return s


def leader_stalls():
    """gamma alone gets blocks and is followed. It misses two checks, and no second wait begins."""
    s = Story('alpha beta gamma')
    s.run(40)
    s.alpha.freeze()
    s.beta.freeze()
    s.run(130)
    s.gamma.fail(TIMEOUT)
    s.run(134)
    s.gamma.follow()
    s.run(190)
    s.during(120, 130, chosen='gamma', height=1004, usable=True)
    s.during(132, 132, chosen='alpha', height=1004, usable=True, gamma='unresponsive/timeout')
    s.during(134, 148, chosen='gamma', height=1004, usable=True, alpha='unhealthy/lagging')
    s.at(150, height=1005)
    s.finally_(chosen='gamma', height=1006, switches=3)
    return s


def leader_before_one_that_is_behind():
    """gamma is always three blocks behind beta, and brings T up with each of them: beta, which was
    away and comes back, is followed all the same."""
    s = Story('alpha beta gamma')
    s.run(40)
    s.alpha.freeze()
    s.beta.fail()
    while s.now < 400:
        if s.now == 200:
            s.beta.follow()
        s.gamma.follow(height=s.main.tip - 3)
        s.run(s.now + s.interval)
    s.during(190, 200, chosen='gamma', height=1003)
    s.during(200, 208, chosen='gamma', height=1003, beta='unhealthy/ahead')
    # beta is built on at 210 and 240 s.
    s.during(212, 238, chosen='gamma', height=1004, beta='unhealthy/ahead')
    s.during(242, 258, chosen='gamma', height=1005, beta='unhealthy/ahead')
    # Since 200 s it alone has blocks above T, which is 2 block targets. Two good checks later:
    s.during(262, 398, beta='healthy/ok')
    s.during(264, 398, chosen='beta', usable=True)
    s.finally_(height=1013)
    return s


# --- Voting 5 ---

def confirmed_chain_stays(end=300):
    """gamma leaves for a longer fork and is outvoted; beta dies: alpha and its chain stay."""
    s = Story('alpha beta gamma')
    s.run(40)
    own = s.fork(at=1001)
    own.tip = 1004
    s.gamma.follow(own)
    s.run(62)
    own.tip = 1006
    s.beta.fail(REFUSED)
    for t in range(70, end, 10):
        s.run(t)
        own.tip = 1006 + (t - 70) // 30
    s.at(60, mode='consensus', gamma='unhealthy/forked', height=1002, anchor=1002)
    s.during(64, 88, mode='fallback', alpha='healthy/ok', chosen='alpha', usable=True)
    s.during(90, 298, mode='contested', alpha='healthy/ok', gamma='unhealthy/forked',
             chosen='alpha', usable=True, anchor=1002, chain_epoch=1)
    # gamma contradicts C and is not counted: alpha moves T alone (Voting 4(a), rule 1).
    s.during(90, 118, height=1003)
    s.finally_(switches=0)
    return s


def outvoted_is_never_followed():
    """Then alpha dies too: gamma goes on alone for ten block targets, and is only the least bad."""
    s = confirmed_chain_stays(end=100)
    own = s.gamma.chain
    s.wants.clear()
    s.alpha.fail(REFUSED)
    for t in range(100, 420, 30):
        s.run(t)
        own.tip += 1
    s.alpha.follow()
    s.beta.follow()
    s.run(460)
    s.during(94, 388, mode='fallback', gamma='unhealthy/forked', chosen='gamma',
             reason=('least_bad', 'incumbent'), usable=False, anchor=1002, chain_epoch=1)
    s.finally_(chosen='alpha', usable=True, mode='consensus', gamma='unhealthy/forked')
    return s


def still_side_gives_way():
    """beta is down and alpha frozen when the network reorganises; gamma alone follows it."""
    s = Story('alpha beta gamma')
    s.run(40)
    s.beta.fail(REFUSED)
    s.alpha.freeze()
    s.run(44)
    other = s.fork(at=999)
    other.tip = 1002
    s.gamma.follow(other)
    for t in range(60, 300, 30):
        s.run(t)
        other.tip += 1
    s.run(300)
    # T is 1001 since 30 s: alpha lasts for six block targets.
    s.during(44, 208, chosen='alpha', usable=True, gamma='unhealthy/forked', height=1001,
             anchor=1001, mode='contested')
    s.during(210, 298, chosen='gamma', gamma='healthy/ok', alpha='unhealthy/forked', anchor=1000,
             usable=True, chain_epoch=2)
    s.at(210, height=1008, hash=other.hash(1008))
    s.finally_(switches=1, height=1010)
    return s


def quorum_moves_across():
    """A real split: gamma is with two on one side, then with two on the other one, and back."""
    s = Story(FIVE)
    s.run(40)
    s.is_mining = False
    other = s.fork(at=1001)
    other.tip = s.main.tip = 1004
    s.delta.follow(other)
    s.epsilon.follow(other)
    s.run(60)
    s.gamma.follow(other)
    s.run(80)
    s.gamma.follow(s.main)
    s.run(100)
    s.gamma.fail(REFUSED)
    s.run(120)
    s.during(40, 58, hash=s.main.hash(1004), anchor=1004, mode='consensus', chosen='alpha')
    s.during(60, 78, hash=other.hash(1004), anchor=1004, mode='consensus', chain_epoch=2,
             alpha='unhealthy/forked', chosen=('gamma', 'delta'))
    # The quorum is back, and alpha too: two against two, what the last quorum confirmed stays.
    s.during(80, 100, hash=s.main.hash(1004), mode='consensus', chain_epoch=3)
    s.during(102, 118, hash=s.main.hash(1004), anchor=1004, mode='contested', chain_epoch=3,
             delta='unhealthy/forked', usable=True)
    return s


def reorganisation_with_two_silent():
    """Two of five are down and the others reorganise one by one: it takes all three."""
    s = Story(FIVE)
    s.run(40)
    s.is_mining = False
    s.delta.fail(REFUSED)
    s.epsilon.fail(REFUSED)
    s.run(50)
    other = s.fork(at=999)
    other.tip = 1002
    for node in (s.gamma, s.beta, s.alpha):
        node.follow(other)
        s.run(s.now + 10)
    s.during(50, 58, chosen='alpha', gamma='unhealthy/forked', hash=s.main.hash(1001))
    s.during(60, 68, chosen='alpha', alpha='healthy/ok', beta='unhealthy/forked', usable=True,
             hash=s.main.hash(1001), anchor=1001, mode='contested')
    s.during(70, 78, chosen='alpha', alpha='healthy/ok', hash=other.hash(1002), anchor=1002,
             mode='consensus', chain_epoch=2)
    s.finally_(switches=0)
    return s


def quorum_shrinks_by_drains():
    """Three of five are drained and switched off: the two that they outvoted are a quorum."""
    s = Story(FIVE)
    s.run(40)
    other = s.fork(at=1001)
    other.tip = 1004
    s.delta.follow(other)
    s.epsilon.follow(other)
    s.run(70)
    for name in ('alpha', 'beta', 'gamma'):
        s.nodes[name].fail(REFUSED)
    s.run(100)
    for name in ('alpha', 'beta', 'gamma'):
        s.op('drain', name)
    s.run(120)
    s.during(72, 98, delta='unhealthy/forked', usable=False, anchor=1002, mode='fallback')
    s.during(100, 118, delta='healthy/', chosen='delta', usable=True, anchor=1004,
             mode='consensus', hash=other.hash(1004))
    return s


def restart_keeps_what_was_confirmed():
    """Before the restart a quorum had confirmed block 1001; only gamma answers, from a fork."""
    s = Story('alpha beta gamma')
    s.is_mining = False
    s.main.tip = 1001
    s.restored(epoch=7, chain_epoch=3, incumbent='alpha', outvoted=['gamma'],
               tip=[1001, s.main.hash(1001)], anchor=[1001, s.main.hash(1001)])
    own = s.fork(at=999)
    own.tip = 1005
    s.alpha.fail(REFUSED)
    s.beta.fail(REFUSED)
    s.gamma.follow(own)
    s.gamma.at = [1001]
    for t in range(30, 240, 30):
        s.run(t)
        own.tip += 1
    s.beta.follow(own)
    s.run(260)
    s.during(2, 208, gamma='unhealthy/forked', usable=False, anchor=1001, height=1001,
             chain_epoch=3)
    s.finally_(anchor=1012, chosen='gamma', usable=True, chain_epoch=4, mode='consensus')
    return s


def all_lose_their_blocks():
    """All nodes lose their newest blocks and wait for them: after six block targets C gives way."""
    s = Story('alpha beta gamma')
    s.run(70)
    s.is_mining = False
    for node in s.nodes.values():
        node.follow(height=995)
    s.run(260)
    # What a node has shown within lag_for keeps it from lagging (Verdicts 12).
    s.during(70, 238, anchor=1002, height=1002)
    s.during(80, 238, alpha='unhealthy/lagging', usable=False)
    s.during(240, 258, anchor=995, height=995, alpha='healthy/ok', usable=True, chain_epoch=1)
    return s


# --- Modes 6 ---

def best_of_the_bad():
    """The two others refuse templates, and gamma, at the tip with templates, is warming."""
    s = Story('alpha beta gamma')
    s.give_templates()
    for t in (10, 40, 70):
        s.run(t)
        s.gamma.fail(REFUSED)
        s.run(t + 10)
        s.gamma.follow()
    # The third fall within an hour: 8 good checks are needed.
    s.run(84)
    s.alpha.template = s.beta.template = 'failed'
    s.run(110)
    s.during(0, 84, chosen='alpha', usable=True)
    s.during(86, 92, chosen='gamma', usable=True, reason=('least_bad', 'incumbent'),
             gamma='unhealthy/warming', alpha='unhealthy/no_template')
    s.during(94, 108, chosen='gamma', usable=True, gamma='healthy/ok')
    s.finally_(switches=1)
    return s


def two_lie_and_refuse():
    """Two of five show blocks of their own and refuse templates, block after block."""
    s = Story(FIVE)
    s.give_templates()
    s.run(32)
    s.delta.template = s.epsilon.template = 'failed'
    for _ in range(2):
        own = s.fork(at=s.main.tip)
        own.tip += 2
        s.delta.follow(own)
        s.epsilon.follow(own)
        s.run(s.now + 28)
        # The network finds no second block for long.
        s.is_mining = s.main.tip == 1001
        s.run(s.now + 2)
    s.run(260)
    s.during(0, 42, chosen='alpha', usable=True, mode='consensus')
    s.during(44, 58, chosen='alpha', usable=True, alpha='unhealthy/lagging', height=1003,
             delta='unhealthy/no_template', epsilon='unhealthy/no_template', mode='consensus')
    s.at(60, alpha='healthy/ok', height=1002)
    s.during(74, 240, chosen='alpha', usable=True, alpha='unhealthy/lagging', height=1004)
    # After 6 block targets the three are believed to be stuck.
    s.during(242, 258, chosen='alpha', usable=False)
    s.finally_(switches=0)
    return s


def last_of_a_race():
    """alpha, in use, refuses templates, and beta is on a longer side of a fork above C."""
    s = Story('alpha beta gamma')
    s.give_templates()
    s.run(40)
    s.gamma.fail(REFUSED)
    s.run(58)
    s.beta.freeze()
    s.run(62)
    own = s.fork(at=1001)
    own.tip = 1003
    s.beta.follow(own)
    s.alpha.template = 'failed'
    s.run(80)
    s.alpha.follow(own)
    s.alpha.template = 'ok'
    s.run(88)
    s.during(60, 62, chosen='alpha', usable=True, anchor=1001, height=1001)
    s.during(64, 78, chosen='beta', usable=True, alpha='unhealthy/no_template',
             beta='unhealthy/forked')
    s.during(80, 86, chosen='beta', usable=True, beta='healthy/ok', height=1003)
    s.finally_(switches=1)
    return s


def restarts_from_nothing():
    """The two others are warming when alpha, in use, loses its chain and begins anew."""
    s = Story('alpha beta gamma')
    for t in (10, 40, 70):
        s.run(t)
        s.beta.fail(REFUSED)
        s.gamma.fail(REFUSED)
        s.run(t + 10)
        s.beta.follow()
        s.gamma.follow()
    s.run(84)
    s.alpha.follow(height=200)
    s.run(100)
    s.during(0, 82, chosen='alpha', usable=True)
    s.during(84, 92, chosen='beta', usable=True, reason=('least_bad', 'incumbent'),
             alpha='unhealthy/lagging', beta='unhealthy/warming', gamma='unhealthy/warming')
    s.during(94, 98, chosen='beta', usable=True, beta='healthy/ok')
    s.finally_(switches=1)
    return s


# --- Verdicts ---

def incumbent_ahead():
    """The daemon in use gets five blocks at once that no other node has: it stays."""
    s = Story('alpha beta gamma')
    s.run(40)
    for node in (s.alpha, s.beta, s.gamma):
        node.freeze()
    s.run(190)
    s.alpha.follow()
    s.run(240)
    s.during(40, 208, chosen='alpha', alpha='healthy/ok', height=1001)
    s.during(210, 238, chosen='alpha', alpha='healthy/ok')
    s.at(210, height=1007, beta='unhealthy/lagging')
    s.finally_(switches=0)
    return s


def racing_incumbent():
    """The daemon in use loses a race of one block: it stays for lag_for, then it is left."""
    s = Story('alpha beta gamma')
    s.run(40)
    s.is_mining = False
    other = s.fork(at=1001)
    other.tip = s.main.tip = 1002
    s.alpha.follow(other)
    s.run(60)
    s.alpha.follow(s.main)
    s.run(70)
    s.during(40, 50, alpha='healthy/racing', chosen='alpha', anchor=1002, height=1002)
    s.during(51, 58, alpha='unhealthy/forked', chosen='beta')
    # It has lost a race, which is no fall: healthy again with the first good check.
    s.during(60, 68, alpha='healthy/ok', chosen='beta')
    s.finally_(switches=1)
    return s


# --- Choosing ---

def at_the_tip_first():
    """The daemon in use dies: one that has the newest block comes before a higher priority."""
    s = Story('alpha:9 beta:5 gamma delta', failback_after='1h')
    s.run(40)
    s.beta.freeze()
    s.run(62)
    s.alpha.fail(REFUSED)
    s.run(66)
    s.beta.follow()
    s.run(80)
    s.at(62, height=1002, beta='healthy/ok', chosen='alpha')
    s.during(64, 78, chosen='gamma', alpha='unresponsive/refused')
    s.at(78, beta='healthy/ok')
    s.finally_(switches=1)
    return s


def drained_primary():
    """The primary is drained, and nobody answers; then every daemon is drained."""
    s = Story('alpha beta gamma')
    s.run(20)
    s.op('drain', 'alpha')
    s.run(30)
    for node in s.nodes.values():
        node.fail(REFUSED)
    s.run(50)
    s.op('drain', 'beta')
    s.op('drain', 'gamma')
    s.run(60)
    s.during(20, 28, chosen='beta', alpha='maintenance/drained', usable=True)
    s.during(32, 48, chosen='beta', reason='primary', usable=False, alpha='unresponsive/refused')
    s.during(50, 58, chosen='alpha', reason='primary', usable=False)
    s.finally_(switches=2)
    return s


def late_by_habit():
    """gamma always gets blocks 90 s late. It is chosen while nobody else answers, and that it is
    always late does not make the pool wait for it."""
    s = Story('alpha beta gamma')

    def run(until):
        while s.now < until:
            s.gamma.follow(height=s.main.tip - 3)
            s.run(s.now + s.interval)
    run(400)
    s.alpha.fail()
    s.beta.fail()
    run(550)
    s.alpha.follow()
    s.beta.follow()
    run(700)
    s.during(20, 398, chosen='alpha', gamma='unhealthy/lagging')
    s.during(500, 552, chosen='gamma', usable=True, gamma='healthy/ok')
    s.during(566, 698, chosen='alpha', usable=True, gamma='unhealthy/lagging')
    return s


# --- Verdicts 12 ---

def different_nodes():
    """One address with two daemons behind it, four blocks apart, which answer in turn."""
    s = Story('alpha')
    s.is_mining = False
    for t in range(10, 50, 4):
        s.run(t)
        s.alpha.follow(height=996)
        s.run(t + 2)
        s.alpha.follow()
    s.run(120)
    s.during(2, 16, chosen='alpha', alpha='healthy/ok', usable=True)
    s.during(18, 106, chosen='alpha', alpha='unhealthy/mixed', usable=True)
    s.during(108, 118, chosen='alpha', alpha='healthy/ok', usable=True)
    s.finally_(switches=0, height=1000)
    return s


# --- Voting 6: the record of false blocks ---

def false_blocks_of_one():
    """beta always shows one block of its own. It is chosen when alpha fails, and left when a quorum
    has confirmed other blocks in place of four of them."""
    s = Story('alpha beta gamma')
    s.run(2)
    s.lie(2, s.beta)
    own = s.fork(at=1002)
    own.tip = 1003
    s.beta.follow(own)
    s.alpha.fail(REFUSED)
    s.run(66)
    s.alpha.follow()
    s.run(92)
    s.lie(20, s.beta)
    s.during(66, 118, chosen='beta', beta='healthy')
    s.during(120, 690, chosen=('alpha', 'gamma'), usable=True, beta='unhealthy/false_blocks',
             mode='consensus')
    s.finally_(switches=2)
    return s


def false_blocks_of_two():
    """delta and epsilon of five show the same block of their own: T follows them, until a quorum
    has confirmed other blocks in place of four of them."""
    s = Story(FIVE)
    s.run(2)
    s.lie(23, s.delta, s.epsilon)
    s.during(14, 118, chosen='delta')
    s.during(120, 690, chosen=('alpha', 'beta', 'gamma'), usable=True, mode='consensus',
             delta='unhealthy/false_blocks', epsilon='unhealthy/false_blocks')
    s.at(690, height=1023)
    s.finally_(switches=2)
    return s


def false_blocks_of_references():
    """Two references show the same block of their own: they do not move T."""
    s = Story('alpha beta gamma delta:reference epsilon:reference')
    s.run(2)
    s.lie(23, s.delta, s.epsilon)
    s.during(4, 690, chosen='alpha', alpha='healthy/ok', usable=True, mode='consensus')
    s.during(120, 690, delta='unhealthy/false_blocks', epsilon='unhealthy/false_blocks')
    s.at(690, height=1023)
    s.finally_(switches=0)
    return s


def false_blocks_by_accident():
    """gamma was alone with an orphan for four blocks, and is believed again 16 blocks later."""
    s = Story('alpha beta gamma')
    s.run(2)
    s.lie(4, s.gamma)
    s.gamma.follow(s.main)
    s.run(700)
    s.during(120, 598, gamma='unhealthy/false_blocks', chosen='alpha')
    s.during(600, 698, gamma='healthy/ok')
    s.finally_(switches=0)
    return s


def false_blocks_decide_nothing():
    """gamma is not believed when beta leaves for a block of its own, and goes with beta."""
    s = Story('alpha beta gamma')
    s.run(2)
    s.lie(4, s.gamma)
    fork = s.fork(at=s.main.tip)
    fork.tip += 1
    s.beta.follow(fork)
    s.gamma.follow(fork)
    s.run(300)
    s.during(122, 298, chosen='alpha', usable=True, alpha='healthy/ok', mode='consensus',
             gamma='unhealthy/false_blocks')
    s.finally_(switches=0)
    return s


def false_blocks_at_one_time():
    """gamma gets six blocks of its own at one time, and keeps them: that is one mistake."""
    s = Story('alpha beta gamma')
    s.run(10)
    own = s.fork(at=s.main.tip)
    own.tip += 6
    s.gamma.follow(own)
    s.run(250)
    s.gamma.follow(s.main)
    s.run(300)
    s.during(30, 248, gamma='unhealthy/forked', chosen='alpha', mode='consensus')
    s.during(252, 298, gamma='healthy/ok')
    s.finally_(switches=0)
    return s


def false_blocks_outlive_a_restart():
    """The probation of the run before goes on, for three more confirmed blocks."""
    s = Story('alpha beta gamma')
    s.restored(false_blocks={'gamma': [0, 3, 1, 0]})
    s.run(120)
    s.during(2, 88, gamma='unhealthy/false_blocks', mode='consensus')
    s.during(90, 118, gamma='healthy/ok')
    s.finally_(switches=0)
    return s


# --- Witnesses ---

def witnesses_say_what_they_like():
    """16 of them are a thousand blocks ahead, on a chain that nobody else has."""
    s = Story('alpha beta gamma')
    s.run(20)
    lie = s.fork(990)
    s.witnesses(16, lie, 2001)
    s.run(100)
    s.during(2, 98, chosen='alpha', mode='consensus', usable=True, alpha='healthy/ok',
             beta='healthy/ok', gamma='healthy/ok')
    s.finally_(switches=0, height=1003)
    return s


def witnesses_know_the_leader():
    """Four of five stand still, and six of 16 witnesses have the block of the fifth."""
    s = Story(FIVE)
    s.witnesses(16)
    s.run(40)
    for node in (s.alpha, s.beta, s.gamma, s.delta):
        node.freeze()
    s.run(60)
    s.witnesses(6, height=1002)
    s.run(100)
    s.during(32, 58, chosen='alpha', height=1001)
    s.during(60, 62, chosen='alpha', height=1002, epsilon='healthy/ok', alpha='healthy/ok')
    s.during(64, 70, chosen='epsilon', height=1002, alpha='healthy/ok')
    s.during(72, 88, chosen='epsilon', height=1002, alpha='unhealthy/lagging')
    s.finally_(switches=1)
    return s


def too_few_witnesses_know_the_leader():
    """The same with five of 16, which is less than a third."""
    s = Story(FIVE)
    s.witnesses(16)
    s.run(40)
    for node in (s.alpha, s.beta, s.gamma, s.delta):
        node.freeze()
    s.run(60)
    s.witnesses(5, height=1002)
    s.run(100)
    s.during(32, 88, chosen='alpha', height=1001)
    s.finally_(switches=1, height=1003)
    return s


def witnesses_cannot_follow_a_fork():
    """gamma has left the chain that the others confirmed: no witness makes it the leader."""
    s = Story('alpha beta gamma')
    s.run(40)
    fork = s.fork(1000)
    fork.tip = 1006
    s.gamma.follow(fork)
    s.witnesses(16, fork)
    s.run(100)
    s.during(40, 98, chosen='alpha', gamma='unhealthy/forked', mode='consensus')
    s.finally_(switches=0, height=1003)
    return s
