/* Every way to make a request, and everything a pool may rely on in its answer. */
'use strict';
const { ADAPTER, Daemon, Tipwatchd, adapter, assert, call, http, run, script, sleep, test,
  until } = require('./kit');
const EventEmitter = require('events');
const url = require('url');

const MAJOR = Number(process.versions.node.split('.')[0]);

let alpha, beta, foreign, tipwatchd, client;

function body(method) {
  return JSON.stringify({ id: '0', jsonrpc: '2.0', method, params: {} });
}

function other() {
  return call(cb => http.get({ host: '127.0.0.1', port: alpha.port, path: '/other' }, cb));
}

async function toBeta(make) {
  const seen = await call(make);
  assert.deepStrictEqual(seen.errors, []);
  assert.strictEqual(seen.headers['x-name'], 'beta');
  assert.strictEqual(seen.closes, 1);
  assert.strictEqual(seen.responses, 1);
  return seen;
}

test('start', async () => {
  alpha = await new Daemon('alpha').listen();
  beta = await new Daemon('beta').listen();
  foreign = await new Daemon('foreign').listen();
  tipwatchd = await new Tipwatchd(alpha).start();
  tipwatchd.targets = [beta, alpha];
  client = await adapter(tipwatchd, { TIPWATCH_TIMEOUT_MS: '60000',
    TIPWATCH_SUBMIT_TIMEOUT_MS: '4000' });
  await tipwatchd.choose(beta);
});

test('every signature', async () => {
  const at = 'http://127.0.0.1:' + alpha.port;
  const end = req => (req.end(), req);
  const options = { host: 'localhost', port: alpha.port, path: '/getinfo' };
  await toBeta(cb => end(http.request(options, cb)));
  await toBeta(cb => http.get(options, cb));
  await toBeta(cb => http.get(Object.assign({}, options, { port: String(alpha.port) }), cb));
  await toBeta(cb => http.get(at + '/getinfo', cb));
  await toBeta(cb => http.get({ hostname: '127.0.0.1', host: 'ignored', port: alpha.port }, cb));
  await toBeta(cb => http.get(new url.URL(at + '/getinfo'), cb));
  await toBeta(cb => http.get(url.parse(at + '/getinfo'), cb));
  await toBeta(cb => http.get({ host: '::1', port: alpha.port, path: '/getinfo' }, cb));
  await toBeta(cb => end(new http.ClientRequest(options, cb)));
  await toBeta(cb => http.get(options).on('response', cb));
  if (MAJOR >= 10) {
    await toBeta(cb => http.get(at + '/x', { headers: { a: 'b' } }, cb));
    await toBeta(cb => http.get(new url.URL(at + '/x'), {}, cb));
    await toBeta(cb => http.get('http://[::1]:' + alpha.port + '/', cb));
  }
  assert.strictEqual(alpha.seen.length, 0);
  assert.strictEqual(beta.seen[0].headers.host, '127.0.0.1:' + beta.port);
});

test('every agent', async () => {
  const options = { host: '127.0.0.1', port: alpha.port };
  class Own extends http.Agent {}
  for (const agent of [undefined, false, http.globalAgent, new http.Agent(), new Own(),
    new http.Agent({ keepAlive: true, maxSockets: 1 })]) {
    for (let i = 0; i < 3; i++) {
      await toBeta(cb => http.get(Object.assign({ agent }, options), cb));
    }
    if (agent) assert.deepStrictEqual(Object.keys(agent.requests), []);
  }
});

test('imported', async () => {
  const text = `import { get } from 'http'; import http from 'http';
    for (const g of [get, http.get]) g('http://localhost:${alpha.port}/', res => {
      console.log(res.headers['x-name']); res.resume(); });`;
  if (MAJOR < 14) return;
  const done = await script(text, tipwatchd, {}, ['--input-type=module']);
  assert.strictEqual(done.out, 'beta\nbeta\n', done.err);
});

