/*
 * What the scripts that test the adapter share: daemons and a tipwatchd that do exactly as told,
 * and a runner. A script loads this, declares its cases with test() and ends with run(). The
 * adapter is loaded into the script's own process, by adapter(), after the tipwatchd was started.
 */
'use strict';
const assert = require('assert');
const child = require('child_process');
const fs = require('fs');
const http = require('http');
const https = require('https');
const net = require('net');
const path = require('path');

const ADAPTER = path.join(__dirname, '..', '..', '..', 'etc', 'node', 'tipwatch.js');
const HASH = n => ('0'.repeat(64) + n.toString(16)).slice(-64);
let nSockets = 0;

// A template as TurtleCoind gives it, which builds on the block with this hash.
function template(height, prev) {
  return { blocktemplate_blob: '0300' + prev + '00'.repeat(60), difficulty: 1, height,
    reserved_offset: 40, status: 'OK' };
}

// A block of TurtleCoind that builds on the block with this hash.
function block(prev, timestamp, nonce) {
  const data = Buffer.alloc(4);
  data.writeUInt32LE(nonce, 0);
  let time = '';
  for (let left = timestamp; ; left = Math.floor(left / 128)) {
    time += ('0' + (left % 128 + (left >= 128 ? 128 : 0)).toString(16)).slice(-2);
    if (left < 128) break;
  }
  return '0300' + prev + '0100' + time + HASH(0) + data.toString('hex') + '00'.repeat(40);
}

/*
 * A daemon on a port of its own. It answers with its name, templates with template(), calls for
 * headers out of .chain, if it has one: from the newest one down. .how(req, body, res, json)
 * answers instead where it is set and does not return false. .seen: all requests, as {method, url,
 * headers, raw, body, json, ms}.
 */
class Daemon {
  constructor(name, tls) {
    this.name = name;
    this.tls = !!tls;
    this.seen = [];
    this.how = null;
    this.height = 100;
    this.prev = HASH(100);
    this.chain = null;
    this.sockets = new Set();
    const answer = (req, res) => {
      const chunks = [];
      req.on('data', chunk => chunks.push(chunk));
      req.on('end', () => this.answer(req, Buffer.concat(chunks).toString(), res));
    };
    this.server = tls ? https.createServer(tls, answer) : http.createServer(answer);
    this.server.on('connection', socket => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
  }

  answer(req, body, res) {
    let json = null;
    try {
      json = JSON.parse(body);
    } catch (e) { /* not every body is JSON */ }
    this.seen.push({ method: req.method, url: req.url, headers: req.headers, raw: req.rawHeaders,
      body, json, ms: Date.now() });
    if (this.how && this.how(req, body, res, json) !== false) return;
    let result = { name: this.name };
    if (json && /template/.test(json.method)) result = template(this.height, this.prev);
    if (json && /^submit/.test(json.method)) result = { status: 'OK', name: this.name };
    const asked = json && /^getblockheader|^getlastblock/.test(json.method);
    if (asked && this.chain) {
      const height = json.params.height;
      result = { block_header: this.chain.find(b => height === undefined || b.height === height) };
    }
    res.setHeader('Content-Type', 'application/json');
    res.setHeader('X-Name', this.name);
    res.end(JSON.stringify({ id: json && json.id, jsonrpc: '2.0', result }));
  }

  listen(port, host) {
    return new Promise(done => this.server.listen(port || 0, host || '127.0.0.1', () => {
      this.port = this.server.address().port;
      done(this);
    }));
  }

  // Accepts connections, answers nothing.
  hang() {
    this.how = () => {};
  }

  well() {
    this.how = null;
    this.chain = null;
    this.seen = [];
  }

  // The requests that submitted a block.
  get blocks() {
    return this.seen.filter(s => s.json && /^submit/.test(s.json.method));
  }

  close() {
    this.sockets.forEach(socket => socket.destroy());
    return new Promise(done => this.server.close(done));
  }

  get entry() {
    const host = this.tls ? 'localhost' : '127.0.0.1';
    return { name: this.name, url: (this.tls ? 'https://' : 'http://') + host + ':' + this.port,
      host, port: this.port, tls: this.tls };
  }
}

// A tipwatchd that says what it is told. .reports: what it was told by report, .asked: all lines.
class Tipwatchd {
  constructor(primary) {
    this.path = path.join(process.env.KIT_DIR || '/tmp', 'k' + process.pid + '-' + ++nSockets);
    this.primary = primary;
    this.daemon = primary.entry;
    this.reports = [];
    this.asked = [];
    this.watching = new Set();
    this.all = new Set();
    this.isSilent = false;
    this.more = {};
    this.targets = [];
    this.waits = {}; // in the reply to submit
  }

  select() {
    return Object.assign({ v: 1, usable: true, mode: 'consensus', daemon: this.daemon,
      reason: 'incumbent', text: '', height: 100, hash: HASH(100), prev_hash: HASH(99), epoch: 1,
      chain_epoch: 1, seq: 1, pinned: false, primary: { name: this.primary.name,
        host: '127.0.0.1', port: this.primary.port } }, this.more);
  }

