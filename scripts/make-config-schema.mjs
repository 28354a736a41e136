// Writes `packages/r2kit/config.schema.json`, which editors use, and the tables of `docs/guides/configuration.md`, both from
// the table of settings.
//
// node scripts/make-config-schema.mjs [--check]   `--check` writes nothing, and fails if one of the two is out of date
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { variableOf } from '../packages/r2kit/dist/config/setting.js'
import { sections, settings } from '../packages/r2kit/dist/config/settings.js'
import { takesOf } from '../packages/r2kit/dist/config/value-kind.js'
import { configSchema, configTable } from './support/config-schema.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const isCheck = process.argv.includes('--check')
const start = '<!-- settings: made by scripts/make-config-schema.mjs -->\n'
const end = '<!-- end of settings -->'

const guide = join(root, 'docs', 'guides', 'configuration.md')
const page = readFileSync(guide, 'utf8')
const from = page.indexOf(start)
const to = page.indexOf(end)
if (from === -1 || to < from) throw new Error(`${guide} has no place for the settings: ${start.trim()} … ${end}`)
const table = configTable(settings, sections, variableOf, takesOf)

const files = [
  [
    join(root, 'packages', 'r2kit', 'config.schema.json'),
    `${JSON.stringify(configSchema(settings, sections), null, 2)}\n`,
  ],
  [guide, `${page.slice(0, from + start.length)}\n${table}\n${page.slice(to)}`],
]

const current = (path) => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // The file has not been made yet.
    return undefined
  }
}

const stale = files.filter(([path, content]) => current(path) !== content)
if (!isCheck) for (const [path, content] of stale) writeFileSync(path, content)
else if (stale.length > 0) {
  console.error(`Out of date: ${stale.map(([path]) => path).join(', ')}. Run \`npm run docs\`.`)
  process.exitCode = 1
}
