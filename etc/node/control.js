/*
 * The client of tipwatchd's control socket: keeps the current choice at hand over one connection
 * on which tipwatchd sends each change, and asks questions over a second one. Both are made again
 * after they were lost, and neither keeps a process alive. Emits "change" with each select object
 * that tipwatchd sends, and with null when there is no choice any more.
 */
'use strict';

const EventEmitter = require('events');
const net = require('net');

const TICK_MS = 500; // of the clock that notices a silent tipwatchd
const SILENCE_TICKS = 9; // it sends an object every 2 s: two are missing then
const GRACE_MS = 2000; // how long a choice outlives its connection; a restart takes less
const HOLD_MS = 500; // how long the first calls of a process wait for the first choice
const ANSWER_MS = 250; // how long a question waits for its answer
// When the other daemons get a block, where tipwatchd does not say.
const AFTER_ACCEPT_MS = 500;
const AFTER_SILENCE_MS = 1500;
const BACKOFF_MS = [100, 5000]; // between attempts to connect: the first and the longest

// Calls line() for each line of JSON that a socket receives.
function readLines(socket, line) {
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', data => {
    const lines = (text + data).split('\n');
    text = lines.pop();
    lines.forEach(one => {
      let value = null;
      try {
        value = JSON.parse(one);
      } catch (e) { /* not a reply of tipwatchd: ignored */ }
      if (value && typeof value === 'object') line(value);
    });
  });
  socket.on('error', () => {}); // "close" follows
}

// A span that tipwatchd's answer gives; an older tipwatchd does not give it.
function span(ms, standard) {
  return Number.isInteger(ms) && ms >= 0 ? ms : standard;
}

class Control extends EventEmitter {
  constructor(path) {
    super();
    this.setMaxListeners(0); // each call that waits for a new choice adds a listener
    this.path = path;
    this.choice = null; // the newest select object that has a daemon
    this.primary = null; // the last one that tipwatchd named; kept when there is no choice
    this.error = null; // of the last attempt to reach tipwatchd; null: it has not answered yet
    this.isKnown = false; // whether the first attempt to reach tipwatchd has ended, well or not
    this.held = []; // functions to run then
    this.backoffMs = BACKOFF_MS[0];
    this.grace = null;
    this.asking = null; // the connection for questions, made for the first one
    this.lastTargets = [];
    this.vault = null; // the directory for found blocks, null: tipwatchd has none
    this.afterAcceptMs = AFTER_ACCEPT_MS;
    this.afterSilenceMs = AFTER_SILENCE_MS;
  }

  // Connects, and connects again whenever the connection is lost.
  watch() {
    const socket = net.connect(this.path);
    let silence = 0;
    // Counts turns of this process's loop, not time: while it was busy or suspended it could not
    // have read anything, so that is no silence of tipwatchd.
    const clock = setInterval(() => {
      if (++silence < SILENCE_TICKS) return;
      this.set(null);
      socket.destroy();
    }, TICK_MS);
    clock.unref();
    socket.unref();
    socket.on('connect', () => {
      this.error = null;
      socket.write('watch\n');
    });
    socket.on('error', error => {
      this.error = error;
    });
    readLines(socket, value => {
      silence = 0;
      if (value.error) this.error = { code: 'ANSWER', message: String(value.error.message) };
      if (value.v === 1 && value.primary) {
        this.primary = value.primary;
        this.backoffMs = BACKOFF_MS[0];
        if (value.daemon) this.set(value);
        else this.lose();
      }
      this.known();
    });
    socket.on('close', () => {
      clearInterval(clock);
      this.lose();
      this.known();
      setTimeout(() => this.watch(), this.backoffMs).unref();
      this.backoffMs = Math.min(2 * this.backoffMs, BACKOFF_MS[1]);
    });
  }

  set(select) {
    clearTimeout(this.grace);
    this.grace = null;
    if (!select && !this.choice) return;
    this.choice = select;
    this.emit('change', select);
  }

  // Drops the choice, unless tipwatchd is back within GRACE_MS, as it is after a restart.
  lose() {
    if (!this.choice || this.grace) return;
    this.grace = setTimeout(() => this.set(null), GRACE_MS);
    this.grace.unref();
  }

  known() {
    if (this.isKnown) return;
    this.isKnown = true;
    this.held.splice(0).forEach(run => run());
  }

  // Runs then() once it is known whether there is a tipwatchd; nearly always at once.
  whenKnown(then) {
    if (this.isKnown) return then();
    if (this.held.length === 0) setTimeout(() => this.known(), HOLD_MS);
    this.held.push(then);
  }

  // Asks tipwatchd one line: then(answer), or then(null) when none has come in time.
  ask(line, then) {
    let timer = null;
    const once = answer => {
      if (timer === null) return;
      clearTimeout(timer);
      timer = null;
      then(answer);
    };
    timer = setTimeout(() => {
      if (this.asking) this.asking.destroy();
      once(null);
    }, ANSWER_MS);
    if (!this.path) return once(null);
    if (!this.asking) {
      const socket = this.asking = net.connect(this.path);
      const waiting = socket.waiting = [];
      socket.unref();
      readLines(socket, value => waiting.length > 0 && waiting.shift()(value));
      socket.on('close', () => {
        if (this.asking === socket) this.asking = null;
        waiting.forEach(give => give(null));
      });
    }
    this.asking.waiting.push(once);
    this.asking.write(line + '\n');
  }

  // The daemons that a block should be sent to, the chosen one first: then(list, isFresh). Without
  // an answer of tipwatchd isFresh is false, and the list is that of its last answer. afterAcceptMs
  // and afterSilenceMs come from the same answer, and vault.
  targets(then) {
    this.ask('submit', answer => {
      const isFresh = answer !== null && Array.isArray(answer.targets);
      if (isFresh) {
        this.lastTargets = answer.targets;
        this.vault = typeof answer.vault === 'string' ? answer.vault : null;
        this.afterAcceptMs = span(answer.after_accept_ms, AFTER_ACCEPT_MS);
        this.afterSilenceMs = span(answer.after_silence_ms, AFTER_SILENCE_MS);
      }
      then(this.lastTargets.slice(), isFresh);
    });
  }

  // ---- for pools that use this client directly ----

  // The newest select object; null while there is none.
  select() {
    return this.choice;
  }

  submitTargets() {
    return new Promise(resolve => this.targets(resolve));
  }

  // what: "template-failed", "submit-failed" or "timeout". Resolves to whether tipwatchd took it.
  report(name, what) {
    return new Promise(resolve => {
      this.ask('report ' + name + ' ' + what, answer => resolve(!!(answer && answer.ok)));
    });
  }
}

module.exports = Control;
