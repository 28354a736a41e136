/**
 * The bundle size of a program that imports r2kit on runtimes with `fetch` (Workers, browsers): the entry and the chunks
 * that it imports statically, minified and gzipped by esbuild with code splitting. Chunks that are loaded on first use
 * (transfers, multipart, copies, buckets, presigning, checksums …) are counted separately. Fails if a program exceeds its
 * ceiling: the target or, while the target is missed, the current size.
 *
 * npm run size
 */
import { basename } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { targets } from './targets.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

/** A small realistic program for each entry point. */
const programs = [
  {
    name: 'core',
    budgetBytes: targets.coreBytes,
    ceilingBytes: 43_600,
    code: `import { R2Client } from 'r2kit'
export default {
  async fetch(request, { accountId, credentials }) {
    const r2 = new R2Client({ accountId, credentials })
    await r2.objects.put({ bucket: 'b', key: 'k', body: await request.arrayBuffer() })
    const { objects } = await r2.objects.list({ bucket: 'b' })
    const { size } = await r2.objects.head({ bucket: 'b', key: objects[0].key })
    const { body } = await r2.objects.get({ bucket: 'b', key: objects[0].key, maxBytes: size })
    await r2.objects.delete({ bucket: 'b', key: 'k' })
    return new Response(body)
  },
}`,
  },
  {
    name: 'presign',
    budgetBytes: targets.presignBytes,
    ceilingBytes: 5_300,
    code: `import { presignUrl } from 'r2kit/presign'
export default {
  fetch: (_, { accountId, credentials }) =>
    Response.json(presignUrl({ accountId, credentials, method: 'PUT', bucket: 'b', key: 'k', expiresInSeconds: 600 })),
}`,
  },
]

/**
 * @param {string} [checkout] folder of another checkout, whose build is measured. Programs that it cannot build are left out
 * @returns {Promise<{ name: string, minifiedBytes: number, gzipBytes: number, lazyGzipBytes: number, budgetBytes: number, largest: [string, number][] }[]>}
 *   `lazyGzipBytes`: chunks that are loaded on first use. `largest`: the largest source files of the other chunks, minified
 */
export const benchSizes = async (checkout) => {
  if (checkout === undefined) return Promise.all(programs.map((program) => measure(program, root)))
  const measured = await Promise.allSettled(programs.map((program) => measure(program, checkout)))
  return measured.filter(({ status }) => status === 'fulfilled').map(({ value }) => value)
}

const measure = async ({ name, budgetBytes, ceilingBytes, code }, resolveDir) => {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    conditions: ['workerd', 'worker', 'browser'],
    target: 'es2022',
    write: false,
    metafile: true,
    outdir: 'out',
    splitting: true,
    logLevel: resolveDir === root ? 'warning' : 'silent',
  })
  const names = staticallyLoaded(metafile.outputs)
  const isStatic = (path) => names.has(basename(path))
  const contents = joined(outputFiles.filter(({ path }) => isStatic(path)))
  const inputs = Object.entries(metafile.outputs)
    .filter(([path]) => isStatic(path))
    .flatMap(([, output]) => Object.entries(output.inputs))
  return {
    name,
    minifiedBytes: contents.length,
    gzipBytes: gzipSync(contents, { level: 9 }).length,
    lazyGzipBytes: gzipSync(joined(outputFiles.filter(({ path }) => !isStatic(path))), { level: 9 }).length,
    budgetBytes,
    ceilingBytes,
    largest: inputs
      .map(([path, { bytesInOutput }]) => [path.replace(/^.*\/dist\//, ''), bytesInOutput])
      .sort((a, b) => b[1] - a[1])
      .slice(0, 15),
  }
}

const joined = (files) => Buffer.concat(files.map(({ contents }) => contents))

/** File names of the entry and of the chunks that it imports statically, directly or indirectly. */
const staticallyLoaded = (outputs) => {
  const names = new Set()
  const visit = (path) => {
    if (names.has(basename(path))) return
    names.add(basename(path))
    for (const { path: next, kind } of outputs[path]?.imports ?? []) if (kind === 'import-statement') visit(next)
  }
  visit(Object.keys(outputs).find((path) => basename(path) === 'stdin.js'))
  return names
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const sizes = await benchSizes()
  console.log('Loaded at the start (the entry and its static chunks), and loaded on first use:')
  for (const { name, minifiedBytes, gzipBytes, lazyGzipBytes, budgetBytes, largest } of sizes) {
    const verdict = gzipBytes <= budgetBytes ? 'holds' : `MISSED by ${gzipBytes - budgetBytes} B`
    console.log(`${name}: ${minifiedBytes} B minified, ${gzipBytes} B gzipped, target ${budgetBytes} B: ${verdict}`)
    console.log(`  on first use: ${lazyGzipBytes} B gzipped`)
    if (process.argv.includes('--verbose'))
      for (const [path, bytes] of largest) console.log(`  ${String(bytes).padStart(6)}  ${path}`)
  }
  // A missed target is only reported above. Growth beyond the ceiling fails.
  const grown = sizes.filter(({ gzipBytes, ceilingBytes }) => gzipBytes > ceilingBytes)
  for (const { name, gzipBytes, ceilingBytes } of grown)
    console.error(`${name} exceeds its ceiling: ${gzipBytes} B, at most ${ceilingBytes} B allowed`)
  process.exitCode = grown.length === 0 ? 0 : 1
}
