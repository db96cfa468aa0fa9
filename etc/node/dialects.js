/*
 * What a call to a daemon asks for, what its reply means, and how to translate both into the other
 * dialect of TurtleCoin's daemons: JSON-RPC up to 0.28, REST from 1.x on. Pure functions.
 *
 * A call is {method, path, body, kind, rpc}: kind is "template", "submit", "read" (headers and the
 * like) or "other", rpc the parsed request when it is one of JSON-RPC. A reply is {status, message,
 * headers, body} with headers as [name, value] pairs.
 */
'use strict';

const READS = ['getlastblockheader', 'getblockheaderbyheight', 'getblockheaderbyhash',
  'getblockcount', 'getinfo', 'getheight', 'getblockhash', 'ongetblockhash'];

function parse(text) {
  try {
    return JSON.parse(text);
  } catch (e) {
    return null;
  }
}

function isObject(value) {
  return value !== null && typeof value === 'object';
}

// "template", "submit", "read" (headers and the like) or "other".
function kindOf(call) {
  const path = call.path.split('?')[0];
  if (path === '/json_rpc') {
    const rpc = parse(call.body);
    const kinds = (Array.isArray(rpc) ? rpc : [rpc]).map(one => {
      const method = String(one && one.method).replace(/_/g, '').toLowerCase();
      if (method === 'getblocktemplate') return 'template';
      if (method === 'submitblock') return 'submit';
      return READS.indexOf(method) >= 0 ? 'read' : 'other';
    });
    if (!Array.isArray(rpc)) call.rpc = rpc;
    else if (kinds.some(kind => kind !== 'read')) return 'other';
    return kinds[0] || 'other';
  }
  if (call.method === 'POST' && path === '/block/template') return 'template';
  if (call.method === 'POST' && path === '/block') return 'submit';
  if (/^\/(block\/[^/]+|(get_?)?(info|height))$/.test(path)) return 'read';
  return 'other';
}

// Whether a request may be one to a daemon, or to a wallet, which has the same paths.
function isDaemonPath(path) {
  return /^\/(json_rpc|(get_?)?(info|height|block)\b)/.test(path);
}

// The template in a reply of either dialect: {height, prev}, or null.
function templateOf(reply) {
  const json = parse(reply.body);
  return reply.status < 300 && isObject(json) ? templateIn(json.result || json) : null;
}

// The same of the result in such a reply.
function templateIn(t) {
  if (!isObject(t)) return null;
  const blob = t.blocktemplate_blob || t.blob;
  if (typeof blob !== 'string' || !Number.isInteger(t.height)) return null;
  return { height: t.height, prev: t.prev_hash || prevHash(blob) };
}

// The hash of the block that a template builds on.
function prevHash(blob) {
  const starts = startsOf(blob);
  const isFirstVersion = /^0[01]/.test(blob);
  return (isFirstVersion ? starts.timeFirst : starts.hashFirst).prev_hash;
}

/*
 * How a block begins, read in both ways that there are. In TurtleCoin's blocks from version 2 on
 * the hash of the block before comes first, and the time and the nonce are those of a parent block;
 * in all others the time comes first. Each is {prev_hash, timestamp, nonce}.
 */
function startsOf(blob) {
  const data = Buffer.from(blob.slice(0, 256), 'hex');
  const read = isHashFirst => {
    let at = 0;
    const varint = () => {
      let value = 0;
      for (let unit = 1; at < data.length; unit *= 128) {
        value += (data[at] & 0x7f) * unit;
        if (data[at++] < 0x80) break;
      }
      return value;
    };
    const hash = () => {
      at += 32;
      return data.toString('hex', at - 32, at);
    };
    const skip = n => {
      for (; n > 0; n--) varint();
    };
    skip(2); // the versions
    const first = isHashFirst ? hash() : null;
    if (isHashFirst) skip(2);
    const timestamp = varint();
    const second = hash();
    return { prev_hash: first || second, timestamp,
      nonce: at + 4 <= data.length ? data.readUInt32LE(at) : null };
  };
  return { timeFirst: read(false), hashFirst: read(true) };
}

// The block in a call that submits one, in hexadecimal digits.
function blobOf(call) {
  const blob = call.rpc ? (call.rpc.params || [])[0] : parse(call.body) || String(call.body);
  return typeof blob === 'string' ? blob : '';
}

/*
 * The call for a block header that goes with a call that submits a block, in the same dialect and
 * with the same headers. height: of the header; null is the newest one.
 */
