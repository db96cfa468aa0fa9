/*
 * Lets a Node.js mining pool use the daemon that tipwatchd chooses, without changing the pool:
 *
 *     NODE_OPTIONS="--require /usr/share/tipwatch/node/tipwatch.js" node init.js
 *
 * What the pool asks its one daemon, the primary of tipwatchd's configuration, is answered by the
 * daemon that tipwatchd has chosen. Calls get deadlines, templates a second try, and found blocks
 * go to the chosen daemon and a moment later to all others. Calls to any other host are not
 * changed; without tipwatchd no call is. tipwatch-node(7) has the settings (TIPWATCH_*), the
 * exported client, and the limits.
 *
 * For Node.js 8 and later; no dependencies. Beside it: control.js (the client of tipwatchd, which
 * this module exports), dialects.js (what calls and replies mean), digest.js (logins that belong to a
 * connection), submission.js (when a block goes to which daemon), wire.js (the connection that an
 * intercepted call gets), reorg.js (how the pool drops work on a dead branch), trouble.js (what is
 * said when tipwatchd has no part in its calls), vault.js (a found block as a file for tipwatchd),
 * guard.js (questions of payments that are held back).
 * Sections: settings, asking a daemon, answering the pool, blocks, interception, the module.
 */
'use strict';

const fs = require('fs');
const http = require('http');
const https = require('https');
const URL = require('url').URL;
const Control = require('./control.js');
const dialects = require('./dialects.js');
const Digest = require('./digest.js');
const Guard = require('./guard.js');
const Reorg = require('./reorg.js');
const Submission = require('./submission.js');
const Trouble = require('./trouble.js');
const vault = require('./vault.js');
const Wire = require('./wire.js');

const SYSTEM_SOCKET = '/run/tipwatch/control.sock';
const CHOICE_MS = 1000; // how long a failed call waits for a new choice
const LOOK_MS = 300; // how long a daemon may take to show that it has a block already
const LOOK_BLOCKS = 4; // how many of its newest blocks are compared with that block
const LEAVE_MS = 500; // before the process ends, for the pool to note the result of its last block
const REPLY_MAX = 64 << 20;
const ADRIFT_MAX = 64;

const TIMEOUT_MS = milliseconds('TIPWATCH_TIMEOUT_MS', 5000);
const SUBMIT_TIMEOUT_MS = milliseconds('TIPWATCH_SUBMIT_TIMEOUT_MS', 15000);
const IS_GUARDED = oneOf('TIPWATCH_UNLOCK_GUARD', ['0', '1']) === '1';
const ON_REORG = oneOf('TIPWATCH_ON_REORG', ['auto', 'exit', 'event', 'none']);

const control = new Control(socketPath());
const trouble = new Trouble(control, log);
const reorg = new Reorg(control, ON_REORG, log, () => {
  isLeaving = true;
  leave();
});

const guard = new Guard(control, (call, then) => {
  ask(call, target(call), TIMEOUT_MS, (error, reply) => then(error ? null : reply));
});

// ---- settings -----------------------------------------------------------------------------------

function log(text) {
  process.stderr.write('tipwatch[' + process.pid + ']: ' + text + '\n');
}

function milliseconds(name, standard) {
  const text = process.env[name];
  if (text === undefined || text === '') return standard;
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  log(name + '="' + text + '" is not a number of milliseconds; taking ' + standard);
  return standard;
}

function oneOf(name, words) {
  const word = process.env[name] || words[0];
  if (words.indexOf(word) >= 0) return word;
  log(name + '="' + word + '" is none of ' + words.join(', ') + '; taking ' + words[0]);
  return words[0];
}

// The same place as tipwatchctl's. Empty: this module does nothing.
function socketPath() {
  if (process.env.TIPWATCH_SOCKET !== undefined) return process.env.TIPWATCH_SOCKET;
  if (process.getuid && process.getuid() === 0) return SYSTEM_SOCKET;
  const runtime = process.env.XDG_RUNTIME_DIR;
  const own = runtime && runtime[0] === '/' ? runtime + '/tipwatch/control.sock'
    : require('os').homedir() + '/.local/state/tipwatch/control.sock';
  return fs.existsSync(own) ? own : SYSTEM_SOCKET;
}