test('the request arrives as it was sent', async () => {
  beta.well();
  const big = 'x'.repeat(1 << 20);
  const send = (options, write) => toBeta(cb => {
    const req = http.request(Object.assign({ host: '127.0.0.1', port: alpha.port, path: '/a/b?c=d',
      method: 'POST' }, options), cb);
    write(req);
    return req;
  });
  await send({ headers: { 'Content-Length': 5, 'X-Odd-CASE': 'a', 'Accept': 'q' } },
    req => req.end('12345'));
  assert.strictEqual(beta.seen[0].url, '/a/b?c=d');
  assert.strictEqual(beta.seen[0].body, '12345');
  assert.ok(beta.seen[0].raw.indexOf('X-Odd-CASE') >= 0);
  await send({}, req => { req.write('ab'); req.write(Buffer.from('cd')); req.end('ä'); });
  assert.strictEqual(beta.seen[1].body, 'abcdä');
  assert.strictEqual(beta.seen[1].headers['content-length'], '6');
  await send({}, req => {
    req.setHeader('Authorization', 'Basic eDp5');
    setTimeout(() => { req.write(big); setTimeout(() => req.end(big), 20); }, 20);
  });
  assert.strictEqual(beta.seen[2].body.length, 2 << 20);
  assert.strictEqual(beta.seen[2].headers.authorization, 'Basic eDp5');
  await send({ auth: 'x:y', headers: { Cookie: ['a=1', 'b=2'] } }, req => req.end());
  assert.strictEqual(beta.seen[3].headers.authorization, 'Basic eDp5');
  assert.strictEqual(beta.seen[3].headers.cookie, 'a=1; b=2');
});

test('the answer arrives as it was sent', async () => {
  const big = Buffer.alloc(5 << 20, 'y');
  beta.how = (req, text, res) => {
    if (req.url === '/created') {
      res.writeHead(201, 'Internal Server Error', { 'X-Name': 'beta', 'X-Two': ['1', '2'] });
      res.write('a');
      setTimeout(() => res.end('b'), 20);
    } else if (req.url === '/empty') {
      res.writeHead(204, { 'X-Name': 'beta' });
      res.end();
    } else {
      res.writeHead(200, { 'X-Name': 'beta', 'Content-Length': big.length });
      res.end(big);
    }
  };
  const get = (path, more) => toBeta(cb => http.get(Object.assign({ host: '127.0.0.1',
    port: alpha.port, path }, more), cb));
  let seen = await get('/created');
  assert.strictEqual(seen.status, 201);
  assert.strictEqual(seen.message, 'Internal Server Error');
  assert.strictEqual(seen.body.toString(), 'ab');
  assert.ok(seen.raw.indexOf('X-Two') >= 0);
  assert.ok(seen.res.complete);
  seen = await get('/empty');
  assert.strictEqual(seen.status, 204);
  assert.strictEqual(seen.body.length, 0);
  seen = await get('/big');
  assert.strictEqual(seen.body.length, big.length);
  seen = await toBeta(cb => { const r = http.request({ host: '127.0.0.1', port: alpha.port,
    path: '/big', method: 'HEAD' }, cb); r.end(); return r; });
  assert.strictEqual(seen.headers['content-length'], String(big.length));
  assert.strictEqual(seen.body.length, 0);
  // Read by pauses, and as text.
  const text = await new Promise((done, fail) => {
    http.get({ host: '127.0.0.1', port: alpha.port, path: '/big' }, res => {
      let all = '';
      res.setEncoding('utf8');
      res.on('data', chunk => {
        assert.strictEqual(typeof chunk, 'string');
        all += chunk;
        res.pause();
        setImmediate(() => res.resume());
      });
      res.on('end', () => done(all));
    }).on('error', fail);
  });
  assert.strictEqual(text.length, big.length);
  beta.well();
});

