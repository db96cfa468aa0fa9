/* The rule by which a block is sent, over the table that every program with it is tested by. */
'use strict';
const { assert, fs, run, test } = require('./kit');
const path = require('path');
const Submission = require('../../../etc/node/submission.js');

const TABLE = JSON.parse(fs.readFileSync(
  path.join(__dirname, '..', '..', 'data', 'submission.json'), 'utf8'));

// What is sent when, in the time of the case: {sends, waitsUntil}.
function play(one, startMs) {
  const times = Object.assign({ after_accept_ms: 500, after_silence_ms: 1500 }, one);
  const submission = new Submission(one.targets, times.after_accept_ms, times.after_silence_ms,
    startMs);
  const events = one.events.slice();
  const sends = [];
  for (let now = startMs; ;) {
    submission.due(now).forEach(i => sends.push([now - startMs, i]));
    const wakeMs = submission.isAllSent ? Infinity : submission.nextMs;
    const eventMs = events.length > 0 ? startMs + events[0][0] : Infinity;
    if (wakeMs === Infinity && eventMs === Infinity) break;
    assert.ok(Math.min(wakeMs, eventMs) >= now, 'time goes back');
    now = Math.min(wakeMs, eventMs);
    if (eventMs <= wakeMs) {
      const event = events.shift();
      submission.answered(event[1], event[2], now);
    }
  }
  return { sends, waitsUntil: submission.hasBlock ? undefined : submission.nextMs - startMs };
}

TABLE.cases.forEach(one => test(one.name, () => {
  // The clock starts anywhere.
  for (const startMs of [0, 123456.5]) {
    const played = play(one, startMs);
    assert.deepStrictEqual(played.sends, one.sends);
    if (one.waits_until !== undefined) assert.strictEqual(played.waitsUntil, one.waits_until);
  }
}));

test('a caller that was asleep sends to one leader only', () => {
  const submission = new Submission(3, 500, 1500, 0);
  assert.deepStrictEqual(submission.due(0), [0]);
  assert.deepStrictEqual(submission.due(1499), []);
  assert.deepStrictEqual(submission.due(60000), [1]);
  assert.deepStrictEqual(submission.due(61499), []);
  assert.deepStrictEqual(submission.due(61500), [2]);
});

run();
