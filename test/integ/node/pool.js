/*
 * A mining pool reduced to what matters to its daemon, with the habits of turtle-pool,
 * cryptonote-nodejs-pool and nodejs-pool: a cluster master that starts a dead worker again after
 * two seconds; workers that ask for a template from inside the callback of the last one, without
 * any timeout, take only templates of greater height, and send a found block to their one daemon.
 *
 * Settings: POOL_PORT, POOL_HOST (127.0.0.1), POOL_WORKERS (1), POOL_POLL_MS (100), POOL_FIND_MS
 * (0: finds no blocks), POOL_MONERO (method names of monerod), POOL_ADDRESS.
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
const names = env.POOL_MONERO ? ['get_block_template', 'submit_block']
  : ['getblocktemplate', 'submitblock'];
const RESPAWN_MS = 2000;

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

let current = null;

function refresh() {
  rpc(names[0], { reserve_size: 8, wallet_address: env.POOL_ADDRESS }, (error, template) => {
    setTimeout(refresh, pollMs);
    if (error || !template) {
      tell('error', { message: String((error && error.message) || 'no result') });
      return;
    }
    tell('reply', { height: template.height });
    if (!current || template.height > current.height) {
      current = template;
      tell('work', { height: template.height, prev: prevHash(template) });
    }
  });
}

// Each block has a nonce of its own, and so has the space that the pool has reserved for itself.
let found = 0;

function find() {
  if (current) {
    const mark = ('0000000' + (Number(env.POOL_ID) * 65536 + ++found).toString(16)).slice(-8);
    const data = Buffer.from(current.blocktemplate_blob, 'hex');
    const nonceAt = layout(current).nonce;
    data.write(mark, current.reserved_offset, 'hex');
    data.write(mark, nonceAt, 'hex');
    const blob = data.toString('hex');
    const start = Date.now();
    tell('found', { mark, height: current.height, nonce: data.readUInt32LE(nonceAt), blob });
    rpc(names[1], [blob], (error, result) => {
      const ok = !error && !!result && result.status === 'OK';
      tell('submitted', { mark, ok, ms: Date.now() - start,
        message: error ? String(error.message) : '' });
    });
  }
  setTimeout(find, findMs);
}

function start(id) {
  cluster.fork(Object.assign({}, { POOL_ID: String(id) })).on('exit', code => {
    tell('died', { id, code });
    setTimeout(start, RESPAWN_MS, id);
  });
}

if (cluster.isMaster) {
  for (let id = 1; id <= Number(env.POOL_WORKERS || 1); id++) start(id);
  process.on('SIGTERM', () => {
    Object.keys(cluster.workers).forEach(id => cluster.workers[id].process.kill('SIGKILL'));
    process.exit(0);
  });
} else {
  tell('start', {});
  refresh();
  if (findMs > 0) find();
}
