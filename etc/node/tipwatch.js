/*
 * Puts tipwatch under a Node.js mining pool without changing the pool:
 *
 *     NODE_OPTIONS="--require /usr/share/tipwatch/node/tipwatch.js" node init.js
 *
 * What the pool asks its one daemon, the primary of tipwatchd's configuration, is answered by the
 * daemon that tipwatchd has chosen. Calls get deadlines, templates a second try, and found blocks
 * go to every daemon. Calls to any other host are not touched; without tipwatchd none is.
 * tipwatch-node(7) tells about the settings (TIPWATCH_*), the exported client, and the limits.
 *
 * For Node.js 8 and later; no dependencies. Sections: settings, tipwatchd, what a call is, dialects,
 * asking a daemon, answering the pool, reorganisations, interception, the module.
 */
'use strict';

const EventEmitter = require('events');
const fs = require('fs');
const http = require('http');
const https = require('https');
const net = require('net');
const stream = require('stream');
const URL = require('url').URL;

// ---- settings -----------------------------------------------------------------------------------

const SYSTEM_SOCKET = '/run/tipwatch/control.sock';
const TICK_MS = 500; // of the clock that notices a silent tipwatchd
const SILENCE_TICKS = 9; // it speaks every 2 s; who misses that twice has lost it
const GRACE_MS = 2000; // a tipwatchd that restarts is back before this
const HOLD_MS = 500; // for which the first calls of a process wait for the first choice
const CHOICE_MS = 1000; // for which a failed call waits for a new choice
const TARGETS_MS = 250; // for which a block waits for tipwatchd to say where it should go
const PREFER_MS = 2000; // after which another daemon's answer to a block will do
const BACKOFF_MS = [100, 5000]; // between attempts to reach tipwatchd: first and longest
const REPLY_MAX = 64 << 20;
const ADRIFT_MAX = 64;

const TIMEOUT_MS = milliseconds('TIPWATCH_TIMEOUT_MS', 5000);
const SUBMIT_TIMEOUT_MS = milliseconds('TIPWATCH_SUBMIT_TIMEOUT_MS', 15000);
const ON_REORG = oneOf('TIPWATCH_ON_REORG', ['exit', 'event', 'none']);
const SOCKET = socketPath();

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

// Where tipwatchctl looks too. Empty: tipwatch is off.
function socketPath() {
  if (process.env.TIPWATCH_SOCKET !== undefined) return process.env.TIPWATCH_SOCKET;
  if (process.getuid && process.getuid() === 0) return SYSTEM_SOCKET;
  const runtime = process.env.XDG_RUNTIME_DIR;
  const own = runtime && runtime[0] === '/' ? runtime + '/tipwatch/control.sock'
    : require('os').homedir() + '/.local/state/tipwatch/control.sock';
  return fs.existsSync(own) ? own : SYSTEM_SOCKET;
}

// ---- tipwatchd ----------------------------------------------------------------------------------

const client = new EventEmitter(); // what this module exports
let choice = null; // the newest select object with a daemon; null: no tipwatchd, or it has none
let primary = null; // the last one heard of, also while tipwatchd is away
let isKnown = !SOCKET; // whether the first attempt to reach tipwatchd has had an end
let held = []; // what waits for that
let silence = 0; // ticks since tipwatchd last spoke
let backoff = BACKOFF_MS[0];
let grace = null;
let isUsed = false; // whether a call was intercepted
let asker = null; // the connection for questions, made when there is one

function known() {
  isKnown = true;
  const waiting = held;
  held = [];
  waiting.forEach(run => run());
}

// Runs then() once it is known whether there is a tipwatchd; nearly always at once.
function whenKnown(then) {
  if (isKnown) return then();
  if (held.length === 0) setTimeout(() => isKnown || known(), HOLD_MS);
  held.push(then);
}

function nameOf(select) {
  return select && select.daemon.name + ' (' + select.daemon.url + ')';
}

function setChoice(select) {
  const before = choice;
  clearTimeout(grace);
  grace = null;
  choice = select;
  if (isUsed && nameOf(before) !== nameOf(select)) sayChoice();
  if (select) noteTip(select);
  client.emit('change', select);
}

// Only where there are calls, and where they go: a pool has more processes than call its daemon.
function sayChoice() {
  isUsed = true;
  log(choice ? 'calls to ' + primary.host + ':' + primary.port + ' go to ' + nameOf(choice)
    : 'no choice of tipwatchd: calls go where the pool sends them');
}

