/*
 * Says once on the pool's standard error why tipwatchd has no part in the calls of the pool: it
 * cannot be reached, or the pool calls another address than that of the primary. Only a process that
 * calls a daemon says anything.
 */
'use strict';

const os = require('os');
const dialects = require('./dialects.js');

const PATIENCE_MS = 3000; // a tipwatchd that starts with the pool, or another daemon called first

// Calls then() with the body of a request when the pool has written it.
function overhear(req, then) {
  const pieces = [];
  const keep = chunk => {
    if (typeof chunk === 'string' || Buffer.isBuffer(chunk)) pieces.push(String(chunk));
  };
  req.write = function (chunk) {
    keep(chunk);
    return Object.getPrototypeOf(this).write.apply(this, arguments);
  };
  req.end = function (chunk) {
    delete this.write;
    delete this.end;
    keep(chunk);
    then(pieces.join(''));
    return this.end.apply(this, arguments);
  };
}

function userName() {
  try {
    return os.userInfo().username;
  } catch (e) {
    return String(process.getuid());
  }
}

// What is wrong with the control socket, and what to do. error: of the last attempt to reach it.
function reason(path, error) {
  const elsewhere = 'start tipwatchd, or set TIPWATCH_SOCKET to its control.path';
  switch (error && error.code) {
  case 'ENOENT':
  case 'ENOTDIR':
    return 'there is no such file; ' + elsewhere;
  case 'ECONNREFUSED':
    return 'nobody listens there; ' + elsewhere;
  case 'EACCES':
  case 'EPERM':
    return 'the user ' + userName() + ' of the pool may not use it; add it to the group of' +
      ' tipwatchd (usermod -aG tipwatch ' + userName() + ') and start the pool again';
  case 'ANSWER':
    return 'it says: ' + error.message;
  default:
    return error ? error.message : 'it does not answer; see the log of tipwatchd';
  }
}

class Trouble {
  constructor(control, log) {
    this.control = control;
    this.log = log;
    this.isOver = false; // said, or the pool's calls go by tipwatchd
    this.timer = null;
  }

  // A call of the pool goes by tipwatchd: all is well.
  end() {
    this.isOver = true;
    clearTimeout(this.timer);
  }

  later(text) {
    if (this.isOver || this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      const line = text();
      if (this.isOver || !line) return;
      this.isOver = true;
      this.log(line);
    }, PATIENCE_MS);
    this.timer.unref();
  }

  // A call of the pool, while tipwatchd was never reached.
  away(path) {
    const control = this.control;
    if (!dialects.isDaemonPath(path)) return;
    this.later(() => control.primary ? null : 'no tipwatchd at ' + control.path + ': ' +
      reason(control.path, control.error) + '; until then all calls go where the pool sends them');
  }

  // A call of the pool to another address than the primary's. call: {method, path, body}
  stray(host, port, call) {
    const kind = dialects.kindOf(call);
    if (kind !== 'template' && kind !== 'submit') return;
    const primary = this.control.primary;
    this.later(() => 'the pool asks the daemon at ' + host + ':' + port + ', but the primary of' +
      ' tipwatchd, ' + primary.name + ', is ' + primary.host + ':' + primary.port + ': these calls' +
      ' are not changed; give both the same address, in the configuration of the pool or in' +
      ' tipwatch.conf');
  }

  // The same for a request whose body the pool has yet to write.
  strayRequest(req, host, port) {
    if (this.isOver || this.timer || !dialects.isDaemonPath(req.path)) return;
    overhear(req, body => this.stray(host, port, { method: req.method, path: req.path, body }));
  }
}

module.exports = Trouble;
