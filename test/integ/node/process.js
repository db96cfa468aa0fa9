/* What happens to a process that loads the adapter: its start, its end, what it leaves alone. */
'use strict';
const { ADAPTER, Daemon, HASH, Tipwatchd, assert, fs, run, script, sleep, test, until } =
  require('./kit');
const child = require('child_process');
const net = require('net');
const os = require('os');
const path = require('path');

let alpha, beta, tipwatchd;

const GET = port => `require('http').get({ host: '127.0.0.1', port: ${port} },
  res => { console.log(res.headers['x-name']); res.resume(); })
  .on('error', e => console.log(e.code));`;

test('start', async () => {
  alpha = await new Daemon('alpha').listen();
  beta = await new Daemon('beta').listen();
  tipwatchd = await new Tipwatchd(alpha).start();
  await tipwatchd.choose(beta);
});

test('the very first call goes to the chosen daemon', async () => {
  const done = await script(GET(alpha.port), tipwatchd);
  assert.strictEqual(done.out, 'beta\n', done.err);
  assert.ok(/calls to 127\.0\.0\.1:\d+ go to beta/.test(done.err), done.err);
  assert.ok(done.ms < 5000, String(done.ms));
});

test('a process ends by itself, and is silent when it calls nobody', async () => {
  const done = await script(`console.log(1)`, tipwatchd);
  assert.deepStrictEqual([done.code, done.out, done.err], [0, '1\n', '']);
  // Also one that has a choice, and one that never gets any.
  for (const where of [tipwatchd, { path: '/nonexistent/socket' }, null]) {
    const later = await script(`setTimeout(() => console.log(2), 700)`, where);
    assert.deepStrictEqual([later.code, later.out, later.err], [0, '2\n', '']);
    assert.ok(later.ms < 4000, String(later.ms));
  }
});

test('a tipwatchd that hangs costs the first call half a second', async () => {
  const hung = await new Tipwatchd(alpha).start();
  hung.isSilent = true;
  const done = await script(`const t = Date.now();
    require('http').get({host:'127.0.0.1',port:${alpha.port}}, res => {
      console.log(res.headers['x-name'], Date.now() - t < 3000); res.resume(); });`, hung);
  assert.strictEqual(done.out, 'alpha true\n', done.err);
  await hung.stop();
});

test('nonsense instead of tipwatchd', async () => {
  for (const text of ['hello\n', '{"v":2,"daemon":{}}\n', '[]\n', 'null\n', '{"v":1}\n',
    '{"v":1,"daemon":{"name":"x"},"primary":null}\n', '{"error":{"code":"busy"}}\n']) {
    const odd = path.join(process.env.KIT_DIR || os.tmpdir(), 'odd' + process.pid);
    const server = net.createServer(socket => socket.on('error', () => {}).resume().end(text));
    await new Promise(ready => server.listen(odd, ready));
    const done = await script(GET(alpha.port), { path: odd });
    assert.strictEqual(done.out, 'alpha\n', text + done.err);
    await new Promise(ready => server.close(ready));
  }
});

// ---- trouble ----

const POST = (port, method) => `(() => { const req = require('http').request({ host: '127.0.0.1',
  port: ${port}, path: '/json_rpc', method: 'POST' }, res => res.resume());
  req.on('error', () => {});
  req.end(JSON.stringify({ id: 0, method: '${method}', params: {} })); })();`;
// As a pool does, again and again, for longer than the adapter waits before it says anything.
const POLL = (port, method) => `const poll = setInterval(() => { ${POST(port, method)} }, 300);
  setTimeout(() => clearInterval(poll), 4500);`;

