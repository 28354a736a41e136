/** Derived keys are overwritten: the tests hold every buffer that had one. */
import crypto from 'node:crypto'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { HmacKey as PortableHmacKey } from '../base/hash/portable.js'
import { RequestSigner } from './index.js'
import { SigningKey } from './signing-key.js'

const credentials = { accessKeyId: 'a'.repeat(32), secretAccessKey: 'fedcba9876543210'.repeat(4) }
const nowMs = Date.UTC(2026, 0, 1)
const request = (path = '/b/k') => ({ method: 'GET', path, query: '', headers: { host: 'h' } })

afterEach(() => {
  vi.restoreAllMocks()
})

/** Buffers that were a key of an HMAC, or that were made for one, since the call. */
const heldBuffers = () => {
  const held: Uint8Array[] = []
  const hold = <T>(value: T): T => {
    if (value instanceof Uint8Array) held.push(value)
    return value
  }
  const { createHmac } = crypto
  vi.spyOn(crypto, 'createHmac').mockImplementation((algorithm, key, ...rest) => {
    const hmac = createHmac(algorithm, hold(key), ...rest)
    const digest = hmac.digest.bind(hmac) as () => Buffer
    hmac.digest = (() => hold(digest())) as never
    return hmac
  })
  for (const method of ['alloc', 'concat'] as const) {
    const make = Buffer[method] as (...parameters: unknown[]) => Buffer
    vi.spyOn(Buffer, method).mockImplementation(((...parameters: unknown[]) => hold(make(...parameters))) as never)
  }
  return held
}

const isZero = (buffer: Uint8Array) => buffer.every((byte) => byte === 0)

describe('dispose', () => {
  test('overwrites every buffer with the secret or with a key that was derived from it', () => {
    const held = heldBuffers()
    const signer = new RequestSigner()
    signer.sign(request(), credentials, 'UNSIGNED-PAYLOAD', nowMs)
    // Four keys of the derivation (the secret first), its result, and the two padded keys.
    expect(held.length).toBeGreaterThanOrEqual(7)
    expect(held.filter((buffer) => !isZero(buffer))).toHaveLength(2)
    signer.dispose()
    expect(held.filter((buffer) => !isZero(buffer))).toEqual([])
  })

  test('overwrites the keys of all days and credentials, and keys that the cache evicts', () => {
    const held = heldBuffers()
    const signer = new RequestSigner()
    for (let day = 0; day < 12; day++) signer.sign(request(), credentials, 'UNSIGNED-PAYLOAD', nowMs + day * 86_400_000)
    const alive = () => held.filter((buffer) => !isZero(buffer))
    expect(alive()).toHaveLength(8 * 2)
    signer.dispose()
    expect(alive()).toEqual([])
  })

  test('overwrites the copy of the padded key that a long text needs', () => {
    const held = heldBuffers()
    const key = new SigningKey(credentials, '20260101', 'auto', 's3')
    const signature = key.sign('x'.repeat(1000))
    expect(key.sign('x'.repeat(1000))).toBe(signature)
    key.destroy()
    expect(held.some(({ byteLength }) => byteLength > 1000)).toBe(true)
    expect(held.filter((buffer) => !isZero(buffer))).toEqual([])
  })

  test('a destroyed key makes other signatures, also where there is no OpenSSL', () => {
    const key = new SigningKey(credentials, '20260101', 'auto', 's3')
    const signature = key.sign('text')
    key.destroy()
    expect(key.sign('text')).not.toBe(signature)
    const portable = new PortableHmacKey(new Uint8Array(32).fill(7))
    const before = portable.signHex('text')
    portable.destroy()
    expect(portable.signHex('text')).not.toBe(before)
  })

  test('a portable key overwrites its two states, the key and the padded keys', () => {
    const held: (Uint8Array | Int32Array)[] = []
    const from = Int32Array.from
    vi.spyOn(Int32Array, 'from').mockImplementation(((...parameters: Parameters<typeof from>) => {
      const copy = from.apply(Int32Array, parameters)
      held.push(copy)
      return copy
    }) as never)
    const map = Uint8Array.prototype.map
    vi.spyOn(Uint8Array.prototype, 'map').mockImplementation(function (
      this: Uint8Array,
      ...parameters: Parameters<typeof map>
    ) {
      const mapped = map.apply(this, parameters)
      held.push(this, mapped)
      return mapped
    } as never)
    const portable = new PortableHmacKey(new Uint8Array(32).fill(7))
    expect(held.length).toBeGreaterThanOrEqual(6)
    portable.destroy()
    expect(held.filter((buffer) => buffer.some((value: number) => value !== 0))).toEqual([])
  })
})
