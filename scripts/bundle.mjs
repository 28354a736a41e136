/**
 * Bundles the packages for Node into `packages/<name>/dist/node`: a hundred small modules take longer to find and read than
 * to run. One file per door, with chunks for what doors share, so that each module exists once however a program imports it,
 * and for what waits for its first use. Types, and everything for other runtimes, stay as `tsc` makes them.
 *
 * Run by `npm run build` and by the set-up of every command, after `tsc`. Files that have not changed are left alone, because
 * a process that runs may still read chunks of them.
 *
 * node scripts/bundle.mjs [--check]   `--check` writes nothing, and fails where what is there is not what the sources say
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Package → its doors: name of the file in `dist/node` → source. */
const packages = {
  r2kit: {
    index: 'src/index.ts',
    presign: 'src/presign.ts',
    protocol: 'src/protocol.ts',
    transfers: 'src/transfers.ts',
  },
  local: { index: 'src/index.ts' },
  cli: { index: 'src/index.ts', bin: 'src/bin.ts' },
}

/** @returns {Promise<{ path: string, contents: Uint8Array }[]>} */
const bundle = async (folder, entryPoints) => {
  const { outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints,
    outdir: 'dist/node',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['r2kit-source'],
    packages: 'external',
    sourcemap: true,
    sourcesContent: false,
    write: false,
  })
  return outputFiles
}

const current = (path) => {
  try {
    return readFileSync(path)
  } catch {
    // Not there yet.
    return undefined
  }
}

const names = (folder) => {
  try {
    return readdirSync(folder)
  } catch {
    // Nothing has been bundled yet.
    return []
  }
}

const isCheck = process.argv.includes('--check')
const stale = []

for (const [name, entryPoints] of Object.entries(packages)) {
  const folder = join(root, 'packages', name)
  const target = join(folder, 'dist', 'node')
  const files = await bundle(folder, entryPoints)
  const kept = new Set(files.map(({ path }) => basename(path)))
  const changed = files.filter(({ path, contents }) => current(path)?.equals(contents) !== true)
  const surplus = names(target).filter((file) => !kept.has(file))
  stale.push(...changed.map(({ path }) => path), ...surplus.map((file) => join(target, file)))
  if (isCheck) continue
  mkdirSync(target, { recursive: true })
  // Chunks before the doors that import them, so that no door ever leads nowhere.
  for (const { path, contents } of changed.sort((a) => (basename(a.path).includes('-') ? -1 : 1))) {
    writeFileSync(path, contents)
  }
  for (const file of surplus) rmSync(join(target, file))
}

if (isCheck && stale.length > 0) {
  console.error(`not what the sources say; run \`npm run build\`:\n${stale.join('\n')}`)
  process.exit(1)
}
