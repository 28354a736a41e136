import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build as esbuild } from 'esbuild'
import webpack from 'webpack'
import { codedObjects } from '../../support/coded-objects.mjs'
import { byImport, laterNode, runScenario, scenarioFunction, write } from '../support.mjs'
import { runWebpack } from './webpack.mjs'

const workerOf = (environment, name) => `${byImport}
${scenarioFunction}
export default {
  fetch: () => scenario(r2kit, presign, ${JSON.stringify(environment)}, '${name}')
    .then((text) => new Response(text), (error) => new Response(String(error.stack), { status: 500 })),
}`

/** Reads objects with a content coding, which workerd's fetch undoes. The check stores them before. */
const codedReader = ({ endpoint, accessKeyId, secretAccessKey, bucket }, name, objects) => `
import { R2Client } from 'r2kit'
const read = async (stream) => new Uint8Array(await new Response(stream).arrayBuffer())
const run = async () => {
  const credentials = ${JSON.stringify({ accessKeyId, secretAccessKey })}
  const r2 = new R2Client({ endpoint: '${endpoint}', credentials })
  for (const { name, base64 } of ${JSON.stringify(objects)}) {
    const at = { bucket: '${bucket}', key: 'coding ' + name }
    const range = { offset: 3, length: 5 }
    const stored = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).join()
    const reads = {
      get: (await r2.objects.get(at)).body,
      getStream: await read((await r2.objects.getStream(at)).body),
      'getStream without resumption': await read((await r2.objects.getStream(at, { resume: false })).body),
      download: (await r2.transfers.download(at, 'bytes')).body,
    }
    for (const [what, bytes] of Object.entries(reads))
      if (bytes.join() !== stored) throw new Error(what + ' of ' + name + ': ' + bytes.length + ' other bytes')
    const part = (await r2.objects.get({ ...at, range })).body
    if (part.join() !== stored.split(',').slice(3, 8).join()) throw new Error('range of ' + name)
  }
  return '${name}: stored and read'
}
export default {
  fetch: () => run().then((text) => new Response(text), (error) => new Response(String(error.stack) + error.hint, { status: 500 })),
}`

const storeCoded = async ({ installed, environment: { endpoint, accessKeyId, secretAccessKey, bucket } }) => {
  const { R2Client } = await import(pathToFileURL(join(installed, 'node_modules/r2kit/dist/node/index.js')).href)
  const r2 = new R2Client({ endpoint, credentials: { accessKeyId, secretAccessKey } })
  const objects = await codedObjects()
  for (const { name, base64 } of objects) {
    const contentEncoding = name.replace(' (wrong)', '')
    await r2.objects.put({ bucket, key: `coding ${name}`, body: Buffer.from(base64, 'base64'), contentEncoding })
  }
  await r2.dispose()
  return objects
}

/** Runs a bundled Worker in workerd, Cloudflare's own runtime, without its compatibility layer for Node. */
const inWorkerd = (name, bundle, sourceOf = ({ environment }, id) => workerOf(environment, id)) => ({
  name,
  run: async (context) => {
    const { project, outside, tools } = context
    const id = name.replaceAll(/\W+/g, '-')
    const folder = write(project(), { 'package.json': { private: true }, 'worker.js': await sourceOf(context, id) })
    const file = join(outside(), 'worker.mjs')
    await bundle(join(folder, 'worker.js'), file)
    const runner = fileURLToPath(new URL('../run-worker.mjs', import.meta.url))
    await runScenario(id, laterNode(tools), [runner, file], { cwd: folder })
  },
})

const asWrangler = (entry, file) =>
  esbuild({
    entryPoints: [entry],
    outfile: file,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
  })

/** A client of `r2kit/core`: what a bundler keeps of the package has to work alone. */
const smallWorker = ({ environment: { endpoint, accessKeyId, secretAccessKey, bucket } }, name) => `
import {
  createClient, deleteObject, getObject, getObjectStream, headObject, isR2Error, listObjects, presignGet, putObject, streams,
} from 'r2kit/core'
const run = async () => {
  const credentials = ${JSON.stringify({ accessKeyId, secretAccessKey })}
  const operations = { put: putObject, get: getObject, head: headObject, delete: deleteObject, sign: presignGet }
  const r2 = createClient({ endpoint: '${endpoint}', credentials }, operations)
  const at = { bucket: '${bucket}', key: '${name}.txt' }
  const stream = () => ({ ...at, body: new Response('from a stream').body, contentLength: 13 })
  const refusal = await r2.put(stream()).catch((error) => error)
  if (!isR2Error(refusal, 'InvalidInput') || !refusal.hint.includes('streams')) throw refusal
  await r2.put({ ...at, body: 'from a string' })
  const streaming = createClient({ endpoint: '${endpoint}', credentials }, { put: putObject }, streams)
  await streaming.put(stream())
  const reading = createClient({ endpoint: '${endpoint}', credentials }, { list: listObjects, stream: getObjectStream })
  const { objects } = await reading.list({ bucket: at.bucket, prefix: at.key })
  const streamed = await reading.stream(at)
  if (objects.length !== 1 || (await new Response(streamed.body).text()) !== 'from a stream') throw new Error('stream')
  const { url } = await r2.sign(at)
  for (const text of [(await r2.get(at)).text(), await (await fetch(url)).text()])
    if (text !== 'from a stream') throw new Error(text)
  if ((await r2.head(at)).size !== 13) throw new Error('size')
  await r2.delete(at)
  const error = await r2.get(at).catch((error) => error)
  if (!isR2Error(error, 'ObjectNotFound') || !error.hint) throw error
  return '${name}: stored and read'
}
export default {
  fetch: () => run().then((text) => new Response(text), (error) => new Response(String(error.stack), { status: 500 })),
}`

export const workerChecks = [
  inWorkerd('a Worker bundled by esbuild with the conditions of Wrangler', asWrangler),
  inWorkerd('a Worker reads objects with a content coding as they are stored', asWrangler, async (context, id) =>
    codedReader(context.environment, id, await storeCoded(context)),
  ),
  inWorkerd('a small Worker with operations of r2kit/core', asWrangler, smallWorker),
  inWorkerd('a Worker bundled by webpack for webworker', (entry, file) =>
    runWebpack({
      entry,
      target: 'webworker',
      experiments: { outputModule: true },
      plugins: [new webpack.optimize.LimitChunkCountPlugin({ maxChunks: 1 })],
      output: { path: join(file, '..'), filename: 'worker.mjs', library: { type: 'module' }, chunkFormat: 'module' },
    }),
  ),
]