// ---- asking a daemon ----------------------------------------------------------------------------

let isOurs = false; // whether the request being made is one of this module's own
const digest = new Digest();
const translated = new Set(); // keys of the daemons that were found to speak the other dialect

function bare(host) {
  const name = String(host).toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return name === 'localhost' || name === '::1' ? '127.0.0.1' : name;
}

function key(daemon) {
  return bare(daemon.host) + ':' + daemon.port;
}

// isUnclear: the daemon may have done what it was asked.
function failure(code, text, isUnclear) {
  return Object.assign(new Error(text), { code, isUnclear: !!isUnclear });
}
const MOVED = failure('ECANCELED', 'no answer before tipwatchd chose another');

// The options of a request to a daemon. words is the request in its dialect: {method, path, body}.
// own: the agent that it must go over, or null.
function requestOptions(call, daemon, words, isHome, isTls, own) {
  const headers = {};
  call.headers.forEach(h => {
    const name = h[0].toLowerCase();
    if (name === 'connection' || name === 'transfer-encoding' || name === 'content-length') return;
    // A compressed reply could not be read here, and the pool takes a plain one as well.
    if (name === 'accept-encoding') return;
    if (name === 'host' && !isHome) return;
    headers[h[0]] = headers[h[0]] === undefined ? h[1] : [].concat(headers[h[0]], h[1]);
  });
  const length = Buffer.byteLength(words.body);
  if (length > 0 || words.method === 'POST') headers['Content-Length'] = length;
  // The pool's options for connections hold for its own daemon only, those for TLS for all daemons.
  const options = isHome || (isTls && call.home.tls) ? Object.assign({}, call.options) : {};
  ['auth', 'timeout', 'signal', 'hostname', 'protocol'].forEach(k => delete options[k]);
  if (!isHome) {
    ['servername', 'localAddress', 'family', 'lookup'].forEach(k => delete options[k]);
    options.host = String(daemon.host).replace(/^\[(.*)\]$/, '$1');
    options.port = daemon.port;
    // A name may have an address that nobody listens on: Node.js 18 tries others only if told to.
    options.autoSelectFamily = true;
  }
  // A new connection for each call, because the daemon may just have closed an idle one. Only an
  // agent that is not a plain one of Node.js is used: it may have options that the daemon needs.
  options.agent = own || (isPlain(call.agent) || isTls !== call.home.tls ? false : call.agent);
  return Object.assign(options, { method: words.method, path: words.path, headers });
}

function isPlain(agent) {
  return !agent || agent.constructor === http.Agent || agent === https.globalAgent;
}

/*
 * One request to one daemon; done(error, reply) is called once, by limitMs at the latest. For a
 * call of the kind "other" limitMs counts from the last data received.
 */
function exchange(call, daemon, words, limitMs, done) {
  const isHome = key(daemon) === key(call.home);
  const isTls = isHome ? call.home.tls : daemon.tls;
  const own = isPlain(call.agent) ? digest.agent(call, key(daemon), isTls) : null;
  const chunks = [];
  let size = 0;
  let timer = null;
  let req = null;
  let isOver = false;
  const finish = (error, reply) => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    call.cancels.delete(cancel);
    if (error && req) req.destroy();
    if (!error && isPlain(call.agent) && digest.take(call, daemon, key(daemon), own, reply)) {
      return exchange(call, daemon, words, limitMs, done);
    }
    done(error, reply);
  };
  const cancel = error => finish(error || failure('ECANCELED', 'cancelled'));
  const arm = () => {
    clearTimeout(timer);
    timer = setTimeout(() => finish(failure('ETIMEDOUT', 'no answer within ' + limitMs + ' ms',
      true)), limitMs);
  };
  arm();
  call.cancels.add(cancel);
  try {
    isOurs = true;
    req = (isTls ? https : http).request(requestOptions(call, daemon, words, isHome, isTls,
      own));
  } catch (error) {
    process.nextTick(finish, error);
    return;
  } finally {
    isOurs = false;
  }
  req.on('error', finish);
  req.on('response', res => {
    const broken = () => finish(failure('ECONNRESET', 'answer broken off', true));
    res.on('data', chunk => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > REPLY_MAX) finish(failure('EMSGSIZE', 'endless answer', true));
      else if (call.kind === 'other' && !isOver) arm();
    });
    res.on('aborted', broken);
    res.on('error', finish);
    res.on('end', () => {
      if (!res.complete) return broken();
      const pairs = [];
      for (let i = 0; i < res.rawHeaders.length; i += 2) pairs.push(res.rawHeaders.slice(i, i + 2));
      finish(null, { status: res.statusCode, message: res.statusMessage, headers: pairs,
        body: Buffer.concat(chunks) });
    });
  });
  req.end(words.body);
}

