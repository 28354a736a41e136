/** Every kind of fault, as a client sees it on a socket of its own. */
import { createHash } from 'node:crypto'
import { startLocalR2 } from '@r2kit/local'
import { isR2Error, R2Client } from 'r2kit'
import { presignUrl } from 'r2kit/presign'
import type { Fault, FaultRule } from 'r2kit/simulation'
import { describe, expect, test } from 'vitest'
import { openRawR2 } from '#test/support/raw-r2.js'
import { type WireResponse, wireExchange } from '#test/support/wire-exchange.js'

const bucket = 'films'
const content = Buffer.alloc(100_000, 'film')

const openHarness = async (faults: readonly FaultRule[] = []) => {
  const local = await startLocalR2()
  const { endpoint, credentials } = local
  const r2 = new R2Client({ endpoint, credentials, retry: { maxAttempts: 1 } })
  await r2.buckets.create({ bucket })
  await r2.objects.put({ bucket, key: 'stored', body: content })
  local.setFaults(faults)
  const signed = (method: 'GET' | 'PUT' | 'HEAD', key: string, headers: Record<string, string> = {}) =>
    presignUrl({ endpoint, credentials, method, bucket, key, headers, expiresInSeconds: 600, allowedMethods: [method] })
  return {
    local,
    r2,
    get: (key = 'stored', silenceMs?: number) =>
      wireExchange({ method: 'GET', url: signed('GET', key).url }, silenceMs),
    head: (key = 'stored') => wireExchange({ method: 'HEAD', url: signed('HEAD', key).url }),
    put: (key: string, body: Uint8Array = content, silenceMs?: number) => {
      const headers = { 'content-md5': createHash('md5').update(body).digest('base64') }
      return wireExchange({ method: 'PUT', url: signed('PUT', key, headers).url, headers, body }, silenceMs)
    },
    /** The stored bytes, read without faults; undefined if there is no object. */
    stored: async (key: string) => {
      local.setFaults([])
      const found = await r2.objects.get({ bucket, key }).catch((error: unknown) => {
        if (isR2Error(error) && error.s3Code === 'NoSuchKey') return undefined
        throw error
      })
      return found === undefined ? undefined : Buffer.from(found.body)
    },
    [Symbol.asyncDispose]: async () => {
      await r2.dispose()
      await local.close()
    },
  }
}

interface Expected {
  readonly status: number
  readonly ending: WireResponse['ending']
  /** Number of bytes of the body; of an error document, any. */
  readonly bytes?: number
  readonly code?: string
  readonly headers?: Readonly<Record<string, string>>
}

const expectResponse = (response: WireResponse, { status, ending, bytes, code, headers = {} }: Expected): void => {
  expect(response).toMatchObject({ status, ending, headers })
  if (bytes !== undefined) expect(response.body.byteLength).toBe(bytes)
  if (code !== undefined) expect(response.body.toString()).toContain(`<Code>${code}</Code>`)
}

const nothing = { status: 0, bytes: 0 } as const
const half = content.byteLength / 2
const claimsAll = { 'content-length': String(content.byteLength) }

