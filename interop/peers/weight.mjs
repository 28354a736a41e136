/** The cost of a client before its first call (packages installed, time to import), and whether it includes a local server. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const interop = join(fileURLToPath(import.meta.url), '..', '..')
const roots = [interop, join(interop, '..')]
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'))

/** The folder of an installed package, resolved as Node resolves it from this folder. */
const folderOf = (name) => {
  const folder = roots.map((root) => join(root, 'node_modules', name)).find((path) => existsSync(path))
  if (folder === undefined) throw new Error(`${name} is not installed. Run interop/install.sh.`)
  return folder
}

export const manifestOf = (name) => readJson(join(folderOf(name), 'package.json'))

/**
 * The number of packages that `npm install` of these packages installs, including themselves: their closure over the
 * lockfile, with optional dependencies but without optional peers.
 */
export const countPackages = (names) => {
  const seen = new Set()
  for (const root of roots) {
    const { packages } = readJson(join(root, 'package-lock.json'))
    const locate = (from, name) => {
      for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
        const path = `${at === '' ? '' : `${at}/`}node_modules/${name}`
        if (packages[path]) return path
        if (at === '') return undefined
      }
    }
    const visit = (from, name) => {
      const path = locate(from, name)
      if (path === undefined || seen.has(path)) return
      seen.add(path)
      const entry = packages[path].link ? packages[packages[path].resolved] : packages[path]
      const { dependencies = {}, optionalDependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = entry
      const peers = Object.keys(peerDependencies).filter((peer) => peerDependenciesMeta[peer]?.optional !== true)
      const below = packages[path].link ? '' : path
      for (const next of [...Object.keys(dependencies), ...Object.keys(optionalDependencies), ...peers])
        visit(below, next)
    }
    for (const name of names) visit('', name)
  }
  return seen.size
}

/** CPU time, in milliseconds, of a new process that imports these modules and exits. */
const cpuMsOf = (modules) => {
  const imports = modules.map((name) => `import ${JSON.stringify(name)}\n`).join('')
  const code = `${imports}const { user, system } = process.cpuUsage(); process.stdout.write(String((user + system) / 1000))`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { cwd: interop })
  if (status !== 0) throw new Error(`import failed: ${stderr}`)
  return Number(stdout)
}

/**
 * Milliseconds of CPU time that importing these modules adds to a new process. Takes the minimum of several runs, because
 * other load on the machine can only increase CPU time.
 */
export const importMs = (modules, rounds = 12) => {
  const times = Array.from({ length: rounds }, () => ({ bare: cpuMsOf([]), loaded: cpuMsOf(modules) }))
  const minimum = (kind) => Math.min(...times.map((time) => time[kind]))
  return Math.max(0, Math.round(minimum('loaded') - minimum('bare')))
}

/** Names of exports, entry points and programs that suggest a local server, or another substitute, for tests. */
export const localServersOf = async (names) => {
  const pattern = /local|emulat|simulat|mock|fake|memory|server/i
  const found = []
  for (const name of names) {
    const { exports: entries, bin = {} } = manifestOf(name)
    const isMap = typeof entries === 'object' && entries !== null
    const subpaths = isMap ? Object.keys(entries).filter((entry) => entry.startsWith('.')) : []
    for (const entry of subpaths) if (pattern.test(entry)) found.push(`${name}${entry.slice(1)}`)
    for (const program of Object.keys(typeof bin === 'string' ? {} : bin))
      if (pattern.test(program)) found.push(program)
    const module = await import(name)
    for (const [word, value] of Object.entries(module)) {
      if (typeof value === 'function' && /^(start|serve|create|run|launch)/i.test(word) && pattern.test(word)) {
        found.push(`${word} of ${name}`)
      }
    }
  }
  return found
}