test('broken answers', async () => {
  beta.how = (req, text, res) => {
    res.writeHead(200, { 'Content-Length': 100 });
    res.write('half');
    setTimeout(() => res.destroy ? res.destroy() : res.socket.destroy(), 20);
  };
  const seen = await other();
  assert.strictEqual(seen.responses, 0);
  assert.strictEqual(seen.errors.length, 1);
  assert.strictEqual(seen.errors[0].code, 'ECONNRESET');
  beta.well();
});

test('a refused connection is one error', async () => {
  const gone = await new Daemon('gone').listen();
  await gone.close();
  await tipwatchd.choose(gone);
  const seen = await other();
  assert.strictEqual(seen.errors.length, 1);
  assert.strictEqual(seen.errors[0].code, 'ECONNREFUSED');
  assert.strictEqual(seen.errors[0].port, gone.port);
  assert.strictEqual(seen.closes, 1);
  assert.strictEqual(seen.responses, 0);
  await tipwatchd.choose(beta);
});

test('timeouts of the pool', async () => {
  beta.hang();
  const get = more => http.get(Object.assign({ host: '127.0.0.1', port: alpha.port,
    path: '/other' }, more));
  const ended = async req => {
    let n = 0;
    let code = null;
    const start = Date.now();
    req.on('timeout', () => { n++; req.abort(); });
    req.on('error', e => { code = e.code; });
    await new Promise(done => req.on('close', done));
    assert.strictEqual(n, 1);
    assert.strictEqual(code, 'ECONNRESET');
    const ms = Date.now() - start;
    assert.ok(ms >= 90 && ms < 2000, String(ms));
  };
  await ended(get({ timeout: 100 }));
  const req = get();
  req.setTimeout(100);
  await ended(req);
  // Before, a request hears of its connection's timeout only where its agent has one.
  if (MAJOR >= 19) {
    const late = get();
    late.on('socket', socket => socket.setTimeout(100));
    await ended(late);
  }
  await until('the daemon is let go', () => beta.sockets.size === 0);
  beta.well();
});

test('abort and destroy', async () => {
  beta.hang();
  const ways = [
    req => req.abort(),
    req => req.destroy(new Error('mine')),
    req => setTimeout(() => req.abort(), 50),
    req => setTimeout(() => req.destroy(new Error('mine')), 50),
    req => req.once('socket', () => req.abort()),
  ];
  for (const way of ways) {
    const seen = await call(cb => {
      const req = http.get({ host: '127.0.0.1', port: alpha.port, path: '/other' }, cb);
      way(req);
      return req;
    });
    assert.strictEqual(seen.responses, 0);
    if (MAJOR >= 10) assert.strictEqual(seen.closes, 1);
    assert.ok(seen.errors.length <= 1, String(seen.errors));
  }
  if (global.AbortController) {
    const control = new global.AbortController();
    setTimeout(() => control.abort(), 30);
    const seen = await call(cb => http.get({ host: '127.0.0.1', port: alpha.port, path: '/other',
      signal: control.signal }, cb));
    assert.strictEqual(seen.errors[0].name, 'AbortError');
  }
  await until('the daemon is let go', () => beta.sockets.size === 0);
  beta.well();
});

test('deadline of other calls', async () => {
  beta.hang();
  const start = Date.now();
  const seen = await other();
  assert.strictEqual(seen.errors[0].code, 'ETIMEDOUT');
  assert.ok(Date.now() - start >= 3900, String(Date.now() - start));
  assert.deepStrictEqual(tipwatchd.reports.slice(-1), ['beta timeout']);
  beta.well();
});