  tell() {
    if (this.isSilent) return;
    this.watching.forEach(socket => socket.write(JSON.stringify(this.select()) + '\n'));
  }

  // The choice from now on; arrived when the promise is fulfilled.
  choose(daemon, more) {
    this.daemon = daemon && daemon.entry;
    this.more = more || {};
    this.tell();
    return sleep(30);
  }

  line(socket, line) {
    this.asked.push(line);
    if (line === 'watch') {
      this.watching.add(socket);
      if (!this.isSilent) socket.write(JSON.stringify(this.select()) + '\n');
    } else if (this.isSilent) {
      return;
    } else if (line === 'submit') {
      const targets = this.targets.map(d => Object.assign({ state: 'healthy' }, d.entry));
      socket.write(JSON.stringify(Object.assign({ v: 1, mode: 'consensus', epoch: 1 }, this.waits,
        { targets })) + '\n');
    } else if (/^report /.test(line)) {
      this.reports.push(line.slice(7));
      socket.write('{"ok":true}\n');
    } else {
      socket.write('{"error":{"code":"unknown_command","message":""}}\n');
    }
  }

  start() {
    this.server = net.createServer(socket => {
      let text = '';
      this.all.add(socket);
      socket.on('data', data => {
        const lines = (text + data).split('\n');
        text = lines.pop();
        lines.forEach(line => this.line(socket, line));
      });
      socket.on('error', () => {});
      socket.on('close', () => {
        this.watching.delete(socket);
        this.all.delete(socket);
      });
    });
    this.beat = setInterval(() => this.tell(), 1000);
    return new Promise(done => this.server.listen(this.path, () => done(this)));
  }

  stop() {
    clearInterval(this.beat);
    this.all.forEach(socket => socket.destroy());
    return new Promise(done => this.server.close(done));
  }
}

function sleep(ms) {
  return new Promise(done => setTimeout(done, ms));
}

async function until(what, condition, withinMs) {
  const end = Date.now() + (withinMs || 10000);
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error('not in time: ' + what);
    await sleep(10);
  }
}

// Loads the adapter here, and waits for its first choice.
async function adapter(tipwatchd, settings) {
  Object.assign(process.env, { TIPWATCH_SOCKET: tipwatchd.path }, settings);
  const client = require(ADAPTER);
  await until('the adapter has a choice', () => client.select());
  return client;
}

// One request to its end: {status, message, headers, body, json, errors, closes}.
function call(make) {
  return new Promise(done => {
    const seen = { errors: [], closes: 0, responses: 0 };
    const req = make(res => {
      seen.responses++;
      Object.assign(seen, { status: res.statusCode, message: res.statusMessage,
        headers: res.headers, raw: res.rawHeaders, res });
      const chunks = [];
      res.on('data', chunk => chunks.push(Buffer.from(chunk)));
      res.on('error', error => seen.errors.push(error));
      res.on('end', () => {
        seen.body = Buffer.concat(chunks);
        try {
          seen.json = JSON.parse(seen.body);
        } catch (e) { /* not every body is JSON */ }
      });
    });
    seen.req = req;
    req.on('error', error => seen.errors.push(error));
    // Node.js 8 does not always close what was aborted.
    req.on('abort', () => setTimeout(done, 300, seen));
    req.on('close', () => {
      seen.closes++;
      // What comes too often comes at once after it.
      setTimeout(done, 20, seen);
    });
  });
}

function post(port, method, params, more) {
  const body = JSON.stringify({ id: '0', jsonrpc: '2.0', method, params: params || {} });
  return call(cb => {
    const req = http.request(Object.assign({ host: '127.0.0.1', port, path: '/json_rpc',
      method: 'POST', headers: { 'Content-Length': body.length } }, more), cb);
    req.end(body);
    return req;
  });
}

// Runs JavaScript in a process of its own with the adapter: {code, out, err, ms}.
function script(text, tipwatchd, env, options) {
  const all = Object.assign({}, process.env, { TIPWATCH_SOCKET: tipwatchd ? tipwatchd.path : '',
    NODE_OPTIONS: '--require ' + ADAPTER }, env);
  const start = Date.now();
  return new Promise(done => {
    child.execFile(process.execPath, (options || []).concat('-e', text),
      { env: all, timeout: 60000 }, (error, out, err) => {
        done({ code: error ? error.code : 0, out, err, ms: Date.now() - start });
      });
  });
}

const cases = [];

function test(name, body) {
  cases.push({ name, body });
}

async function run() {
  let failed = 0;
  for (const one of cases) {
    if (process.argv[2] && one.name.indexOf(process.argv[2]) < 0) continue;
    try {
      await one.body();
      console.log('ok ' + one.name);
    } catch (error) {
      failed++;
      console.log('FAILED ' + one.name + '\n' + error.stack);
    }
  }
  console.log(cases.length + ' cases, ' + failed + ' failed');
  process.exit(failed || cases.length === 0 ? 1 : 0);
}

module.exports = { ADAPTER, HASH, Daemon, Tipwatchd, adapter, assert, block, call, fs, http, post,
  run, script, sleep, test, until };
