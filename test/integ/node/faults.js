/* What the adapter does when daemons or tipwatchd fail, and where and when it sends blocks. */
'use strict';
const { Daemon, HASH, Tipwatchd, adapter, assert, block, call, http, post, run, sleep, test,
  until } = require('./kit');

const TEMPLATE = 'getblocktemplate';
const HEADER = 'getlastblockheader';
const TIMEOUT_MS = 2000;
const SUBMIT_TIMEOUT_MS = 5000;
let alpha, beta, gamma, tipwatchd, client;

const lines = []; // what the adapter has logged
const write = process.stderr.write;
process.stderr.write = function (text) {
  lines.push(text);
  return write.apply(process.stderr, arguments);
};

// Until the adapter has said of every block what became of it at each of the three daemons.
function isDelivered() {
  return until('every block has been to all', () => {
    const counts = {};
    lines.map(line => /: block ([0-9]+) to/.exec(line)).filter(found => found)
      .forEach(found => { counts[found[1]] = (counts[found[1]] || 0) + 1; });
    return Object.keys(counts).every(number => counts[number] === 3);
  }, 4 * SUBMIT_TIMEOUT_MS);
}

async function setUp(more) {
  await isDelivered();
  await client.report('nobody', 'timeout'); // what was reported before has arrived then
  [alpha, beta, gamma].forEach(daemon => daemon.well());
  tipwatchd.reports = [];
  tipwatchd.targets = [beta, gamma, alpha];
  tipwatchd.waits = {};
  return tipwatchd.choose(beta, more);
}

async function timed(promise) {
  const start = Date.now();
  const value = await promise;
  return Object.assign(value, { ms: Date.now() - start });
}

function fine(seen, name) {
  assert.deepStrictEqual(seen.errors, []);
  assert.strictEqual(seen.headers['x-name'], name);
}

test('start', async () => {
  alpha = await new Daemon('alpha').listen();
  beta = await new Daemon('beta').listen();
  gamma = await new Daemon('gamma').listen();
  tipwatchd = await new Tipwatchd(alpha).start();
  client = await adapter(tipwatchd, { TIPWATCH_TIMEOUT_MS: String(TIMEOUT_MS),
    TIPWATCH_SUBMIT_TIMEOUT_MS: String(SUBMIT_TIMEOUT_MS), TIPWATCH_ON_REORG: 'event' });
});

test('hung: asked again elsewhere at the deadline', async () => {
  for (const method of [TEMPLATE, HEADER, 'get_block_template', 'getblockcount']) {
    await setUp();
    beta.hang();
    // tipwatchd finds out only by what it is told.
    const moved = until('it is reported', () => tipwatchd.reports.length > 0)
      .then(() => tipwatchd.choose(gamma));
    const seen = await timed(post(alpha.port, method));
    await moved;
    fine(seen, 'gamma');
    assert.deepStrictEqual(tipwatchd.reports, ['beta timeout']);
    assert.ok(seen.ms >= TIMEOUT_MS - 50 && seen.ms < 3 * TIMEOUT_MS, String(seen.ms));
    assert.strictEqual(gamma.seen.length, 1);
    await until('beta is let go', () => beta.sockets.size === 0);
  }
});

test('hung: asked again elsewhere as soon as tipwatchd knows', async () => {
  await setUp();
  beta.hang();
  const timer = setTimeout(() => tipwatchd.choose(gamma), 100);
  const seen = await timed(post(alpha.port, TEMPLATE));
  clearTimeout(timer);
  fine(seen, 'gamma');
  assert.ok(seen.ms < TIMEOUT_MS, String(seen.ms));
  assert.deepStrictEqual(tipwatchd.reports, []);
});

test('no template: asked again on another good one when tipwatchd keeps its choice', async () => {
  const bad = [{ error: { code: -9, message: 'Core is busy' } },
    { status: 'Failed', error: 'Daemon must be synced' }, { result: {} }, 'nonsense', [], null];
  for (const reply of bad) {
    await setUp();
    beta.how = (req, body, res) => { res.end(JSON.stringify(reply)); };
    const seen = await timed(post(alpha.port, TEMPLATE));
    fine(seen, 'gamma');
    assert.deepStrictEqual(tipwatchd.reports, ['beta template-failed']);
    assert.ok(seen.ms < 5000, String(seen.ms));
  }
});

