/*
 * Found blocks as files for tipwatchd (tipwatch.conf(5), BLOCKS): writing one, and learning what
 * became of it. The names of blocks are those of the request "blocks" of tipwatch-control(7).
 */
'use strict';

const crypto = require('crypto');
const fs = require('fs');

const WRITE_MS = 250; // a disk that takes longer does not hold a found block up
const POLL_MS = 200; // between two questions about a block
const ENDS = ['refused', 'stale', 'orphaned', 'lost'];
const OPEN = ['none', 'waiting'];

let count = 0;

// The id that tipwatchd gives the block.
function idOf(blob) {
  return crypto.createHash('sha256').update(blob.toLowerCase()).digest('hex').slice(0, 16);
}

/*
 * Writes a block, in hexadecimal digits, into the directory: then(whether it is there). daemon is
 * the one that the caller sends it to itself. A file that is later than WRITE_MS counts as none; if
 * it comes after all, tipwatchd finds the block at the daemons.
 */
function write(dir, blob, daemon, then) {
  const name = Date.now() + '.' + process.pid + '.' + ++count + ':' + daemon;
  const from = dir + '/tmp/' + name;
  let isOver = false;
  const finish = isThere => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    then(isThere);
  };
  const timer = setTimeout(finish, WRITE_MS, false);
  fs.open(from, 'wx', 0o644, (error, fd) => {
    if (error) return finish(false);
    const end = failed => fs.close(fd, () => {
      if (failed) fs.unlink(from, () => {});
      finish(!failed);
    });
    // Whatever the umask is: the directory keeps others out.
    fs.fchmod(fd, 0o644, error1 => error1 ? end(error1) : fs.write(fd, blob, (error2, n) => {
      if (error2 || n !== blob.length) return end(true);
      fs.fsync(fd, error3 => error3 ? end(error3) : fs.rename(from, dir + '/new/' + name, end));
    }));
  });
}

/*
 * Waits until tipwatchd says that a daemon has taken the block, or that none will: then(taken).
 * Returns a function that ends the waiting.
 */
function follow(control, blob, then) {
  const id = idOf(blob);
  let timer = null;
  let isOver = false;
  const look = () => control.ask('blocks 1h', answer => {
    if (isOver) return;
    const block = answer && (answer.blocks || []).find(one => one.id === id);
    const isTaken = block && block.accepted_after_ms !== null;
    const isEnded = block && (ENDS.indexOf(block.state) >= 0 ||
      block.daemons.every(d => OPEN.indexOf(d.answer) < 0));
    if (!isTaken && !isEnded) {
      timer = setTimeout(look, POLL_MS);
      return;
    }
    isOver = true;
    then(isTaken);
  });
  look();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

module.exports = { write, follow };