// exchange() in the daemon's own dialect. A 404 for the path shows that it speaks the other one.
function ask(call, daemon, limitMs, done) {
  const other = dialects.translate(call);
  const isOther = other !== null && translated.has(key(daemon));
  const mayTurn = other !== null && (isOther || key(daemon) !== key(call.home) || call.rpc);
  const say = (asOther, then) => {
    exchange(call, daemon, asOther ? other : call, limitMs, (error, reply) => {
      const isUnknown = !error && reply.status === 404 && dialects.parse(reply.body) === null;
      // The outcome is read before the translation, which loses details of the reply.
      const outcome = !error && call.kind === 'submit' ? dialects.outcomeOf(reply) : null;
      if (!error && asOther && !isUnknown) reply = other.back(reply);
      then(error, error ? reply : Object.assign({}, reply, { outcome }), isUnknown);
    });
  };
  say(isOther, (error, reply, isUnknown) => {
    if (error || !isUnknown || !mayTurn) return done(error, reply);
    say(!isOther, (error2, reply2, isUnknown2) => {
      if (error2 || isUnknown2) return done(null, reply);
      if (isOther) translated.delete(key(daemon));
      else translated.add(key(daemon));
      done(null, reply2);
    });
  });
}

// ---- answering the pool -------------------------------------------------------------------------

let nFound = 0; // blocks found so far
let nSubmits = 0; // of these, not yet answered by all daemons
let isLeaving = false;
const said = new Map(); // failure -> when it was last logged

// A pool asks every second; the same failure is logged once a minute.
function complain(text) {
  const now = process.uptime();
  if (now - said.get(text) < 60) return;
  if (said.size > 1000) said.clear();
  said.set(text, now);
  log(text);
}

function answer(call, done) {
  call.kind = dialects.kindOf(call);
  if (call.kind === 'submit') return submit(call, done);
  const limitMs = call.kind === 'other' ? SUBMIT_TIMEOUT_MS : TIMEOUT_MS;
  const isTemplate = call.kind === 'template';
  // The answer to a challenge goes to the daemon that gave it.
  const first = digest.daemon(call) || target(call);
  // When tipwatchd chooses another daemon, the call need not wait for its deadline.
  const move = () => {
    if (key(target(call)) !== key(first)) Array.from(call.cancels).forEach(end => end(MOVED));
  };
  if (call.kind !== 'other') control.on('change', move);
  ask(call, first, limitMs, (error, reply) => {
    control.removeListener('change', move);
    if (call.isCancelled) return;
    if (!error && dialects.isGood(call, reply)) return give(call, first, reply, done);
    if (error !== MOVED) report(first, error, isTemplate ? 'template-failed' : 'timeout');
    const why = first.name + ': ' + (error ? error.message : 'no ' + call.kind + ': ' +
      summary(reply));
    if (call.kind === 'other') {
      complain(why);
      return done(error, reply);
    }
    another(call, first, second => {
      if (call.isCancelled) return;
      complain(why + '; asking ' + second.name);
      ask(call, second, limitMs, (error2, reply2) => {
        if (call.isCancelled) return;
        if (!error2) return give(call, second, reply2, done);
        report(second, error2, isTemplate ? 'template-failed' : 'timeout');
        complain(second.name + ': ' + error2.message);
        done(reply ? null : error2, reply);
      });
    });
  });
}

