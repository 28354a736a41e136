import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fileBody } from './counted-file.js'

let scratch = ''
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'r2-counted-'))
})
afterEach(() => rm(scratch, { recursive: true, force: true }))

const size = 9 * 1024 * 1024

/** A large file's body, and a count that its readings keep. */
const largeFile = async () => {
  const path = join(scratch, 'large')
  await writeFile(path, Buffer.alloc(size, 7))
  const count = { bytes: 0 }
  const { body, countedBytes } = fileBody(path, size, (bytes) => {
    count.bytes += bytes
  })
  if (typeof body !== 'object' || !('open' in body))
    throw new Error('a large file should be a body that can be reopened')
  return { path, count, countedBytes, open: () => body.open() }
}

test('a small file is left to the client and counts when it is done', () => {
  expect(fileBody('small', 1000, () => undefined)).toEqual({ body: { path: 'small' }, countedBytes: 0 })
})

test('a request that is sent again does not count twice', async () => {
  const { open, count, countedBytes } = await largeFile()
  for await (const chunk of open()) {
    expect(count.bytes).toBe(chunk.byteLength)
    break
  }
  let read = 0
  for await (const chunk of open()) read += chunk.byteLength
  expect([read, count.bytes, countedBytes]).toEqual([size, size, size])
})

test('a file that is written while it is read is an error, not a mixture', async () => {
  const { open, path } = await largeFile()
  const reading = async () => {
    for await (const _chunk of open()) await utimes(path, 1, 1)
  }
  await expect(reading()).rejects.toMatchObject({ code: 'InvalidInput', field: 'body' })
})
