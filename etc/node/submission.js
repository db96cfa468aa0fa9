/*
 * When a found block goes to which daemon: the rule of tipwatch-control(7), section SUBMITTING A
 * BLOCK, as a state machine. It has no clock and no connections. The caller numbers the daemons
 * from 0, the chosen one, and says what became of the block at each; the machine says whom to send
 * it to now, and until when to wait. Times are milliseconds of any one clock that does not go back.
 *
 * The daemon that was sent the block last leads. As long as no daemon has the block, the next one
 * follows when the leader has refused it or has been silent for too long, and leads from then on.
 * Once one has it, it passes the block on to its peers within milliseconds. The rest follow
 * together when that is surely over, because a daemon that gets the same block from a peer and from
 * the pool at once may corrupt the chain in its memory.
 */
'use strict';

class Submission {
  // n daemons; the block was found at the time nowMs.
  constructor(n, afterAcceptMs, afterSilenceMs, nowMs) {
    this.n = n;
    this.afterAcceptMs = afterAcceptMs;
    this.afterSilenceMs = afterSilenceMs;
    this.nSent = 0;
    this.outcomes = [];
    this.hasBlock = false; // whether some daemon has it
    // When the next daemon's turn comes; after the last one's, when waiting for that is over.
    this.nextMs = nowMs;
  }

  // The daemons, by number, that the block must be sent to now; the caller does that.
  due(nowMs) {
    const due = [];
    while (this.nSent < this.n && nowMs >= this.nextMs) {
      due.push(this.nSent++);
      if (!this.hasBlock) this.nextMs = nowMs + this.afterSilenceMs;
    }
    return due;
  }

  // What became of the block at daemon i: one of the outcomes of dialects.js, or "failed".
  answered(i, outcome, nowMs) {
    if (i >= this.nSent || this.outcomes[i]) return;
    this.outcomes[i] = outcome;
    if (this.hasBlock) return;
    if (outcome === 'accepted' || outcome === 'duplicate') {
      this.hasBlock = true;
      this.nextMs = nowMs + this.afterAcceptMs;
    } else if (i === this.nSent - 1) {
      // A daemon with an unknown outcome may have taken the block and be passing it on.
      this.nextMs = nowMs + (outcome === 'unknown' ? this.afterAcceptMs : 0);
    }
  }

  // Whether every daemon has had its turn.
  get isAllSent() {
    return this.nSent === this.n;
  }
}

module.exports = Submission;
