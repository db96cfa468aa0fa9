/*
 * A mining pool reduced to what matters to its daemon, with the habits of a real one: a cluster
 * master that starts a dead worker again after two seconds; a process that asks for a template from
 * inside the callback of the last call, without any timeout, and sends a found block to its one
 * daemon; and one miner for each worker, with a job. HABITS has what the pools differ in.
 *
 * Settings: POOL_HABIT (height), POOL_PORT, POOL_HOST (127.0.0.1), POOL_WORKERS (1), POOL_POLL_MS
 * (100), POOL_FIND_MS (0: finds no blocks), POOL_SHARE_MS (0: the miners send no shares), POOL_MONERO
 * (method names of monerod), POOL_ADDRESS.
 * Tells what happens as JSON lines: {"t_ms","worker","event",...}.
 */
'use strict';
const cluster = require('cluster');
const http = require('http');

const env = process.env;
const host = env.POOL_HOST || '127.0.0.1';
const port = Number(env.POOL_PORT);
const pollMs = Number(env.POOL_POLL_MS || 100);
const findMs = Number(env.POOL_FIND_MS || 0);
const shareMs = Number(env.POOL_SHARE_MS || 0);
const names = env.POOL_MONERO ? ['get_block_template', 'submit_block', 'get_last_block_header']
  : ['getblocktemplate', 'submitblock', 'getlastblockheader'];
const RESPAWN_MS = 2000;

let current = null; // the pool's template
let job = null; // the template that the miner works on
let lastHash = null; // of the newest block, where the pool asks for that first

const isHigher = template => template.height > current.height;
const isOther = template => prevHash(template) !== prevHash(current);

/*
 * isNews(hash): whether the newest block is a reason to ask for a template; without it the pool asks
 * each time. takes(template): whether it takes one. keepsJob(): whether the miner then keeps its job.
 * asker: who asks; without it each worker. isOne: it has no workers.
 */
const HABITS = {
  // turtle-pool
  height: { takes: isHigher },
  // cryptonote-nodejs-pool 1.4
  header: { isNews: hash => !current || hash !== prevHash(current), takes: isOther,
    keepsJob: () => job.height === current.height },
  // cryptonote-nodejs-pool 2
  relay: { asker: 'daemon', isNews: hash => hash !== lastHash, takes: isOther,
    keepsJob: () => job.height === current.height && !global.config.daemon.alwaysPoll },
  // nodejs-pool
  master: { asker: 'master', isNews: hash => hash !== lastHash, takes: isOther },
  // monero-pool, which asks when it gets SIGUSR1 too: older versions, and newer ones, which also take
  // one with more transactions; those of the demo have none
  signal: { asker: 'master', isOne: true, takes: () => true },
  signal2: { asker: 'master', isOne: true, takes: isHigher },
};
const habit = HABITS[env.POOL_HABIT || 'height'];
if (habit === HABITS.relay) global.config = { daemon: {} };
if (habit === HABITS.master) global.coinFuncs = {};

function tell(event, more) {
  const worker = cluster.worker ? Number(env.POOL_ID) : 0;
  console.log(JSON.stringify(Object.assign({ t_ms: Date.now(), worker, event }, more)));
}

function rpc(method, params, callback) {
  const data = JSON.stringify({ id: '0', jsonrpc: '2.0', method, params });
  const options = {
    hostname: host,
    port,
    path: '/json_rpc',
    method: 'POST',
    headers: {
      'Content-Length': data.length,
      'Content-Type': 'application/json',
      'Accept': 'application/json'
    }
  };
  const req = http.request(options, res => {
    let text = '';
    res.setEncoding('utf8');
    res.on('data', chunk => { text += chunk; });
    res.on('end', () => {
      let reply;
      try {
        reply = JSON.parse(text);
      } catch (e) {
        callback(e);
        return;
      }
      callback(reply.error, reply.result);
    });
  });
  req.on('error', e => callback(e));
  req.end(data);
}

