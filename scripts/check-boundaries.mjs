// Proves that the arrows between rooms point one way, as ARCHITECTURE.md draws them: reads every import of every source
// file, and fails on one that a room may not have. Data first: to change the architecture, change these tables.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Room of `r2kit` → rooms it may import. */
const rooms = {
  base: [],
  errors: ['base'],
  xml: ['base', 'errors'],
  validation: ['base', 'errors'],
  security: ['base', 'errors'],
  http: ['base', 'errors', 'validation'],
  signing: ['base', 'errors', 'http', 'security'],
  pipeline: ['base', 'errors', 'http'],
  resilience: ['base', 'errors', 'pipeline'],
  client: ['base', 'errors', 'xml', 'validation', 'security', 'http', 'signing', 'pipeline', 'resilience'],
  transfers: ['base', 'errors', 'xml', 'validation', 'security', 'http', 'resilience', 'client'],
}

/** The one way against the arrows: this file loads the engine of transfers on first use, and knows its types. */
const lazyDoor = { file: 'client/transfers/transfers-api.ts', room: 'transfers' }

/** Doors of `r2kit` (files beside the rooms) → rooms they may open. */
const doors = {
  'index.ts': Object.keys(rooms),
  'presign.ts': ['base', 'errors', 'signing'],
  'protocol.ts': ['base', 'errors', 'xml', 'validation', 'security', 'signing', 'http'],
}

/** Import conditions of `r2kit` → the room they lead to. */
const conditions = {
  '#hash': 'base',
  '#checksums': 'base',
  '#memory': 'base',
  '#transport': 'http',
  '#network-error': 'http',
  '#files': 'http',
  '#disturbed': 'http',
  '#transfer-files': 'transfers',
}

/** Package → what its sources may import beside Node's own modules and their own files. */
const packages = {
  r2kit: ['undici'],
  local: ['r2kit/protocol', 'lmdb', 'sorted-btree'],
  cli: [
    'r2kit',
    'r2kit/presign',
    'r2kit/protocol',
    'r2kit/transfers',
    '@r2kit/local',
    'commander',
    'cli-progress',
    'picocolors',
    'mime',
  ],
}

/** Third-party modules → the only folders that may know them. */
const keepers = {
  undici: 'packages/r2kit/src/http/undici',
  lmdb: 'packages/local/src/storage',
  'sorted-btree': 'packages/local/src/storage',
}

const importPattern =
  /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s*'([^']+)'|import\(\s*'([^']+)'\s*\)|(?:^|\n)import\s*'([^']+)'/g

const problems = []
let imports = 0

const sources = (folder) =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.ts$/.test(entry.name) && !/\.test\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))

for (const [name, allowed] of Object.entries(packages)) {
  const source = join(root, 'packages', name, 'src')
  for (const file of sources(source)) {
    const here = relative(root, file)
    for (const match of readFileSync(file, 'utf8').matchAll(importPattern)) {
      const specifier = match[1] ?? match[2] ?? match[3] ?? ''
      imports++
      if (isLazy(relative(source, file), specifier, match)) continue
      const problem = check(name, source, file, specifier, allowed)
      if (problem !== undefined) problems.push(`${here}: '${specifier}' ${problem}`)
    }
  }
}

function check(name, source, file, specifier, allowed) {
  if (specifier.startsWith('node:')) return undefined
  if (specifier.startsWith('.')) {
    const target = relative(source, join(dirname(file), specifier))
    if (target.startsWith('..')) return 'leaves the package'
    return name === 'r2kit' ? checkRoom(relative(source, file), target) : undefined
  }
  if (specifier.startsWith('#')) return checkRoom(relative(source, file), `${conditions[specifier]}/index.js`)
  const module = specifier.startsWith('@') ? specifier.split('/').slice(0, 2).join('/') : specifier.split('/')[0]
  const keeper = keepers[module]
  if (keeper !== undefined && !relative(root, file).startsWith(keeper)) return `belongs to ${keeper} only`
  return allowed.includes(specifier) || (keeper !== undefined && allowed.includes(module))
    ? undefined
    : 'is not among what the package may import'
}

/** `import type` and `import()` load nothing when the module that has them is loaded. */
function isLazy(file, specifier, match) {
  const isType = /^\s*import\s+type\s/.test(match[0])
  return file === lazyDoor.file && specifier === `../../${lazyDoor.room}/index.js` && (isType || match[2] !== undefined)
}

function checkRoom(file, target) {
  const [from, inner] = file.split('/')
  const [to] = target.split('/')
  if (inner === undefined) {
    const open = doors[from]
    if (open === undefined) return `comes from ${from}, which is no door this check knows`
    return target.includes('/') && !open.includes(to)
      ? `goes to ${to}, which the door ${from} must not load`
      : undefined
  }
  if (from === to) return undefined
  if (!(from in rooms)) return `comes from ${from}, a room this check does not know`
  return rooms[from].includes(to) ? undefined : `goes from ${from} to ${to}, against the arrows`
}

for (const problem of problems) console.error(problem)
console.log(`boundaries: ${imports} imports checked, ${problems.length} against the rules`)
// A check that reads nothing proves nothing.
process.exit(problems.length === 0 && imports > 100 ? 0 : 1)
