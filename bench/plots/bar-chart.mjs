/**
 * Horizontal bars as SVG, for docs: panels below each other, one bar per contender, targets as dashed lines. The same rows give
 * the same bytes. The colours follow the reader's light or dark mode. Bars of peers that would make all others too short to
 * compare are cut, with a gap near their end; the figure beside each bar is never cut.
 */
import { figure } from '../rows.mjs'

const width = 900
const labelWidth = 220
const noteWidth = 300
/** Of a figure beside a bar. */
const figureWidth = 56
const barsWidth = width - labelWidth - noteWidth
const rowHeight = 22
const barHeight = 14
const panelGap = 14
const titleHeight = 30
const panelTitleHeight = 24

const style = `
text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328 }
.title { font-size: 14px; font-weight: 600 }
.panel { font-weight: 600 }
.quiet { fill: #59636e }
.ours { fill: #e8590c } .before { fill: #f2a679 } .floor { fill: #57606a } .peer { fill: #afb8c1 }
.axis { stroke: #d1d9e0 } .cut { fill: #fff }
.target { stroke: #1f2328; stroke-width: 1.5; stroke-dasharray: 4 2 }
text.holds { fill: #1a7f37 } text.misses { fill: #cf222e }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .quiet { fill: #9198a1 }
  .ours { fill: #ff8c42 } .before { fill: #a35a2a } .floor { fill: #b7bdc8 } .peer { fill: #545d68 }
  .axis { stroke: #3d444d } .cut { fill: #0d1117 }
  .target { stroke: #f0f6fc }
  text.holds { fill: #3fb950 } text.misses { fill: #f85149 }
}`

/** The longest uncut bar of a peer, over the longest bar of the other kinds. */
const mostOfOurs = 5

const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text) => text.replaceAll(/[&<>"]/g, (character) => escapes[character])

const fixed = (number) => String(Math.round(number * 10) / 10)

const text = (x, y, content, className = '', anchor = 'start') =>
  `<text x="${fixed(x)}" y="${fixed(y)}"${className === '' ? '' : ` class="${className}"`}${
    anchor === 'start' ? '' : ` text-anchor="${anchor}"`
  }>${escaped(content)}</text>`

const verdict = ({ target, holds }) => `${target}: ${holds ? 'holds' : 'missed'}`

/** A gap in a bar whose end is at `x`. */
const cut = (x, top) =>
  `<path class="cut" d="M${fixed(x - 16)} ${fixed(top + barHeight + 2)}l5 ${-barHeight - 4}h4l-5 ${barHeight + 4}z"/>`

/** One panel: a title and its bars. `scale` maps a value to a length, the same for all panels. */
const panel = ({ title, rows }, top, scale) => {
  const parts = []
  const barsTop = top + (title === undefined ? 0 : panelTitleHeight)
  const bottom = barsTop + rows.length * rowHeight
  if (title !== undefined) parts.push(text(0, top + 16, title, 'panel'))
  parts.push(`<path class="axis" d="M${labelWidth} ${fixed(barsTop)}V${fixed(bottom)}"/>`)
  rows.forEach((row, index) => {
    const rowTop = barsTop + index * rowHeight
    const baseline = rowTop + rowHeight / 2 + 4
    const { name, kind = 'ours', value, skipped } = row
    parts.push(text(labelWidth - 8, baseline, name, '', 'end'))
    if (skipped !== undefined) {
      parts.push(text(labelWidth + 6, baseline, `not measured: ${skipped}`, 'quiet'))
      return
    }
    const length = Math.max(1, scale(Math.max(0, value)))
    const barTop = rowTop + (rowHeight - barHeight) / 2
    parts.push(
      `<rect class="${kind}" x="${labelWidth}" y="${fixed(barTop)}" width="${fixed(Math.min(length, barsWidth))}" height="${barHeight}" rx="2"/>`,
    )
    if (length > barsWidth) parts.push(cut(labelWidth + barsWidth, barTop))
    // The figure follows the bar, or the line of the target where the line is too close.
    const limit = row.limit === undefined ? 0 : scale(row.limit)
    const end = Math.min(length, barsWidth)
    const after = limit > end && limit - end < figureWidth ? limit : end
    parts.push(text(labelWidth + after + 6, baseline, figure(value)))
    if (row.limit !== undefined) {
      const x = fixed(labelWidth + limit)
      parts.push(`<path class="target" d="M${x} ${fixed(rowTop + 1)}V${fixed(rowTop + rowHeight - 1)}"/>`)
    }
    if (row.target !== undefined) parts.push(text(width, baseline, verdict(row), row.holds ? 'holds' : 'misses', 'end'))
  })
  return { parts, bottom }
}

/**
 * @param {{ title: string, unit: string, panels: { title?: string, rows: import('../rows.mjs').Row[] }[] }} chart
 * @returns {string} an SVG document
 */
export const barChart = ({ title, unit, panels }) => {
  const all = panels.flatMap(({ rows }) => rows)
  const longest = (rows) => Math.max(0, ...rows.flatMap(({ value = 0, limit = 0 }) => [value, limit]))
  const ours = longest(all.filter(({ kind }) => kind !== 'peer'))
  const most = Math.min(longest(all), ours === 0 ? Number.POSITIVE_INFINITY : mostOfOurs * ours) || 1
  const scale = (value) => (value / most) * barsWidth
  const direction = /per second|bit\/s/.test(unit) ? 'more is better' : 'less is better'
  const parts = [text(0, 16, title, 'title'), text(width, 16, `${unit}, ${direction}`, 'quiet', 'end')]
  let top = titleHeight
  for (const each of panels) {
    const { parts: drawn, bottom } = panel(each, top, scale)
    parts.push(...drawn)
    top = bottom + panelGap
  }
  const height = top - panelGap + 6
  const summary = all
    .filter(({ value }) => value !== undefined)
    .map(({ name, value }) => `${name} ${figure(value)}`)
    .join(', ')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(`${title}, ${unit}`)}</title>
<desc>${escaped(summary)}</desc>
<style>${style}
</style>
${parts.join('\n')}
</svg>
`
}
