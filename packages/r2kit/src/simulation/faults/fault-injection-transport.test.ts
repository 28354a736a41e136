import { R2Client } from 'r2kit'
import { describe, expect, test } from 'vitest'
import { eagerClock } from '#test/support/eager-clock.js'
import { FakeTransport, type Script, streamOf, testCredentials } from '#test/support/fake-transport.js'
import { errorOf } from '#test/support/results.js'
import type { HttpRequest, HttpResponse } from '../../http/index.js'
import { FaultInjectionTransport } from './fault-injection-transport.js'
import type { Fault, FaultRule } from './fault-rule.js'

const text = 'sixteen bytes ok'
const found: Script = () => ({ headers: { 'content-length': '16' }, body: text })

const request = (changes: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  origin: 'https://r2.test',
  path: '/photos/cat.jpg',
  query: '',
  headers: { host: 'r2.test' },
  body: { kind: 'empty' },
  responseBody: 'bytes',
  bounds: { maxResponseBytes: 1_000, timeoutMs: 60_000, stallTimeoutMs: 30_000 },
  signal: undefined,
  ...changes,
})

const around = (fault: Fault, script: Script = found) => {
  const inner = new FakeTransport(script)
  const clock = eagerClock()
  return { inner, clock, transport: new FaultInjectionTransport(inner, { rules: [fault], clock }) }
}

const textOf = async ({ body }: HttpResponse): Promise<string> => {
  const decoder = new TextDecoder()
  if (body instanceof Uint8Array) return decoder.decode(body)
  let read = ''
  for await (const chunk of body) read += decoder.decode(chunk, { stream: true })
  return read
}

const streamedPut = (): HttpRequest & { opened: string[] } => {
  const opened: string[] = []
  const open = async function* () {
    for (const piece of ['01234567', '89abcdef']) {
      opened.push(piece)
      yield new TextEncoder().encode(piece)
    }
  }
  const body = { kind: 'stream', contentLength: 16, canOpen: () => true, open } as const
  return { ...request({ method: 'PUT', body }), opened }
}

describe('a fault that the server never sees', () => {
  test.each<[fault: Fault, code: string]>([
    [{ kind: 'timeout' }, 'Timeout'],
    [{ kind: 'connection-refused' }, 'ConnectionFailed'],
    [{ kind: 'reset-before-request' }, 'ConnectionReset'],
    [{ kind: 'reset-during-request' }, 'ConnectionReset'],
  ])('%j ends the attempt with %s, and nothing is sent', async (fault, code) => {
    const { inner, transport } = around(fault)
    expect(await errorOf(transport.send(request()))).toMatchObject({ code })
    expect(inner.sent).toHaveLength(0)
  })

  test('a timeout lasts as long as the request allows', async () => {
    const { clock, transport } = around({ kind: 'timeout' })
    await errorOf(transport.send(request({ bounds: { ...request().bounds, timeoutMs: 1_234 } })))
    expect(clock.monotonicMs()).toBe(1_234)
  })

  test('a reset in the middle of a streamed request reads half of the source', async () => {
    const { inner, transport } = around({ kind: 'reset-during-request' })
    const put = streamedPut()
    expect(await errorOf(transport.send(put))).toMatchObject({ code: 'ConnectionReset' })
    expect(put.opened).toEqual(['01234567'])
    expect(inner.sent).toHaveLength(0)
  })

  test.each<[fault: Fault, status: number, code: string]>([
    [{ kind: 'status', status: 503 }, 503, 'ServiceUnavailable'],
    [{ kind: 'status', status: 403, code: 'SignatureDoesNotMatch' }, 403, 'SignatureDoesNotMatch'],
    [{ kind: 'slow-down' }, 503, 'SlowDown'],
    [{ kind: 'too-many-requests' }, 429, 'TooManyRequests'],
    [{ kind: 'error-in-200' }, 200, 'InternalError'],
  ])('%j is a response of status %i with the code %s', async (fault, status, code) => {
    const { inner, transport } = around(fault)
    const response = await transport.send(request())
    expect(response.status).toBe(status)
    expect(await textOf(response)).toContain(`<Code>${code}</Code>`)
    expect(response.headers['retry-after']).toBeUndefined()
    expect(inner.sent).toHaveLength(0)
  })

  test.each(['slow-down', 'too-many-requests'] as const)('%s sends the Retry-After of the rule', async (kind) => {
    const { transport } = around({ kind, retryAfter: 7 })
    expect((await transport.send(request())).headers).toMatchObject({ 'retry-after': '7' })
  })

  test('a Retry-After is a date where the rule has one', async () => {
    const retryAfter = 'Wed, 21 Oct 2026 07:28:00 GMT'
    const { transport } = around({ kind: 'slow-down', retryAfter })
    expect((await transport.send(request())).headers).toMatchObject({ 'retry-after': retryAfter })
  })

  test.each([204, 205, 304])('a response of status %i has no body', async (status) => {
    const { transport } = around({ kind: 'status', status })
    const { body, headers } = await transport.send(request())
    expect([body, headers['content-length']]).toEqual([new Uint8Array(0), '0'])
  })

  test('an error in a 200 is a stream where the request asks for one', async () => {
    const { transport } = around({ kind: 'error-in-200' })
    const { body } = await transport.send(request({ responseBody: 'stream' }))
    expect(body).toBeInstanceOf(ReadableStream)
    expect(await textOf({ status: 200, headers: {}, body })).toContain('<Code>InternalError</Code>')
  })

  test('a latency that is longer than the attempt may last is a Timeout, and nothing is sent', async () => {
    const { inner, clock, transport } = around({ kind: 'latency', latencyMs: 90_000 })
    expect(await errorOf(transport.send(request()))).toMatchObject({ code: 'Timeout' })
    expect([clock.monotonicMs(), inner.sent.length]).toEqual([60_000, 0])
  })

  test.each<[responseBody: 'bytes' | 'stream', code: string, tookMs: number]>([
    ['bytes', 'Timeout', 60_000],
    ['stream', 'StreamInterrupted', 30_000],
  ])(
    'a drip that is slower than the limits of the request ends as on the wire (%s)',
    async (responseBody, code, tookMs) => {
      const { clock, transport } = around({ kind: 'slow-drip', bytesPerSecond: 0.01 })
      const failure = await errorOf(transport.send(request({ responseBody })).then(textOf))
      expect(failure).toMatchObject({ code })
      expect(clock.monotonicMs()).toBe(tookMs)
    },
  )

  test('an error in response to HEAD has no body', async () => {
    const { transport } = around({ kind: 'status', status: 500 })
    expect(await textOf(await transport.send(request({ method: 'HEAD' })))).toBe('')
  })
})