// The choice goes when tipwatchd has gone, but not for the moment in which it restarts.
function loseChoice() {
  if (!choice || grace) return;
  grace = setTimeout(() => setChoice(null), GRACE_MS);
  grace.unref();
}

function heard(select) {
  if (select.v !== 1 || !select.primary) return;
  primary = select.primary;
  if (select.daemon) setChoice(select);
  else loseChoice();
  if (adrift.size > 0) catchAdrift();
  backoff = BACKOFF_MS[0];
}

// Calls line() for each line that a socket receives.
function readLines(socket, line) {
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', data => {
    const lines = (text + data).split('\n');
    text = lines.pop();
    lines.forEach(one => {
      const value = parse(one);
      if (value) line(value);
    });
  });
}

function watch() {
  const socket = net.connect(SOCKET);
  socket.unref();
  silence = 0;
  const clock = setInterval(() => {
    // Counts turns of this process's loop: what was asleep has not missed anything.
    if (++silence < SILENCE_TICKS) return;
    if (choice) setChoice(null);
    socket.destroy();
  }, TICK_MS);
  clock.unref();
  socket.on('connect', () => socket.write('watch\n'));
  readLines(socket, value => {
    silence = 0;
    heard(value);
    if (!isKnown) known();
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    clearInterval(clock);
    loseChoice();
    if (!isKnown) known();
    setTimeout(watch, backoff).unref();
    backoff = Math.min(2 * backoff, BACKOFF_MS[1]);
  });
}

// Asks tipwatchd one line; then(null) when there is no answer within limitMs.
function question(line, limitMs, then) {
  let timer = null;
  const once = answer => {
    if (timer === null) return;
    clearTimeout(timer);
    timer = null;
    then(answer);
  };
  timer = setTimeout(() => {
    if (asker) asker.destroy();
    once(null);
  }, limitMs);
  if (!SOCKET) return once(null);
  if (!asker) {
    const socket = asker = net.connect(SOCKET);
    socket.waiting = [];
    socket.unref();
    readLines(socket, value => socket.waiting.length > 0 && socket.waiting.shift()(value));
    socket.on('error', () => {});
    socket.on('close', () => {
      if (asker === socket) asker = null;
      socket.waiting.forEach(give => give(null));
    });
  }
  asker.waiting.push(once);
  asker.write(line + '\n');
}

function report(daemon, what) {
  return new Promise(resolve => {
    question('report ' + daemon.name + ' ' + what, TARGETS_MS, a => resolve(!!(a && a.ok)));
  });
}

// The daemons that a block should be sent to, the chosen one first; empty without tipwatchd.
function targets(then) {
  question('submit', TARGETS_MS, answer => {
    const list = answer && Array.isArray(answer.targets) ? answer.targets : [];
    if (list.length > 0) targets.last = list;
    else if (targets.last) list.push.apply(list, targets.last);
    if (list.length === 0 && choice) list.push(choice.daemon);
    then(list);
  });
}

// ---- what a call is -----------------------------------------------------------------------------

const READS = ['getlastblockheader', 'getblockheaderbyheight', 'getblockheaderbyhash',
  'getblockcount', 'getinfo', 'getheight', 'getblockhash', 'ongetblockhash'];

function parse(text) {
  try {
    return JSON.parse(text);
  } catch (e) {
    return null;
  }
}

// "template", "submit", "read" (headers and the like) or "other".
function kindOf(call) {
  const path = call.path.split('?')[0];
  if (path === '/json_rpc') {
    const rpc = parse(call.body);
    const kinds = (Array.isArray(rpc) ? rpc : [rpc]).map(one => {
      const method = String(one && one.method).replace(/_/g, '').toLowerCase();
      if (method === 'getblocktemplate') return 'template';
      if (method === 'submitblock') return 'submit';
      return READS.indexOf(method) >= 0 ? 'read' : 'other';
    });
    if (!Array.isArray(rpc)) call.rpc = rpc;
    else if (kinds.some(kind => kind !== 'read')) return 'other';
    return kinds[0] || 'other';
  }
  if (call.method === 'POST' && path === '/block/template') return 'template';
  if (call.method === 'POST' && path === '/block') return 'submit';
  if (/^\/(block\/[^/]+|(get_?)?(info|height))$/.test(path)) return 'read';
  return 'other';
}

