/**
 * Bundles the packages for Node into `packages/<name>/dist/node`, and for Bun into `dist/bun`, because resolving and reading a hundred small modules takes
 * longer than running them. Writes one file per entry point, and chunks for shared and lazily loaded modules, so that each
 * module is loaded once whichever entry points a program imports. Types and other runtimes use the output of `tsc`.
 *
 * `npm run build` and the set-up of every command run it after `tsc`. It leaves unchanged files alone, because running
 * processes may still read their chunks.
 *
 * The same bundles are written as CommonJS into `dist/cjs`, for loaders that cannot load ESM by `require`.
 *
 *   node scripts/bundle.mjs             fails if the `exports` of a package.json do not match the table of entry points
 *   node scripts/bundle.mjs --exports   corrects them
 *   node scripts/bundle.mjs --check     writes nothing, and also fails if the bundles do not match the sources
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { commonjsOf } from './bundling/commonjs.mjs'
import { syncExports } from './bundling/exports.mjs'
import { inlinedUndici, licencesOf } from './bundling/inlined-undici.mjs'
import { joinedChunks } from './bundling/joined-chunks.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Package → its entry points: name of the file in `dist/node`, and of the subpath → source. */
const packages = {
  r2kit: {
    index: 'src/index.ts',
    core: 'src/core.ts',
    credentials: 'src/credentials.ts',
    diagnostics: 'src/diagnostics.ts',
    logging: 'src/logging.ts',
    'on-demand': 'src/on-demand.ts',
    otel: 'src/otel.ts',
    config: 'src/config.ts',
    presign: 'src/presign.ts',
    prometheus: 'src/prometheus.ts',
    protocol: 'src/protocol.ts',
    requests: 'src/requests.ts',
    resilience: 'src/resilience.ts',
    safe: 'src/safe.ts',
    simulation: 'src/simulation.ts',
    testing: 'src/testing.ts',
    transfers: 'src/transfers.ts',
  },
  local: { index: 'src/index.ts' },
  cli: { index: 'src/index.ts', bin: 'src/bin.ts' },
}

/** Package → the runtimes beside Node that have bundles of their own, because a module has a variant for them (`imports`). */
const runtimesOf = { r2kit: ['bun'] }

/** Packages that are programs: neither a CommonJS build nor entry points for other runtimes. */
const programs = new Set(['cli'])

/**
 * @param runtime `node`, or a runtime that has modules of its own: the folder in `dist`, and an import condition
 * @returns {Promise<{ path: string, contents: Uint8Array, text: string }[]>}
 */
const bundle = async (folder, entryPoints, runtime) => {
  const target = join(folder, 'dist', runtime)
  const { outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints,
    outdir: target,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: runtime === 'node' ? ['r2kit-source'] : ['r2kit-source', runtime],
    packages: 'external',
    plugins: [inlinedUndici(folder)],
    sourcemap: true,
    sourcesContent: false,
    write: false,
  })
  const joined = await joinedChunks(target, outputFiles, Object.keys(entryPoints))
  return [...joined, ...licencesOf(folder, outputFiles, runtime)]
}

const current = (path) => {
  try {
    return readFileSync(path)
  } catch {
    // The file does not exist yet.
    return undefined
  }
}

const names = (folder) => {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)))
  } catch {
    // Nothing has been bundled yet.
    return []
  }
}

const isCheck = process.argv.includes('--check')
const isCorrection = process.argv.includes('--exports')
const stale = []
const wrongManifests = []

/** Makes a folder hold exactly these files. */
const sync = (target, files) => {
  const kept = new Set(files.map(({ path }) => relative(target, path)))
  const changed = files.filter(({ path, contents }) => current(path)?.equals(contents) !== true)
  const surplus = names(target).filter((file) => !kept.has(file))
  stale.push(...changed.map(({ path }) => path), ...surplus.map((file) => join(target, file)))
  if (isCheck) return
  // Chunks before the entry points that import them, so that every entry point can load its chunks at any time.
  for (const { path, contents } of changed.sort((a) => (basename(a.path).includes('-') ? -1 : 1))) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, contents)
  }
  for (const file of surplus) rmSync(join(target, file))
}

for (const [name, entryPoints] of Object.entries(packages)) {
  const folder = join(root, 'packages', name)
  const runtimes = runtimesOf[name] ?? []
  const files = await bundle(folder, entryPoints, 'node')
  sync(join(folder, 'dist', 'node'), files)
  for (const runtime of runtimes) sync(join(folder, 'dist', runtime), await bundle(folder, entryPoints, runtime))
  if (programs.has(name)) continue
  sync(join(folder, 'dist', 'cjs'), await commonjsOf(folder, files, entryPoints))
  if (!syncExports(folder, entryPoints, runtimes, isCorrection)) wrongManifests.push(join(folder, 'package.json'))
}

if (isCheck && stale.length > 0) {
  console.error(`These bundles do not match the sources. Run \`npm run build\`.\n${stale.join('\n')}`)
  process.exitCode = 1
}
if (!isCorrection && wrongManifests.length > 0) {
  console.error(
    `The exports do not match the table of entry points. Run \`node scripts/bundle.mjs --exports\`.\n${wrongManifests.join('\n')}`,
  )
  process.exitCode = 1
}
