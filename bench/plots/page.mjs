/**
 * Fills the places of a page that show stored results. A place begins with `<!-- results: SECTION -->`, or with
 * `<!-- results: SECTION, plots -->` to show plots too, and ends with `<!-- /results -->`.
 */
import { sectionMarkdown } from './tables.mjs'

const place = /<!-- results: ([\w-]+)(, plots)? -->\n[\s\S]*?<!-- \/results -->/g

/**
 * @param {string} page Markdown
 * @param {Map<string, import('../store.mjs').Stored>} sections
 * @param {(stored: import('../store.mjs').Stored) => { group: string, file: string, svg: string }[]} chartsOf
 * @returns {{ text: string, charts: { file: string, svg: string }[], unused: string[] }} `charts`: those that the page shows.
 *   `unused`: sections without a place
 */
export const fillPage = (page, sections, chartsOf) => {
  const shown = []
  const used = new Set()
  const text = page.replaceAll(place, (_, section, hasPlots = '') => {
    const stored = sections.get(section)
    used.add(section)
    const charts = stored === undefined || hasPlots === '' ? [] : chartsOf(stored)
    shown.push(...charts)
    const contents = stored === undefined ? 'Not measured yet.' : sectionMarkdown(stored, charts)
    return `<!-- results: ${section}${hasPlots} -->\n${contents}\n<!-- /results -->`
  })
  return { text, charts: shown, unused: [...sections.keys()].filter((name) => !used.has(name)) }
}
