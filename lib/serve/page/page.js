/*
 * The live page. Everything shown comes from /events (now), /history (before) and /pushes (what P2P
 * links told: pushes.js, which follows this file). Text from daemons is data: it only ever becomes
 * text nodes and attribute values, never markup.
 */
'use strict'

const STALE_MS = 6000 // /events speaks every 2 s
const HISTORY_EVERY_MS = 10000
const LANES_MAX = 40
const SVG = 'http://www.w3.org/2000/svg'

const STATES = {
  healthy: '\u25CF', unhealthy: '\u25B2', unresponsive: '\u2715', maintenance: '\u25A0',
  unknown: '\u25CB'
}
const MARKS = {
  starting: '\u25CB', consensus: '\u25CF', reduced: '\u25D0', contested: '\u25B2', fallback: '\u25B2'
}
/* What modes mean and which state a reason belongs to: tipwatchd's own table, written into the page. */
const WORDS = JSON.parse(document.getElementById('words').dataset.words)
const stateOf = reason => WORDS.states[reason] || 'unhealthy'

const byId = id => document.getElementById(id)
const state = { status: null, at: 0, clock: null, history: null, pushes: null, span: 'hour', version: null }

// --- small things ---

function fill (node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value)
  }
  for (const child of children) {
    if (child !== null && child !== undefined) node.append(child)
  }
  return node
}
const el = (name, attributes = {}, ...children) =>
  fill(document.createElement(name), attributes, children)
const svg = (name, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, name), attributes, children)

function setText (id, text) {
  const node = byId(id)
  if (node.textContent !== text) node.textContent = text
}

const number = value => value === null || value === undefined ? '\u2013' : String(value)
const shortHash = hash => hash ? hash.slice(0, 12) + '\u2026' : ''
const nodes = n => n === 1 ? '1 node' : `${n} nodes`

function span (ms) {
  const s = Math.max(0, Math.floor(ms / 1000))
  // A number and its unit stay in one line.
  const parts = s < 60 ? [s, 's']
    : s < 3600 ? [Math.floor(s / 60), 'min', s % 60, 's']
      : s < 86400 ? [Math.floor(s / 3600), 'h', Math.floor(s % 3600 / 60), 'min']
        : [Math.floor(s / 86400), 'd', Math.floor(s % 86400 / 3600), 'h']
  return parts.map((part, i) => i === 0 ? part : (i % 2 === 1 ? '\u00A0' : ' ') + part).join('')
}
const roughly = ms => ms < 600000 ? span(ms) : ms < 3600000 ? `${Math.floor(ms / 60000)}\u00A0min` : span(ms)

/* The server's clock, in which all times are; uptime_s is rounded down, so the latest counts. */
const serverNow = () => performance.now() + state.clock
function setClock (status) {
  const clock = status.started_ms + status.uptime_s * 1000 - performance.now()
  if (state.clock === null || clock > state.clock || clock < state.clock - 5000) state.clock = clock
}
const ageOf = ms => ms === null || ms === undefined ? null : serverNow() - ms
const two = n => String(n).padStart(2, '0')
function minuteOfDay (ms) {
  const date = new Date(ms)
  return `${two(date.getHours())}:${two(date.getMinutes())}`
}
const timeOfDay = ms => `${minuteOfDay(ms)}:${two(new Date(ms).getSeconds())}`

// --- now ---