// The template in a reply in the words of JSON-RPC, or null.
function templateOf(reply) {
  const json = parse(reply.body);
  const t = json && typeof json === 'object' ? json.result || json : {};
  const blob = t.blocktemplate_blob || t.blob;
  if (reply.status >= 300 || typeof blob !== 'string' || !Number.isInteger(t.height)) return null;
  return { height: t.height, prev: t.prev_hash || prevHash(blob) };
}

// What a template builds on: after the two versions and, in blocks of version 1, the time.
function prevHash(blob) {
  const data = Buffer.from(blob.slice(0, 128), 'hex');
  let at = 0;
  for (let skip = data[0] < 2 ? 3 : 2; skip > 0; skip--) {
    while (data[at] & 0x80) at++;
    at++;
  }
  return data.toString('hex', at, at + 32);
}

function isAccepted(reply) {
  const json = parse(reply.body);
  if (reply.status < 200 || reply.status > 299 || (json && json.error)) return false;
  return reply.status === 202 || !!(json && json.result);
}

// Whether a reply is worth giving to the pool while another daemon could be asked.
function isGood(call, reply) {
  // The first half of a digest authentication is for the pool to go on with.
  if (reply.status === 401 && reply.headers.some(h => /^digest/i.test(h[1]))) return true;
  if (call.kind === 'template') return templateOf(reply) !== null;
  return call.kind !== 'read' || (reply.status < 500 && parse(reply.body) !== null);
}

// ---- dialects -----------------------------------------------------------------------------------

const OLD_NAMES = { size: 'block_size', transactionCount: 'num_txes', orphan: 'orphan_status',
  incomingConnections: 'incoming_connections_count', lastBlockIndex: 'last_known_block_index',
  outgoingConnections: 'outgoing_connections_count', alternateBlockCount: 'alt_blocks_count',
  transactionsSize: 'tx_count', transactionsPoolSize: 'tx_pool_size', blob: 'blocktemplate_blob' };
const HEADER = ['block_size', 'depth', 'difficulty', 'hash', 'height', 'major_version',
  'minor_version', 'nonce', 'num_txes', 'orphan_status', 'prev_hash', 'reward', 'timestamp'];
// Codes of TurtleCoind 1.x, and what the JSON-RPC says instead.
const OLD_CODES = { 62: -9, 63: -1, 65: -5, 66: -7, 67: -5 };

// An object of TurtleCoind 1.x with the names that the JSON-RPC has for its keys.
function oldNames(object) {
  const old = {};
  Object.keys(object || {}).forEach(k => {
    old[OLD_NAMES[k] || k.replace(/[A-Z]/g, c => '_' + c.toLowerCase())] = object[k];
  });
  return Object.assign(old, { status: 'OK' });
}

function pick(object, names) {
  const picked = {};
  names.forEach(name => { picked[name] = object[name]; });
  return picked;
}

function json(status, message, value) {
  return { status, message, headers: [['Content-Type', 'application/json']],
    body: Buffer.from(JSON.stringify(value)) };
}

/*
 * How a call is put to a daemon that speaks the other dialect: {method, path, body, back}, where
 * back() makes of its reply what the pool expects. null where there is no way to say it.
 */
function translate(call) {
  const path = call.path.split('?')[0];
  if (call.rpc) return toRest(call.rpc);
  if (call.kind === 'submit') return submitToRpc(call);
  const info = /^\/(?:get_?)?(info|height)$/.exec(path);
  if (!info || call.method !== 'GET') return null;
  return { method: 'GET', path: '/' + info[1], body: '', back: bothNames };
}

// Who asks for /info may speak either dialect; both find their names.
function bothNames(reply) {
  const object = parse(reply.body);
  if (reply.status !== 200 || !object || typeof object !== 'object') return reply;
  return json(200, 'OK', Object.assign(oldNames(object), object));
}

