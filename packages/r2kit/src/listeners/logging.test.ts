/** `r2kit/logging` with pino and with `console`, and `r2kit/diagnostics` with the channels of Node. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readFile } from 'node:fs/promises'
import pino from 'pino'
import type { R2ClientOptions, R2Event } from 'r2kit'
import { publishEvents } from 'r2kit/diagnostics'
import { type LogEventsOptions, type LogLevel, logEvents } from 'r2kit/logging'
import { describe, expect, test, vi } from 'vitest'
import { fakeClient, objectHeaders, type Script, testCredentials } from '#test/support/fake-transport.js'
import { errorOf } from '#test/support/results.js'
import { startLocalR2 } from '../../../local/src/index.js'
import { R2Client } from '../r2-client.js'
import { circuitBreaker } from '../resilience/circuit-breaker-layer.js'
import { eventTypes, messageOf } from './log-message.js'

const object = { bucket: 'photos', key: 'cat.jpg' }
const found: Script = () => ({ headers: objectHeaders(3), body: 'abc' })
const failing =
  (times: number, status = 503): Script =>
  (request, number) =>
    number <= times ? { status } : found(request, number)

/** A line as pino writes it. */
type Line = Record<string, unknown> & { readonly level: number; readonly msg: string; readonly type: R2Event['type'] }

/** A pino logger that keeps its lines, for a client with this script. */
const pinoClient = (script: Script, options: LogEventsOptions, client: Partial<R2ClientOptions> = {}) => {
  const lines: Line[] = []
  const logger = pino({ level: 'trace' }, { write: (text: string) => lines.push(JSON.parse(text)) })
  const made = fakeClient(script, { ...client, onEvent: logEvents(logger, options) })
  return {
    ...made,
    logger,
    lines,
    at: (level: LogLevel) => lines.filter((line) => line.level === pino.levels.values[level]),
  }
}

describe('logEvents with pino', () => {
  test('logs a final failure at error, and its retries at warn', async () => {
    const { r2, clock, at } = pinoClient(failing(9), {})
    await clock.run(errorOf(r2.objects.get(object)))
    expect(at('error')).toMatchObject([
      { type: 'call.ended', operation: 'GetObject', ...object, error: { code: 'ServiceUnavailable' } },
    ])
    expect(at('error')[0]?.msg).toMatch(/^GetObject photos\/cat\.jpg failed: .*\[ServiceUnavailable\]$/)
    expect(at('warn').map(({ msg }) => msg)).toEqual([
      'GetObject photos/cat.jpg: attempt 1 failed with ServiceUnavailable, retry after 100 ms',
      'GetObject photos/cat.jpg: attempt 2 failed with ServiceUnavailable, retry after 200 ms',
    ])
    expect(at('info')).toEqual([])
  })

  test('logs limits and breakers at warn', async () => {
    const layers = { attempt: [circuitBreaker({ failures: 1 })] }
    const { r2, clock, at } = pinoClient(failing(1, 500), {}, { layers })
    await clock.run(errorOf(r2.objects.get(object)))
    const limited = pinoClient(failing(1, 429), {})
    await limited.clock.run(limited.r2.objects.get(object))
    expect(at('warn').map(({ type }) => type)).toContain('breaker.changed')
    expect(limited.at('warn').map(({ type }) => type)).toEqual(['rate.limited', 'retry.decided'])
  })

  test('logs completions and the life of multipart uploads at info, and a repeated part at warn', async () => {
    const lines: Line[] = []
    const logger = pino({ level: 'trace' }, { write: (text: string) => lines.push(JSON.parse(text)) })
    await using local = await startLocalR2()
    await using r2 = new R2Client({
      endpoint: local.endpoint,
      credentials: local.credentials,
      onEvent: logEvents(logger),
    })
    await r2.buckets.create({ bucket: object.bucket })
    const { uploadId } = await r2.multipart.create(object)
    await r2.multipart.abort({ ...object, uploadId })
    await r2.transfers.upload(new Uint8Array(6 * 1024 * 1024), object, {
      partSizeBytes: 5 * 1024 * 1024,
      thresholdBytes: 1,
    })
    expect(
      lines.map(({ type }) => type).filter((type) => type.startsWith('multipart') || type === 'transfer.ended'),
    ).toEqual(['multipart.created', 'multipart.aborted', 'multipart.created', 'multipart.completed', 'transfer.ended'])
    expect(new Set(lines.map(({ level }) => level))).toEqual(new Set([pino.levels.values.info]))
  })

  test('logs sanitised requests at debug, and stages of signing at trace, without secrets', async () => {
    const { r2, lines, at } = pinoClient(
      found,
      { level: 'trace' },
      { credentials: { ...testCredentials, sessionToken: 'token-of-this-test' } },
    )
    await r2.objects.get({ ...object, ssec: { key: new Uint8Array(32).fill(65) } })
    expect(at('debug')[0]).toMatchObject({ type: 'request.described', request: { method: 'GET', ...object } })
    expect(at('trace').map(({ type }) => type)).toEqual([
      'call.started',
      'attempt.started',
      'request.signed',
      'attempt.ended',
    ])
    const text = JSON.stringify(lines)
    expect(text).toContain('[REDACTED]')
    for (const secret of [
      testCredentials.secretAccessKey,
      'token-of-this-test',
      btoa('A'.repeat(32)),
      'Signature=',
      testCredentials.accessKeyId,
    ])
      expect(text).not.toContain(secret)
  })

  test.each<[LogLevel, LogLevel[]]>([
    ['error', []],
    ['warn', ['warn']],
    ['info', ['warn', 'info']],
    ['debug', ['warn', 'info', 'debug']],
    ['trace', ['warn', 'info', 'debug', 'trace']],
  ])('logs at the level %s and above only', async (level, expected) => {
    const { r2, clock, at } = pinoClient(failing(1), { level })
    await clock.run(r2.objects.get(object))
    const used = (['error', 'warn', 'info', 'debug', 'trace'] as const).filter((one) => at(one).length > 0)
    expect(used).toEqual(expected)
  })

  test('logs an expected error at info', async () => {
    const { r2, at } = pinoClient(failing(9, 404), { expected: ['ObjectNotFound'] })
    await errorOf(r2.objects.get(object))
    expect(at('error')).toEqual([])
    expect(at('info')).toMatchObject([{ error: { code: 'ObjectNotFound' } }])
  })

  test('escapes the control characters of a key', async () => {
    const { r2, at } = pinoClient(found, {})
    await r2.objects.get({ ...object, key: 'a\nERROR forged' })
    expect(at('info')[0]?.msg).toContain('photos/a\\u000aERROR forged')
  })
})

