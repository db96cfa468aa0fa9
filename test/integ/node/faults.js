/* What the adapter does when daemons or tipwatchd fail, and where it sends blocks. */
'use strict';
const { Daemon, HASH, Tipwatchd, adapter, assert, call, http, post, run, sleep, test, until } =
  require('./kit');

const TEMPLATE = 'getblocktemplate';
const HEADER = 'getlastblockheader';
const TIMEOUT_MS = 2000;
const SUBMIT_TIMEOUT_MS = 8000;
let alpha, beta, gamma, tipwatchd, client;

function setUp(more) {
  [alpha, beta, gamma].forEach(daemon => daemon.well());
  tipwatchd.reports = [];
  tipwatchd.targets = [beta, gamma, alpha];
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

function submit(more) {
  return timed(post(alpha.port, 'submitblock', ['0300aa'], more));
}

test('a block goes to all, the chosen one answers', async () => {
  for (const method of ['submitblock', 'submit_block']) {
    await setUp();
    const seen = await post(alpha.port, method, ['0300aa']);
    fine(seen, 'beta');
    await until('all have it', () => [alpha, beta, gamma].every(d => d.seen.length === 1 &&
      d.seen[0].json.method === method && d.seen[0].json.params[0] === '0300aa'));
  }
});

test('the chosen one has 2 s', async () => {
  await setUp();
  beta.how = (req, body, res) => {
    setTimeout(() => res.end('{"result":{"status":"OK","name":"late"}}'), 1000);
  };
  let seen = await submit();
  assert.strictEqual(seen.json.result.name, 'late');
  await setUp();
  beta.hang();
  seen = await submit();
  fine(seen, 'gamma');
  assert.ok(seen.ms >= 1900 && seen.ms < 5000, String(seen.ms));
  await until('it is reported', () => tipwatchd.reports.indexOf('beta timeout') >= 0);
});

test('failed, or refused by some', async () => {
  const refuse = (req, body, res) => {
    res.end('{"error":{"code":-7,"message":"Block not accepted"}}');
  };
  await setUp();
  beta.how = (req, body, res) => { res.socket.destroy(); };
  let seen = await submit();
  fine(seen, 'gamma');
  assert.ok(seen.ms < 1900, String(seen.ms));
  await until('it is reported', () => tipwatchd.reports.join() === 'beta submit-failed');
  // Whoever has taken it, it is a block.
  await setUp();
  beta.how = refuse;
  fine(await submit(), 'gamma');
  // A refusal is an answer too.
  await setUp();
  [alpha, beta].forEach(d => { d.how = refuse; });
  gamma.how = (req, body, res) => { res.socket.destroy(); };
  seen = await submit();
  assert.strictEqual(seen.json.error.code, -7);
  assert.ok(seen.ms < 1900, String(seen.ms));
  await setUp();
  [alpha, beta, gamma].forEach(d => d.hang());
  seen = await submit();
  assert.strictEqual(seen.errors[0].code, 'ETIMEDOUT');
  assert.ok(seen.ms >= SUBMIT_TIMEOUT_MS - 100, String(seen.ms));
});

test('a pool that loses patience loses no block', async () => {
  await setUp();
  [alpha, beta, gamma].forEach(d => {
    d.how = (req, body, res, json) => { setTimeout(() => { d.got = json; res.end('{}'); }, 300); };
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
  const seen = await submit();
  fine(seen, 'beta');
  assert.ok(seen.ms < 1900, String(seen.ms));
  await until('all have it', () => [alpha, gamma].every(d => d.seen.length === 1));
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