test('the error of all of them reaches the pool', async () => {
  await setUp();
  [alpha, beta, gamma].forEach(daemon => {
    daemon.how = (req, body, res) => {
      res.end('{"error":{"code":-4,"message":"' + daemon.name + '"}}');
    };
  });
  const seen = await post(alpha.port, TEMPLATE);
  assert.deepStrictEqual(seen.errors, []);
  assert.strictEqual(seen.json.error.code, -4);
  // A reply is more than no reply.
  gamma.how = (req, body, res) => { res.socket.destroy(); };
  const again = await post(alpha.port, TEMPLATE);
  assert.deepStrictEqual(again.errors, []);
  assert.strictEqual(again.json.error.message, 'beta');
});

test('refused twice is one error', async () => {
  await setUp();
  const gone = await new Daemon('gone').listen();
  await gone.close();
  tipwatchd.targets = [gone];
  await tipwatchd.choose(gone);
  const seen = await post(alpha.port, HEADER);
  assert.strictEqual(seen.errors.length, 1);
  assert.strictEqual(seen.errors[0].code, 'ECONNREFUSED');
  assert.strictEqual(seen.responses, 0);
  assert.strictEqual(seen.closes, 1);
});

test('what is no template or header is not repeated', async () => {
  await setUp();
  beta.how = (req, body, res) => { res.socket.destroy(); };
  const seen = await post(alpha.port, 'relay_tx');
  assert.strictEqual(seen.errors.length, 1);
  assert.strictEqual(gamma.seen.length, 0);
  beta.how = (req, body, res) => { res.end('{"error":{"code":-1,"message":"x"}}'); };
  assert.strictEqual((await post(alpha.port, 'relay_tx')).json.error.code, -1);
  assert.strictEqual(gamma.seen.length, 0);
});

test('digest authentication is left to the pool', async () => {
  await setUp();
  beta.how = (req, body, res) => {
    res.writeHead(401, { 'WWW-Authenticate': 'Digest realm="x"' });
    res.end();
    return true;
  };
  const seen = await post(alpha.port, TEMPLATE);
  assert.strictEqual(seen.status, 401);
  assert.deepStrictEqual(tipwatchd.reports, []);
});

// ---- blocks ----

const BLOCK = block(HASH(100), 1795451380, 0xdecade);
const OK = { result: { status: 'OK' } };
const REFUSED = { error: { code: -7, message: 'Block not accepted' } };
const BUSY = { result: { status: 'BUSY', untrusted: false } };

// Answers so to blocks, after so long; undefined: not at all.
function answers(daemon, reply, ms) {
  daemon.how = (req, body, res, json) => {
    if (!json || !/^submit/.test(json.method)) return false;
    if (reply !== undefined) setTimeout(() => res.end(JSON.stringify(reply)), ms || 0);
    return true;
  };
}

/*
 * Submits a block and waits until it has gone to so many daemons. Beside what post() gives: ms,
 * when the pool was answered, and sent, at which daemons it has arrived when, in order.
 */
async function submit(nSent) {
  const start = Date.now();
  const seen = await timed(post(alpha.port, 'submitblock', [BLOCK]));
  const arrived = () => [].concat(...[alpha, beta, gamma].map(daemon => daemon.blocks
    .filter(s => s.json.params[0] === BLOCK).map(s => [s.ms - start, daemon.name])))
    .sort((a, b) => a[0] - b[0]);
  await until('it has gone to ' + nSent, () => arrived().length >= nSent);
  return Object.assign(seen, { sent: arrived() });
}

// Whether what has arrived is this, where times may be up to so much later.
function inOrder(sent, expected) {
  const text = JSON.stringify(sent);
  const names = list => list.map(one => one[1]).join();
  assert.strictEqual(names(sent), names(expected), text);
  sent.forEach((one, i) => {
    assert.ok(one[0] >= expected[i][0] - 5 && one[0] < expected[i][0] + 400, text);
  });
}

// The last two may be in either order: they get it at the same time.
function sameTime(sent) {
  return sent.slice(0, -2).concat(sent.slice(-2).sort((a, b) => (a[1] < b[1] ? -1 : 1)));
}

