/** The progress of an upload while its source is read for the checksum that is sent before the bytes. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bucket, partBytes, pattern, uploadHarness } from '#test/support/upload-harness.js'
import type { UploadInput } from './options.js'

const bytes = pattern(2 * partBytes + 7)
let folder: string
let path: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'r2kit-prepared-'))
  path = join(folder, 'source')
  await writeFile(path, bytes)
})
afterAll(() => rm(folder, { recursive: true }))

/** A clock on which a second passes with each look, so that every notification is due. */
const hurriedClock = () => {
  let nowMs = 0
  return {
    now: Date.now,
    monotonicMs: () => {
      nowMs += 1000
      return nowMs
    },
    after: (delayMs: number, action: () => void) => {
      const timer = setTimeout(action, Math.min(delayMs, 60_000))
      timer.unref()
      return { cancel: () => clearTimeout(timer) }
    },
  }
}
const whole = { thresholdBytes: bytes.byteLength + 1, partSizeBytes: 3 * partBytes }
const inParts = { thresholdBytes: 1, partSizeBytes: partBytes }

test.each<[string, Partial<UploadInput>]>([
  ['a checksum', {}],
  ['Content-MD5', { integrity: 'md5' }],
  ["a checksum of the caller's without a value", { checksum: { algorithm: 'SHA256' } }],
])('a file that is sent in one request reports how far it has been read for %s', async (_, input) => {
  await using harness = await uploadHarness({ clock: hurriedClock() })
  const seen: [preparedBytes: number, bytes: number][] = []
  const onProgress = (progress: { preparedBytes: number; bytes: number }) =>
    seen.push([progress.preparedBytes, progress.bytes])
  await harness.r2.transfers.upload({ path }, { bucket, key: 'k', ...input }, { ...whole, onProgress })
  const reading = seen.filter(([prepared, sent]) => prepared > 0 && sent === 0)
  expect(reading.length).toBeGreaterThan(2)
  expect(Math.max(...reading.map(([prepared]) => prepared))).toBe(bytes.byteLength)
  expect(seen.at(-1)).toEqual([bytes.byteLength, bytes.byteLength])
})

test('a file that is sent in parts reports all bytes as read once, too', async () => {
  await using harness = await uploadHarness()
  const transfer = harness.r2.transfers.upload({ path }, { bucket, key: 'k' }, inParts)
  await transfer
  expect(transfer.progress).toMatchObject({ preparedBytes: bytes.byteLength, bytes: bytes.byteLength })
})

test('nothing is read in advance without a check', async () => {
  await using harness = await uploadHarness()
  const transfer = harness.r2.transfers.upload({ path }, { bucket, key: 'k', integrity: 'none' }, whole)
  await transfer
  expect(transfer.progress).toMatchObject({ preparedBytes: 0, bytes: bytes.byteLength })
})
