import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { byImport, byRequire, run, scenarioFunction, write } from '../support.mjs'

const jestTest = (environment, name) => `
${byRequire}
const { startLocalR2 } = require('@r2kit/local')
${scenarioFunction}
test('stores and reads', () => scenario(r2kit, presign, ${JSON.stringify(environment)}, '${name}'))
test('starts a local R2', async () => {
  const server = await startLocalR2()
  const { endpoint, credentials } = server
  const r2 = new r2kit.R2Client({ endpoint, credentials })
  await r2.buckets.create({ bucket: 'in-jest' })
  await r2.objects.put({ bucket: 'in-jest', key: 'a', body: new Uint8Array([1, 2, 3]) })
  expect((await r2.objects.get({ bucket: 'in-jest', key: 'a' })).body).toHaveLength(3)
  await r2.dispose()
  await server.close()
})`

/** jsdom, with Node's fetch, as programs polyfill it. */
const jsdomEnvironment = (tools) => `
const { TestEnvironment } = require(${JSON.stringify(join(tools, 'jest-environment-jsdom'))})
module.exports = class extends TestEnvironment {
  async setup() {
    await super.setup()
    for (const name of ['fetch', 'Request', 'Response', 'ReadableStream', 'TransformStream', 'TextEncoder', 'TextDecoder'])
      this.global[name] = globalThis[name]
  }
}`

const jest = (name, header) => ({
  name,
  run: async ({ project, environment, tools }) => {
    const folder = write(project(), {
      'package.json': { private: true },
      'environment.js': jsdomEnvironment(tools),
      'r2.test.js': header + jestTest(environment, name.replaceAll(/\W+/g, '-')),
    })
    await run(process.execPath, [join(tools, 'jest/bin/jest.js'), '--no-cache', '--runInBand'], { cwd: folder })
  },
})

const vitestTest = (environment) => `
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startLocalR2 } from '@r2kit/local'
${byImport}
${scenarioFunction}
beforeEach(() => { vi.useFakeTimers() })
afterEach(() => { vi.useRealTimers() })
test('stores and reads while all timers are faked', async () => {
  expect(vi.isFakeTimers()).toBe(true)
  await scenario(r2kit, presign, ${JSON.stringify(environment)}, 'vitest')
})
test('a local R2 that was started under fake timers works', async () => {
  const server = await startLocalR2()
  const { endpoint, credentials } = server
  const r2 = new r2kit.R2Client({ endpoint, credentials })
  await r2.buckets.create({ bucket: 'in-vitest' })
  await r2.objects.put({ bucket: 'in-vitest', key: 'a', body: new Blob(['text']) })
  expect((await r2.objects.get({ bucket: 'in-vitest', key: 'a' })).text()).toBe('text')
  await r2.dispose()
  await server.close()
})`

export const testRunnerChecks = [
  jest('Jest with its default configuration', ''),
  // A browser's globals in Node, without fetch: the page's code under test has its fetch from a polyfill, here Node's own.
  jest('Jest with the environment jsdom', '/** @jest-environment ./environment.js */\n'),
  {
    name: 'Vitest with its default fake timers',
    run: async ({ project, environment, tools }) => {
      const folder = write(project(), {
        'package.json': { private: true, type: 'module' },
        'r2.test.js': vitestTest(environment),
      })
      symlinkSync(tools, join(folder, 'node_modules'))
      await run(process.execPath, [join(tools, 'vitest/vitest.mjs'), 'run'], { cwd: folder })
    },
  },
]