// The daemon to ask now: the chosen one, or without tipwatchd the one that the pool has asked.
function target(call) {
  return control.choice ? control.choice.daemon : call.home;
}

function report(daemon, error, what) {
  control.report(daemon.name, error && error.code === 'ETIMEDOUT' ? 'timeout' : what);
}

function give(call, daemon, reply, done) {
  if (call.kind === 'template') reorg.note(dialects.templateOf(reply));
  if (!IS_GUARDED || call.kind !== 'read') return done(null, reply);
  guard.judge(call, daemon.name, reply, held => {
    if (held) complain(daemon.name + ': ' + summary(held));
    done(null, held || reply);
  });
}

function summary(reply) {
  const json = dialects.parse(reply.body) || {};
  const error = json.error;
  if (error) return String(error.message || error).slice(0, 200);
  const status = json.result && json.result.status;
  return 'HTTP ' + reply.status + (status ? ', ' + String(status).slice(0, 200) : '');
}

// The daemon to ask instead: the new choice, else another healthy one, else the same again.
function another(call, failed, then) {
  let timer = null;
  const look = () => {
    const daemon = target(call);
    if (key(daemon) === key(failed)) return false;
    clearTimeout(timer);
    control.removeListener('change', look);
    then(daemon);
    return true;
  };
  if (look()) return;
  control.on('change', look);
  timer = setTimeout(() => {
    control.removeListener('change', look);
    control.targets(list => {
      then(list.find(t => t.state === 'healthy' && key(t) !== key(failed)) || failed);
    });
  }, CHOICE_MS);
}

// ---- blocks -------------------------------------------------------------------------------------

// The best answer of several is the one whose outcome comes first here; failed: no answer.
const OUTCOMES = ['accepted', 'duplicate', 'refused', 'not_able', 'unknown', 'failed'];
const WORDS = { accepted: 'accepted', duplicate: 'taken, but not as its newest block',
  refused: 'refused', not_able: 'not able', unknown: 'unclear', failed: 'failed' };

function nowMs() {
  return 1000 * process.uptime();
}

// The daemons that a block goes to, in this order: then(list, isFresh), as Control.targets().
function targets(call, then) {
  // The login of this call is worth nothing to the others.
  const challenger = digest.session(call);
  if (challenger) return process.nextTick(then, [challenger.daemon], false);
  control.targets((list, isFresh) => {
    if (isFresh && list.length > 0) return then(list, true);
    // Without an answer of tipwatchd the daemon that the pool has sent it to gets it too.
    const all = [target(call)].concat(list, call.home);
    then(all.filter((daemon, i) => all.findIndex(d => key(d) === key(daemon)) === i), false);
  });
}

/*
 * Whether a daemon shows in its newest blocks that it has the block of a call: then(has), within
 * LOOK_MS. A daemon that does not answer counts as one that does not have it: a block that is sent
 * needlessly costs little, one that is not sent may be lost.
 */
function look(call, daemon, then) {
  const blob = dialects.blobOf(call);
  let asked = null;
  let isOver = false;
  const finish = has => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    Array.from(asked.cancels).forEach(run => run());
    then(has);
  };
  const timer = setTimeout(finish, LOOK_MS, false);
  const step = (height, nLeft) => {
    asked = dialects.headerCall(call, height);
    ask(asked, daemon, LOOK_MS, (error, reply) => {
      if (isOver) return;
      const header = error ? null : dialects.headerOf(reply);
      const seen = header && dialects.compare(blob, header);
      if (header && seen === null && nLeft > 1 && header.height > 0) {
        return step(header.height - 1, nLeft - 1);
      }
      finish(seen === 'same');
    });
  };
  step(null, LOOK_BLOCKS);
}