test('the chosen one gets a block at once, the others 500 ms after it has accepted', async () => {
  for (const method of ['submitblock', 'submit_block']) {
    await setUp();
    const start = Date.now();
    fine(await post(alpha.port, method, [BLOCK]), 'beta');
    assert.ok(Date.now() - start < 400, 'the pool is answered at once');
    await until('all have it', () => [alpha, beta, gamma].every(d => d.blocks.length === 1 &&
      d.blocks[0].json.method === method && d.blocks[0].json.params[0] === BLOCK));
    inOrder([[beta.blocks[0].ms - start, 'beta'], [gamma.blocks[0].ms - start, 'gamma'],
      [alpha.blocks[0].ms - start, 'alpha']], [[0, 'beta'], [500, 'gamma'], [500, 'alpha']]);
  }
  // As long as it takes for that.
  await setUp();
  answers(beta, OK, 1000);
  const seen = await submit(3);
  assert.ok(seen.ms >= 990 && seen.ms < 1400, String(seen.ms));
  inOrder(sameTime(seen.sent), [[0, 'beta'], [1500, 'alpha'], [1500, 'gamma']]);
});

test('the times that tipwatchd says', async () => {
  await setUp();
  tipwatchd.waits = { after_accept_ms: 1000, after_silence_ms: 400 };
  inOrder(sameTime((await submit(3)).sent), [[0, 'beta'], [1000, 'alpha'], [1000, 'gamma']]);
  await isDelivered();
  answers(beta, undefined);
  [alpha, beta, gamma].forEach(d => { d.seen = []; });
  inOrder((await submit(3)).sent, [[0, 'beta'], [400, 'gamma'], [1400, 'alpha']]);
});

test('refused by the chosen one: the next one at once', async () => {
  for (const reply of [REFUSED, BUSY, { error: { code: -9, message: 'Core is busy' } },
    { error: { code: -20, message: 'This command is unsupported for bootstrap daemon' } }]) {
    await setUp();
    answers(beta, reply);
    const seen = await submit(3);
    // Whoever has taken it, it is a block.
    fine(seen, 'gamma');
    assert.ok(seen.ms < 400, String(seen.ms));
    inOrder(seen.sent, [[0, 'beta'], [0, 'gamma'], [500, 'alpha']]);
    assert.deepStrictEqual(tipwatchd.reports, reply === REFUSED ? [] : ['beta submit-failed']);
  }
});

test('no connection to the chosen one: the next one at once', async () => {
  await setUp();
  const gone = await new Daemon('gone').listen();
  await gone.close();
  tipwatchd.targets = [gone, gamma, alpha];
  await tipwatchd.choose(gone);
  let seen = await submit(2);
  fine(seen, 'gamma');
  inOrder(seen.sent, [[0, 'gamma'], [500, 'alpha']]);
  assert.deepStrictEqual(tipwatchd.reports, ['gone submit-failed']);
  await setUp();
  beta.how = (req, body, res) => { res.socket.destroy(); };
  seen = await submit(3);
  fine(seen, 'gamma');
  inOrder(seen.sent, [[0, 'beta'], [0, 'gamma'], [500, 'alpha']]);
});

test('an answer that says nothing: the daemon may be passing the block on', async () => {
  await setUp();
  answers(beta, 'nonsense');
  const seen = await submit(3);
  fine(seen, 'gamma');
  inOrder(seen.sent, [[0, 'beta'], [500, 'gamma'], [1000, 'alpha']]);
});

test('the chosen one is silent: one after the other', async () => {
  await setUp();
  beta.hang();
  let seen = await submit(3);
  fine(seen, 'gamma');
  inOrder([[seen.ms, 'pool']], [[1500, 'pool']]);
  inOrder(seen.sent, [[0, 'beta'], [1500, 'gamma'], [2000, 'alpha']]);
  await until('it is reported', () => tipwatchd.reports.indexOf('beta timeout') >= 0);
  // Until the last one: it cannot say whether it has the block, but it takes it.
  await setUp();
  beta.hang();
  answers(gamma, undefined);
  alpha.how = (req, body, res, json) => json.method === HEADER;
  seen = await submit(3);
  fine(seen, 'alpha');
  inOrder(seen.sent, [[0, 'beta'], [1500, 'gamma'], [3300, 'alpha']]);
});

