import { describe, expect, test } from 'vitest'
import { VirtualClock } from '#test/support/virtual-clock.js'
import { EventStream } from '../observability/event-stream.js'
import type { R2Event } from '../observability/events.js'
import { ClientIntegrity } from './client-integrity.js'

const r2Host = `${'0123456789abcdef'.repeat(2)}.r2.cloudflarestorage.com`
const ofHost = (host: string) => new ClientIntegrity('crc32', host, undefined)

describe("what a client knows about a server's checksums", () => {
  test('is nothing at first, except that R2 accepts trailers', () => {
    expect(ofHost('localhost:9000').support('trailer', 'CRC32')).toBe('unknown')
    expect(ofHost(r2Host).support('trailer', 'CRC32')).toBe('assumed')
    expect(ofHost(r2Host).support('header', 'CRC32')).toBe('unknown')
  })

  test('is separate for each form and algorithm', () => {
    const integrity = ofHost('localhost:9000')
    integrity.confirm('header', 'CRC32')
    integrity.refute('part', 'CRC64NVME')
    expect(integrity.support('header', 'CRC32')).toBe('supported')
    expect(integrity.support('part', 'CRC32')).toBe('unknown')
    expect(integrity.support('part', 'CRC64NVME')).toBe('unsupported')
  })

  test('does not change after a confirmation or a refutation', () => {
    const integrity = ofHost('localhost:9000')
    integrity.confirm('header', 'CRC32')
    integrity.refute('header', 'CRC32')
    integrity.refute('part', 'CRC32')
    integrity.confirm('part', 'CRC32')
    expect(integrity.support('header', 'CRC32')).toBe('supported')
    expect(integrity.support('part', 'CRC32')).toBe('unsupported')
  })

  test.each([
    [{ server: 'cloudflare', 'cf-ray': '9a28f4dc0d2c1e55-FRA' }, 'assumed'],
    [{ server: 'cloudflare' }, 'unknown'],
    [{ server: 'nginx', 'cf-ray': '9a28f4dc0d2c1e55-FRA' }, 'unknown'],
  ])('with the response headers %j, makes the support of trailers %s', (headers: Record<string, string>, expected) => {
    const integrity = ofHost('files.example.com')
    integrity.recognise(headers)
    expect(integrity.support('trailer', 'CRC32')).toBe(expected)
  })
})

test('a reduction is reported once for its form, algorithm and fallback', () => {
  const events: R2Event[] = []
  const stream = new EventStream([(event) => events.push(event)], new VirtualClock())
  const integrity = new ClientIntegrity('crc32', 'localhost', stream)
  const reduction = {
    form: 'header',
    algorithm: 'CRC32',
    fallback: 'etag',
    reason: 'no checksum was returned',
  } as const
  integrity.report(reduction)
  integrity.report({ ...reduction, reason: 'another one' })
  integrity.report({ ...reduction, algorithm: 'CRC32C' })
  integrity.report({ ...reduction, fallback: 'none' })
  integrity.report({ ...reduction, form: 'part' })
  expect(
    events.map((event) => event.type === 'integrity.reduced' && [event.form, event.algorithm, event.fallback]),
  ).toEqual([
    ['header', 'CRC32', 'etag'],
    ['header', 'CRC32C', 'etag'],
    ['header', 'CRC32', 'none'],
    ['part', 'CRC32', 'etag'],
  ])
  expect(events[0]).toEqual({ type: 'integrity.reduced', clientId: stream.id, ...reduction, atMs: events[0]?.atMs })
})