test('logEvents writes to console with the sentence first, and without stack traces', async () => {
  const methods = ['error', 'warn', 'info', 'debug', 'trace'] as const
  const spies = methods.map((method) => vi.spyOn(console, method).mockImplementation(() => undefined))
  try {
    const { r2, clock } = fakeClient(failing(1), { onEvent: logEvents(console, { level: 'trace' }) })
    await clock.run(r2.objects.get(object))
    const [error, warn, info, debug, trace] = spies.map((spy) => spy.mock.calls)
    expect([error, trace]).toEqual([[], []])
    expect(warn?.[0]?.[0]).toContain('retry after')
    expect(warn?.[0]?.[1]).toMatchObject({ type: 'retry.decided' })
    expect(info).toMatchObject([['GetObject photos/cat.jpg succeeded with status 200 in 100 ms', { attempts: 2 }]])
    expect(debug?.some(([, event]) => (event as R2Event).type === 'request.signed')).toBe(true)
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
})

test('logEvents refuses an object that is no logger, and unknown levels and codes', () => {
  expect(() => logEvents({ log: console.log } as never)).toThrow(/logger/)
  expect(() => logEvents(console, { level: 'verbose' as never })).toThrow(/level/)
  expect(() => logEvents(console, { expected: ['ObjectNotFond' as never] })).toThrow(/expected/)
})

test('publishEvents publishes each event on the channel of its type and on the common channel', async () => {
  const received: string[] = []
  const onCall = (event: unknown) => received.push(`call ${(event as R2Event).type}`)
  const onAny = (event: unknown) => received.push((event as R2Event).type)
  subscribe('r2kit:call.ended', onCall)
  subscribe('r2kit:event', onAny)
  try {
    const { r2 } = fakeClient(found, { onEvent: publishEvents() })
    await r2.objects.get(object)
    expect(received).toEqual([
      'call.started',
      'attempt.started',
      'request.signed',
      'attempt.ended',
      'call call.ended',
      'call.ended',
    ])
    unsubscribe('r2kit:event', onAny)
    unsubscribe('r2kit:call.ended', onCall)
    await r2.objects.get(object)
    expect(received).toHaveLength(6)
  } finally {
    unsubscribe('r2kit:event', onAny)
    unsubscribe('r2kit:call.ended', onCall)
  }
})

test('the guide describes every event', async () => {
  const guide = await readFile(new URL('../../../../docs/guides/observability.md', import.meta.url), 'utf8')
  const described = [...guide.matchAll(/^\| `([a-z]+\.[a-zA-Z]+)` \|/gm)].map(([, type]) => type)
  expect(described.sort()).toEqual(eventTypes().sort())
})

test.each([
  [0, '0 connections are open'],
  [1, '1 connection is open'],
])('the line of %d connections counts them', (connections, text) => {
  expect(messageOf({ type: 'pool.resized', atMs: 0, clientId: 'a', connections } as unknown as R2Event)).toBe(text)
})