// Where a block has what it builds on and its nonce, in bytes.
function layout(template) {
  const data = Buffer.from(template.blocktemplate_blob, 'hex');
  let at = 0;
  const skip = n => {
    for (; n > 0; n--) {
      while (data[at] & 0x80) at++;
      at++;
    }
  };
  const isHashFirst = !template.prev_hash && data[0] >= 2;
  skip(isHashFirst ? 2 : 3);
  const prev = at;
  at += 32;
  // Of the parent block, after what that one builds on.
  if (isHashFirst) {
    skip(3);
    at += 32;
  }
  return { prev, nonce: at };
}

function prevHash(template) {
  const at = 2 * layout(template).prev;
  return template.prev_hash || template.blocktemplate_blob.slice(at, at + 64);
}

function take(template) {
  if (current && !habit.takes(template)) return;
  current = template;
  if (job && habit.keepsJob && habit.keepsJob()) return;
  job = template;
  tell('work', { height: template.height, prev: prevHash(template) });
}

function sendWorkers(message) {
  Object.keys(cluster.workers).forEach(id => cluster.workers[id].send(message));
}

// What the process that asks does with a template.
function deliver(template) {
  if (habit === HABITS.relay) process.send({ type: 'BlockTemplate', block: template });
  else if (habit === HABITS.master) sendWorkers({ type: 'newBlockTemplate', block: template });
  else take(template);
}

function failed(error) {
  tell('error', { message: String((error && error.message) || 'no result') });
}

function fetchTemplate(then) {
  rpc(names[0], { reserve_size: 8, wallet_address: env.POOL_ADDRESS }, (error, template) => {
    then();
    if (error || !template) return failed(error);
    tell('reply', { height: template.height });
    deliver(template);
  });
}

function refresh() {
  const again = () => setTimeout(refresh, pollMs);
  if (!habit.isNews) return fetchTemplate(again);
  rpc(names[2], {}, (error, result) => {
    const header = result && result.block_header;
    if (header && habit.isNews(header.hash)) {
      lastHash = header.hash;
      return fetchTemplate(again);
    }
    if (!header) failed(error);
    again();
  });
}

// Each block has a nonce of its own, and so has the space that the pool has reserved for itself.
let found = 0;

function find() {
  if (job) {
    const mark = ('0000000' + (Number(env.POOL_ID || 0) * 65536 + ++found).toString(16)).slice(-8);
    const data = Buffer.from(job.blocktemplate_blob, 'hex');
    const nonceAt = layout(job).nonce;
    data.write(mark, job.reserved_offset, 'hex');
    data.write(mark, nonceAt, 'hex');
    const blob = data.toString('hex');
    const start = Date.now();
    tell('found', { mark, height: job.height, nonce: data.readUInt32LE(nonceAt), blob });
    rpc(names[1], [blob], (error, result) => {
      const ok = !error && !!result && result.status === 'OK';
      tell('submitted', { mark, ok, ms: Date.now() - start,
        message: error ? String(error.message) : '' });
    });
  }
  setTimeout(find, findMs);
}

// The pool holds a share against its own template of the job's height.
function share() {
  if (job) tell('share', { ok: job === current || job.height !== current.height });
  setTimeout(share, shareMs);
}

function start(id, more, ms) {
  cluster.fork(Object.assign({ POOL_ID: String(id) }, more)).on('exit', code => {
    tell('died', { id, code });
    setTimeout(start, ms, id, more, ms);
  }).on('message', message => sendWorkers(message));
}

function work() {
  tell('start', {});
  process.on('message', message => message.block && take(message.block));
  if (!habit.asker) refresh();
  if (findMs > 0) find();
  if (shareMs > 0) share();
}

if (cluster.isMaster) {
  if (habit.isOne) {
    work();
    process.on('SIGUSR1', () => fetchTemplate(() => {}));
  } else {
    for (let id = 1; id <= Number(env.POOL_WORKERS || 1); id++) {
      start(id, { workerType: 'pool' }, RESPAWN_MS);
    }
  }
  if (habit.asker === 'daemon') start(0, { workerType: 'daemon' }, 10);
  if (habit.asker === 'master') refresh();
  process.on('SIGTERM', () => {
    Object.keys(cluster.workers).forEach(id => cluster.workers[id].process.kill('SIGKILL'));
    process.exit(0);
  });
} else if (env.workerType === 'daemon') {
  refresh();
} else {
  work();
}