test('who has the block already does not get it', async () => {
  const has = (height, prev) => ({ height, hash: HASH(0xf000 + height), prev_hash: HASH(prev),
    timestamp: 1795451380, nonce: 0xdecade });
  const other = (height, prev, more) => Object.assign(has(height, prev), { nonce: 1 }, more);
  // It is the newest one, or up to three below it.
  for (const above of [[], [102], [103, 102], [104, 103, 102]]) {
    await setUp();
    gamma.chain = above.map(height => other(height, 0xf000 + height - 1)).concat(has(101, 100));
    inOrder((await submit(2)).sent, [[0, 'beta'], [500, 'alpha']]);
    await isDelivered();
    assert.strictEqual(gamma.blocks.length, 0);
  }
  // Another one at its height; the one before; another branch; a daemon that is behind.
  for (const chain of [[other(101, 100)], [other(102, 0xf065), other(101, 100)],
    [Object.assign(other(100, 99), { hash: HASH(100) })], [other(101, 0xbad), other(100, 0xbad1)],
    [other(0, 0)]]) {
    await setUp();
    gamma.chain = chain;
    inOrder(sameTime((await submit(3)).sent), [[0, 'beta'], [500, 'alpha'], [500, 'gamma']]);
  }
  // The time first, as monerod has it.
  await setUp();
  gamma.chain = [has(101, 100)];
  const blob = BLOCK.replace(/^0300(.{64})0100(.{10}).{64}/, '0a0a$2$1');
  await post(alpha.port, 'submitblock', [blob]);
  await until('alpha has it', () => alpha.blocks.length === 1);
  await isDelivered();
  assert.strictEqual(gamma.blocks.length, 0);
});

test('the chosen one is silent, but has passed the block on', async () => {
  await setUp();
  beta.hang();
  gamma.chain = [{ height: 101, hash: HASH(1), prev_hash: HASH(100), timestamp: 1795451380,
    nonce: 0xdecade }];
  const seen = await submit(2);
  assert.deepStrictEqual([seen.status, seen.json],
    [200, { id: '0', jsonrpc: '2.0', result: { status: 'OK' } }]);
  inOrder(seen.sent, [[0, 'beta'], [2000, 'alpha']]);
});

test('a pool that speaks REST', async () => {
  const rest = (daemon, status, header) => {
    daemon.how = (req, body, res) => {
      const isBlock = req.method === 'POST' && req.url === '/block';
      res.statusCode = isBlock ? status : header ? 200 : 404;
      res.end(JSON.stringify(isBlock ? HASH(7) : header) || '');
    };
  };
  const got = daemon => daemon.seen.filter(s => s.url === '/block' && s.body === '"' + BLOCK + '"');
  const send = () => call(cb => {
    const req = http.request({ host: '127.0.0.1', port: alpha.port, path: '/block',
      method: 'POST' }, cb);
    req.end(JSON.stringify(BLOCK));
    return req;
  });
  await setUp();
  rest(beta, 202);
  rest(gamma, 202, { height: 101, hash: HASH(7), prevHash: HASH(100), timestamp: 1795451380,
    nonce: 0xdecade });
  rest(alpha, 202);
  const seen = await send();
  assert.deepStrictEqual([seen.status, seen.json], [202, HASH(7)]);
  await until('alpha has it', () => got(alpha).length === 1);
  await isDelivered();
  assert.deepStrictEqual([got(beta).length, got(gamma).length], [1, 0]);
  assert.deepStrictEqual(gamma.seen.map(s => s.url), ['/block/last']);
  // One that speaks JSON-RPC only.
  await setUp();
  const delta = await new Daemon('delta').listen();
  tipwatchd.targets = [beta, delta, alpha];
  rest(beta, 409);
  rest(alpha, 202);
  delta.how = (req, body, res, json) => {
    if (json && json.method) return false;
    res.statusCode = 404;
    res.end();
    return true;
  };
  delta.chain = [{ height: 100, hash: HASH(100), prev_hash: HASH(99), timestamp: 1, nonce: 1 }];
  assert.strictEqual((await send()).status, 202);
  assert.strictEqual(delta.blocks[0].json.params[0], BLOCK);
  await isDelivered();
  assert.strictEqual(got(alpha).length, 1);
  await delta.close();
});

