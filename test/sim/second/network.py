"""A network of nodes: a random graph, over which blocks spread, and of which each node is a queue.

A block goes from a node to its neighbours with the delay of the link. A node verifies one block
after the other, and does nothing else meanwhile: it is a queue with a single server, and an RPC
waits in it like a block. Blocks are found by miners at nodes, each on the tip of its node, so that
forks arise by themselves: from the delays, from cut links, and from nodes that refuse a block.
Times are seconds from the start.
"""
import hashlib
import heapq
import itertools
import random

OLD = 160               # blocks that everybody has at the start
FIRST = 1000000         # height of the first of them
SYNCING = 5             # a node that lacks more blocks than this says that it is not synchronised


class Blocks:
    """All blocks by number. A number is larger than that of the parent."""

    def __init__(self, seed):
        self.seed = seed
        self.parent, self.height, self.found, self._hashes = [], [], [], {}
        for i in range(OLD):
            self.add(i - 1, -1.0)

    def add(self, parent, found):
        self.parent.append(parent)
        self.height.append(self.height[parent] + 1 if parent >= 0 else FIRST)
        self.found.append(found)
        return len(self.parent) - 1

    def hash(self, block):
        if block not in self._hashes:
            self._hashes[block] = hashlib.sha256(f'{self.seed}/{block}'.encode()).hexdigest()
        return self._hashes[block]

    def below(self, block, n):
        for _ in range(n):
            block = self.parent[block]
        return block


class Link:
    def __init__(self, one, other, delay):
        self.ends, self.delay = (one, other), delay
        self.cuts = 0   # faults that cut it now


class Node:
    def __init__(self, rand, service, tail):
        self.rand, self.service, self.tail = rand, service, tail
        self.links = []
        self.known, self.queued, self.refused = set(range(OLD)), set(), set()
        self.refuses_next = False
        self.tip, self.wanted, self.is_fetching = OLD - 1, None, False
        self.life = 0           # how often it was started anew: what was queued before is lost
        self.is_up = True
        self.busy = 0.0         # when all that has arrived will be done

    def work(self):
        """How long it verifies a block: most go fast, some hit a flush of the database."""
        seconds = 0.01 + self.rand.expovariate(1 / self.service)
        return seconds * self.rand.uniform(4, 12) if self.rand.random() < self.tail else seconds

    def n_peers(self):
        return sum(link.cuts == 0 for link in self.links)

    # What a watched daemon notes about itself.
    def note_load(self, now):
        pass

    def note_tip(self, now):
        pass

    def note_peers(self, now):
        pass

    def note_sync(self, now, is_syncing):
        pass