function headerCall(submit, height) {
  const rest = { method: 'GET', path: '/block/' + (height === null ? 'last' : height), body: '' };
  const names = submit.rpc && submit.rpc.method.indexOf('_') > 0
    ? ['get_last_block_header', 'get_block_header_by_height']
    : ['getlastblockheader', 'getblockheaderbyheight'];
  const rpc = { id: '0', jsonrpc: '2.0', method: names[height === null ? 0 : 1],
    params: height === null ? {} : { height } };
  const classic = { method: 'POST', path: '/json_rpc', body: JSON.stringify(rpc) };
  const more = submit.rpc ? Object.assign({ rpc }, classic)
    : Object.assign({ other: Object.assign({ back: reply => reply }, classic) }, rest);
  return Object.assign({}, submit, more, { kind: 'read', cancels: new Set() });
}

// The header in a reply: {height, hash, prev_hash, timestamp, nonce}, or null.
function headerOf(reply) {
  const json = parse(reply.body);
  const result = isObject(json) && isObject(json.result) ? json.result.block_header : json;
  if (reply.status !== 200 || !isObject(result) || !Number.isInteger(result.height)) return null;
  return Object.assign({ prev_hash: result.prevHash }, result);
}

/*
 * What a header says of a block: "same", "other" (another block on the same one), "before" (the
 * block builds on this one), or null when it is further away.
 */
function compare(blob, header) {
  const starts = startsOf(blob);
  const both = [starts.timeFirst, starts.hashFirst];
  if (both.some(start => start.prev_hash === header.hash)) return 'before';
  const start = both.find(one => one.prev_hash === header.prev_hash);
  if (!start) return null;
  return start.timestamp === header.timestamp && start.nonce === header.nonce ? 'same' : 'other';
}

// Codes of errors, of JSON-RPC and of TurtleCoind 1.x, by which a block is not taken.
const NOT_ABLE = [-9, -11, -14, -19, -20, -32601, 62];
const REFUSED = [-1, -6, -7, -10, -32600, -32602, -32700, 63, 66];

/*
 * What a reply to a block says: "accepted", "duplicate", "refused", "not_able" (the daemon takes no
 * blocks now) or "unknown". test/data/submit-answers.json has the replies of all daemons.
 */
function outcomeOf(reply) {
  const body = String(reply.body);
  const json = parse(body);
  const result = isObject(json) ? json.result : null;
  const error = isObject(json) ? json.error : null;
  const isFine = reply.status >= 200 && reply.status <= 299;
  if (isObject(error)) {
    if (NOT_ABLE.indexOf(error.code) >= 0) return 'not_able';
    return REFUSED.indexOf(error.code) >= 0 ? 'refused' : 'unknown';
  }
  if (isObject(result)) {
    if (['BUSY', 'PAYMENT REQUIRED'].indexOf(result.status) >= 0) return 'not_able';
    return isFine && (result.status || 'OK') === 'OK' ? 'accepted' : 'unknown';
  }
  if (reply.status === 202 && typeof json === 'string') return 'accepted';
  if (reply.status === 202 && body === '') return 'duplicate';
  if (/Core is busy|must be synced/.test(body)) return 'not_able';
  if (reply.status === 400 && isObject(json)) return 'refused';
  const isTurnedAway = reply.status >= 300 && reply.status <= 499 && reply.status !== 408;
  return isTurnedAway || reply.status === 503 ? 'not_able' : 'unknown';
}

// Whether a daemon with such an outcome has the block.
function isTaken(outcome) {
  return outcome === 'accepted' || outcome === 'duplicate';
}

// Whether a reply is worth giving to the pool while another daemon could be asked.
function isGood(call, reply) {
  // The challenge of a digest authentication: the pool answers it in its next request.
  if (reply.status === 401 && reply.headers.some(h => /^digest/i.test(h[1]))) return true;
  if (call.kind === 'template') return templateOf(reply) !== null;
  return call.kind !== 'read' || (reply.status < 500 && parse(reply.body) !== null);
}

const OLD_NAMES = { size: 'block_size', transactionCount: 'num_txes', orphan: 'orphan_status',
  incomingConnections: 'incoming_connections_count', lastBlockIndex: 'last_known_block_index',
  outgoingConnections: 'outgoing_connections_count', alternateBlockCount: 'alt_blocks_count',
  transactionsSize: 'tx_count', transactionsPoolSize: 'tx_pool_size', blob: 'blocktemplate_blob' };
const HEADER = ['block_size', 'depth', 'difficulty', 'hash', 'height', 'major_version',
  'minor_version', 'nonce', 'num_txes', 'orphan_status', 'prev_hash', 'reward', 'timestamp'];
