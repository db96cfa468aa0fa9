"""Strategies of daemons that lie: what they show at a time at which they have the true tip."""
import hashlib

LASTS = 3600            # a fork of their own is left for a new one after this time
DEPTH = 2


class Liar:
    """A face of Checks. Liars that work together invent the same blocks."""

    def __init__(self, blocks, tip_at, target, seed):
        self.blocks, self.tip_at, self.target, self.seed = blocks, tip_at, target, seed

    def invent(self, height, *what):
        text = f'{self.seed}/lie/{height}/{what}'
        return height, hashlib.sha256(text.encode()).hexdigest()

    def plus1(self, _, tip):
        return [self.invent(self.blocks.height[tip] + 1, tip)], tip

    def sibling(self, _, tip):
        return [self.invent(self.blocks.height[tip], tip)], self.blocks.parent[tip]

    def fork2(self, t, _):
        begun = t // LASTS * LASTS
        base = self.blocks.below(self.tip_at(begun), DEPTH)
        top = self.blocks.height[base] + DEPTH + 1 + int((t - begun) / self.target)
        return [self.invent(height, base)
                for height in range(top, self.blocks.height[base], -1)], base


STRATEGIES = {
    'plus1': (Liar.plus1, 'always one invented block above the true tip'),
    'fork2': (Liar.fork2, 'a fork of their own, two deep, which grows by a block a target'),
    'sibling': (Liar.sibling, 'another block in the place of the true tip'),
    'turncoat': (Liar.plus1, 'honest, and one block above the tip only while it is chosen'),
}