class Network:
    def __init__(self, seed, target, n_nodes):
        self.rand = random.Random(f'{seed}/network')
        self.target, self.now = target, 0.0
        self.blocks = Blocks(seed)
        self.nodes, self.links = [], []
        self.events, self._order = [], itertools.count()
        # Who refuses the next block that is found, by who has found it; and how that is done.
        self.refusal = self.refuse = None
        for _ in range(n_nodes):
            node = Node(self.rand, 0.04, 0.01)
            self.join(node, self._some(4))
        n_miners = self.rand.randint(5, 8)
        self.miners = self.rand.sample(self.nodes, n_miners)
        self.shares = [self.rand.expovariate(1) + 0.05 for _ in self.miners]
        self.at(self.rand.expovariate(1 / target), self._find)

    # --- the graph ---

    def _some(self, n):
        return self.rand.sample(self.nodes, min(n, len(self.nodes)))

    def join(self, node, peers):
        for peer in peers:
            self.links.append(Link(node, peer, self.rand.lognormvariate(-2.5, 0.8)))
            node.links.append(self.links[-1])
            peer.links.append(self.links[-1])
        self.nodes.append(node)

    def cut(self, links):
        for link in links:
            link.cuts += 1
            self._note_peers(link)

    def mend(self, link):
        link.cuts -= 1
        self._note_peers(link)
        self.greet(link)

    def _note_peers(self, link):
        for node in link.ends:
            node.note_peers(self.now)

    def greet(self, link):
        """The two ends tell each other their tips."""
        for teller, other in (link.ends, link.ends[::-1]):
            self._tell(link, teller, other, teller.tip)

    # --- time ---

    def at(self, t, action, *args):
        heapq.heappush(self.events, (t, next(self._order), action, args))

    def after(self, seconds, action, *args):
        self.at(self.now + seconds, action, *args)

    def run(self, until):
        while self.events[0][0] < until:
            self.now, _, action, args = heapq.heappop(self.events)
            action(*args)
        self.now = until

    # --- blocks ---

    def _find(self):
        miner = self.rand.choices(self.miners, self.shares)[0]
        block = self.blocks.add(miner.tip, self.now)
        if self.refusal:
            for node in self.refusal(miner):
                self.refuse(node, block)
            self.refusal = None
        self._accept(miner, block)
        self.after(self.rand.expovariate(1 / self.target), self._find)

    def _accept(self, node, block):
        node.known.add(block)
        if self.blocks.height[block] > self.blocks.height[node.tip]:
            node.tip = block
            node.note_tip(self.now)
            for link in node.links:
                one, other = link.ends
                self._tell(link, node, other if node is one else one, block)

    def _tell(self, link, teller, other, block):
        if not link.cuts and teller.is_up and block not in other.known and \
                block not in other.queued:
            self.after(link.delay * self.rand.uniform(0.8, 1.5), self._hear, link, other, block)

    def _hear(self, link, node, block):
        if link.cuts or not node.is_up or block in node.known or block in node.queued:
            return
        parent = self.blocks.parent[block]
        if node.refuses_next and parent == node.tip:
            node.refuses_next = False
            node.refused.add(block)
        if block in node.refused:
            return
        if parent in node.known or parent in node.queued:
            self._enqueue(node, block)
            return
        wanted = node.tip if node.wanted is None else node.wanted
        if self.blocks.height[block] > self.blocks.height[wanted]:
            node.wanted = block
            if not node.is_fetching:
                node.is_fetching = True
                lacks = self.blocks.height[block] - self.blocks.height[node.tip]
                if lacks > SYNCING:
                    node.note_sync(self.now, True)
                self._fetch_soon(node)

    def load(self, node, seconds):
        """A job of that length; returns when it is done."""
        node.busy = max(self.now, node.busy) + seconds
        node.note_load(self.now)
        return node.busy

    def _enqueue(self, node, block):
        node.queued.add(block)
        self.at(self.load(node, node.work()), self._finish, node, block, node.life)

    def _finish(self, node, block, life):
        if life != node.life:
            return
        node.queued.discard(block)
        if self.blocks.parent[block] in node.known and block not in node.refused:
            self._accept(node, block)
        if node.is_fetching:
            self._fetch_soon(node)

    def _fetch_soon(self, node):
        self.after(node.rand.uniform(0.05, 0.4), self._fetch, node, node.life)

    def _fetch(self, node, life):
        """Catching up: the missing blocks below the wanted one, one by one."""
        if life != node.life or not node.is_fetching:
            return
        if node.wanted in node.known:
            self.give_up(node)
            return
        low = node.wanted
        while self.blocks.parent[low] not in node.known:
            low = self.blocks.parent[low]
        if low in node.queued:
            return
        if low in node.refused or not any(
                low in end.known for link in node.links if not link.cuts for end in link.ends):
            self.give_up(node)
            return
        self._enqueue(node, low)

    def give_up(self, node):
        node.is_fetching, node.wanted = False, None
        node.note_sync(self.now, False)

    def repair(self, node):
        """It takes every block again."""
        node.refused.clear()
        node.refuses_next = False
        for link in node.links:
            self.greet(link)

    def best_tip(self):
        """The highest block that any node has; the lower number where two are as high."""
        return max((n.tip for n in self.nodes), key=lambda b: (self.blocks.height[b], -b))