test('what is said of blocks', async () => {
  await setUp();
  answers(beta, BUSY);
  gamma.chain = [{ height: 101, hash: HASH(1), prev_hash: HASH(100), timestamp: 1795451380,
    nonce: 0xdecade }];
  answers(alpha, REFUSED);
  await submit(2);
  await isDelivered();
  const said = lines.filter(line => / block [0-9]+ to /.test(line)).slice(-3)
    .map(line => line.replace(/^.*: block [0-9]+ /, '').replace(/\([0-9]+ ms\)/, '(N ms)'));
  assert.deepStrictEqual(said, ['to beta: not able: HTTP 200, BUSY (N ms)\n',
    'to gamma: has it already\n', 'to alpha: refused: Block not accepted (N ms)\n']);
});

test('nobody takes it', async () => {
  // A refusal is an answer too, and says more than any other.
  await setUp();
  answers(beta, BUSY);
  gamma.how = (req, body, res) => { res.socket.destroy(); };
  answers(alpha, REFUSED);
  let seen = await submit(3);
  assert.strictEqual(seen.json.error.code, -7);
  assert.ok(seen.ms < 400, String(seen.ms));
  // The others have their time, too.
  await setUp();
  answers(beta, BUSY);
  [alpha, gamma].forEach(d => answers(d, undefined));
  seen = await submit(3);
  assert.strictEqual(seen.json.result.status, 'BUSY');
  inOrder(seen.sent, [[0, 'beta'], [0, 'gamma'], [1500, 'alpha']]);
  inOrder([[seen.ms, 'pool']], [[3000, 'pool']]);
  await setUp();
  [alpha, beta, gamma].forEach(d => d.hang());
  seen = await submit(3);
  assert.strictEqual(seen.errors[0].code, 'ETIMEDOUT');
  assert.ok(seen.ms >= SUBMIT_TIMEOUT_MS - 100 && seen.ms < SUBMIT_TIMEOUT_MS + 1000,
    String(seen.ms));
});

test('a pool that loses patience loses no block', async () => {
  await setUp();
  [alpha, beta, gamma].forEach(d => {
    d.how = (req, body, res, json) => {
      if (json.method !== 'submitblock') return false;
      setTimeout(() => { d.got = json; res.end(JSON.stringify(OK)); }, 300);
      return true;
    };
  });
  await call(cb => {
    const body = JSON.stringify({ method: 'submitblock', params: ['aa'] });
    const req = http.request({ host: '127.0.0.1', port: alpha.port, path: '/json_rpc',
      method: 'POST' }, cb);
    req.end(body);
    setTimeout(() => req.abort(), 100);
    return req;
  });
  await until('all have it', () => [alpha, beta, gamma].every(d => d.got));
});

test('tipwatchd hangs when a block is found', async () => {
  await setUp();
  tipwatchd.isSilent = true;
  const seen = await submit(3);
  fine(seen, 'beta');
  assert.ok(seen.ms < 600, String(seen.ms));
  inOrder(sameTime(seen.sent), [[250, 'beta'], [750, 'alpha'], [750, 'gamma']]);
  tipwatchd.isSilent = false;
});

// ---- reorganisations ----