test('fetch', async () => {
  if (!global.fetch) return;
  const at = 'http://localhost:' + alpha.port;
  let reply = await fetch(at + '/json_rpc', { method: 'POST', body: body('getinfo'),
    headers: { 'Content-Type': 'application/json' } });
  assert.strictEqual(reply.status, 200);
  assert.strictEqual(reply.url, at + '/json_rpc');
  assert.strictEqual((await reply.json()).result.name, 'beta');
  assert.strictEqual(beta.seen[beta.seen.length - 1].json.method, 'getinfo');
  reply = await fetch(new URL(at + '/x?y'));
  assert.strictEqual(reply.headers.get('x-name'), 'beta');
  reply = await fetch(new Request(at + '/x', { method: 'PUT', body: 'z' }));
  assert.strictEqual(reply.headers.get('x-name'), 'beta');
  assert.strictEqual(beta.seen[beta.seen.length - 1].body, 'z');
  reply = await fetch('http://127.0.0.1:' + foreign.port + '/');
  assert.strictEqual(reply.headers.get('x-name'), 'foreign');
  await assert.rejects(() => fetch('nonsense'), TypeError);

  beta.hang();
  await assert.rejects(() => fetch(at + '/', { signal: AbortSignal.timeout(50) }),
    { name: 'TimeoutError' });
  await assert.rejects(() => fetch(at + '/', { signal: AbortSignal.abort() }),
    { name: 'AbortError' });
  await until('the daemon is let go', () => beta.sockets.size === 0);
  beta.well();
  const gone = await new Daemon('gone').listen();
  await gone.close();
  await tipwatchd.choose(gone);
  await assert.rejects(() => fetch(at + '/other'), e => e instanceof TypeError &&
    e.message === 'fetch failed' && e.cause.code === 'ECONNREFUSED');
  await tipwatchd.choose(beta);
});

test('no compressed reply is asked for', async () => {
  beta.seen = [];
  const headers = { 'Accept-Encoding': 'gzip, deflate' };
  await toBeta(cb => http.get({ host: '127.0.0.1', port: alpha.port, path: '/getinfo', headers },
    cb));
  assert.strictEqual(beta.seen[0].headers['accept-encoding'], undefined);
});

test('client', async () => {
  assert.strictEqual(client.select().daemon.name, 'beta');
  assert.deepStrictEqual((await client.submitTargets()).map(t => t.name), ['beta', 'alpha']);
  assert.strictEqual(await client.report('alpha', 'template-failed'), true);
  assert.deepStrictEqual(tipwatchd.reports.slice(-1), ['alpha template-failed']);
  let heard = null;
  client.once('change', select => { heard = select; });
  await tipwatchd.choose(alpha);
  assert.strictEqual(heard.daemon.name, 'alpha');
  assert.strictEqual(require(ADAPTER), client);
  await tipwatchd.choose(beta);
});

test('10,000 requests leave nothing behind', async () => {
  const agent = new http.Agent({ keepAlive: true });
  const options = { host: '127.0.0.1', port: alpha.port, path: '/json_rpc', method: 'POST', agent };
  const one = () => new Promise((done, fail) => {
    const req = http.request(options, res => {
      res.resume();
      res.on('end', done);
    });
    req.on('error', fail);
    req.end(body('getlastblockheader'));
  });
  const many = async n => {
    for (let i = 0; i < n; i += 50) {
      await Promise.all(Array.from({ length: 50 }, one));
      beta.seen = [];
    }
    if (global.gc) global.gc();
    await sleep(50);
  };
  const warnings = [];
  process.on('warning', w => warnings.push(w));
  await many(1000);
  const before = process.memoryUsage().heapUsed;
  await many(9000);
  const grown = process.memoryUsage().heapUsed - before;
  if (global.gc) assert.ok(grown < 5e6, 'the heap has grown by ' + grown);
  assert.deepStrictEqual(warnings, []);
  const count = (emitter, name) => EventEmitter.prototype.listenerCount.call(emitter, name);
  assert.strictEqual(count(client, 'change'), 1);
  assert.strictEqual(count(agent, 'free'), 1);
  assert.deepStrictEqual([Object.keys(agent.sockets), Object.keys(agent.requests)], [[], []]);
  await until('no connection is left', () => beta.sockets.size === 0);
});

run();
