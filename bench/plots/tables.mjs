/** The tables of stored results in Markdown, as docs/performance.md shows them. */
import { cellsOf, grouped } from '../rows.mjs'

const table = (heads, lines) =>
  [heads, heads.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

const verdictOf = ({ verdict }) => (verdict === 'MISSES' ? '**missed**' : verdict)

const goal = (cells) => (cells.target === '' ? '' : `${cells.target}: ${verdictOf(cells)}`)

const figures = ({ measured, compared }) => (compared === '' ? measured : `${measured}, ${compared}`)

/** A table of one group: a line per contender and, if there are several, a column per runtime. */
const groupTable = (rows) => {
  const runtimes = [...grouped(rows, 'runtime')]
  if (runtimes.length === 1) {
    return table(
      ['Client', 'Figure', 'Compared', 'Target'],
      rows.map((row) => {
        const cells = cellsOf(row)
        return [row.name, cells.measured, cells.compared, goal(cells)]
      }),
    )
  }
  const lines = [...grouped(rows, 'name')].map(([name, own]) => {
    const cells = runtimes
      .map(([runtime]) => own.find((row) => row.runtime === runtime))
      .map((row) => row && cellsOf(row))
    const present = cells.filter((cell) => cell !== undefined)
    const verdicts = present.filter(({ target }) => target !== '')
    const target =
      verdicts.length === 0
        ? ''
        : `${verdicts[0].target}: ${[...new Set(verdicts.map(verdictOf))].length === 1 ? verdictOf(verdicts[0]) : verdicts.map(verdictOf).join(', ')}`
    return [name, ...cells.map((cell) => (cell === undefined ? '' : figures(cell))), target]
  })
  return table(['Client', ...runtimes.map(([runtime]) => runtime), 'Target'], lines)
}

/** Groups of few contenders: one table for all, with a line per measure. */
const sectionTable = (rows) =>
  table(
    ['Measure', 'Client', 'Figure', 'Compared', 'Target'],
    rows.map((row) => {
      const cells = cellsOf(row)
      return [row.group, row.name, cells.measured, cells.compared, goal(cells)]
    }),
  )

const source = ({ section, date, commit, before, machine, quick }) =>
  [
    `\`npm run bench -- --only ${section}\`, ${date}, commit ${commit}`,
    ...(before === undefined ? [] : [`before: ${before}`]),
    `Node ${machine.node}, ${machine.cpu}`,
    ...(quick ? ['quick run, not for quotation'] : []),
  ].join('; ')

/**
 * @param {import('../store.mjs').Stored} stored
 * @param {{ group: string, file: string }[]} charts those of the section that the page shows
 * @returns {string} Markdown
 */
export const sectionMarkdown = (stored, charts) => {
  const head = `*${source(stored)}*`
  const groups = [...grouped(stored.rows, 'group')]
  if (stored.rows.length <= 2 * groups.length) return `${head}\n\n${sectionTable(stored.rows)}`
  const parts = groups.map(([group, rows]) => {
    const chart = charts.find((candidate) => candidate.group === group)
    const picture = chart === undefined ? '' : `\n\n![${group}](plots/${chart.file})`
    return `**${group}**${picture}\n\n${groupTable(rows)}`
  })
  return [head, ...parts].join('\n\n')
}