test('reorganised', async () => {
  await setUp();
  const events = [];
  process.on('tipwatch-reorg', event => events.push(event));
  const ask = async (height, prev, more) => {
    beta.height = height;
    beta.prev = HASH(prev);
    if (more) await tipwatchd.choose(beta, more);
    const seen = await post(alpha.port, TEMPLATE);
    assert.strictEqual(seen.json.result.height, height);
  };
  await ask(101, 100, { height: 100, hash: HASH(100), chain_epoch: 1 });
  await ask(102, 101, { height: 101, hash: HASH(101), chain_epoch: 1 });
  // Behind on the same chain, and a race: nothing to do.
  await ask(101, 100);
  await ask(102, 0xbad);
  assert.deepStrictEqual(events, []);
  // Another chain, and the pool would not take its template.
  await ask(102, 0xb101, { height: 101, hash: HASH(0xb101), chain_epoch: 2 });
  assert.strictEqual(events.length, 1);
  assert.deepStrictEqual(events[0], { height: 102, prev_hash: HASH(0xb101), dead_height: 102,
    dead_prev_hash: HASH(101), chain_epoch: 2 });
  // Once.
  await ask(102, 0xb101);
  // A higher one is taken, so that nothing needs to be done.
  await ask(103, 0xc102, { height: 102, hash: HASH(0xc102), chain_epoch: 3 });
  // The template was there before tipwatchd knew.
  await ask(104, 0xd103);
  await ask(104, 0xd103, { height: 103, hash: HASH(0xd103), chain_epoch: 4 });
  await ask(103, 0xd102);
  assert.strictEqual(events.length, 1);
  // A daemon that was alone with its blocks: tipwatchd's chain never changed.
  await ask(106, 0xe105);
  await ask(105, 0xd104, { height: 104, hash: HASH(0xd104), chain_epoch: 4 });
  await sleep(4000);
  await ask(105, 0xd104);
  assert.strictEqual(events.length, 1);
  await sleep(1500);
  await ask(105, 0xd104);
  assert.strictEqual(events.length, 2);
  assert.strictEqual(events[1].dead_height, 106);
  // A pool that asks for a template only when it has seen another block: it has the new one before
  // tipwatchd knows, and does not ask again.
  await ask(107, 0xf106, { height: 106, hash: HASH(0xf106), chain_epoch: 4 });
  await ask(107, 0xa106);
  assert.strictEqual(events.length, 2);
  await tipwatchd.choose(beta, { height: 106, hash: HASH(0xa106), chain_epoch: 5 });
  await until('it is told', () => events.length === 3);
  assert.strictEqual(events[2].dead_prev_hash, HASH(0xf106));
});

// ---- tipwatchd ----

test('tipwatchd without a daemon', async () => {
  await setUp();
  await tipwatchd.choose(null, { usable: false, mode: 'fallback' });
  await until('the choice is gone', () => client.select() === null);
  fine(await post(alpha.port, HEADER), 'alpha');
  await setUp();
  fine(await post(alpha.port, HEADER), 'beta');
});

test('tipwatchd restarts', async () => {
  await setUp();
  await tipwatchd.stop();
  fine(await post(alpha.port, HEADER), 'beta');
  await tipwatchd.start();
  await until('it is watched again', () => tipwatchd.watching.size === 1);
  fine(await post(alpha.port, HEADER), 'beta');
  await sleep(2500);
  fine(await post(alpha.port, HEADER), 'beta');
});

test('tipwatchd is gone, and comes back', async () => {
  await setUp();
  await tipwatchd.stop();
  await until('the choice is gone', () => client.select() === null);
  fine(await post(alpha.port, HEADER), 'alpha');
  // The pool works on a higher block of a branch that only its own daemon is on.
  alpha.height = 900;
  alpha.prev = HASH(0xdead);
  fine(await post(alpha.port, TEMPLATE), 'alpha');
  // A call that hangs meanwhile is the pool's own affair until tipwatchd is back.
  alpha.hang();
  const hung = timed(post(alpha.port, TEMPLATE));
  await sleep(SUBMIT_TIMEOUT_MS + 500);
  await tipwatchd.start();
  const seen = await hung;
  assert.ok(seen.ms >= SUBMIT_TIMEOUT_MS, String(seen.ms));
  assert.strictEqual(seen.errors[0].code, 'ETIMEDOUT');
  assert.strictEqual(alpha.seen.length, 3);
  const events = [];
  process.once('tipwatch-reorg', event => events.push(event));
  fine(await post(alpha.port, TEMPLATE), 'beta');
  assert.strictEqual(events[0].dead_height, 900);
});

test('tipwatchd falls silent', async () => {
  await setUp();
  tipwatchd.isSilent = true;
  await sleep(3000);
  fine(await post(alpha.port, HEADER), 'beta');
  await until('the stream is lost', () => client.select() === null, 3000);
  fine(await post(alpha.port, HEADER), 'alpha');
  tipwatchd.isSilent = false;
  await until('it is back', () => client.select() !== null, 15000);
  fine(await post(alpha.port, HEADER), 'beta');
});

test('this process was busy, tipwatchd was not', async () => {
  await setUp();
  const end = Date.now() + 6000;
  while (Date.now() < end) { /* as when hashing */ }
  fine(await post(alpha.port, HEADER), 'beta');
});

run();