/*
 * A block goes to the daemons as submission.js says, or, where tipwatchd keeps found blocks, to the
 * chosen daemon and as a file to tipwatchd, which sends it to the others. The pool is told that it is taken as soon as
 * one has it; otherwise the best answer there is, once all have answered or had the time for it.
 */
function submit(call, done) {
  targets(call, (list, isFresh) => {
    // The login of this call is worth nothing to tipwatchd, which has its own.
    const dir = digest.session(call) ? null : control.vault;
    if (!dir) return submitTo(call, list, false, done);
    vault.write(dir, dialects.blobOf(call), list[0].name, isThere => {
      if (!isThere) complain('a found block cannot be written to ' + dir);
      // While tipwatchd is away it sends nothing: it finds the block at the daemons afterwards.
      const isKept = isThere && isFresh;
      submitTo(call, isKept ? list.slice(0, 1) : list, isKept, done);
    });
  });
}

// isKept: tipwatchd has the block too, and sends it to all others.
function submitTo(call, list, isKept, done) {
  const silenceMs = control.afterSilenceMs;
  const submission = new Submission(list.length, control.afterAcceptMs, silenceMs, nowMs());
  const number = ++nFound;
  const answers = [];
  let turn = null; // the timer of the next daemon's turn
  let patience = null;
  let isLate = false; // all have had the time to answer
  let isOver = false;
  let isTold = false;
  let nAnswered = 0;
  let isSettled = false; // tipwatchd has said what becomes of it
  let unfollow = null;
  const isDone = () => nAnswered === list.length;
  const isReady = best => submission.hasBlock || isOver ||
    (isKept ? isSettled : isDone() || (isLate && best.reply));
  const settle = () => {
    const best = OUTCOMES.map(outcome => answers.find(a => a.outcome === outcome))
      .find(answer => answer);
    if (isTold || !best || !isReady(best)) return;
    isTold = true;
    clearTimeout(patience);
    clearTimeout(limit);
    if (unfollow) unfollow();
    done(best.error, best.reply);
  };
  const limit = setTimeout(() => {
    isOver = true;
    settle();
  }, SUBMIT_TIMEOUT_MS);
  // The chosen daemon has not taken it: tipwatchd gives it to another one.
  const followKept = () => {
    if (!isKept || isTold || unfollow || submission.hasBlock) return;
    unfollow = vault.follow(control, dialects.blobOf(call), isTaken => {
      isSettled = true;
      if (isTaken) {
        answers.push({ outcome: 'accepted', error: null, reply: dialects.takenReply(call) });
      }
      settle();
    });
  };
  const answered = (i, answer, text) => {
    answers.push(answer);
    nAnswered++;
    submission.answered(i, answer.outcome, nowMs());
    log('block ' + number + ' to ' + list[i].name + ': ' + text);
    settle();
    followKept();
    advance();
    if (!isDone()) return;
    nSubmits--;
    if (isLeaving) leave();
  };
  // The pool has to answer the challenge first: it sends the block once more.
  const handBack = reply => {
    [turn, patience, limit].forEach(clearTimeout);
    isTold = true;
    if (unfollow) unfollow();
    nFound--;
    nSubmits--;
    done(null, reply);
    if (isLeaving) leave();
  };
  const send = i => {
    const start = nowMs();
    ask(call, list[i], SUBMIT_TIMEOUT_MS, (error, reply) => {
      if (i === 0 && !error && digest.isChallenge(call, reply)) return handBack(reply);
      const outcome = !error ? reply.outcome : error.isUnclear ? 'unknown' : 'failed';
      const isTaken = dialects.isTaken(outcome);
      const why = error ? error.message : summary(reply);
      if (error || outcome === 'not_able' || (isKept && !isTaken)) {
        report(list[i], error, 'submit-failed');
      }
      answered(i, { outcome, error, reply }, WORDS[outcome] + (isTaken ? '' : ': ' + why) +
        ' (' + Math.round(nowMs() - start) + ' ms)');
    });
  };
  const lookAndSend = i => look(call, list[i], has => {
    if (!has) return send(i);
    answered(i, { outcome: 'duplicate', error: null, reply: dialects.takenReply(call) },
      'has it already');
  });
  const advance = () => {
    const wasAllSent = submission.isAllSent;
    // The chosen daemon is the first to get the block, so it cannot have it already.
    submission.due(nowMs()).forEach(i => i === 0 ? send(i) : lookAndSend(i));
    clearTimeout(turn);
    if (!submission.isAllSent) turn = setTimeout(advance, submission.nextMs - nowMs());
    else if (!wasAllSent && !isTold) patience = setTimeout(() => {
      isLate = true;
      settle();
      followKept();
    }, silenceMs);
  };
  nSubmits++;
  advance();
}

