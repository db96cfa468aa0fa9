"""A world, the journal of the checks that were made in it, and what a program decides on it."""
import random
import subprocess
import tempfile

from checks import Checks, header
from daemons import Daemon, Faults, last
from liars import STRATEGIES, Liar
from network import Network
from score import Judge, Truth, decisions, standings

NODES = 24              # of the network, beside the daemons
AFTERWARDS = 5400.0     # until then all faults are over, and one chain has won
NAMES = ('alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta', 'eta', 'theta', 'iota')
FLIPS_MAX = 400         # of turncoats


class World:
    """Everything that happens in it: the same for the same arguments, whatever is decided."""

    def __init__(self, seed, n, days, target, history, n_liars):
        self.seed, self.target, self.end = seed, target, days * 86400.0
        network = Network(seed, target, NODES)
        self.blocks, self.daemons = network.blocks, []
        for i, name in enumerate(NAMES[:n]):
            rand = random.Random(f'{seed}/{name}')
            daemon = Daemon(rand, name, i >= n - n_liars)
            friends = [d for d in self.daemons if rand.random() < 0.3]
            network.join(daemon, rand.sample(network.nodes[:NODES], rand.randint(3, 8)) + friends)
            self.daemons.append(daemon)
        for daemon in self.daemons:
            daemon.peers.append((0.0, daemon.n_peers()))
        Faults(network, self.daemons, history, self.end, seed)
        network.run(self.end + AFTERWARDS)
        self.truth = Truth(self.blocks, network.best_tip())
        self.standings = {d.name: standings(self.truth, d) for d in self.daemons}


class Journal:
    """The checks of a world, in which the liars, if any, follow a strategy."""

    def __init__(self, world, strategy, role, switch_cost=0):
        self.world, self.strategy = world, strategy
        self.liars = [d.name for d in world.daemons if d.is_liar]
        self.header = header([d.name for d in world.daemons], world.target, len(self.liars), role,
                             switch_cost)
        self.honest = [self._checks(d, None) for d in world.daemons]
        self.lying = {d.name: self._checks(d, strategy) for d in world.daemons if d.is_liar}

    def _checks(self, daemon, strategy):
        world, face = self.world, None
        if daemon.is_liar and strategy:
            liar = Liar(world.blocks, lambda t: last(daemon.tips, t), world.target, world.seed)
            show = STRATEGIES[strategy][0]

            def face(t, tip):
                return show(liar, t, tip)
        checks = Checks(world.blocks, daemon, world.target, world.seed, face,
                        is_whole=self.strategy == 'turncoat')
        return checks.run(world.end)

    def _write(self, file, flips):
        """flips: from when on which liar lies, as changes; None: all, always."""
        lines = []
        for daemon, honest in zip(self.world.daemons, self.honest):
            if not daemon.is_liar:
                lines += honest
            elif flips is None:
                lines += self.lying[daemon.name]
            else:
                lines += (lie if last(flips, truth[0] / 1000 - 0.0005) == daemon.name else truth
                          for truth, lie in zip(honest, self.lying[daemon.name]))
        lines.sort(key=lambda line: line[0])
        file.write(self.header)
        file.writelines(f'{{"t":{t},{text}' for t, text in lines)
        file.flush()

    def replay(self, program, flips):
        with tempfile.NamedTemporaryFile('w', suffix='.jsonl') as file:
            self._write(file, flips)
            done = subprocess.run([program, 'replay', file.name], stdout=subprocess.PIPE, text=True,
                                  check=True)
        return decisions(done.stdout)

    def keep(self, path):
        with open(path, 'w', encoding='utf-8') as file:
            self._write(file, None)

    def _chosen(self, changes):
        """Which liar is chosen, as changes; the first is that none is."""
        chosen = [(0.0, None)]
        for t, (daemon, _) in changes:
            liar = daemon if daemon in self.liars else None
            if liar != chosen[-1][1]:
                chosen.append((t, liar))
        return chosen

    def play(self, program):
        """The score of the program."""
        if self.strategy != 'turncoat' or not self.liars:
            lies = {name: [(0.0, True)] for name in self.liars}
            return Judge(self.world, lies).score(self.replay(program, None))
        # What is decided until a flip does not depend on it, so that each round finds one more.
        flips = [(0.0, None)]
        while True:
            changes = self.replay(program, flips)
            wanted = self._chosen(changes)
            same = next((i for i, (one, other) in enumerate(zip(flips, wanted)) if one != other),
                        min(len(flips), len(wanted)))
            if same == len(wanted) == len(flips) or len(flips) > FLIPS_MAX:
                break
            flips = wanted[:same + 1]
        lies = {name: [(t, liar == name) for t, liar in flips] for name in self.liars}
        return Judge(self.world, lies).score(changes)
