import http from 'node:http'
import { type FaultControl, type LocalR2, openFaultControl, startLocalR2 } from '@r2kit/local'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

let local: LocalR2
let control: FaultControl

beforeAll(async () => {
  local = await startLocalR2()
  control = await openFaultControl(local, 0)
})
beforeEach(() => local.setFaults([]))
afterAll(async () => {
  await control.close()
  await local.close()
})

const json = { 'content-type': 'application/json' }
const put = (rules: unknown, headers: Record<string, string> = json) =>
  fetch(control.url, { method: 'PUT', body: typeof rules === 'string' ? rules : JSON.stringify(rules), headers })

/** `fetch` sets Host itself, so this uses node:http. */
const statusWith = (headers: Record<string, string>, path = '/faults'): Promise<number> =>
  new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port: control.port, path, headers, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    request.on('error', reject)
  })

test('rules are replaced, read with their counts, and cleared over the control port', async () => {
  const rules = [{ kind: 'status', status: 503 }, 'kind=latency,latencyMs=1,key=films/*']
  const replaced = await put(rules)
  expect(replaced.status).toBe(200)
  expect((await fetch(local.endpoint)).status).toBe(503)
  const expected = [
    { rule: { kind: 'status', status: 503 }, text: 'kind=status,status=503', count: 1 },
    { rule: { kind: 'latency', latencyMs: 1, key: 'films/*' }, text: 'kind=latency,latencyMs=1,key=films/*', count: 0 },
  ]
  expect(await (await fetch(control.url)).json()).toEqual({ faults: expected })
  expect((await fetch(control.url, { method: 'DELETE' })).status).toBe(204)
  expect(await (await fetch(control.url)).json()).toEqual({ faults: [] })
  expect((await fetch(local.endpoint)).status).toBe(400)
})

test.each<[string, unknown, field: string]>([
  ['a rule with an unknown kind', [{ kind: 'slow-donw' }], 'faults[0].kind'],
  ['a second rule with an invalid field', [{ kind: 'timeout' }, { kind: 'timeout', rate: 2 }], 'faults[1].rate'],
  ['a text with a typo', ['kind=timeout,rat=1'], 'rat'],
  ['an object instead of an array', { kind: 'timeout' }, 'faults'],
])('%s is rejected with 400 and the field, and the rules stay', async (_what, rules, field) => {
  local.setFaults([{ kind: 'timeout', key: 'never' }])
  const response = await put(rules)
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ error: { code: 'InvalidConfig', field, hint: expect.any(String) } })
  expect(local.injectedFaults).toHaveLength(1)
})

test('other bodies, paths and methods are rejected', async () => {
  expect((await put('{')).status).toBe(400)
  expect((await put('[]', { 'content-type': 'text/plain' })).status).toBe(415)
  expect((await put(`["${'x'.repeat(1_100_000)}"]`)).status).toBe(413)
  expect((await fetch(control.url, { method: 'POST' })).status).toBe(405)
  expect(await statusWith({}, '/')).toBe(404)
})

test('requests of web pages and for other hosts are rejected', async () => {
  expect(await statusWith({ host: 'localhost:1' })).toBe(200)
  expect(await statusWith({ host: '[::1]:1' })).toBe(200)
  expect(await statusWith({ host: 'rebound.example' })).toBe(403)
  expect(await statusWith({ host: '127.0.0.1.example' })).toBe(403)
  expect(await statusWith({ origin: 'http://127.0.0.1:9001' })).toBe(403)
  expect(await statusWith({ origin: 'null' })).toBe(403)
  expect(await statusWith({ 'sec-fetch-site': 'cross-site' })).toBe(403)
})

test('the control port listens on loopback only, and closes', async () => {
  const other = await openFaultControl(local, 0)
  expect(new URL(other.url).hostname).toBe('127.0.0.1')
  await Promise.all([other.close(), other.close()])
  await expect(fetch(other.url)).rejects.toThrow()
})