// Ends the process, but not before every daemon's answer to a found block is in.
function leave() {
  setTimeout(() => {
    if (nSubmits === 0) process.exit(75);
  }, LEAVE_MS);
}

// ---- interception -------------------------------------------------------------------------------

const adrift = new Set(); // calls made while there was no tipwatchd: {req, host, port, start}

function isPrimary(host, port) {
  const primary = control.primary;
  return primary !== null && Number(port) === primary.port && bare(host) === bare(primary.host);
}

function newCall(agent, isTls, options) {
  trouble.end();
  sayChoice();
  const home = { name: control.primary.name, host: options.host, port: Number(options.port),
    tls: isTls };
  return { home, agent, options, cancels: new Set(), isCancelled: false };
}

// A block is sent to all daemons even if the pool has given up its request.
function cancel(call) {
  if (call.kind === 'submit') return;
  call.isCancelled = true;
  Array.from(call.cancels).forEach(run => run());
}

function intercept(agent, req, options) {
  const call = newCall(agent, agent.protocol === 'https:', options);
  const wire = new Wire(() => cancel(call));
  req.once('finish', () => {
    Object.assign(call, wire.request());
    answer(call, (error, reply) => {
      if (wire.isGone) return;
      if (error) wire.destroy(error);
      else wire.reply(reply, call.method === 'HEAD');
    });
  });
  if (req.timeout) wire.setTimeout(req.timeout);
  req.onSocket(wire);
}

/*
 * Without tipwatchd a call of the pool is not changed and gets no deadline. It is only remembered:
 * once tipwatchd is back, catchAdrift() ends it if it hangs.
 */
function letGo(req, options) {
  if (!control.primary) trouble.away(req.path);
  if (control.primary && !isPrimary(options.host, options.port)) return;
  const entry = { req, host: options.host, port: options.port, start: process.uptime() };
  if (adrift.size >= ADRIFT_MAX) adrift.delete(adrift.values().next().value);
  adrift.add(entry);
  req.once('close', () => adrift.delete(entry));
  // The pool's listeners were added before these, so it has the template before this module.
  if (!control.primary || req.listenerCount('response') === 0) return;
  req.once('response', res => {
    if (res.listenerCount('data') === 0) return;
    const chunks = [];
    res.on('data', chunk => chunks.push(String(chunk)));
    res.on('end', () => reorg.note(dialects.templateOf({ status: res.statusCode,
      body: chunks.join('') })));
  });
}

function catchAdrift() {
  adrift.forEach(entry => {
    if (!isPrimary(entry.host, entry.port)) return adrift.delete(entry);
    if (entry.timer) return;
    const age = 1000 * (process.uptime() - entry.start);
    entry.timer = setTimeout(() => {
      if (!adrift.delete(entry) || (entry.req.res && entry.req.res.complete)) return;
      complain(entry.host + ':' + entry.port + ' hung while tipwatchd was away; call ended');
      entry.req.destroy(failure('ETIMEDOUT', 'no answer within ' + SUBMIT_TIMEOUT_MS + ' ms'));
    }, Math.max(0, SUBMIT_TIMEOUT_MS - age));
    entry.timer.unref();
  });
}