function toRest(rpc) {
  const params = rpc.params || {};
  const answer = (value, make) => Object.assign({ id: rpc.id, jsonrpc: '2.0' }, { [make]: value });
  const back = result => reply => {
    const value = parse(reply.body);
    if (reply.status >= 200 && reply.status <= 299) {
      return json(200, 'OK', answer(result(value), 'result'));
    }
    const error = (value && value.error) || {};
    if (!error.code) return reply;
    const code = OLD_CODES[error.code] || -32603;
    return json(200, 'OK', answer({ code, message: error.message }, 'error'));
  };
  const header = block => ({ block_header: pick(oldNames(block), HEADER), status: 'OK' });
  const get = (where, result) => ({ method: 'GET', path: where, body: '', back: back(result) });
  switch (String(rpc.method).replace(/_/g, '').toLowerCase()) {
    case 'getblocktemplate':
      return { method: 'POST', path: '/block/template', body: JSON.stringify(
        { address: params.wallet_address, reserveSize: params.reserve_size }),
      back: back(oldNames) };
    case 'submitblock':
      return { method: 'POST', path: '/block', body: JSON.stringify(params[0]),
        back: back(() => ({ status: 'OK' })) };
    case 'getlastblockheader':
      return get('/block/last', header);
    case 'getblockheaderbyheight':
      return get('/block/' + encodeURIComponent(params.height), header);
    case 'getblockheaderbyhash':
      return get('/block/' + encodeURIComponent(params.hash), header);
    case 'getblockcount':
      return get('/block/count', count => ({ count, status: 'OK' }));
    default:
      return null;
  }
}

// A block of a pool that speaks REST goes to the older daemons too.
function submitToRpc(call) {
  const blob = parse(call.body) || call.body.toString();
  const body = JSON.stringify({ id: '0', jsonrpc: '2.0', method: 'submitblock', params: [blob] });
  return { method: 'POST', path: '/json_rpc', body, back: reply => {
    const error = (parse(reply.body) || {}).error;
    if (isAccepted(reply)) return json(202, 'Accepted', '');
    return json(409, 'Conflict', { error: error && error.message ? error : { code: 66 } });
  } };
}

// ---- asking a daemon ----------------------------------------------------------------------------

let isOurs = false; // whether the request being made is one of this module's own
const translated = new Set(); // keys of the daemons that were found to speak the other dialect

function bare(host) {
  const name = String(host).toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return name === 'localhost' || name === '::1' ? '127.0.0.1' : name;
}

function key(daemon) {
  return bare(daemon.host) + ':' + daemon.port;
}

function failure(code, text) {
  return Object.assign(new Error(text), { code });
}
const MOVED = failure('ECANCELED', 'no answer before tipwatchd chose another');

/*
 * One request to one daemon over a connection of its own; done(error, reply) is called once, by
 * limitMs at the latest. A call of the kind "other" may take longer as long as something comes.
 */