function alarmsOf (status) {
  const select = status.select
  const consensus = status.consensus
  const chosen = status.daemons.find(d => d.chosen)
  const list = []
  if (!select.usable && select.mode !== 'starting') {
    list.push(['bad', chosen
      ? `Not usable: nothing better than ${chosen.name}, which is ${chosen.state} (${chosen.reason}).`
      : 'Not usable: there is no daemon that the pool could use.'])
  }
  if (select.mode === 'contested') {
    list.push(['bad', `Contested. ${WORDS.remedies.contested}`])
  }
  if (select.mode === 'fallback') {
    list.push(['warn', `Fallback: ${consensus.answering} of ${nodes(consensus.voters)} answer, and ${consensus.quorum} would have to agree.`])
  }
  if (consensus.stalled) {
    list.push(['warn', 'Stalled: the network has shown no new block for too long.'])
  }
  if (consensus.island) {
    list.push(['warn', 'Island: these nodes seem to be connected only to each other.'])
  }
  if (consensus.witnesses && consensus.witnesses.alarm) {
    list.push(['warn', `Witnesses: ${consensus.witnesses.alarm}.`])
  }
  if (status.suspect) list.push(['warn', `Setting: ${status.suspect.text}`])
  if (select.pinned) list.push(['note', `Pinned: an operator chose ${chosen ? chosen.name : 'nobody'}.`])
  return list
}

function showAlarms (list) {
  const key = JSON.stringify(list)
  const box = byId('alarms')
  if (box.dataset.key === key) return
  box.dataset.key = key
  box.replaceChildren(...list.map(([kind, text]) => el('li', { class: kind }, text)))
}

/* Which blocks the witnesses have, the three that most of them named. */
function witnessesText (witnesses) {
  if (!witnesses) return ''
  const tips = [...witnesses.tips].sort((a, b) => b.witnesses - a.witnesses).slice(0, 3)
    .map(tip => `${tip.witnesses} at ${number(tip.height)} ${tip.hash.slice(0, 8)}`)
  return ` Witnesses: ${witnesses.connected} of ${witnesses.wanted}${tips.length > 0 ? `, ${tips.join(', ')}` : ''}.`
}

function showBoard (status, alarms) {
  const select = status.select
  const consensus = status.consensus
  const worst = alarms.some(a => a[0] === 'bad') ? 'bad' : alarms.some(a => a[0] === 'warn') ? 'warn' : 'well'
  byId('board').className = worst
  setText('use-label', select.usable ? 'The pool uses' : select.daemon ? 'Not usable' : 'The pool has')
  setText('use-name', select.daemon ? select.daemon.name : 'no daemon')
  setText('use-url', select.daemon ? select.daemon.url : '')
  setText('use-text', select.text)
  setText('height', number(select.network_height))
  setText('tip-hash', shortHash(select.hash))
  byId('tip-hash').title = select.hash || ''
  setText('mode-mark', MARKS[select.mode] || '')
  setText('mode-name', select.mode)
  setText('mode-text', WORDS.modes[select.mode] || '')
  setText('mode-advice', select.usable || select.mode === 'starting'
    ? WORDS.advice[select.mode] || ''
    : 'No daemon is usable: the pool should give no new work.')
  setText('votes', `${consensus.answering} of ${nodes(consensus.voters)} answer, ${consensus.agreeing} agree` +
    (consensus.conflicting > 0 ? `, ${consensus.conflicting} contradict` : '') + `; quorum ${consensus.quorum}.` + witnessesText(consensus.witnesses))
  document.title = `${worst === 'well' ? '' : worst === 'bad' ? '\u2715 ' : '\u25B2 '}` +
    `${select.daemon ? select.daemon.name : 'no daemon'} ${number(select.network_height)} \u00B7 tipwatch`
  const said = `${select.usable ? 'The pool uses' : 'Not usable:'} ${select.daemon ? select.daemon.name : 'no daemon'}, mode ${select.mode}.`
  setText('said', said)
}

/* Blocks behind the network height; "+2" above it, a dash on another chain. */
function lagOf (d) {
  if (d.fork_height !== null) return '\u2013'
  const network = state.status.select.network_height
  return d.height !== null && network !== null && d.height > network ? `+${number(d.height - network)}` : number(d.lag)
}

