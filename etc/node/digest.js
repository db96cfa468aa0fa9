/*
 * Digest logins of the pool at its daemons. The pool's library asks without a login, is told a nonce
 * (401), and asks again with the answer to it. monerod takes an answer only on the TCP connection on
 * which it gave the nonce. So the connection of each challenge is kept, and a call whose answer
 * belongs to it goes over it. The password stays with the pool.
 */
'use strict';

const http = require('http');
const https = require('https');

const SESSIONS_MAX = 16; // challenges whose connections are kept; the oldest ones are given up
const ANSWER_MS = 10000; // how long the pool may take to answer a challenge

function nonceOf(header) {
  const found = /^\s*digest\b.*?\bnonce="([^"]+)"/i.exec(header);
  return found ? found[1] : null;
}

// The nonce that a call answers to, or null.
function answered(call) {
  const header = call.headers.find(h => /^authorization$/i.test(h[0]));
  return header ? nonceOf(header[1]) : null;
}

// The nonce of the challenge in a reply, or null.
function challenge(reply) {
  if (reply.status !== 401) return null;
  const header = reply.headers.find(h => /^www-authenticate$/i.test(h[0]) && nonceOf(h[1]));
  return header ? nonceOf(header[1]) : null;
}

class Digest {
  constructor() {
    this.sessions = new Map(); // nonce -> {daemon, agent, isAnswered, end}
    this.asking = new Set(); // keys of the daemons that have asked for a digest
  }

  session(call) {
    return this.sessions.get(answered(call)) || null;
  }

  // Whether the reply asks for a login that the call has not tried yet.
  isChallenge(call, reply) {
    return answered(call) === null && challenge(reply) !== null;
  }

  // The daemon whose challenge this call is the answer to, or null: any may get it.
  daemon(call) {
    const session = this.session(call);
    return session && !session.isAnswered && process.uptime() < session.end ? session.daemon : null;
  }

  // The agent with the connection for a call to the daemon of this key; null: any will do.
  agent(call, key, isTls) {
    const session = this.session(call);
    if (session && session.key === key) {
      session.isAnswered = true;
      return session.agent;
    }
    if (!this.asking.has(key)) return null;
    return new (isTls ? https : http).Agent({ keepAlive: true, maxSockets: 1 });
  }

  /*
   * Takes in a reply that came over agent. Returns whether the call is to be made again, because the
   * connection of its challenge was not kept.
   */
  take(call, daemon, key, agent, reply) {
    const nonce = challenge(reply);
    const session = this.session(call);
    if (!nonce) {
      if (agent && (!session || session.agent !== agent)) agent.destroy();
      return false;
    }
    if (!agent) {
      const isFirst = !this.asking.has(key);
      this.asking.add(key);
      return isFirst;
    }
    this.sessions.delete(nonce);
    this.sessions.set(nonce, { daemon, key, agent, isAnswered: false,
      end: process.uptime() + ANSWER_MS / 1000 });
    if (this.sessions.size > SESSIONS_MAX) this.drop(this.sessions.keys().next().value);
    return false;
  }

  drop(nonce) {
    const agent = this.sessions.get(nonce).agent;
    this.sessions.delete(nonce);
    // A connection may have had several challenges.
    if (!Array.from(this.sessions.values()).some(s => s.agent === agent)) agent.destroy();
  }
}

module.exports = Digest;