function interceptHttp() {
  // Every http and https request that has an agent calls this function, however it was made.
  const addRequest = http.Agent.prototype.addRequest;
  http.Agent.prototype.addRequest = function (req, options) {
    const pass = () => addRequest.apply(this, arguments);
    if (isOurs || !options || typeof options !== 'object' || options.socketPath ||
        options.createConnection || req.method === 'CONNECT' || req.getHeader('expect') ||
        req.getHeader('upgrade')) {
      return pass();
    }
    return control.whenKnown(() => {
      if (!control.choice) letGo(req, options);
      else if (isPrimary(options.host, options.port)) return intercept(this, req, options);
      else trouble.strayRequest(req, options.host, options.port);
      return pass();
    });
  };
}

function interceptFetch() {
  const original = global.fetch;
  if (typeof original !== 'function') return; // before Node.js 18
  global.fetch = function fetch(input, init) {
    const url = address(input);
    const isOther = () => !control.choice || !url || !isPrimary(url.host, url.port);
    const passed = () => {
      if (url) noteFetch(url, init);
      return original.apply(this, arguments);
    };
    if (control.isKnown && isOther()) return passed();
    return new Promise(resolve => control.whenKnown(resolve)).then(() => isOther()
      ? passed() : fetched(new global.Request(input, init), url));
  };
}

// A call that is not changed.
function noteFetch(url, init) {
  const { method, body } = init || {};
  if (!control.primary) trouble.away(url.path);
  else if (control.choice) trouble.stray(url.host, url.port, { method, path: url.path, body });
}

function address(input) {
  try {
    const url = new URL(typeof input === 'object' && input.url ? input.url : String(input));
    if (url.protocol !== 'http:' && url.protocol !== 'https:') return null;
    const isTls = url.protocol === 'https:';
    return { host: url.hostname, port: Number(url.port) || (isTls ? 443 : 80), isTls,
      path: url.pathname + url.search };
  } catch (e) {
    return null;
  }
}

async function fetched(request, url) {
  const signal = request.signal;
  const call = newCall(null, url.isTls, { host: bare(url.host), port: url.port });
  const body = Buffer.from(await request.arrayBuffer());
  const headers = Array.from(request.headers);
  if (!request.headers.has('accept')) headers.push(['accept', '*/*']);
  Object.assign(call, { method: request.method, path: url.path, headers, body });
  if (signal.aborted) throw signal.reason;
  return new Promise((resolve, reject) => {
    const abort = () => {
      cancel(call);
      reject(signal.reason);
    };
    signal.addEventListener('abort', abort);
    answer(call, (error, reply) => {
      signal.removeEventListener('abort', abort);
      if (error) return reject(Object.assign(new TypeError('fetch failed'), { cause: error }));
      const isEmpty = call.method === 'HEAD' || [204, 205, 304].indexOf(reply.status) >= 0;
      const response = new global.Response(isEmpty ? null : reply.body,
        { status: reply.status, statusText: reply.message, headers: reply.headers });
      Object.defineProperty(response, 'url', { value: request.url });
      resolve(response);
    });
  });
}

// ---- the module ---------------------------------------------------------------------------------

let told = null; // the daemon that was logged last as the one that calls go to; null: none yet

// Called only for a call to the daemon: a process of the pool that makes none logs nothing.
function sayChoice() {
  const daemon = control.choice && control.choice.daemon;
  const name = daemon ? daemon.name + ' (' + daemon.url + ')' : '';
  if (told === name) return;
  told = name;
  if (name) control.targets(() => {}); // remembered for when tipwatchd is away
  log(name ? 'calls to ' + control.primary.host + ':' + control.primary.port + ' go to ' + name
    : 'no choice of tipwatchd: calls go where the pool sends them');
}

control.on('change', select => {
  if (told !== null) sayChoice();
  if (!select) return;
  reorg.noteTip(select);
  catchAdrift();
});

// A module that is loaded twice, by two paths, must intercept only once.
const MARK = Symbol.for('tipwatch.adapter');
if (global[MARK]) {
  module.exports = global[MARK];
} else {
  Object.defineProperty(global, MARK, { value: control });
  module.exports = control;
  if (control.path) {
    interceptHttp();
    interceptFetch();
    control.watch();
  }
}