/* [label, class, parts] of each cell after the name's. */
function cellsOf (d) {
  const ms = value => value === null ? '\u2013' : `${value} ms`
  return [
    ['', `state ${d.state}`, [
      el('span', { class: 'mark', 'aria-hidden': 'true' }, STATES[d.state] || '?'),
      d.state, d.state === 'healthy' && d.reason === 'ok' ? null : el('span', { class: 'word' }, ` ${d.reason}`),
      d.detail ? el('span', { class: 'sub' }, d.detail) : null]],
    ['height', 'n', [number(d.height), el('span', { class: 'sub mono', title: d.hash }, d.hash ? d.hash.slice(0, 8) : '')]],
    ['lag', d.lag > 0 && d.state !== 'healthy' ? 'n poor' : 'n', [lagOf(d)]],
    ['peers', 'n', [`${number(d.peers_in)}, ${number(d.peers_out)}`, d.p2p ? el('span', { class: 'sub', title: d.p2p.error }, `P2P ${d.p2p.state}`) : null]],
    ['latency', 'n', [ms(d.latency_ms), d.latency_p99_ms === null ? null : el('span', { class: 'sub' }, `p99 ${d.latency_p99_ms} ms`)]],
    ['tip delay', 'n', [ms(d.tip_delay_ms)]],
    ['template', d.template !== 'ok' && d.template !== 'unchecked' ? 'poor' : '', [d.template]],
    ['since', 'n', [el('span', { class: 'since', 'data-ms': d.since_ms })]]
  ]
}

function rowOf (d) {
  const tag = (text, is) => el('span', { class: is ? 'tag is' : 'tag' }, text)
  // What does not answer shows what it said last.
  const kind = (d.chosen ? 'chosen ' : '') + (d.state === 'unresponsive' ? 'old' : '')
  return el('tr', { role: 'row', class: kind.trim() || null },
    el('th', { role: 'rowheader', scope: 'row' }, d.name,
      d.chosen ? tag('chosen', true) : null, d.primary ? tag('primary') : null,
      d.role === 'reference' ? tag('reference') : null,
      el('span', { class: 'sub mono' }, d.url)),
    ...cellsOf(d).map(([label, kind, parts]) =>
      el('td', { role: 'cell', class: kind, 'data-label': label || null }, ...parts)))
}

/* A row is made anew only where something in it changed. */
function showDaemons (status) {
  const body = byId('daemons')
  status.daemons.forEach((d, i) => {
    const { checks, failures, last_check_ms: check, last_ok_ms: ok, ...shown } = d
    const key = JSON.stringify(shown)
    const old = body.rows[i]
    if (old && old.dataset.key === key) return
    const row = rowOf(d)
    row.dataset.key = key
    if (old) old.replaceWith(row); else body.append(row)
  })
  while (body.rows.length > status.daemons.length) body.rows[body.rows.length - 1].remove()
}

function showSwitches (status) {
  const list = byId('switches')
  const key = JSON.stringify(status.switches)
  if (list.dataset.key === key) return
  list.dataset.key = key
  if (status.switches.length === 0) {
    list.replaceChildren(el('li', { class: 'none' }, el('span', { class: 'dim' }, 'None since tipwatchd started.')))
    return
  }
  list.replaceChildren(...status.switches.map(s => el('li', {},
    el('span', { class: 'dim' }, timeOfDay(s.t_ms), ' \u00B7 ', el('span', { class: 'since', 'data-ms': s.t_ms, 'data-after': ' ago' })),
    el('span', {}, `${s.from === null ? 'nobody' : s.from} \u2192 `, el('b', {}, s.to === null ? 'nobody' : s.to),
      ` \u00B7 ${s.text} \u00B7 mode ${s.mode}`))))
}

// --- the split ---

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'