function exchange(call, daemon, words, limitMs, done) {
  const isHome = key(daemon) === key(call.home);
  const headers = {};
  call.headers.forEach(h => {
    const name = h[0].toLowerCase();
    if (name === 'connection' || name === 'transfer-encoding' || name === 'content-length') return;
    if (name === 'host' && !isHome) return;
    headers[h[0]] = headers[h[0]] === undefined ? h[1] : [].concat(headers[h[0]], h[1]);
  });
  const body = Buffer.from(words.body);
  if (body.length > 0 || words.method === 'POST') headers['Content-Length'] = body.length;
  const isTls = isHome ? call.home.tls : daemon.tls;
  // What the pool says of its connections counts for its own daemon, of TLS for all.
  const options = isHome || (isTls && call.home.tls) ? Object.assign({}, call.options) : {};
  ['auth', 'timeout', 'signal', 'hostname', 'agent', 'protocol'].forEach(k => delete options[k]);
  if (!isHome) {
    ['servername', 'localAddress', 'family', 'lookup'].forEach(k => delete options[k]);
    options.host = String(daemon.host).replace(/^\[(.*)\]$/, '$1');
    options.port = daemon.port;
  }
  // A connection for each call, which no daemon can have closed meanwhile; an agent of the pool's own
  // making knows more than we do.
  const agent = call.agent;
  const isPlain = !agent || agent.constructor === http.Agent || agent === https.globalAgent;
  options.agent = isPlain || (!isHome && isTls !== call.home.tls) ? false : agent;
  Object.assign(options, { method: words.method, path: words.path, headers });

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
    done(error, reply);
  };
  const cancel = error => finish(error || failure('ECANCELED', 'cancelled'));
  const arm = () => {
    clearTimeout(timer);
    timer = setTimeout(() => finish(failure('ETIMEDOUT', 'no answer within ' + limitMs + ' ms from ' +
      key(daemon))), limitMs);
  };
  arm();
  call.cancels.add(cancel);
  try {
    isOurs = true;
    req = (isTls ? https : http).request(options);
  } catch (error) {
    process.nextTick(finish, error);
    return;
  } finally {
    isOurs = false;
  }
  req.on('error', finish);
  req.on('response', res => {
    const broken = () => finish(failure('ECONNRESET', 'answer of ' + key(daemon) + ' broken off'));
    res.on('data', chunk => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > REPLY_MAX) finish(failure('EMSGSIZE', 'endless answer of ' + key(daemon)));
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
  req.end(body);
}

// The same in the daemon's own dialect. It is found out by the 404 of a path that it does not have.
function ask(call, daemon, limitMs, done) {
  const other = translate(call);
  const isOther = other !== null && translated.has(key(daemon));
  const mayTurn = other !== null && (isOther || key(daemon) !== key(call.home) || call.rpc);
  const say = (asOther, then) => {
    exchange(call, daemon, asOther ? other : call, limitMs, (error, reply) => {
      const isUnknown = !error && reply.status === 404 && parse(reply.body) === null;
      if (!error && asOther && !isUnknown) reply = other.back(reply);
      then(error, reply, isUnknown);
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

let nSubmits = 0; // blocks that are on their way
let isLeaving = false;
const said = new Map(); // failure -> when it was last logged

// A pool asks every second; the same failure is told once a minute.
function complain(text) {
  const now = process.uptime();
  if (now - said.get(text) < 60) return;
  if (said.size > 1000) said.clear();
  said.set(text, now);
  log(text);
}

function answer(call, done) {
  call.kind = kindOf(call);
  if (call.kind === 'submit') return submit(call, done);
  const limitMs = call.kind === 'other' ? SUBMIT_TIMEOUT_MS : TIMEOUT_MS;
  const first = choice ? choice.daemon : call.home;
  // tipwatchd may know before the deadline that this daemon will not answer.
  const move = () => {
    if (choice && key(choice.daemon) !== key(first)) Array.from(call.cancels).forEach(run => run(MOVED));
  };
  if (call.kind !== 'other') client.on('change', move);
  ask(call, first, limitMs, (error, reply) => {
    client.removeListener('change', move);
    if (call.isCancelled) return;
    if (!error && isGood(call, reply)) return give(call, reply, done);
    const isLate = error && error.code === 'ETIMEDOUT';
    if (error !== MOVED) {
      report(first, call.kind === 'template' && !isLate ? 'template-failed' : 'timeout');
    }
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
        if (!error2) return give(call, reply2, done);
        if (call.isCancelled) return;
        report(second, error2.code === 'ETIMEDOUT' ? 'timeout' : 'template-failed');
        complain(second.name + ': ' + error2.message);
        done(reply ? null : error2, reply);
      });
    });
  });
}

function give(call, reply, done) {
  if (call.kind === 'template') noteTemplate(templateOf(reply));
  done(null, reply);
}

function summary(reply) {
  const error = (parse(reply.body) || {}).error;
  return error ? String(error.message || error).slice(0, 200) : 'HTTP ' + reply.status;
}

// Whom to ask instead: the new choice, else another good one, else the same again.
function another(call, failed, then) {
  let timer = null;
  const look = () => {
    const daemon = choice ? choice.daemon : call.home;
    if (key(daemon) === key(failed)) return false;
    clearTimeout(timer);
    client.removeListener('change', look);
    then(daemon);
    return true;
  };
  if (look()) return;
  client.on('change', look);
  timer = setTimeout(() => {
    client.removeListener('change', look);
    targets(list => then(list.find(t => t.state === 'healthy' && key(t) !== key(failed)) || failed));
  }, CHOICE_MS);
}

// A block goes to all at once. The chosen daemon's answer counts, unless a better one comes first.
function submit(call, done) {
  targets(list => {
    if (list.length === 0) list = [call.home];
    const answers = list.map(() => null);
    const number = ++submit.count;
    let nWaiting = list.length;
    let isLate = false;
    let isTold = false;
    const settle = () => {
      const first = answers[0];
      const accepted = answers.find(a => a && a.isAccepted);
      const any = answers.find(a => a && a.reply);
      const best = accepted || any || first;
      const isTime = nWaiting === 0 || (first && first.isAccepted) ||
        ((first || isLate) && accepted) || (isLate && any);
      if (isTold || !isTime) return;
      isTold = true;
      clearTimeout(timer);
      done(best.error, best.reply);
    };
    const timer = setTimeout(() => {
      isLate = true;
      settle();
    }, PREFER_MS);
    nSubmits++;
    list.forEach((daemon, i) => {
      const start = process.uptime();
      ask(call, daemon, SUBMIT_TIMEOUT_MS, (error, reply) => {
        const good = !error && isAccepted(reply);
        answers[i] = { error, reply, isAccepted: good };
        const how = error ? 'failed: ' + error.message
          : good ? 'accepted' : 'refused: ' + summary(reply);
        log('block ' + number + ' to ' + daemon.name + ': ' + how + ' (' +
          Math.round(1000 * (process.uptime() - start)) + ' ms)');
        if (error) report(daemon, error.code === 'ETIMEDOUT' ? 'timeout' : 'submit-failed');
        if (--nWaiting === 0) nSubmits--;
        settle();
        if (isLeaving) leave();
      });
    });
  });
}
submit.count = 0;

// ---- reorganisations ----------------------------------------------------------------------------

let served = null; // the template the pool works on: {height, prev, epoch}

// The pool takes a template only when it is higher. This is what it has now.
function noteTemplate(template) {
  if (!template) return;
  const epoch = choice ? choice.chain_epoch : null;
  const next = Object.assign({ epoch }, template);
  if (!served || next.height > served.height) {
    served = next;
    if (choice) noteTip(choice);
  } else if (next.prev !== served.prev && choice && served.epoch !== epoch) {
    const old = served;
    served = next;
    reorganised(old, next);
  }
}

// A template that builds on the tip is of that chain, however long ago it was given.
function noteTip(select) {
  if (served && served.prev === select.hash) served.epoch = select.chain_epoch;
}

function reorganised(old, next) {
  if (ON_REORG === 'none') return;
  log('the chain was reorganised: the pool works on height ' + old.height + ' of a dead branch and ' +
    'would not take the template of height ' + next.height +
    (ON_REORG === 'exit' ? '; this process ends to begin afresh' : ''));
  if (ON_REORG === 'event') {
    process.emit('tipwatch-reorg', { height: next.height, prev_hash: next.prev,
      dead_height: old.height, dead_prev_hash: old.prev, chain_epoch: next.epoch });
    return;
  }
  isLeaving = true;
  leave();
}

// Not before the last found block has arrived everywhere.
function leave() {
  if (nSubmits === 0) process.exit(75);
}

// ---- interception -------------------------------------------------------------------------------

const adrift = new Set(); // calls made while there was no tipwatchd: {req, host, port, start}

function isPrimary(host, port) {
  return primary !== null && Number(port) === primary.port && bare(host) === bare(primary.host);
}

/*
 * The connection that an intercepted request gets: Node.js writes the pool's request into it and
 * reads the reply from it with its own parser, so that the pool sees what it always sees.
 */
class Wire extends stream.Duplex {
  constructor(onGone) {
    super({ emitClose: false, autoDestroy: false });
    this.pieces = [];
    this.onGone = onGone;
    this.idle = null;
    this.idleMs = 0;
    this.isGone = false;
    // An aborted request gives its connection back to the agent, which does not know this one.
    this.on('free', () => this.destroy());
  }

  _write(chunk, encoding, done) {
    this.pieces.push(chunk);
    this.setTimeout(this.idleMs);
    done();
  }

  _read() {}

  _destroy(error, done) {
    if (this.isGone) return done(null);
    this.isGone = true;
    clearTimeout(this.idle);
    this.onGone();
    done(error);
    process.nextTick(() => this.emit('close', !!error));
  }

  destroySoon() {
    this.destroy();
    this.writable = false; // which Node.js 8 leaves to net.Socket
  }

  setTimeout(ms, then) {
    clearTimeout(this.idle);
    this.idleMs = ms;
    if (then) this.once('timeout', then);
    if (ms > 0 && !this.isGone) {
      this.idle = setTimeout(() => this.emit('timeout'), ms);
      this.idle.unref();
    }
    return this;
  }

  setNoDelay() { return this; }
  setKeepAlive() { return this; }
  ref() { return this; }
  unref() { return this; }

  // What the pool has written: {method, path, headers, body}.
  request() {
    const data = Buffer.concat(this.pieces);
    const end = data.indexOf('\r\n\r\n');
    const lines = data.toString('latin1', 0, end).split('\r\n');
    const words = lines.shift().split(' ');
    const headers = lines.map(line => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    });
    const isChunked = headers.some(h => /^transfer-encoding$/i.test(h[0]));
    const body = data.slice(end + 4);
    return { method: words[0], path: words[1], headers, body: isChunked ? dechunked(body) : body };
  }

  reply(reply, isHead) {
    const lines = ['HTTP/1.1 ' + reply.status + ' ' + reply.message];
    reply.headers.forEach(h => {
      if (/^(connection|keep-alive|transfer-encoding|trailer)$/i.test(h[0])) return;
      if (isHead || !/^content-length$/i.test(h[0])) lines.push(h[0] + ': ' + h[1]);
    });
    if (!isHead && reply.status !== 204 && reply.status !== 304) {
      lines.push('Content-Length: ' + reply.body.length);
    }
    lines.push('Connection: close', '', '');
    this.push(Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), reply.body]));
  }
}

