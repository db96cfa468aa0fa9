/*
 * The payout guard (TIPWATCH_UNLOCK_GUARD): a pool asks for the headers of its old blocks to see
 * which of them are still on the chain, and pays for them. While the nodes do not agree, or the
 * daemon that answers is not on the chain that a quorum has confirmed, such a question gets an error
 * after which pools ask again. Questions about the newest DEEP blocks are those of mining, and pass.
 */
'use strict';

const dialects = require('./dialects.js');

const DEEP = 10;

// What a call asks for: {height} or {hash}, as text or number; null: for no header like that.
function askedFor(call) {
  const rpc = call.rpc;
  const method = rpc ? String(rpc.method).replace(/_/g, '').toLowerCase() : '';
  const params = (rpc && rpc.params) || {};
  if (method === 'getblockheaderbyheight') return { height: Number(params.height) };
  if (method === 'getblockheaderbyhash') return { hash: String(params.hash) };
  const rest = /^\/block\/([0-9a-f]{64}|[0-9]+)$/i.exec(call.path.split('?')[0]);
  if (!rest || call.method !== 'GET') return null;
  return rest[1].length === 64 ? { hash: rest[1] } : { height: Number(rest[1]) };
}

// Whether the reply is about a block that is not one of the newest.
function isDeep(select, reply) {
  const header = reply && dialects.headerOf(reply);
  return !!select && (!header || header.height < select.height - DEEP);
}

// The error after which a pool asks again.
function holdReply(call, why) {
  const message = 'Core is busy: held back by tipwatch, because ' + why;
  const value = call.rpc
    ? { id: call.rpc.id === undefined ? null : call.rpc.id, jsonrpc: '2.0',
      error: { code: -9, message } }
    : { error: { code: 62, message } };
  return { status: call.rpc ? 200 : 503, message: call.rpc ? 'OK' : 'Service Unavailable',
    headers: [['Content-Type', 'application/json']], body: Buffer.from(JSON.stringify(value)) };
}

class Guard {
  // ask(call, then): asks the daemon that has answered the call: then(reply or null).
  constructor(control, ask) {
    this.control = control;
    this.ask = ask;
    this.confirmed = new Map(); // daemon -> the anchor that its chain was seen to have
  }

  /*
   * What the pool is to be told instead of the reply: then(null) for the reply itself. daemon is the
   * name of the one that has given the reply.
   */
  judge(call, daemon, reply, then) {
    const asked = askedFor(call);
    const select = this.control.choice;
    if (!asked) return then(null);
    if (!select) return then(holdReply(call, 'tipwatchd has no choice'));
    if (asked.height >= select.height - DEEP || (asked.hash && !isDeep(select, reply))) {
      return then(null);
    }
    if (select.mode !== 'consensus') {
      return then(holdReply(call, 'the mode is ' + select.mode));
    }
    if (!select.anchor_hash || this.confirmed.get(daemon) === select.anchor_hash) {
      return then(null);
    }
    this.ask(dialects.headerCall(call, select.anchor_height), answer => {
      const header = answer && dialects.headerOf(answer);
      if (header && header.hash === select.anchor_hash) {
        this.confirmed.set(daemon, select.anchor_hash);
        return then(null);
      }
      then(holdReply(call, daemon + ' is not on the chain that a quorum has confirmed'));
    });
  }
}

module.exports = Guard;