// Codes of TurtleCoind 1.x, and the codes of JSON-RPC for the same errors.
const OLD_CODES = { 62: -9, 63: -1, 65: -5, 66: -7, 67: -5 };

// An object of TurtleCoind 1.x with the names that the JSON-RPC has for its keys.
function oldNames(object) {
  const old = {};
  Object.keys(object || {}).forEach(k => {
    old[OLD_NAMES[k] || k.replace(/[A-Z]/g, c => '_' + c.toLowerCase())] = object[k];
  });
  return Object.assign(old, { status: 'OK' });
}

function pick(object, names) {
  const picked = {};
  names.forEach(name => { picked[name] = object[name]; });
  return picked;
}

function json(status, message, value) {
  return { status, message, headers: [['Content-Type', 'application/json']],
    body: Buffer.from(JSON.stringify(value)) };
}

// The reply to the pool for a block that a daemon was found to have already.
function takenReply(call) {
  return call.rpc ? json(200, 'OK', { id: call.rpc.id, jsonrpc: '2.0', result: { status: 'OK' } })
    : json(202, 'Accepted', '');
}

/*
 * A call in the other dialect: {method, path, body, back}, where back() translates the daemon's
 * reply into the dialect that the pool expects. null where the other dialect has no such call.
 */
function translate(call) {
  if (call.other) return call.other;
  const path = call.path.split('?')[0];
  if (call.rpc) return toRest(call.rpc);
  if (call.kind === 'submit') return submitToRpc(call);
  const info = /^\/(?:get_?)?(info|height)$/.exec(path);
  if (!info || call.method !== 'GET') return null;
  return { method: 'GET', path: '/' + info[1], body: '', back: bothNames };
}

// A pool that asks for /info may speak either dialect, so the reply gets the names of both.
function bothNames(reply) {
  const object = parse(reply.body);
  if (reply.status !== 200 || !object || typeof object !== 'object') return reply;
  return json(200, 'OK', Object.assign(oldNames(object), object));
}

function toRest(rpc) {
  const params = rpc.params || {};
  const answer = (value, make) => Object.assign({ id: rpc.id, jsonrpc: '2.0' }, { [make]: value });
  const back = (result, badWord) => reply => {
    const value = parse(reply.body);
    if (reply.status >= 200 && reply.status <= 299) {
      return json(200, 'OK', answer(result(value), 'result'));
    }
    const error = (value && value.error) || {};
    if (!error.code) return reply;
    const code = (error.code === 63 && badWord) || OLD_CODES[error.code] || -32603;
    return json(200, 'OK', answer({ code, message: error.message }, 'error'));
  };
  const header = block => ({ block_header: pick(oldNames(block), HEADER), status: 'OK' });
  const get = (where, result, badWord) =>
    ({ method: 'GET', path: where, body: '', back: back(result, badWord) });
  switch (String(rpc.method).replace(/_/g, '').toLowerCase()) {
    case 'getblocktemplate':
      return { method: 'POST', path: '/block/template', body: JSON.stringify(
        { address: params.wallet_address, reserveSize: params.reserve_size }),
      back: back(oldNames, -4) };
    case 'submitblock':
      return { method: 'POST', path: '/block', body: JSON.stringify(params[0]),
        back: back(() => ({ status: 'OK' }), -6) };
    case 'getlastblockheader':
      return get('/block/last', header);
    case 'getblockheaderbyheight':
      return get('/block/' + encodeURIComponent(params.height), header, -2);
    case 'getblockheaderbyhash':
      return get('/block/' + encodeURIComponent(params.hash), header);
    case 'getblockcount':
      return get('/block/count', count => ({ count, status: 'OK' }));
    default:
      return null;
  }
}

// The submission of a pool that speaks REST, for an older daemon.
function submitToRpc(call) {
  const blob = parse(call.body) || call.body.toString();
  const body = JSON.stringify({ id: '0', jsonrpc: '2.0', method: 'submitblock', params: [blob] });
  return { method: 'POST', path: '/json_rpc', body, back: reply => {
    const error = (parse(reply.body) || {}).error;
    const outcome = outcomeOf(reply);
    if (isTaken(outcome)) return takenReply(call);
    if (outcome === 'not_able') return json(503, 'Service Unavailable', { error: { code: 62 } });
    return json(409, 'Conflict', { error: error && error.message ? error : { code: 66 } });
  } };
}

module.exports = { parse, kindOf, isDaemonPath, templateOf, templateIn, outcomeOf, isTaken, isGood,
  translate, blobOf, headerCall, headerOf, compare, takenReply };