function dechunked(data) {
  const parts = [];
  for (let at = 0; ;) {
    const end = data.indexOf('\r\n', at);
    const length = parseInt(data.toString('latin1', at, end), 16);
    if (!(length > 0)) return Buffer.concat(parts);
    parts.push(data.slice(end + 2, end + 2 + length));
    at = end + 2 + length + 2;
  }
}

function newCall(agent, isTls, options) {
  const home = { name: primary.name, host: options.host, port: Number(options.port), tls: isTls };
  return { home, agent, options, cancels: new Set(), isCancelled: false };
}

// A block goes its way even if the pool has lost patience.
function cancel(call) {
  if (call.kind === 'submit') return;
  call.isCancelled = true;
  Array.from(call.cancels).forEach(run => run());
}

function intercept(agent, req, options) {
  if (!isUsed) sayChoice();
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
 * Without tipwatchd the pool's call is its own affair, also if it hangs. We only remember it: once
 * tipwatchd is back, a call that hangs is one that we know how to end.
 */
function letGo(req, options) {
  if (primary && !isPrimary(options.host, options.port)) return;
  const entry = { req, host: options.host, port: options.port, start: process.uptime() };
  if (adrift.size >= ADRIFT_MAX) adrift.delete(adrift.values().next().value);
  adrift.add(entry);
  req.once('close', () => adrift.delete(entry));
  // What the pool does with the template, it does before this listener is called.
  if (!primary || req.listenerCount('response') === 0) return;
  req.once('response', res => {
    if (res.listenerCount('data') === 0) return;
    const chunks = [];
    res.on('data', chunk => chunks.push(String(chunk)));
    res.on('end', () => noteTemplate(templateOf({ status: res.statusCode, body: chunks.join('') })));
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
  // Every http and https request that has an agent, however it was made, passes here.
  const addRequest = http.Agent.prototype.addRequest;
  http.Agent.prototype.addRequest = function (req, options) {
    const pass = () => addRequest.apply(this, arguments);
    if (isOurs || !options || typeof options !== 'object' || options.socketPath ||
        options.createConnection || req.method === 'CONNECT' || req.getHeader('expect') ||
        req.getHeader('upgrade')) {
      return pass();
    }
    return whenKnown(() => {
      if (choice && isPrimary(options.host, options.port)) return intercept(this, req, options);
      if (!choice && SOCKET) letGo(req, options);
      return pass();
    });
  };
}

function interceptFetch() {
  const original = global.fetch;
  if (typeof original !== 'function') return; // before Node.js 18
  global.fetch = function fetch(input, init) {
    const url = address(input);
    const isOther = () => !choice || !url || !isPrimary(url.host, url.port);
    if (isKnown && isOther()) return original.apply(this, arguments);
    return new Promise(whenKnown).then(() => isOther() ? original(input, init)
      : fetched(new global.Request(input, init), url));
  };
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

Object.assign(client, {
  // The newest select object of tipwatchd; null while there is none.
  select: () => choice,
  // Promise of the daemons that a block should be sent to, the chosen one first.
  submitTargets: () => new Promise(targets),
  // report(name, 'template-failed' | 'submit-failed' | 'timeout'): promise of whether it arrived.
  report: (name, what) => report({ name }, what),
});
client.setMaxListeners(0); // one for each call that waits for a new choice

// Loaded twice, by two paths, it is still one.
const MARK = Symbol.for('tipwatch.adapter');
if (global[MARK]) {
  module.exports = global[MARK];
} else {
  Object.defineProperty(global, MARK, { value: client });
  module.exports = client;
  if (SOCKET) {
    interceptHttp();
    interceptFetch();
    watch();
  }
}