describe('a GET meets on the wire', () => {
  const rows: readonly (readonly [Fault, Expected])[] = [
    [{ kind: 'timeout' }, { ...nothing, ending: 'silent' }],
    [{ kind: 'connection-refused' }, { ...nothing, ending: 'fin' }],
    [{ kind: 'reset-before-request' }, { ...nothing, ending: 'reset' }],
    [{ kind: 'reset-during-request' }, { ...nothing, ending: 'reset' }],
    [{ kind: 'reset-after-commit' }, { ...nothing, ending: 'reset' }],
    [{ kind: 'reset-during-response' }, { status: 200, ending: 'reset', bytes: half, headers: claimsAll }],
    [{ kind: 'truncated-response' }, { status: 200, ending: 'fin', bytes: half, headers: claimsAll }],
    [
      { kind: 'truncated-response', contentLength: 'wrong' },
      { status: 200, ending: 'complete', bytes: half, headers: { 'content-length': String(half) } },
    ],
    [
      { kind: 'status', status: 500 },
      { status: 500, ending: 'complete', code: 'InternalError' },
    ],
    [
      { kind: 'status', status: 418, code: 'Teapot', retryAfter: 7 },
      { status: 418, ending: 'complete', code: 'Teapot', headers: { 'retry-after': '7' } },
    ],
    [
      { kind: 'status', status: 204 },
      { status: 204, ending: 'complete', bytes: 0 },
    ],
    [{ kind: 'slow-down' }, { status: 503, ending: 'complete', code: 'SlowDown' }],
    [
      { kind: 'slow-down', retryAfter: 'Wed, 21 Oct 2026 07:28:00 GMT' },
      { status: 503, ending: 'complete', headers: { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' } },
    ],
    [{ kind: 'too-many-requests' }, { status: 429, ending: 'complete', code: 'TooManyRequests' }],
    [{ kind: 'error-in-200' }, { status: 200, ending: 'complete', code: 'InternalError' }],
  ]

  test.each(rows)('%j', async (fault, expected) => {
    await using harness = await openHarness([fault])
    expectResponse(await harness.get('stored', 300), expected)
    expect(harness.local.injectedFaults).toEqual([{ rule: fault, count: 1 }])
    // The server is whole: the next request without a fault succeeds.
    expect(await harness.stored('stored')).toEqual(content)
  })

  test('a body with one bit flipped, and the ETag of the right one', async () => {
    await using harness = await openHarness([{ kind: 'corrupted-response' }])
    const { status, ending, body, headers } = await harness.get()
    expect({ status, ending, bytes: body.byteLength }).toEqual({
      status: 200,
      ending: 'complete',
      bytes: content.byteLength,
    })
    expect(bitsThatDiffer(body, content)).toBe(1)
    expect(headers.etag).toBe(`"${createHash('md5').update(content).digest('hex')}"`)
  })

  test('a latency before the response', async () => {
    await using harness = await openHarness([{ kind: 'latency', latencyMs: 150 }])
    const { status, tookMs } = await harness.get()
    expect(status).toBe(200)
    expect(tookMs).toBeGreaterThanOrEqual(149)
  })

  test('a body that drips at the rate of the rule', async () => {
    await using harness = await openHarness([{ kind: 'slow-drip', bytesPerSecond: 200_000 }])
    const { body, tookMs } = await harness.get()
    expect(body.equals(content)).toBe(true)
    expect(tookMs).toBeGreaterThanOrEqual(450)
    expect(tookMs).toBeLessThan(5000)
  })

  test('a date that is ahead, and a signature that is still accepted within 15 minutes', async () => {
    await using harness = await openHarness([{ kind: 'clock-skew', skewMs: 5 * 60_000 }])
    const { status, headers } = await harness.get()
    expect(status).toBe(200)
    const aheadMs = Date.parse(headers.date ?? '') - Date.now()
    expect(Math.abs(aheadMs - 5 * 60_000)).toBeLessThan(5000)
  })

  test('half of the body only, even if the body is a single byte or an error document', async () => {
    await using harness = await openHarness()
    await harness.r2.objects.put({ bucket, key: 'one', body: 'x' })
    harness.local.setFaults([{ kind: 'truncated-response' }])
    expectResponse(await harness.get('one'), {
      status: 200,
      ending: 'fin',
      bytes: 0,
      headers: { 'content-length': '1' },
    })
    const missing = await harness.get('missing')
    expect(missing).toMatchObject({ status: 404, ending: 'fin' })
    expect(missing.body.byteLength).toBe(Math.floor(Number(missing.headers['content-length']) / 2))
  })
})

const bitsThatDiffer = (left: Uint8Array, right: Uint8Array): number => {
  let bits = 0
  for (const [index, byte] of left.entries()) {
    for (let rest = byte ^ (right[index] ?? 0); rest > 0; rest >>= 1) bits += rest & 1
  }
  return bits
}

describe('a PUT that meets', () => {
  /** The response, and whether the object is stored afterwards. */
  const rows: readonly (readonly [Fault, Expected, isStored: boolean])[] = [
    [{ kind: 'latency', latencyMs: 50 }, { status: 200, ending: 'complete' }, true],
    [{ kind: 'timeout' }, { ...nothing, ending: 'silent' }, false],
    [{ kind: 'reset-before-request' }, { ...nothing, ending: 'reset' }, false],
    [{ kind: 'reset-during-request' }, { ...nothing, ending: 'reset' }, false],
    [{ kind: 'reset-after-commit' }, { ...nothing, ending: 'reset' }, true],
    // The response to a PUT has no body in which it could break.
    [{ kind: 'reset-during-response' }, { ...nothing, ending: 'reset' }, true],
    [{ kind: 'truncated-response' }, { ...nothing, ending: 'reset' }, true],
    [{ kind: 'corrupted-response' }, { status: 200, ending: 'complete' }, true],
    [{ kind: 'corrupted-request' }, { status: 400, ending: 'complete', code: 'BadDigest' }, false],
    [{ kind: 'status', status: 503 }, { status: 503, ending: 'complete' }, false],
    [{ kind: 'slow-down' }, { status: 503, ending: 'complete' }, false],
    [{ kind: 'too-many-requests' }, { status: 429, ending: 'complete' }, false],
    [{ kind: 'error-in-200' }, { status: 200, ending: 'complete', code: 'InternalError' }, false],
    [{ kind: 'slow-drip', bytesPerSecond: 1000 }, { status: 200, ending: 'complete' }, true],
    [{ kind: 'clock-skew', skewMs: 60_000 }, { status: 200, ending: 'complete' }, true],
  ]

  test.each(rows)('%j ends on the wire as described, and stores the object or not', async (...row) => {
    const [fault, expected, isStored] = row
    await using harness = await openHarness([fault])
    expectResponse(await harness.put('new', content, 300), expected)
    const stored = await harness.stored('new')
    expect(stored === undefined ? undefined : stored.equals(content)).toBe(isStored ? true : undefined)
  })

  test('connection-refused ends without a response and stores nothing', async () => {
    await using harness = await openHarness([{ kind: 'connection-refused' }])
    const { status, ending } = await harness.put('new')
    expect(status).toBe(0)
    // A socket that is closed with unread bytes sends RST.
    expect(['fin', 'reset']).toContain(ending)
    expect(await harness.stored('new')).toBeUndefined()
  })

  test('corrupted-request in a small body is found too', async () => {
    await using harness = await openHarness([{ kind: 'corrupted-request' }])
    expectResponse(await harness.put('new', Buffer.from('small')), {
      status: 400,
      ending: 'complete',
      code: 'BadDigest',
    })
  })
})

test('a signature that is more than 15 minutes from the skewed clock is rejected', async () => {
  await using r2 = await openRawR2({ faults: [{ kind: 'clock-skew', skewMs: -20 * 60_000 }] })
  expect(await r2.send('GET', '/')).toMatchObject({ status: 403, code: 'RequestTimeTooSkewed' })
})

test('a response to HEAD that would break in its body is reset', async () => {
  await using harness = await openHarness([{ kind: 'reset-during-response' }])
  expectResponse(await harness.head(), { ...nothing, ending: 'reset' })
})

test('rules select requests by operation, bucket, key and part', async () => {
  await using harness = await openHarness([
    { kind: 'status', status: 500, operation: 'GetObject', key: 'sto*' },
    { kind: 'status', status: 503, operation: 'UploadPart', partNumber: 2 },
    { kind: 'status', status: 418, bucket: 'other' },
  ])
  const { r2, local } = harness
  expect((await harness.get('stored')).status).toBe(500)
  expect((await harness.get('missing')).status).toBe(404)
  expect((await harness.put('stored')).status).toBe(200)
  await expect(r2.buckets.head({ bucket: 'other' })).rejects.toMatchObject({ status: 418 })
  const upload = await r2.multipart.create({ bucket, key: 'parts' })
  const part = { bucket, key: 'parts', uploadId: upload.uploadId, body: 'x' }
  await r2.multipart.uploadPart({ ...part, partNumber: 1 })
  await expect(r2.multipart.uploadPart({ ...part, partNumber: 2 })).rejects.toMatchObject({ status: 503 })
  expect(local.injectedFaults.map(({ count }) => count)).toEqual([1, 1, 1])
})

test('the same seed and rules inject the same faults into concurrent and into sequential requests', async () => {
  const keys = Array.from({ length: 60 }, (_, index) => `k${index}`)
  const rules: FaultRule[] = [{ kind: 'status', status: 500, rate: 0.4 }]
  const run = async (seed: number, concurrent: boolean) => {
    await using local = await startLocalR2({ faults: rules, faultSeed: seed })
    const { endpoint, credentials } = local
    const statusOf = async (key: string) => {
      const { url } = presignUrl({ endpoint, credentials, method: 'GET', bucket, key, expiresInSeconds: 600 })
      return (await wireExchange({ method: 'GET', url })).status
    }
    if (concurrent) return await Promise.all(keys.map(statusOf))
    const statuses: number[] = []
    for (const key of keys) statuses.push(await statusOf(key))
    return statuses
  }
  const sequential = await run(7, false)
  expect(await run(7, true)).toEqual(sequential)
  expect(await run(8, true)).not.toEqual(sequential)
  expect(new Set(sequential)).toEqual(new Set([404, 500]))
})

test('setFaults replaces the rules of a running server, and rejects invalid rules without a change', async () => {
  await using harness = await openHarness([{ kind: 'slow-down' }])
  const { local } = harness
  const invalid = [{ kind: 'slow-donw' }] as unknown as FaultRule[]
  expect(() => local.setFaults(invalid)).toThrow(expect.objectContaining({ field: 'faults[0].kind' }))
  expect((await harness.get()).status).toBe(503)
  local.setFaults([])
  expect((await harness.get()).status).toBe(200)
  expect(local.injectedFaults).toEqual([])
})

test('invalid rules in the options are rejected with the name of the field', async () => {
  const options = { faults: [{ kind: 'latency', latencyMs: -1 }] } as const
  await expect(startLocalR2(options)).rejects.toMatchObject({ code: 'InvalidConfig', field: 'faults[0].latencyMs' })
})

test('the server closes while a request waits for a response that never comes', async () => {
  const harness = await openHarness([{ kind: 'timeout' }])
  const pending = harness.get()
  await expect.poll(() => harness.local.injectedFaults[0]?.count).toBe(1)
  const startedAt = performance.now()
  await harness[Symbol.asyncDispose]()
  expect(performance.now() - startedAt).toBeLessThan(2000)
  expect((await pending).status).toBe(0)
})

test('nothing acknowledged is lost under 30 % of mixed faults', async () => {
  const kinds: Fault[] = [
    { kind: 'reset-before-request' },
    { kind: 'reset-during-request' },
    { kind: 'reset-after-commit' },
    { kind: 'status', status: 500 },
    { kind: 'slow-down' },
    { kind: 'corrupted-request' },
  ]
  await using harness = await openHarness(kinds.map((fault) => ({ ...fault, operation: 'PutObject', rate: 0.06 })))
  const keys = Array.from({ length: 200 }, (_, index) => `object-${index}`)
  const acknowledged: string[] = []
  await Promise.all(
    keys.map(async (key) => {
      const { status } = await harness.put(key, Buffer.from(key))
      if (status === 200) acknowledged.push(key)
    }),
  )
  const injected = harness.local.injectedFaults.reduce((sum, { count }) => sum + count, 0)
  expect(injected).toBeGreaterThan(20)
  expect(acknowledged.length).toBe(keys.length - injected)
  for (const key of acknowledged) expect((await harness.stored(key))?.toString()).toBe(key)
})
