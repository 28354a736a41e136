/**
 * Bundles of one program for runtimes with `fetch` (Workers, browsers), minified by esbuild: with code splitting, and as one file.
 */
import { basename } from 'node:path'
import { gzipSync } from 'node:zlib'
import { nodeResolve } from '@rollup/plugin-node-resolve'
import { build, transform } from 'esbuild'
import { rollup } from 'rollup'

const conditions = ['workerd', 'worker', 'browser']
const target = 'es2022'

/**
 * @typedef {object} Sizes of a program, gzipped
 * @property {number} start the entry and the chunks that it imports statically
 * @property {number} minified the same, not compressed
 * @property {number} later the chunks that are loaded on first use
 * @property {number} oneFile the program without code splitting
 * @property {[path: string, bytes: number][]} [largest] source files of `start`, minified
 */

/**
 * Bundler → function that measures a program.
 *
 * @type {Record<string, (code: string, resolveDir: string, logLevel: 'warning' | 'silent') => Promise<Sizes>>}
 */
export const bundlers = {
  async esbuild(code, resolveDir, logLevel) {
    const { outputFiles, metafile } = await withEsbuild(code, resolveDir, true, logLevel)
    const { outputFiles: single } = await withEsbuild(code, resolveDir, false, logLevel)
    const entry = Object.keys(metafile.outputs).find((path) => basename(path) === 'stdin.js')
    const importsOf = (path) => metafile.outputs[path]?.imports ?? []
    const names = reachable(entry, (path) =>
      importsOf(path)
        .filter(({ kind }) => kind === 'import-statement')
        .map(({ path: next }) => next),
    )
    // esbuild also writes chunks for the `import()`s of code that it has dropped; nothing loads them.
    const all = reachable(entry, (path) => importsOf(path).map(({ path: next }) => next))
    const within = (paths) => {
      const files = new Set([...paths].map((path) => basename(path)))
      return ({ path }) => files.has(basename(path))
    }
    const isStatic = within(names)
    const isLoaded = within(all)
    const start = joined(outputFiles.filter(isStatic))
    return {
      start: gzipped(start),
      minified: start.length,
      later: gzipped(joined(outputFiles.filter((file) => isLoaded(file) && !isStatic(file)))),
      oneFile: gzipped(joined(single)),
      largest: [...names]
        .flatMap((path) => Object.entries(metafile.outputs[path].inputs))
        .map(([path, { bytesInOutput }]) => [path.replace(/^.*\/dist\//, ''), bytesInOutput])
        .sort((a, b) => b[1] - a[1])
        .slice(0, 15),
    }
  },

  async rollup(code, resolveDir) {
    const bundle = await rollup({
      input: 'program',
      plugins: [
        programIn(code, resolveDir),
        nodeResolve({ browser: true, exportConditions: conditions, rootDir: resolveDir }),
      ],
      // Circles between `import()`s are no concern of this measurement. An import that cannot be resolved would be left out of it.
      onwarn: ({ code: kind, id, message }) => {
        if (kind === 'UNRESOLVED_IMPORT' && id === `${resolveDir}/program.mjs`) throw new Error(message)
      },
    })
    const { output } = await bundle.generate({ format: 'es' })
    const { output: single } = await bundle.generate({ format: 'es', inlineDynamicImports: true })
    await bundle.close()
    const byName = new Map(output.map((chunk) => [chunk.fileName, chunk]))
    const names = reachable(output[0].fileName, (name) => byName.get(name)?.imports ?? [])
    const minify = async (chunks) => {
      const minified = chunks.map(({ code: text }) => transform(text, { minify: true, target, format: 'esm' }))
      return Buffer.from((await Promise.all(minified)).map(({ code: text }) => text).join(''))
    }
    const start = await minify(output.filter(({ fileName }) => names.has(fileName)))
    return {
      start: gzipped(start),
      minified: start.length,
      later: gzipped(await minify(output.filter(({ fileName }) => !names.has(fileName)))),
      oneFile: gzipped(await minify(single)),
    }
  },
}

const withEsbuild = (contents, resolveDir, splitting, logLevel) =>
  build({
    stdin: { contents, resolveDir },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    conditions,
    target,
    write: false,
    metafile: true,
    outdir: 'out',
    splitting,
    logLevel,
  })

/** The program as a file that exists for Rollup only. */
const programIn = (code, folder) => ({
  name: 'program',
  resolveId: (id, importer) => {
    if (id === 'program') return `${folder}/program.mjs`
    return importer === undefined ? null : undefined
  },
  load: (id) => (id === `${folder}/program.mjs` ? code : null),
})

/** The entry and all files that it leads to. */
const reachable = (entry, next) => {
  const found = new Set()
  const visit = (name) => {
    if (found.has(name)) return
    found.add(name)
    for (const other of next(name)) visit(other)
  }
  visit(entry)
  return found
}

const joined = (files) => Buffer.concat(files.map(({ contents }) => contents))
const gzipped = (bytes) => gzipSync(bytes, { level: 9 }).length