describe('a fault after the server has acted', () => {
  test('a reset after the commit sends the whole request and loses the response', async () => {
    const { inner, transport } = around({ kind: 'reset-after-commit' })
    expect(await errorOf(transport.send(streamedPut()))).toMatchObject({ code: 'ConnectionReset' })
    expect(inner.sent.map(({ bodyBytes }) => bodyBytes.toString())).toEqual(['0123456789abcdef'])
  })

  test.each(['reset-during-response', 'truncated-response'] as const)('%s fails a response in memory', async (kind) => {
    const { transport } = around({ kind })
    expect(await errorOf(transport.send(request()))).toMatchObject({ code: 'StreamInterrupted' })
  })

  test.each(['reset-during-response', 'truncated-response'] as const)(
    '%s hands on half of a stream, and then fails',
    async (kind) => {
      const { transport } = around({ kind }, () => ({
        headers: { 'content-length': '16' },
        body: streamOf(text.slice(0, 5), text.slice(5)),
      }))
      const { body } = await transport.send(request({ responseBody: 'stream' }))
      let read = ''
      const failure = await errorOf(
        (async () => {
          for await (const chunk of body as ReadableStream<Uint8Array>) read += new TextDecoder().decode(chunk)
        })(),
      )
      expect(read).toBe(text.slice(0, 8))
      expect(failure).toMatchObject({ code: 'StreamInterrupted' })
    },
  )

  test.each(['bytes', 'stream'] as const)(
    'a truncated response with a wrong length passes for whole (%s)',
    async (responseBody) => {
      const { transport } = around({ kind: 'truncated-response', contentLength: 'wrong' })
      const response = await transport.send(request({ responseBody }))
      expect(response.headers['content-length']).toBe('8')
      expect(await textOf(response)).toBe(text.slice(0, 8))
    },
  )

  test.each(['bytes', 'stream'] as const)('a corrupted response has one wrong bit (%s)', async (responseBody) => {
    const { transport } = around({ kind: 'corrupted-response' })
    const read = new TextEncoder().encode(await textOf(await transport.send(request({ responseBody }))))
    expect(wrongBits(read, new TextEncoder().encode(text))).toBe(1)
  })

  test.each<[body: string, request: () => HttpRequest]>([
    [
      'in memory',
      () => request({ method: 'PUT', body: { kind: 'bytes', bytes: new TextEncoder().encode('0123456789abcdef') } }),
    ],
    ['that streams', streamedPut],
  ])('a corrupted request reaches the server with one wrong bit, from a body %s', async (_, make) => {
    const { inner, transport } = around({ kind: 'corrupted-request' })
    await transport.send(make())
    expect(wrongBits(inner.sent[0]?.bodyBytes ?? Buffer.alloc(0), Buffer.from('0123456789abcdef'))).toBe(1)
  })

  test.each(['bytes', 'stream'] as const)(
    'a slow drip takes the time that its rate needs (%s)',
    async (responseBody) => {
      const { clock, transport } = around({ kind: 'slow-drip', bytesPerSecond: 4 })
      expect(await textOf(await transport.send(request({ responseBody })))).toBe(text)
      expect(clock.monotonicMs()).toBeCloseTo(4_000)
    },
  )

  test('latency delays the request, and an abort ends the wait', async () => {
    const { clock, transport } = around({ kind: 'latency', latencyMs: 250 })
    await transport.send(request())
    expect(clock.monotonicMs()).toBe(250)
    const aborted = request({ signal: AbortSignal.abort() })
    expect(await errorOf(transport.send(aborted))).toMatchObject({ code: 'Aborted' })
  })
})