function drawSplit (branches, width) {
  const known = branches.filter(b => b.height !== null)
  const low = Math.min(...known.map(b => b.fork_height === null ? b.height : b.fork_height)) - 1
  const high = Math.max(...known.map(b => b.height))
  const row = 44
  const x = h => 30 + (width - 70) * (h - low) / Math.max(1, high - low)
  const y = i => 26 + i * row
  const picture = svg('svg', { viewBox: `0 0 ${width} ${26 + branches.length * row}`, role: 'img', height: 26 + branches.length * row })
  picture.append(svg('title', {}, `${branches.length} chains from height ${low + 1} to ${high}`))
  const wants = high - low <= 30
  branches.forEach((b, i) => {
    if (b.height === null) return
    const off = i > 0
    const from = off ? (b.fork_height === null ? low : b.fork_height) : low
    picture.append(svg('path', {
      class: off ? 'rival' : 'main',
      d: off ? `M${x(from)} ${y(0)}C${x(from) + 20} ${y(0)} ${x(from)} ${y(i)} ${x(from) + 24} ${y(i)}H${x(b.height)}` : `M${x(from)} ${y(0)}H${x(b.height)}`
    }))
    for (let h = from + 1; wants && h < b.height; h++) {
      picture.append(svg('circle', { class: off ? 'dot off' : 'dot', cx: x(h), cy: y(i), r: 3 }))
    }
    if (off && b.fork_height !== null) {
      picture.append(svg('text', { class: 'axis', x: x(from), y: y(0) - 12, 'text-anchor': 'middle' }, String(b.fork_height)))
    }
    picture.append(svg('circle', { class: off ? 'badge off' : 'badge', cx: x(b.height), cy: y(i), r: 11 }))
    picture.append(svg('text', { x: x(b.height), y: y(i) + 4, 'text-anchor': 'middle' }, LETTERS[i] || '+'))
  })
  return picture
}

function showSplit (status) {
  const branches = status.consensus.branches
  const box = byId('split')
  box.hidden = branches.length < 2
  const width = byId('split-drawing').clientWidth || 600
  const key = JSON.stringify([branches, width])
  if (box.hidden || box.dataset.key === key) return
  box.dataset.key = key
  const depth = b => b.fork_height === null ? '' : `, ${b.height - b.fork_height} from the fork at ${b.fork_height}`
  setText('split-title', `The nodes are on ${branches.length} chains`)
  byId('split-drawing').replaceChildren(drawSplit(branches, width))
  byId('split-list').replaceChildren(...branches.map((b, i) => el('li', {},
    el('b', {}, LETTERS[i] || '+'), i === 0 ? 'main chain' : 'rival',
    ` \u00B7 height ${number(b.height)}${i === 0 ? '' : depth(b)} `,
    el('span', { class: 'mono dim', title: b.hash }, shortHash(b.hash)),
    ` \u00B7 ${nodes(b.votes)}: `, el('b', {}, b.members.join(', ')))))
}

// --- history ---

/* [FRAME,VALUE,…] as [{ from, to, value }] in frames. */
function runs (series, frames) {
  const list = []
  for (let i = 0; i < series.length; i += 2) {
    list.push({ from: series[i], to: i + 2 < series.length ? series[i + 2] : frames, value: series[i + 1] })
  }
  return list
}

const mostBehind = daemons => daemons.reduce(
  (most, d) => runs(d.behind, 0).reduce((m, r) => r.value > m ? r.value : m, most), 0)

/* When the pool had nothing to use; in starting nobody knows yet. */
function unusable (history) {
  const starts = runs(history.mode, history.frames).filter(r => r.value === 'starting').map(r => r.to)
  const first = starts.length > 0 && history.mode[1] === 'starting' ? starts[0] : 0
  return runs(history.usable, history.frames).filter(r => r.value === false && r.to > first)
    .map(r => ({ ...r, from: Math.max(r.from, first) }))
}

function stripes (x, y, w, h, falls) {
  let d = ''
  for (let at = x - h; at < x + w; at += 8) {
    const from = Math.max(at, x)
    const to = Math.min(at + h, x + w)
    const [above, below] = [from - at, to - at].map(part => falls ? y + part : y + h - part)
    if (to > from) d += `M${from} ${above}L${to} ${below}`
  }
  return svg('path', { class: 'stripes', d })
}

