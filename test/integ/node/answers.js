/* What daemons answer to a block, over the table that every reader of such answers is tested by. */
'use strict';
const { assert, fs, run, test } = require('./kit');
const path = require('path');
const dialects = require('../../../etc/node/dialects.js');

const TABLE = JSON.parse(fs.readFileSync(
  path.join(__dirname, '..', '..', 'data', 'submit-answers.json'), 'utf8'));
const OUTCOMES = ['accepted', 'duplicate', 'refused', 'not_able', 'unknown'];

TABLE.answers.forEach((one, i) => test(i + ' ' + one.dialect + ': ' + one.what, () => {
  assert.strictEqual(dialects.outcomeOf({ status: one.status, message: '', headers: [],
    body: Buffer.from(one.body) }), one.outcome, one.status + ' ' + one.body);
}));

test('the table has every outcome, and each answer once', () => {
  const keys = TABLE.answers.map(one => one.dialect + one.status + one.body);
  assert.strictEqual(new Set(keys).size, keys.length);
  OUTCOMES.forEach(outcome => {
    assert.ok(TABLE.answers.some(one => one.outcome === outcome), outcome);
  });
  TABLE.answers.forEach(one => assert.ok(OUTCOMES.indexOf(one.outcome) >= 0, one.outcome));
});

run();
