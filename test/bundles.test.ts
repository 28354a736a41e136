/** What Node loads (`packages/<name>/dist/node`): made of the present sources, and one library however many doors are opened. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const node = (...words: string[]) => promisify(execFile)(process.execPath, words, { cwd: root })

/** Runs a module in a process of its own, which resolves packages as every program does; gives what it prints. */
const printed = async (code: string, ...flags: string[]): Promise<unknown> => {
  const { stdout } = await node(...flags, '--input-type=module', '-e', code)
  return JSON.parse(stdout)
}

test('the bundles are what the sources say', async () => {
  await expect(node(join('scripts', 'bundle.mjs'), '--check')).resolves.toBeDefined()
})

test('every door leads into its bundle', async () => {
  const doors = ['r2kit', 'r2kit/presign', 'r2kit/protocol', 'r2kit/transfers', '@r2kit/local', '@r2kit/cli']
  const places = await printed(
    `console.log(JSON.stringify(${JSON.stringify(doors)}.map((door) => import.meta.resolve(door))))`,
  )
  expect(places).toEqual(doors.map(() => expect.stringContaining('/dist/node/')))
})

test('an error is the same class through every door', async () => {
  const code = `
    const [client, protocol, presign] = await Promise.all(['r2kit', 'r2kit/protocol', 'r2kit/presign'].map((door) => import(door)))
    const refusal = (() => { try { presign.presignUrl({ bucket: '' }) } catch (error) { return error } })()
    console.log(JSON.stringify([client.R2Error === protocol.R2Error, refusal instanceof client.R2Error, refusal.code]))`
  expect(await printed(code)).toEqual([true, true, 'InvalidPresign'])
})

test.each(['dist/node', 'dist'])('r2kit/presign in %s does not load the table of errors', (folder) => {
  const loaded = new Map<string, string>()
  const load = (path: string): void => {
    if (loaded.has(path)) return
    const source = readFileSync(path, 'utf8')
    loaded.set(path, source)
    for (const [, next = ''] of source.matchAll(/\b(?:import|from) ?["'](\.[^"']+)["']/g))
      load(join(dirname(path), next))
  }
  load(join(root, 'packages/r2kit', folder, 'presign.js'))
  expect(loaded.size).toBeGreaterThan(1)
  expect([...loaded].filter(([, source]) => source.includes('NoSuchLifecycleConfiguration'))).toEqual([])
})

test('a client and a local R2 work together, with what they load on first use', async () => {
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
  expect(await printed(code)).toEqual(['rosUhgp5mIg=', '123456789', ['b', 'c']])
})

test('a stack names the sources, where source maps are enabled', async () => {
  const code = `
    import { R2Client } from 'r2kit'
    try { new R2Client({}) } catch (error) { console.log(JSON.stringify(error.stack)) }`
  expect(await printed(code, '--enable-source-maps')).toContain(join('packages', 'r2kit', 'src', 'client-options.ts'))
})

test('the command starts from where its manifest says', async () => {
  const { bin, version } = JSON.parse(readFileSync(join(root, 'packages/cli/package.json'), 'utf8'))
  const { stdout } = await node(join('packages/cli', bin.r2), '--version')
  expect(stdout.trim()).toBe(version)
})