function label (picture, x, y, w, h, word) {
  if (w > word.length * 7 + 8) picture.append(svg('text', { class: 'word', x: x + 5, y: y + h / 2 + 4 }, word))
}

function band (picture, x, y, w, h, kind, word) {
  picture.append(svg('rect', { class: kind, x, y, width: w, height: h }))
  if (kind === 'unhealthy' || kind === 'unresponsive') picture.append(stripes(x, y, w, h, false))
  if (kind === 'unresponsive') picture.append(stripes(x, y, w, h, true))
  label(picture, x, y, w, h, word)
}

/* All nodes, or of very many those that something happened to. */
function lanesOf (history) {
  if (history.daemons.length <= LANES_MAX) return history.daemons
  const used = new Set(history.chosen)
  return history.daemons.filter(d => used.has(d.name) || d.reason.some(
    word => typeof word === 'string' && word !== 'unchecked' && stateOf(word) !== 'healthy')).slice(0, LANES_MAX)
}

function drawHistory (history, width) {
  const narrow = width < 520
  const margin = narrow ? 76 : 130
  const shown = lanesOf(history)
  const lane = shown.length > 16 ? 20 : 32
  const gap = 4
  const lost = unusable(history)
  const top = lost.length > 0 ? 44 : 26
  const height = top + shown.length * (lane + gap) + 24
  const total = state.span === 'day' ? 86400000 : 3600000
  const length = Math.min(total, Math.max(120000, history.frames * history.step_ms))
  const end = history.from_ms + history.frames * history.step_ms
  const x = frame => margin + (width - margin - 4) * Math.min(1, Math.max(0, (history.from_ms + frame * history.step_ms - (end - length)) / length))
  const picture = svg('svg', { viewBox: `0 0 ${width} ${height}`, height, role: 'img' })
  const peak = Math.max(4, mostBehind(shown))
  const clip = text => text.length * 8 > margin - 8 ? text.slice(0, Math.floor((margin - 16) / 8)) + '\u2026' : text

  for (const r of runs(history.mode, history.frames)) {
    if (r.value === null) continue
    const bad = r.value === 'contested' || r.value === 'fallback'
    band(picture, x(r.from), 4, Math.max(1, x(r.to) - x(r.from)), 16, bad ? 'unhealthy' : r.value === 'starting' ? 'unknown' : 'lane', r.value)
  }
  // A lane of its own, so that the words of neither are painted over.
  for (const r of lost) {
    band(picture, x(r.from), 22, Math.max(1, x(r.to) - x(r.from)), 16, 'unresponsive', 'not usable')
  }
  picture.append(svg('text', { class: 'axis name', x: 0, y: 17 }, 'mode'))

  shown.forEach((d, i) => {
    const y = top + i * (lane + gap)
    picture.append(svg('rect', { class: 'lane', x: x(0), y, width: x(history.frames) - x(0), height: lane }))
    for (const r of runs(d.reason, history.frames)) {
      if (r.value !== null && r.value !== 'ok') {
        const kind = stateOf(r.value)
        if (kind !== 'healthy') band(picture, x(r.from), y, Math.max(1, x(r.to) - x(r.from)), lane, kind, '')
      }
    }
    for (const r of runs(d.behind, history.frames)) {
      if (r.value > 0) {
        const h = Math.max(3, lane * 0.6 * Math.log2(1 + r.value) / Math.log2(1 + peak))
        picture.append(svg('rect', { class: 'lag', x: x(r.from), y: y + lane - h, width: Math.max(1, x(r.to) - x(r.from)), height: h }))
      }
    }
    for (const r of runs(history.chosen, history.frames)) {
      if (r.value === d.name) picture.append(svg('rect', { class: 'used', x: x(r.from), y: y + lane - 5, width: Math.max(2, x(r.to) - x(r.from)), height: 5 }))
    }
    for (const r of runs(d.reason, history.frames)) {
      if (r.value !== null && stateOf(r.value) !== 'healthy' && lane > 24) label(picture, x(r.from), y - 6, x(r.to) - x(r.from), lane, r.value)
    }
    const is = history.chosen[history.chosen.length - 1] === d.name
    picture.append(svg('text', { class: is ? 'name is' : 'name', x: 0, y: y + lane / 2 + 4 }, svg('title', {}, d.name), clip(d.name)))
  })

  const steps = narrow ? 2 : 4
  for (let i = 0; i <= steps; i++) {
    const at = margin + (width - margin - 4) * i / steps
    picture.append(svg('line', { class: 'grid', x1: at, x2: at, y1: top, y2: height - 20 }))
    picture.append(svg('text', { class: 'axis', x: at, y: height - 5, 'text-anchor': i === 0 ? 'start' : i === steps ? 'end' : 'middle' },
      i === steps ? 'now' : (length < 600000 ? timeOfDay : minuteOfDay)(end - length * (1 - i / steps))))
  }
  return picture
}

