// --- pushes against checks: how soon each daemon with a P2P link told of the last blocks ---

const PUSHES_EVERY_MS = 10000
const PUSHES_TO_MS = [100, 1000, 10000, 60000]

const median = list => list.length === 0 ? null : [...list].sort((a, b) => a - b)[Math.floor((list.length - 1) / 2)]
const short = ms => ms < 1000 ? `${ms}\u00A0ms` : ms < 10000 ? `${(ms / 1000).toFixed(1)}\u00A0s` : span(ms)

/* Each block of each daemon, in milliseconds after the first news of it from any of them. */
function delaysOf (pushes) {
  const first = new Map()
  for (const d of pushes.daemons) {
    d.height.forEach((height, i) => {
      const news = Math.min(d.pushed_ms[i] === null ? Infinity : d.pushed_ms[i], d.checked_ms[i])
      first.set(height, Math.min(news, first.has(height) ? first.get(height) : Infinity))
    })
  }
  const since = (ms, height) => ms === null ? null : ms - first.get(height)
  return pushes.daemons.slice(0, LANES_MAX).map(d => ({
    name: d.name,
    blocks: d.height.map((height, i) => (
      { height, pushed: since(d.pushed_ms[i], height), checked: since(d.checked_ms[i], height) }))
  }))
}

function drawPushes (list, width) {
  const margin = width < 520 ? 76 : 130
  const lane = 32
  const gap = 4
  const height = list.length * (lane + gap) + 20
  const all = list.flatMap(d => d.blocks.flatMap(b => [b.pushed, b.checked]))
  const most = PUSHES_TO_MS.find(ms => all.every(value => value <= ms)) || PUSHES_TO_MS[PUSHES_TO_MS.length - 1]
  // Logarithmic, but with a place for 0; the marks at the ends are whole.
  const x = ms => margin + 6 + (width - margin - 12) * Math.log(1 + Math.min(ms, most)) / Math.log(1 + most)
  const picture = svg('svg', { viewBox: `0 0 ${width} ${height}`, height, role: 'img' })
  const letters = Math.floor((margin - 8) / 8)

  const top = i => i * (lane + gap)
  list.forEach((d, i) => picture.append(svg('rect', { class: 'lane', x: margin, y: top(i), width: width - margin, height: lane })))
  for (const ms of [0, 10, ...PUSHES_TO_MS].filter(ms => ms <= most)) {
    picture.append(svg('line', { class: 'grid', x1: x(ms), x2: x(ms), y1: 0, y2: height - 18 }))
    picture.append(svg('text', { class: 'axis', x: x(ms), y: height - 5, 'text-anchor': ms === most ? 'end' : 'middle' },
      ms === 0 ? '0' : ms < 1000 ? `${ms} ms` : `${ms / 1000} s`))
  }
  list.forEach((d, i) => {
    const y = top(i)
    for (const b of d.blocks) {
      if (b.pushed !== null) {
        picture.append(svg('circle', { class: 'push', cx: x(b.pushed), cy: y + 9, r: 4 },
          svg('title', {}, `${d.name} pushed ${b.height} after ${short(b.pushed)}`)))
      }
      picture.append(svg('line', { class: 'check', x1: x(b.checked), x2: x(b.checked), y1: y + 17, y2: y + lane - 3 },
        svg('title', {}, `a check of ${d.name} showed ${b.height} after ${short(b.checked)}`)))
    }
    picture.append(svg('text', { class: 'name', x: 0, y: y + lane / 2 + 4 }, svg('title', {}, d.name),
      d.name.length > letters ? d.name.slice(0, letters - 1) + '\u2026' : d.name))
  })
  return picture
}

/* The picture in words. */
function sayPushes (d) {
  const pushed = d.blocks.filter(b => b.pushed !== null).map(b => b.pushed)
  if (d.blocks.length === 0) return 'no block yet'
  return `pushed ${pushed.length} of ${d.blocks.length}` +
    (pushed.length > 0 ? `, after ${short(median(pushed))}` : '') +
    `; checks showed them after ${short(median(d.blocks.map(b => b.checked)))}`
}

function showPushes () {
  const pushes = state.pushes
  byId('pushes').hidden = !pushes || pushes.daemons.length === 0
  if (byId('pushes').hidden) return
  const box = byId('pushes-drawing')
  const list = delaysOf(pushes)
  const left = pushes.daemons.length - list.length
  const picture = drawPushes(list, box.clientWidth || 600)
  picture.setAttribute('aria-label', 'When each daemon pushed the last blocks, and when checks showed them. The list below says the same.')
  box.replaceChildren(picture)
  setText('pushes-note', 'The last 16 blocks of each daemon with a P2P link, by the time since the first news of the block. The list has the medians.' +
    (left > 0 ? ` ${left} daemons are left out.` : ''))
  byId('pushes-list').replaceChildren(...list.map(d => el('li', {}, el('b', {}, d.name), ` ${sayPushes(d)}`)))
}

async function askPushes () {
  try {
    state.pushes = await (await fetch('/pushes')).json()
    showPushes()
  } catch (error) {
    // The events tell that the connection is lost.
  }
}

addEventListener('resize', showPushes)
askPushes()
setInterval(askPushes, PUSHES_EVERY_MS)
