/* Digest logins through the adapter, at daemons that tie a nonce to its connection, as monerod does. */
'use strict';
const { Daemon, HASH, Tipwatchd, adapter, assert, block, call, http, run, sleep,
  test } = require('./kit');
const crypto = require('crypto');

const USER = 'pool', PASSWORD = 'secret';
const TEMPLATE = 'getblocktemplate';
let alpha, beta, tipwatchd;
let nNonces = 0;

function md5(text) {
  return crypto.createHash('md5').update(text).digest('hex');
}

function answerTo(nonce, nc, method, password) {
  const ha1 = md5(USER + ':monero-rpc:' + password);
  const text = [ha1, nonce, nc, '0a0b', 'auth', md5(method + ':/json_rpc')].join(':');
  return 'Digest username="' + USER + '", realm="monero-rpc", uri="/json_rpc", cnonce="0a0b", nc=' +
    nc + ', qop=auth, algorithm=MD5, response="' + md5(text) + '", nonce="' + nonce + '"';
}

// Makes a daemon want the login: a nonce holds on its connection only.
function lock(daemon) {
  daemon.how = (req, body, res) => {
    const socket = req.socket;
    const said = /nc=([0-9a-f]+).*nonce="([^"]+)"/.exec(req.headers.authorization || '');
    const isRight = said && said[2] === socket.nonce &&
      req.headers.authorization === answerTo(said[2], said[1], req.method, PASSWORD);
    if (isRight) return false;
    socket.nonce = socket.nonce && !said ? socket.nonce : 'n' + ++nNonces;
    const words = 'Digest qop="auth",algorithm=MD5,realm="monero-rpc",nonce="' + socket.nonce +
      '",stale=' + !!(said && said[2] !== socket.nonce);
    res.writeHead(401, { 'WWW-Authenticate': [words, words.replace('MD5', 'MD5-sess')] });
    res.end('<html>401</html>');
    return true;
  };
}

function ask(method, authorization, params) {
  const body = JSON.stringify({ id: '0', jsonrpc: '2.0', method, params: params || {} });
  const headers = { 'Content-Length': body.length };
  if (authorization) headers.Authorization = authorization;
  return call(cb => {
    const req = http.request({ host: '127.0.0.1', port: alpha.port, path: '/json_rpc',
      method: 'POST', headers, agent: false }, cb);
    req.end(body);
    return req;
  });
}

function nonceIn(seen) {
  assert.strictEqual(seen.status, 401);
  return /nonce="([^"]+)"/.exec(seen.headers['www-authenticate'])[1];
}

// As the pools' library: asks, and answers the challenge, on a new connection each.
async function login(method, password, params) {
  const nonce = nonceIn(await ask(method, null, params));
  return ask(method, answerTo(nonce, '00000001', 'POST', password || PASSWORD), params);
}

test('start', async () => {
  alpha = await new Daemon('alpha').listen();
  beta = await new Daemon('beta').listen();
  lock(alpha);
  lock(beta);
  tipwatchd = await new Tipwatchd(alpha).start();
  tipwatchd.targets = [beta, alpha];
  await adapter(tipwatchd, { TIPWATCH_SUBMIT_TIMEOUT_MS: '4000' });
});

test('a login at the pool\'s own daemon and at another', async () => {
  for (const daemon of [alpha, beta]) {
    await tipwatchd.choose(daemon);
    for (let i = 0; i < 3; i++) {
      const seen = await login(TEMPLATE);
      assert.strictEqual(seen.status, 200);
      assert.strictEqual(seen.json.result.height, 100);
      assert.strictEqual(seen.headers['x-name'], daemon.name);
    }
  }
  assert.deepStrictEqual(tipwatchd.reports, []);
});

test('many at once', async () => {
  const all = await Promise.all(Array.from({ length: 10 }, () => login('getlastblockheader')));
  assert.deepStrictEqual(all.map(seen => seen.status), Array(10).fill(200));
});

test('one nonce for several calls', async () => {
  const nonce = nonceIn(await ask(TEMPLATE));
  for (const nc of ['00000001', '00000002', '00000003']) {
    assert.strictEqual((await ask(TEMPLATE, answerTo(nonce, nc, 'POST', PASSWORD))).status, 200);
  }
  // The daemon has closed the connection, as the adapter has noticed: there is a new challenge, and its answer is taken.
  beta.sockets.forEach(socket => socket.destroy());
  await sleep(100);
  const late = await ask(TEMPLATE, answerTo(nonce, '00000004', 'POST', PASSWORD));
  const again = answerTo(nonceIn(late), '00000001', 'POST', PASSWORD);
  assert.strictEqual((await ask(TEMPLATE, again)).status, 200);
});

test('the answer goes to the daemon that gave the challenge', async () => {
  const nonce = nonceIn(await ask(TEMPLATE));
  await tipwatchd.choose(alpha);
  const seen = await ask(TEMPLATE, answerTo(nonce, '00000001', 'POST', PASSWORD));
  assert.strictEqual(seen.status, 200);
  assert.strictEqual(seen.headers['x-name'], 'beta');
  assert.strictEqual((await login(TEMPLATE)).headers['x-name'], 'alpha');
});

test('a wrong password is refused, and asked for once', async () => {
  const before = alpha.seen.length;
  assert.strictEqual((await login(TEMPLATE, 'guess')).status, 401);
  assert.strictEqual(alpha.seen.length - before, 2);
});

test('a block', async () => {
  await tipwatchd.choose(beta);
  [alpha, beta].forEach(daemon => { daemon.seen = []; });
  const seen = await login('submitblock', null, [block(HASH(100), 1795451380, 1)]);
  assert.strictEqual(seen.status, 200);
  assert.strictEqual(seen.json.result.status, 'OK');
  assert.strictEqual(beta.blocks.length, 2);
  assert.strictEqual(alpha.blocks.length, 0);
  assert.deepStrictEqual(tipwatchd.reports, []);
});

test('connections are not gathered', async () => {
  for (let i = 0; i < 40; i++) assert.strictEqual((await login(TEMPLATE)).status, 200);
  assert.ok(beta.sockets.size <= 17, beta.sockets.size + ' connections');
});

run();
