/*
 * The connection that an intercepted request gets: Node.js writes the pool's request into it and
 * reads the reply from it with its own parser, so that the pool sees what it always sees.
 */
'use strict';

const stream = require('stream');

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

module.exports = Wire;
