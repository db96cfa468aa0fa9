/*
 * What becomes of the pool's work when the chain is reorganised to one that is not longer, or when
 * the pool has got a template of a daemon that was forked. What a pool holds on to:
 *
 * - turtle-pool and other forks of the first such pool take a template only when it is higher than
 *   the last one. Older versions of cryptonote-nodejs-pool take it, but leave each miner its job while
 *   the height is the same. In both each worker asks by itself, so that its end helps: the master
 *   starts another one.
 * - cryptonote-nodejs-pool with lib/daemon.js asks in a process of its own, and the master sends the
 *   template to the workers. These take it and leave each miner its job, unless daemon.alwaysPoll is
 *   set; the shares of that job then count as wrong ones, for which the miner is banned. That setting
 *   is read with each job, and is set here while a worker takes such a template.
 * - nodejs-pool compares hashes and needs nothing. It asks in the master, whose end would be that of
 *   the whole pool.
 */
'use strict';

const cluster = require('cluster');
const dialects = require('./dialects.js');

const DEAD_MS = 5000; // after which a template that the tip has not reached counts as dead

class Reorg {
  // action: "auto", "exit", "event" or "none". end(): ends the process, once its blocks are sent.
  constructor(control, action, log, end) {
    this.control = control;
    this.action = action;
    this.log = log;
    this.end = end;
    this.served = null; // the template the pool works on: {height, prev, epoch, deadSince}
    this.last = null; // the last one that it has got
    this.sent = null; // the last template that the pool's master has sent to this worker
    this.isMasterTold = false;
    if (process.env.workerType === 'pool') this.watchMaster();
  }

  // A template that the pool has got. It works on it if it is higher; other pools take it too.
  note(template) {
    if (!template) return;
    const choice = this.control.choice;
    this.last = Object.assign({ epoch: choice ? choice.chain_epoch : null, deadSince: null },
      template);
    if (!this.served || this.last.height > this.served.height) {
      this.served = this.last;
      if (choice) this.noteTip(choice);
    } else if (!choice || this.last.prev === this.served.prev) {
      this.served.deadSince = null;
    } else {
      this.check(choice);
    }
  }

  /*
   * The choice has changed. A template that builds on the tip belongs to the tip's chain, however old
   * it is. The pool may know of the new chain before tipwatchd, and not ask again.
   */
  noteTip(select) {
    if (!this.served) return;
    if (this.served.prev === select.hash) {
      this.served.epoch = select.chain_epoch;
      this.served.deadSince = null;
    } else if (this.last.prev === select.hash) {
      this.check(select);
    }
  }

  /*
   * The pool's last template is not higher than the one that it works on, and builds on another
   * block. It works on a dead branch when the chain is another one, or when for DEAD_MS the tip has
   * not been the block that its template builds on (which then came from a daemon that was forked,
   * or that alone had that block).
   */
  check(choice) {
    const served = this.served;
    const isTip = this.last.prev === choice.hash;
    const now = process.uptime();
    if (served.epoch !== choice.chain_epoch || (isTip && served.deadSince &&
        1000 * (now - served.deadSince) > DEAD_MS)) {
      this.last.epoch = choice.chain_epoch;
      this.served = this.last;
      this.drop(served, this.last);
    } else if (isTip) {
      served.deadSince = served.deadSince || now;
    }
  }

  // This process has asked for a template, and it may work on a dead branch.
  drop(old, next) {
    const isEnd = this.action === 'exit' || (this.action === 'auto' && this.isWorker());
    if (!isEnd && this.action !== 'event') return;
    this.log('the chain was reorganised: the pool works on height ' + old.height + ' of a dead' +
      ' branch and may not take the template of height ' + next.height +
      (isEnd ? '; this process ends to begin afresh' : ''));
    if (isEnd) this.end();
    else this.emit(old, next);
  }

  emit(old, next) {
    process.emit('tipwatch-reorg', { height: next.height, prev_hash: next.prev,
      dead_height: old.height, dead_prev_hash: old.prev,
      chain_epoch: this.control.choice ? this.control.choice.chain_epoch : null });
  }

  // Whether the end of this process makes a pool that is not known drop its work, and no more.
  isWorker() {
    const isHashes = global.coinFuncs !== null && typeof global.coinFuncs === 'object';
    if (isHashes || /^(daemon|childDaemon)$/.test(process.env.workerType)) return false;
    if (!cluster.isMaster || Object.keys(cluster.workers).length === 0) return true;
    if (!this.isMasterTold) this.log('the chain was reorganised, and this pool asks for templates' +
      ' in its master, which is not ended; if it compares heights, it works on a dead branch until' +
      ' the new one is higher (TIPWATCH_ON_REORG in tipwatch-node(7))');
    this.isMasterTold = true;
    return false;
  }

  // Listens from when the pool does, and before it.
  watchMaster() {
    const begin = event => {
      if (event !== 'message') return;
      process.removeListener('newListener', begin);
      process.on('message', message => this.noteSent(message));
    };
    process.on('newListener', begin);
  }

  noteSent(message) {
    const next = message && message.type === 'BlockTemplate' && dialects.templateIn(message.block);
    if (!next) return;
    const old = this.sent;
    this.sent = next;
    if (!old || next.height !== old.height || next.prev === old.prev) return;
    if (this.action === 'event') this.emit(old, next);
    if (this.action !== 'auto') return;
    const settings = global.config && global.config.daemon;
    if (!settings || settings.alwaysPoll) return;
    this.log('the chain was reorganised at height ' + next.height +
      ': all miners of this process get a new job');
    settings.alwaysPoll = true;
    setImmediate(() => {
      settings.alwaysPoll = false;
    });
  }
}

module.exports = Reorg;