test('a skewed server refuses a signature of the wrong time, and dates its responses by its own clock', async () => {
  const { clock, transport } = around({ kind: 'clock-skew', skewMs: 3_600_000 })
  const signedAt = (ms: number) => new Date(ms).toISOString().replace(/\.\d{3}|[-:]/g, '')
  const refused = await transport.send(request({ headers: { 'x-amz-date': signedAt(clock.now()) } }))
  expect(await textOf(refused)).toContain('<Code>RequestTimeTooSkewed</Code>')
  const accepted = await transport.send(request({ headers: { 'x-amz-date': signedAt(clock.now() + 3_600_000) } }))
  expect(await textOf(accepted)).toBe(text)
  expect(accepted.headers.date).toBe(new Date(clock.now() + 3_600_000).toUTCString())
})

test('a client corrects its clock after the refusal of a skewed server', async () => {
  const clock = eagerClock()
  const rules: FaultRule[] = [{ kind: 'clock-skew', skewMs: -3_600_000 }]
  const inner = new FakeTransport(() => ({ status: 204 }))
  const transport = new FaultInjectionTransport(inner, { rules, clock })
  const options = { endpoint: 'https://r2.test', credentials: testCredentials, transport, clock } as const
  await new R2Client(options).objects.delete({ bucket: 'photos', key: 'a' })
  expect(transport.injected).toEqual([2])
  expect(inner.sent).toHaveLength(1)
})

test.each<[fault: Fault, code: string | undefined]>([
  [{ kind: 'reset-before-request' }, 'ConnectionReset'],
  [{ kind: 'reset-after-commit' }, 'ConnectionReset'],
  // Its response has no body in which it could break: it is lost whole.
  [{ kind: 'reset-during-response' }, 'ConnectionReset'],
  [{ kind: 'truncated-response' }, 'ConnectionReset'],
  [{ kind: 'corrupted-response' }, undefined],
  [{ kind: 'corrupted-request' }, undefined],
  [{ kind: 'slow-drip', bytesPerSecond: 1 }, undefined],
])('a HEAD that meets %j ends with %s', async (fault, code) => {
  const { transport } = around(fault, () => ({ headers: { 'content-length': '16' } }))
  const sent = transport.send(request({ method: 'HEAD' }))
  if (code === undefined) expect(await sent).toMatchObject({ status: 200, headers: { 'content-length': '16' } })
  else expect(await errorOf(sent)).toMatchObject({ code })
})

test('a wrong rule is refused with the field that is wrong', () => {
  const make = (rule: unknown) => () => new FaultInjectionTransport(new FakeTransport(), { rules: [rule as FaultRule] })
  expect(make({ kind: 'explode' })).toThrow(/rules\[0\]\.kind/)
  expect(make({ kind: 'status' })).toThrow(/rules\[0\]\.status/)
  expect(make({ kind: 'timeout', rat: 1 })).toThrow(/rules\[0\]\.rat .*did you mean rate/)
  expect(make({ kind: 'timeout', latencyMs: 1 })).toThrow(/rules\[0\]\.latencyMs is not a field of a 'timeout' fault/)
  expect(make({ kind: 'latency', latencyMs: { minMs: 1 } })).toThrow(/rules\[0\]\.latencyMs\.maxMs/)
})

test('with every second request failing and 3 attempts, 87.5 % of 4,000 calls succeed (requirement 6.4)', async () => {
  const inner = new FakeTransport(() => ({ status: 204 }))
  const clock = eagerClock()
  const transport = new FaultInjectionTransport(inner, {
    rules: [{ kind: 'status', status: 500, rate: 0.5 }],
    seed: 1,
    clock,
  })
  const r2 = new R2Client({
    endpoint: 'https://r2.test',
    credentials: testCredentials,
    transport,
    clock,
    random: () => 0,
  })
  const calls = Array.from({ length: 4_000 }, (_, index) => r2.objects.delete({ bucket: 'photos', key: `${index}` }))
  const results = await Promise.allSettled(calls)
  const succeeded = results.filter(({ status }) => status === 'fulfilled').length
  expect(succeeded / results.length).toBeGreaterThan(0.86)
  expect(succeeded / results.length).toBeLessThan(0.89)
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
  for (const failure of failures) expect(failure).toMatchObject({ code: 'InternalError', attempts: 3 })
})

const wrongBits = (left: Uint8Array, right: Uint8Array): number => {
  expect(left.length).toBe(right.length)
  return left.reduce((sum, byte, index) => sum + (byte ^ (right[index] ?? 0)).toString(2).replaceAll('0', '').length, 0)
}

test('a rule for an operation that does not exist is refused, because it would never apply', () => {
  const rules: FaultRule[] = [{ kind: 'timeout', operation: 'PutObjekt' }]
  const create = () => new FaultInjectionTransport(new FakeTransport(found), { rules })
  expect(create).toThrow(expect.objectContaining({ code: 'InvalidConfig', hint: 'Did you mean PutObject?' }))
  expect(create).toThrow(/rules\[0\]\.operation is "PutObjekt"/)
})