function said(done) {
  return done.err.split('\n').filter(line => /^tipwatch\[/.test(line));
}

test('why tipwatchd cannot be reached is said once', async () => {
  const dir = fs.mkdtempSync(path.join(process.env.KIT_DIR || os.tmpdir(), 'away-'));
  const file = path.join(dir, 'file');
  fs.writeFileSync(file, '');
  const closed = path.join(dir, 'closed');
  fs.mkdirSync(closed, { mode: 0 });
  const silent = await new Tipwatchd(alpha).start();
  silent.isSilent = true;
  const busyPath = path.join(dir, 'busy');
  const busy = net.createServer(socket => socket.on('error', () => {}).resume()
    .end('{"error":{"code":"busy","message":"there are too many clients"}}\n'));
  await new Promise(ready => busy.listen(busyPath, ready));
  // Root may enter any directory.
  const asUser = `if (process.geteuid() === 0) process.seteuid(65534);`;
  const cases = [
    [path.join(dir, 'none'), '', /there is no such file; start tipwatchd, or set TIPWATCH_SOCKET/],
    [file, '', /nobody listens there; start tipwatchd/],
    [path.join(closed, 'sock'), asUser, /the user \S+ of the pool may not use it; add it to/],
    [silent.path, '', /it does not answer/],
    [busyPath, '', /it says: there are too many clients/],
  ];
  await Promise.all(cases.map(async one => {
    const done = await script(one[1] + POLL(alpha.port, 'getblocktemplate'), { path: one[0] });
    assert.strictEqual(said(done).length, 1, one[0] + done.err);
    assert.ok(said(done)[0].indexOf('no tipwatchd at ' + one[0] + ': ') > 0, done.err);
    assert.ok(one[2].test(done.err), done.err);
  }));
  await silent.stop();
  await new Promise(ready => busy.close(ready));
});

test('nothing is said when tipwatchd comes in time, or when no daemon is called', async () => {
  const late = new Tipwatchd(alpha);
  const scripts = [
    script(POLL(alpha.port, 'getblocktemplate'), late),
    script(`${GET(alpha.port)} setTimeout(() => {}, 4500);`, { path: '/nonexistent/socket' }),
  ];
  await sleep(1000);
  await late.start();
  const done = await Promise.all(scripts);
  assert.strictEqual(said(done[0]).length, 1, done[0].err);
  assert.ok(/calls to 127\.0\.0\.1:\d+ go to alpha/.test(done[0].err), done[0].err);
  assert.strictEqual(done[1].err, '');
  await late.stop();
});

test('a pool that calls another address than the primary is told', async () => {
  const other = await new Daemon('other').listen();
  const fetches = `const poll = setInterval(() => fetch('http://127.0.0.1:${other.port}/json_rpc', {
    method: 'POST', body: '{"id":0,"method":"submitblock","params":["aa"]}' }), 300);
    setTimeout(() => clearInterval(poll), 4500);`;
  const all = await Promise.all([
    script(POLL(other.port, 'getblocktemplate'), tipwatchd),
    script(typeof fetch === 'function' ? fetches : POLL(other.port, 'submitblock'), tipwatchd),
    // A wallet, and the daemon of another coin.
    script(POLL(other.port, 'getBalance'), tipwatchd),
    script(POST(other.port, 'getblocktemplate') + POLL(alpha.port, 'getblocktemplate'), tipwatchd),
  ]);
  all.slice(0, 2).forEach(done => {
    assert.strictEqual(said(done).length, 1, done.err);
    const text = 'the pool asks the daemon at 127.0.0.1:' + other.port + ', but the primary of' +
      ' tipwatchd, alpha, is 127.0.0.1:' + alpha.port + ': these calls are not changed';
    assert.ok(done.err.indexOf(text) > 0, done.err);
  });
  assert.strictEqual(all[2].err, '');
  assert.ok(/^tipwatch\[\d+\]: calls to \S+ go to beta \S+\n$/.test(all[3].err), all[3].err);
  const templates = other.seen.filter(s => s.json.method === 'getblocktemplate');
  assert.ok(templates.length > 5);
  await other.close();
});

test('loaded twice by different paths it is one', async () => {
  const dir = fs.mkdtempSync(path.join(process.env.KIT_DIR || os.tmpdir(), 'copy-'));
  const from = path.dirname(ADAPTER);
  fs.readdirSync(from).forEach(n => fs.copyFileSync(path.join(from, n), path.join(dir, n)));
  const copy = path.join(dir, 'tipwatch.js');
  const done = await script(`console.log(require('${copy}') === require('${ADAPTER}'));
    setTimeout(() => {
      console.log(require('${copy}').select().daemon.name);
      ${GET(alpha.port)}
    }, 300);`,
  tipwatchd);
  assert.strictEqual(done.out, 'true\nbeta\nbeta\n', done.err);
});

test('https', async () => {
  const dir = fs.mkdtempSync(path.join(process.env.KIT_DIR || os.tmpdir(), 'tls-'));
  const key = path.join(dir, 'key');
  const cert = path.join(dir, 'cert');
  child.execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2',
    '-subj', '/CN=test', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert],
  { stdio: 'ignore' });
  const secret = await new Daemon('secret', { key: fs.readFileSync(key),
    cert: fs.readFileSync(cert) }).listen();
  const trust = { NODE_EXTRA_CA_CERTS: cert };
  // The daemon is behind TLS, which the pool does not know of.
  await tipwatchd.choose(secret);
  let done = await script(GET(alpha.port), tipwatchd, trust);
  assert.strictEqual(done.out, 'secret\n', done.err);
  done = await script(GET(alpha.port), tipwatchd);
  assert.ok(/SELF_SIGNED|UNABLE_TO/.test(done.out), done.out);
  // The pool's own daemon is, another is not.
  const own = await new Tipwatchd(secret).start();
  const get = more => `require('https').get({ host: 'localhost', family: 4,
    port: ${secret.port}${more} }, res => { console.log(res.headers['x-name']); res.resume(); })
    .on('error', e => console.log(e.code));`;
  await own.choose(beta);
  done = await script(get(''), own);
  assert.strictEqual(done.out, 'beta\n', done.err);
  // What the pool says of its own daemon's certificate counts.
  await own.choose(secret);
  done = await script(get(', rejectUnauthorized: false'), own);
  assert.strictEqual(done.out, 'secret\n', done.err);
  done = await script(`const https = require('https');
    const agent = new https.Agent({ ca: require('fs').readFileSync('${cert}'), keepAlive: true });
    process.on('beforeExit', () => agent.destroy());
    ${get(', agent')}`, own);
  assert.strictEqual(done.out, 'secret\n', done.err);
  done = await script(get(''), own);
  assert.ok(/SELF_SIGNED|UNABLE_TO/.test(done.out), done.out);
  await own.stop();
  await secret.close();
  await tipwatchd.choose(beta);
});

