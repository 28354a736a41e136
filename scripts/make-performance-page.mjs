// Makes the tables and plots of docs/performance.md from the stored results in bench/results, so that no figure is typed by hand.
// `--check` fails if the page or a plot differs from the results.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { chartsOf } from '../bench/plots/charts.mjs'
import { fillPage } from '../bench/plots/page.mjs'
import { loadSections, resultsFolder } from '../bench/store.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const { values: flags } = parseArgs({
  options: {
    check: { type: 'boolean' },
    /** Folder of stored results. */
    results: { type: 'string', default: resultsFolder },
    /** Folder of the page and its plots. */
    docs: { type: 'string', default: join(root, 'docs') },
  },
})

const page = join(flags.docs, 'performance.md')
const plots = join(flags.docs, 'plots')
const sections = loadSections(flags.results)
const { text, charts, unused } = fillPage(readFileSync(page, 'utf8'), sections, chartsOf)
for (const name of unused) console.error(`docs/performance.md has no place for the results of ${name}`)

/** Path → contents. */
const wanted = new Map([[page, text], ...charts.map(({ file, svg }) => [join(plots, file), svg])])
const present = existsSync(plots) ? readdirSync(plots).map((name) => join(plots, name)) : []
const stale = present.filter((path) => !wanted.has(path))

if (flags.check) {
  const differs = [...wanted].filter(([path, contents]) => !existsSync(path) || readFileSync(path, 'utf8') !== contents)
  const problems = [...differs.map(([path]) => path), ...stale]
  for (const path of problems) console.error(`${path} differs from the stored results: run \`npm run bench:plot\``)
  process.exit(problems.length + unused.length === 0 ? 0 : 1)
}
mkdirSync(plots, { recursive: true })
for (const path of stale) rmSync(path)
for (const [path, contents] of wanted) writeFileSync(path, contents)
console.log(`performance page: ${sections.size} sections, ${charts.length} plots`)
