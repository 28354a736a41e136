// Proves that imports go one way in all three packages: the tables of `boundaries.mjs` must allow each import of each source
// file, and no file may import itself through others. `import type` counts as an import.
//
//   node scripts/check-boundaries.mjs [--root FOLDER]
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { conditions, keepers, packages } from './boundaries.mjs'
import { checkOptions } from './support/repository.mjs'

const { root, isRepository } = checkOptions()

const importPattern =
  /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s*'([^']+)'|import\(\s*'([^']+)'\s*\)|(?:^|\n)import\s*'([^']+)'/g

const problems = []
let imports = 0
let circles = 0

for (const name of Object.keys(packages)) {
  const source = join(root, 'packages', name, 'src')
  if (!isRepository && !existsSync(source)) continue
  const graph = new Map()
  for (const file of sourcesOf(source)) {
    const here = relative(source, file)
    const targets = []
    for (const match of readFileSync(file, 'utf8').matchAll(importPattern)) {
      const specifier = match[1] ?? match[2] ?? match[3] ?? ''
      imports++
      if (specifier.startsWith('.'))
        targets.push(relative(source, join(dirname(file), specifier)).replace(/\.js$/, '.ts'))
      const problem = check(name, source, file, specifier)
      if (problem !== undefined) problems.push(`packages/${name}/src/${here}: '${specifier}' ${problem}`)
    }
    graph.set(here, targets)
  }
  for (const circle of circlesOf(graph)) {
    circles++
    problems.push(`packages/${name}/src: ${circle.length} files import each other: ${circle.sort().join(', ')}`)
  }
}

for (const problem of problems) console.error(problem)
console.log(
  `boundaries: ${imports} imports checked, ${problems.length - circles} against the tables, ${circles} circles`,
)
// A check that finds no imports proves nothing.
process.exit(problems.length === 0 && imports > (isRepository ? 1_000 : 0) ? 0 : 1)

function sourcesOf(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.ts$/.test(entry.name) && !/\.test\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
}

/** The rule that an import breaks, or `undefined`. */
function check(name, source, file, specifier) {
  if (specifier.startsWith('node:')) return undefined
  const from = relative(source, file)
  if (specifier.startsWith('.')) {
    const target = relative(source, join(dirname(file), specifier)).replace(/\.js$/, '.ts')
    return target.startsWith('..') ? 'leaves the package' : checkModule(packages[name], from, target)
  }
  if (specifier.startsWith('#')) {
    const target = conditions[specifier]
    return target === undefined
      ? 'is not a known import condition'
      : checkModule(packages[name], from, `${target}/x.ts`)
  }
  const module = specifier.startsWith('@') ? specifier.split('/').slice(0, 2).join('/') : specifier.split('/')[0]
  const keeper = keepers[module]
  if (keeper !== undefined && !relative(root, file).startsWith(keeper)) return `belongs to ${keeper} only`
  const { external } = packages[name]
  return external.includes(specifier) || (keeper !== undefined && external.includes(module))
    ? undefined
    : 'is not an allowed dependency of the package'
}

function checkModule({ modules, entryPoints }, from, target) {
  const source = moduleOf(from)
  const destination = moduleOf(target)
  if (source === destination) return undefined
  const allowed = modules[source] ?? entryPoints[source]
  if (allowed === undefined) return `comes from ${source}, which has no row in scripts/boundaries.mjs`
  return allowed.includes(destination) || allowed.includes('*')
    ? undefined
    : `goes from ${source} to ${destination}, which its row in scripts/boundaries.mjs does not allow`
}

/** A folder of `src`, or a file beside the folders. */
function moduleOf(path) {
  return path.split('/')[0]
}

/** Groups of files that import each other, by Tarjan's algorithm for strongly connected components. */
function circlesOf(graph) {
  const indexes = new Map()
  const lowest = new Map()
  const stack = []
  const found = []
  const visit = (file) => {
    indexes.set(file, indexes.size)
    lowest.set(file, indexes.get(file))
    stack.push(file)
    for (const target of graph.get(file) ?? []) {
      if (!graph.has(target)) continue
      if (!indexes.has(target)) {
        visit(target)
        lowest.set(file, Math.min(lowest.get(file), lowest.get(target)))
      } else if (stack.includes(target)) {
        lowest.set(file, Math.min(lowest.get(file), indexes.get(target)))
      }
    }
    if (lowest.get(file) !== indexes.get(file)) return
    const group = stack.splice(stack.indexOf(file))
    if (group.length > 1) found.push(group)
  }
  for (const file of graph.keys()) if (!indexes.has(file)) visit(file)
  return found
}
