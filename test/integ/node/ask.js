/*
 * Asks a daemon as a pool does: node ask.js PORT, calls as a JSON array on standard input, each
 * [method, params] of JSON-RPC or a path to GET. Prints the array of replies: {status, body}.
 */
'use strict';
const http = require('http');

const port = Number(process.argv[2]);

function ask(call) {
  const data = Array.isArray(call)
    ? JSON.stringify({ id: '0', jsonrpc: '2.0', method: call[0], params: call[1] }) : '';
  return new Promise((done, fail) => {
    const req = http.request({ hostname: 'localhost', family: 4, port,
      path: data ? '/json_rpc' : call, method: data ? 'POST' : 'GET',
      headers: { 'Content-Length': data.length } }, res => {
      let text = '';
      res.on('data', chunk => { text += chunk; });
      res.on('end', () => done({ status: res.statusCode, body: text ? JSON.parse(text) : null }));
    });
    req.on('error', fail);
    req.end(data);
  });
}

let input = '';
process.stdin.on('data', data => { input += data; });
process.stdin.on('end', async () => {
  const replies = [];
  for (const call of JSON.parse(input)) replies.push(await ask(call));
  console.log(JSON.stringify(replies));
});