test('bad settings are told, and the defaults taken', async () => {
  const done = await script('', tipwatchd, { TIPWATCH_TIMEOUT_MS: '5s', TIPWATCH_ON_REORG: 'die' });
  assert.ok(/TIPWATCH_TIMEOUT_MS="5s" is not a number of milliseconds; taking 5000/.test(done.err));
  assert.ok(/TIPWATCH_ON_REORG="die" is none of auto, exit, event, none; taking auto/.test(done.err));
});

/*
 * Bytes that a server receives from a script, connection by connection, in the order of connecting.
 * The server speaks just enough HTTP to keep a connection alive.
 */
async function bytes(text, watcher, port) {
  const got = [];
  const server = net.createServer(socket => {
    const n = got.push('') - 1;
    socket.on('data', data => {
      got[n] += data.toString('latin1');
      if (got[n].endsWith('\r\n\r\n') || got[n].endsWith('end')) {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\n\r\nok');
      }
    });
    socket.on('error', () => {});
  });
  await new Promise(ready => server.listen(port || 0, '127.0.0.1', ready));
  const done = await script(text(server.address().port), watcher);
  await new Promise(ready => server.close(ready));
  return { got, out: done.out, err: done.err };
}

// Two requests over one kept-alive connection, one without agent, one with a body.
const MANY = port => `const http = require('http');
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const o = { host: '127.0.0.1', port: ${port}, headers: { 'X-Odd-CASE': '1' } };
  const seen = [];
  const one = (more, body, then) => {
    const req = http.request(Object.assign({}, o, more), res => {
      let t = '';
      res.on('data', c => { t += c; });
      res.on('end', () => { seen.push(res.rawHeaders.join(), t); setTimeout(then, 20); });
    });
    req.on('error', e => { seen.push(e.code); then(); });
    req.on('socket', s => seen.push(s.constructor.name, req.listenerCount('response'),
      s.listenerCount('data'), s.listenerCount('close')));
    req.end(body);
  };
  one({ agent, path: '/1' }, '', () => one({ agent, path: '/2', method: 'POST' }, 'end', () =>
    one({ path: '/3' }, '', () => one({ agent: false, path: '/4', method: 'POST' }, 'x end', () => {
      console.log(JSON.stringify(seen)); agent.destroy(); http.globalAgent.destroy(); }))));`;

