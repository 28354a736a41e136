/** The bundles of programs that need a few operations: their contents, and the modules that they load on first use or not at all. */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Source files of a program for runtimes with `fetch`: those that are loaded at the start, and all. */
const filesOf = async (code: string) => {
  const { metafile } = await build({
    stdin: { contents: code, resolveDir: root },
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    conditions: ['workerd', 'worker', 'browser'],
    write: false,
    metafile: true,
    outdir: 'out',
  })
  const { outputs } = metafile
  const reachable = (kinds: readonly string[]): Set<string> => {
    const found = new Set<string>()
    const visit = (path: string): void => {
      if (found.has(path)) return
      found.add(path)
      for (const { path: next, kind } of outputs[path]?.imports ?? []) if (kinds.includes(kind)) visit(next)
    }
    visit(Object.keys(outputs).find((path) => path.endsWith('stdin.js')) ?? '')
    return found
  }
  const inputsOf = (paths: Iterable<string>): string[] =>
    [...paths]
      .flatMap((path) => Object.entries(outputs[path]?.inputs ?? {}))
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([path]) => path.replace(/^.*\/dist\//, ''))
  return {
    start: inputsOf(reachable(['import-statement'])),
    // esbuild also writes chunks for `import()`s in code that it has dropped.
    all: inputsOf(reachable(['import-statement', 'dynamic-import'])),
  }
}

const core = `import { createClient, deleteObject, getObject, headObject, presignGet, putObject } from 'r2kit/core'
export default (options) =>
  createClient(options, { get: getObject, put: putObject, head: headObject, delete: deleteObject, sign: presignGet })`

describe('a program with get, put, head, delete and presign', async () => {
  const { start, all } = await filesOf(core)

  test('loads at the start what its successful requests need', () => {
    expect(start).toEqual(
      expect.arrayContaining([
        'client/create-client.js',
        'client/objects/put-object.js',
        'client/presign/presign-url.js',
        'errors/client-errors.js',
        'http/platform-fetch.js',
        'resilience/retry-layer.js',
        'signing/request-signer.js',
      ]),
    )
  })

  test.each([
    ['the table of errors that responses describe', 'errors/server-errors.js'],
    ['the reader of error documents', 'xml/error-document.js'],
    ['the errors of responses', 'client/layers/response-error.js'],
    ['the code for unknown outcomes', 'client/unknown-outcome.js'],
    ['the code for computed checksums', 'base/checksums/portable.js'],
  ])('loads %s on first use', (_, file) => {
    expect(start).not.toContain(file)
    expect(all).toContain(file)
  })

  test.each([
    ['transfers', /^transfers/],
    ['streams, Blobs and files', /^http\/(streams|bounded-streams|body\/(body|chunks|aws-chunked))|guard-stream/],
    ['errors of transfers', /^errors\/error-table/],
    ['other operations', /(copy|move|list|delete)-objects?|delete-prefix|update-with-lock|client\/multipart/],
    ['buckets', /^client\/buckets/],
    ['the scanner of lists and configurations', /^xml\/(?!error-document|references|index)/],
    ['listeners', /^(listeners|observability)\//],
    ["the user's layers", /user-layers/],
    ['the classes of R2Client', /-api\.js$|r2-client/],
    ['node modules', /undici|node:/],
  ])('contains nothing of %s', (_, pattern) => {
    const others = all.filter((file) => file !== 'client/objects/delete-object.js')
    expect(others.filter((file) => pattern.test(file))).toEqual([])
  })
})

test('each operation adds its own files and no others', async () => {
  const { all } = await filesOf(core)
  const { all: withCopy } = await filesOf(
    core.replace('import {', 'import { copyObject,').replace('{ get:', '{ copy: copyObject, get:'),
  )
  const added = withCopy.filter((file) => !all.includes(file))
  expect(added).toContain('client/objects/copy-object.js')
  expect(added.filter((file) => /multipart|buckets|list-|move/.test(file))).toEqual([])
})

test('streams are loaded on first use in a program that has them', async () => {
  const { start, all } = await filesOf(
    core.replace('import {', 'import { streams,').replace('sign: presignGet })', 'sign: presignGet }, streams)'),
  )
  for (const file of ['http/body/body.js', 'http/bounded-streams.js', 'client/fields/guard-stream.js']) {
    expect(start).not.toContain(file)
    expect(all).toContain(file)
  }
})

test('listeners are in a program that has them', async () => {
  const { start } = await filesOf(
    core
      .replace('import {', 'import { listeners,')
      .replace('sign: presignGet })', 'sign: presignGet }, listeners(() => 0))'),
  )
  expect(start).toContain('observability/event-stream.js')
})

test('a program with all groups of operations loads the rarer ones on first use', async () => {
  const { start, all } =
    await filesOf(`import { buckets, createClient, multipart, objects, presign } from 'r2kit/on-demand'
export default (options) => createClient(options, { buckets, multipart, objects, presign })`)
  const rare = /list-objects|copy-object|complete-multipart|bucket-configuration|presign-url|xml\//
  expect(start.filter((file) => rare.test(file))).toEqual([])
  expect(all.filter((file) => rare.test(file)).length).toBeGreaterThan(10)
  expect(all.filter((file) => file.startsWith('transfers'))).toEqual([])
})
