/** The plots of stored results: one SVG document per group of rows. */
import { grouped } from '../rows.mjs'
import { barChart } from './bar-chart.mjs'

const slug = (text) =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')

/**
 * @param {import('../store.mjs').Stored} stored
 * @returns {{ group: string, file: string, svg: string }[]} in the order of groups
 */
export const chartsOf = ({ section, rows }) =>
  [...grouped(rows, 'group')].map(([group, own]) => {
    const runtimes = [...grouped(own, 'runtime')]
    const unit = own.find((row) => row.unit !== undefined)?.unit ?? ''
    const panels = runtimes.map(([runtime, list]) => ({
      title: runtimes.length > 1 ? runtime : undefined,
      rows: list,
    }))
    return { group, file: `${section}-${slug(group)}.svg`, svg: barChart({ title: group, unit, panels }) }
  })