/* The picture in words, for who cannot see it. */
function sayHistory (history) {
  const list = runs(history.chosen, history.frames).filter(r => r.value !== null)
  const n = list.filter((r, i) => i > 0 && r.value !== list[i - 1].value).length
  const lost = unusable(history).reduce((sum, r) => sum + r.to - r.from, 0)
  const peak = mostBehind(history.daemons)
  return `${roughly(history.frames * history.step_ms)} known: ${n === 1 ? '1 switch' : `${n} switches`}, ` +
    (lost === 0 ? 'always usable' : `not usable for ${roughly(lost * history.step_ms)}`) +
    (history.daemons.length > LANES_MAX ? `, ${lanesOf(history).length} of ${history.daemons.length} nodes drawn` : '') +
    (peak > 0 ? `, at most ${peak} ${peak === 1 ? 'block' : 'blocks'} behind.` : ', nobody ever behind.')
}

function showHistory () {
  const history = state.history
  if (!history || history.frames === 0) return
  const box = byId('history')
  setText('history-note', sayHistory(history))
  const picture = drawHistory(history, box.clientWidth || 600)
  picture.setAttribute('aria-label', `Who was chosen and who was well. ${sayHistory(history)}`)
  box.replaceChildren(picture)
}

let asked = 0
async function askHistory () {
  const number = ++asked
  try {
    const reply = await fetch(state.span === 'day' ? '/history/day' : '/history')
    if (!reply.ok) return
    const history = await reply.json()
    if (number !== asked) return
    state.history = history
    showHistory()
  } catch (error) {
    // The events tell that the connection is lost.
  }
}

function choose (name) {
  state.span = name
  for (const id of ['hour', 'day']) byId(id).setAttribute('aria-pressed', String(id === name))
  askHistory()
}

// --- life ---

const outline = status => JSON.stringify([status.select.epoch, status.select.mode, status.select.usable,
  status.daemons.map(d => [d.name, d.reason])])

function show (status) {
  const before = state.status
  state.status = status
  state.at = performance.now()
  // tipwatchd was upgraded under an open page.
  if (state.version !== null && state.version !== status.version) { location.reload(); return }
  state.version = status.version
  setClock(status)
  setText('version', `${status.version}, up ${roughly(status.uptime_s * 1000)}`)
  const alarms = alarmsOf(status)
  showAlarms(alarms)
  showBoard(status, alarms)
  showSplit(status)
  showDaemons(status)
  showSwitches(status)
  tick()
  // The history takes a moment to have it.
  if (before && outline(before) !== outline(status)) setTimeout(askHistory, 1200)
}

