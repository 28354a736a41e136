/** The bundles that Node loads (`packages/<name>/dist/node`): up to date, and one instance of each module for all entry points. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const node = (...parameters: string[]) => promisify(execFile)(process.execPath, parameters, { cwd: root })

/** Runs a module in a new process, which resolves packages as a user's program does, and parses its output. */
const runModule = async (code: string, ...flags: string[]): Promise<unknown> => {
  const { stdout } = await node(...flags, '--input-type=module', '-e', code)
  return JSON.parse(stdout)
}

test('the bundles match the sources', async () => {
  await expect(node(join('scripts', 'bundle.mjs'), '--check')).resolves.toBeDefined()
})

test('every entry point resolves to its bundle', async () => {
  const entryPoints = [
    'r2kit',
    'r2kit/credentials',
    'r2kit/diagnostics',
    'r2kit/logging',
    'r2kit/otel',
    'r2kit/presign',
    'r2kit/prometheus',
    'r2kit/protocol',
    'r2kit/resilience',
    'r2kit/simulation',
    'r2kit/testing',
    'r2kit/transfers',
    '@r2kit/local',
    '@r2kit/cli',
  ]
  const files = await runModule(
    `console.log(JSON.stringify(${JSON.stringify(entryPoints)}.map((entryPoint) => import.meta.resolve(entryPoint))))`,
  )
  expect(files).toEqual(entryPoints.map(() => expect.stringContaining('/dist/node/')))
})

test('all entry points share one R2Error class', async () => {
  const code = `
    const [client, protocol, presign] = await Promise.all(['r2kit', 'r2kit/protocol', 'r2kit/presign'].map((entryPoint) => import(entryPoint)))
    const error = (() => { try { presign.presignUrl({ bucket: '' }) } catch (error) { return error } })()
    console.log(JSON.stringify([client.R2Error === protocol.R2Error, error instanceof client.R2Error, error.code]))`
  expect(await runModule(code)).toEqual([true, true, 'InvalidPresign'])
})

/** Path → source of the files that an entry point of r2kit imports, without those that it loads on first use. */
const loadedBy = (entryPoint: string): ReadonlyMap<string, string> => {
  const loaded = new Map<string, string>()
  const load = (path: string): void => {
    if (loaded.has(path)) return
    const source = readFileSync(path, 'utf8')
    loaded.set(path, source)
    for (const [, next = ''] of source.matchAll(/\b(?:import|from) ?["'](\.[^"']+)["']/g))
      load(join(dirname(path), next))
  }
  load(join(root, 'packages/r2kit', entryPoint))
  return loaded
}

test.each([
  ['presign', 'the table of errors', 'NoSuchLifecycleConfiguration', 'index'],
  ['simulation', 'the client', 'R2_SECRET_ACCESS_KEY', 'index'],
  ['simulation', 'the virtual clock', 'not for a timer of this clock', 'testing'],
  ['testing', 'recordings', 'r2kit-recording', 'simulation'],
  ['index', 'the model of R2', 'simulated R2', 'simulation'],
])('r2kit/%s does not load %s', (entryPoint, _, text, otherEntryPoint) => {
  const filesWithText = (file: string): string[] =>
    [...loadedBy(file)].filter(([, source]) => source.includes(text)).map(([path]) => path)
  for (const folder of ['dist/node', 'dist']) {
    expect(filesWithText(`${folder}/${entryPoint}.js`)).toEqual([])
    // The text would be found: the entry point that has it contains it.
    expect(filesWithText(`${folder}/${otherEntryPoint}.js`)).not.toEqual([])
  }
})

test('a bundled client and a bundled local R2 work together, including lazily loaded modules', async () => {
  const code = `
    import { startLocalR2 } from '@r2kit/local'
    import { R2Client } from 'r2kit'
    const server = await startLocalR2()
    const { endpoint, credentials } = server
    const r2 = new R2Client({ endpoint, credentials })
    await r2.buckets.create({ bucket: 'photos' })
    const at = { bucket: 'photos', key: 'a' }
    const { checksum } = await r2.objects.put({ ...at, body: '123456789', checksum: { algorithm: 'CRC64NVME' } })
    await r2.objects.copy({ ...at, key: 'b', source: at })
    await r2.transfers.upload(new Uint8Array(1000), { ...at, key: 'c' })
    const { url } = await r2.presign.get(at)
    const { deleted } = await r2.objects.deleteObjects({ bucket: 'photos', keys: ['b', 'c'] })
    console.log(JSON.stringify([checksum.value, await (await fetch(url)).text(), deleted]))
    await r2.dispose()
    await server.close()`
  expect(await runModule(code)).toEqual(['rosUhgp5mIg=', '123456789', ['b', 'c']])
})

test('a stack trace names source files if source maps are enabled', async () => {
  const code = `
    import { R2Client } from 'r2kit'
    try { new R2Client({}) } catch (error) { console.log(JSON.stringify(error.stack)) }`
  expect(await runModule(code, '--enable-source-maps')).toContain(join('packages', 'r2kit', 'src', 'client-options.ts'))
})

test('the file in the manifest of the command prints the version', async () => {
  const { bin, version } = JSON.parse(readFileSync(join(root, 'packages/cli/package.json'), 'utf8'))
  const { stdout } = await node(join('packages/cli', bin.r2), '--version')
  expect(stdout.trim()).toBe(version)
})
