/**
 * What r2kit adds to a bundle for runtimes with `fetch` (Workers, browsers): minified and gzipped, as esbuild makes it.
 * Fails where a door is over its budget.
 *
 * npm run size
 */
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { targets } from './targets.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

/** A small real use of each door. */
const uses = [
  {
    name: 'core',
    budgetBytes: targets.coreBytes,
    code: `import { R2Client } from 'r2kit'
export default {
  async fetch(request, { accountId, credentials }) {
    const r2 = new R2Client({ accountId, credentials })
    await r2.objects.put({ bucket: 'b', key: 'k', body: await request.arrayBuffer() })
    const { objects } = await r2.objects.list({ bucket: 'b' })
    return new Response((await r2.objects.get({ bucket: 'b', key: objects[0].key })).body)
  },
}`,
  },
  {
    name: 'presign',
    budgetBytes: targets.presignBytes,
    code: `import { presignUrl } from 'r2kit/presign'
export default {
  fetch: (_, { accountId, credentials }) =>
    Response.json(presignUrl({ accountId, credentials, method: 'PUT', bucket: 'b', key: 'k', expiresInSeconds: 600 })),
}`,
  },
]

/**
 * @returns {Promise<{ name: string, minifiedBytes: number, gzipBytes: number, budgetBytes: number, largest: [string, number][] }[]>}
 *   `largest`: what of it takes most, minified, by source file
 */
export const benchSizes = () =>
  Promise.all(
    uses.map(async ({ name, budgetBytes, code }) => {
      const { outputFiles, metafile } = await build({
        stdin: { contents: code, resolveDir: root },
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
      })
      // What is fetched only on first use (transfers) is not part of what starts.
      const entry = outputFiles.find(({ path }) => /stdin\.js$/.test(path))
      const started = staticallyLoaded(metafile.outputs)
      const bytes = outputFiles.filter((file) => file === entry || started.has(file.path.split('/').at(-1)))
      const contents = Buffer.concat(bytes.map((file) => file.contents))
      const inputs = Object.entries(metafile.outputs)
        .filter(([path]) => /stdin\.js$/.test(path) || started.has(path.split('/').at(-1)))
        .flatMap(([, output]) => Object.entries(output.inputs))
      return {
        name,
        minifiedBytes: contents.length,
        gzipBytes: gzipSync(contents, { level: 9 }).length,
        budgetBytes,
        largest: inputs
          .map(([path, { bytesInOutput }]) => [path.replace(/^.*\/dist\//, ''), bytesInOutput])
          .sort((a, b) => b[1] - a[1])
          .slice(0, 15),
      }
    }),
  )

/** File names of the chunks that the entry imports, directly or not, without waiting for a use. */
const staticallyLoaded = (outputs) => {
  const names = new Set()
  const visit = (path) => {
    for (const { path: next, kind } of outputs[path]?.imports ?? []) {
      if (kind !== 'import-statement' || names.has(next.split('/').at(-1))) continue
      names.add(next.split('/').at(-1))
      visit(next)
    }
  }
  visit(Object.keys(outputs).find((path) => /stdin\.js$/.test(path)))
  return names
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const sizes = await benchSizes()
  for (const { name, minifiedBytes, gzipBytes, budgetBytes, largest } of sizes) {
    const verdict = gzipBytes <= budgetBytes ? 'holds' : 'OVER BUDGET'
    console.log(`${name}: ${minifiedBytes} B minified, ${gzipBytes} B gzipped, budget ${budgetBytes} B: ${verdict}`)
    if (process.argv.includes('--verbose'))
      for (const [path, bytes] of largest) console.log(`  ${String(bytes).padStart(6)}  ${path}`)
  }
  process.exitCode = sizes.every(({ gzipBytes, budgetBytes }) => gzipBytes <= budgetBytes) ? 0 : 1
}