/* What grows older by itself. */
function tick () {
  if (!state.status) {
    if (performance.now() > STALE_MS) setText('link-text', 'no connection to tipwatchd')
    return
  }
  const silence = performance.now() - state.at
  const lost = silence > STALE_MS
  document.body.classList.toggle('lost', lost)
  setText('link-text', lost ? `connection lost: what is shown is ${span(silence)} old` : 'live')
  if (lost) {
    showAlarms([['gone', `Connection lost: no news from tipwatchd since ${timeOfDay(serverNow() - silence)}. What is below is old.`]])
    return
  }
  const age = ageOf(state.status.consensus.tip_since_ms)
  setText('tip-age', age === null ? 'no block seen yet' : `newest block seen ${span(age)} ago`)
  for (const node of document.querySelectorAll('.since')) {
    const text = node.dataset.ms === undefined ? '\u2013' : roughly(ageOf(Number(node.dataset.ms))) + (node.dataset.after || '')
    if (node.textContent !== text) node.textContent = text
  }
}

// --- found blocks, where tipwatchd keeps them ---

const FOUND_EVERY_MS = 5000
const FOUND_MAX = 20

function foundItem (block) {
  const depth = block.main ? `, ${block.depth} on top` : ''
  return el('li', {}, `${timeOfDay(block.found_ms)} `, el('strong', {}, number(block.height)),
    ` ${block.state}${depth}: ${block.text}`)
}

function showFound (answer) {
  byId('found').hidden = !answer.kept
  if (!answer.kept) return
  setText('found-note', answer.recent === 0 ? 'no block with a known fate yet'
    : `${answer.recent_lost} of the last ${answer.recent} were not kept by the network`)
  byId('found-list').replaceChildren(...answer.blocks.slice(0, FOUND_MAX).map(foundItem))
}

function askFound () {
  fetch('/blocks').then(reply => reply.json()).then(showFound).catch(() => {})
}

// --- what it is worth: today and this month ---

const WORTH_EVERY_MS = 10000

/* Never rounded up: 100 % is all of it. */
function share (part, whole) {
  if (whole <= 0) return '\u2013'
  return part >= whole ? '100\u00A0%' : `${(Math.floor(part * 100000 / whole) / 1000).toFixed(3)}\u00A0%`
}

function showPeriod (id, pool) {
  const fact = (name, text, kind) => el('div', {}, el('dt', {}, name), el('dd', { class: kind }, text))
  byId(id).replaceChildren(
    fact('usable', share(pool.usable_ms, pool.watched_ms)),
    fact('saved', span(pool.saved_ms), pool.saved_ms > 0 ? 'gain' : null),
    fact('not usable', span(pool.unusable_ms), pool.unusable_ms > 0 ? 'loss' : null),
    fact('contested', span(pool.contested_ms), pool.contested_ms > 0 ? 'loss' : null),
    fact('not watched', span(pool.unwatched_ms)))
}

function showWorth (report) {
  byId('worth').hidden = !report.today
  if (!report.today) return
  setText('worth-note', report.problem ? `Not kept: ${report.problem}.`
    : 'Saved: the primary could not be used, and another daemon could. All of it: tipwatchctl report.')
  showPeriod('worth-today', report.today)
  showPeriod('worth-month', report.month)
}

function askWorth () {
  fetch('/report').then(reply => reply.json()).then(showWorth).catch(() => {})
}

let source = null
let opened = 0
function connect () {
  if (source) source.close()
  opened = performance.now()
  source = new EventSource('/events')
  source.onmessage = event => show(JSON.parse(event.data))
}

/* The browser does not open a stream again that was refused, and does not notice a dead one. */
function watch () {
  const now = performance.now()
  const silent = now - Math.max(state.at, opened) > STALE_MS
  if (silent || (source.readyState === EventSource.CLOSED && now - opened > 2000)) connect()
}

byId('plain').remove()
byId('live').hidden = false
byId('hour').addEventListener('click', () => choose('hour'))
byId('day').addEventListener('click', () => choose('day'))
addEventListener('resize', () => { if (state.status) showSplit(state.status); showHistory() })
connect()
askHistory()
askFound()
askWorth()
setInterval(askWorth, WORTH_EVERY_MS)
setInterval(askFound, FOUND_EVERY_MS)
setInterval(tick, 250)
setInterval(watch, 1000)
setInterval(askHistory, HISTORY_EVERY_MS)