test('other hosts get the same bytes', async () => {
  const port = (await new Promise(ready => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const free = probe.address().port;
      probe.close(() => ready(free));
    });
  }));
  const plain = await bytes(MANY, null, port);
  const adapted = await bytes(MANY, tipwatchd, port);
  assert.strictEqual(plain.got.length, 3);
  assert.deepStrictEqual(adapted, plain);
});

test('without tipwatchd the primary gets the same bytes', async () => {
  await alpha.close();
  const plain = await bytes(MANY, null, alpha.port);
  const adapted = await bytes(MANY, { path: '/nonexistent/socket' }, alpha.port);
  assert.deepStrictEqual(adapted, plain);
  // Where tipwatchd has no daemon to offer.
  await tipwatchd.choose(null);
  const none = await bytes(MANY, tipwatchd, alpha.port);
  assert.deepStrictEqual(none.got, plain.got);
  await tipwatchd.choose(beta);
});

test('a process does not end by itself before its block has gone to all', async () => {
  alpha = await new Daemon('alpha').listen(alpha.port);
  tipwatchd.targets = [beta, alpha];
  beta.well();
  const done = await script(`const req = require('http').request({ host: '127.0.0.1',
    port: ${alpha.port}, path: '/json_rpc', method: 'POST' },
    res => { console.log(res.headers['x-name']); res.resume(); });
    req.end('{"method":"submitblock","params":["aa"]}');`, tipwatchd);
  assert.deepStrictEqual([done.code, done.out], [0, 'beta\n'], done.err);
  assert.ok(/block 1 to alpha: accepted/.test(done.err), done.err);
  assert.strictEqual(alpha.blocks.length, 1);
  assert.ok(alpha.blocks[0].ms - beta.blocks[0].ms >= 495);
  await alpha.close();
});

test('a reorganisation ends the process, but not before its block is delivered', async () => {
  alpha = await new Daemon('alpha').listen(alpha.port);
  tipwatchd.targets = [beta, alpha];
  beta.well();
  let hasBlock = false;
  alpha.how = (req, body, res, json) => {
    if (!json || json.method !== 'submitblock') return false;
    setTimeout(() => { hasBlock = true; res.end('{"result":{"status":"OK"}}'); }, 1500);
    return true;
  };
  beta.height = 200;
  beta.prev = HASH(1);
  const pool = script(`const http = require('http');
    const ask = (method, params, then) => {
      const req = http.request({ host: '127.0.0.1', port: ${alpha.port}, path: '/json_rpc',
        method: 'POST' }, res => {
        let t = ''; res.on('data', c => { t += c; });
        res.on('end', () => then(JSON.parse(t).result));
      });
      req.end(JSON.stringify({ id: 0, method, params }));
    };
    const poll = () => ask('getblocktemplate', {}, t => {
      console.log(t.height);
      setTimeout(poll, 100);
    });
    poll();
    process.on('exit', code => console.log('exit', code));
    setTimeout(() => ask('submitblock', ['aa'], t => console.log(t.status)), 1500);`, tipwatchd,
  { TIPWATCH_ON_REORG: '' });
  await until('the block is on its way',
    () => beta.seen.some(s => s.json && s.json.method === 'submitblock'));
  beta.height = 199;
  beta.prev = HASH(2);
  await tipwatchd.choose(beta, { chain_epoch: 2, hash: HASH(2) });
  const done = await pool;
  assert.strictEqual(done.code, 75, done.err);
  assert.ok(hasBlock);
  assert.ok(/OK\n/.test(done.out));
  assert.ok(/exit 75\n$/.test(done.out), done.out);
  assert.ok(/reorganised: the pool works on height 200 of a dead branch/.test(done.err));
  assert.ok(/block 1 to alpha: accepted/.test(done.err), done.err);
});

run();
