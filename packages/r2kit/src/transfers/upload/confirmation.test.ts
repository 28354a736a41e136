/** The last checks before bytes become an object: by the caller and at the source. Until then the old object stays. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openAsBlob } from 'node:fs'
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { errorOf } from '#test/support/results.js'
import { bucket, partBytes, pattern, type UploadHarness, uploadHarness } from '#test/support/upload-harness.js'
import type { UploadOptions, UploadSource } from './options.js'

let harness: UploadHarness
let folder: string
beforeAll(async () => {
  harness = await uploadHarness({ transfers: { noProgressTimeoutMs: 200 } })
  folder = await mkdtemp(join(tmpdir(), 'r2kit-confirmation-'))
})
afterAll(async () => {
  await harness[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const key = 'key'
const old = new TextEncoder().encode('the old object')
beforeEach(async () => {
  harness.transport.faultOf = () => undefined
  await harness.r2.objects.put({ bucket, key, body: old })
  harness.transport.seen.length = 0
})
const requireOld = async () => {
  expect(Buffer.compare(await harness.read(key), old)).toBe(0)
  expect(await harness.pending()).toBe(0)
}

const bytes = pattern(partBytes + 1_000_000)
async function* pieces() {
  for (let at = 0; at < bytes.byteLength; at += 700_000) yield bytes.subarray(at, at + 700_000)
}
const path = () => join(folder, 'source')
const sources: Record<string, () => UploadSource | Promise<UploadSource>> = {
  'bytes in memory': () => bytes,
  'a Blob': () => new Blob([bytes.slice()]),
  'a file': async () => {
    await writeFile(path(), bytes)
    return { path: path() }
  },
  'a stream': () => pieces(),
}
const inOneRequest = { partSizeBytes: 8 * 1024 * 1024, thresholdBytes: 16 * 1024 * 1024 }
const inParts = { partSizeBytes: partBytes, thresholdBytes: 1 }
const ways = Object.entries(sources).flatMap(([source, make]) =>
  Object.entries({ 'in one request': inOneRequest, 'in parts': inParts }).map(([how, sizes]) => ({
    source,
    make,
    how,
    sizes,
    parts: how === 'in parts' ? 2 : 1,
  })),
)
const upload = (source: UploadSource, options: UploadOptions) =>
  harness.r2.transfers.upload(source, { bucket, key }, options)

describe.each(ways)('beforeComplete of $source, $how', ({ make, sizes, parts }) => {
  test('beforeComplete is awaited once, before the object is replaced, although the deciding request is repeated', async () => {
    harness.transport.faultOf = ({ name, index }) =>
      (name === 'PutObject' || name === 'CompleteMultipartUpload') && index === 0 ? 'lose-request' : undefined
    const calls: unknown[] = []
    const beforeComplete = async (upload: unknown) => {
      calls.push(upload)
      expect(Buffer.compare(await harness.read(key), old)).toBe(0)
    }
    await upload(await make(), { ...sizes, beforeComplete })
    expect(calls).toEqual([{ bytes: bytes.byteLength, parts }])
    expect(Buffer.compare(await harness.read(key), bytes)).toBe(0)
  })

  test.each([
    ['a rejection', () => Promise.reject(new Error('the producer failed'))],
    [
      'an exception',
      () => {
        throw new Error('the producer failed')
      },
    ],
  ])(
    '%s of beforeComplete fails the upload, which leaves the old object and nothing pending',
    async (_, beforeComplete) => {
      await expect(upload(await make(), { ...sizes, beforeComplete })).rejects.toThrow('the producer failed')
      await requireOld()
    },
  )

  test('a beforeComplete that stays pending does not delay an abort', async () => {
    const controller = new AbortController()
    const beforeComplete = () => {
      queueMicrotask(() => controller.abort())
      return new Promise<void>(() => undefined)
    }
    const work = harness.r2.transfers.upload(
      await make(),
      { bucket, key },
      { ...sizes, beforeComplete, signal: controller.signal },
    )
    expect(await errorOf(Promise.resolve(work))).toMatchObject({ code: 'Aborted' })
    await requireOld()
  })
})

test('beforeComplete is called for an empty object, too', async () => {
  const beforeComplete = ({ bytes }: { bytes: number }) => {
    if (bytes === 0) throw new Error('nothing was produced')
  }
  for (const source of [new Blob([]).stream(), new Uint8Array(0)]) {
    await expect(upload(source, { beforeComplete })).rejects.toThrow('nothing was produced')
    await requireOld()
  }
})

test('a process that fails half-way leaves the old object, when beforeComplete checks its exit code', async () => {
  for (const [code, isStored] of [
    [3, false],
    [0, true],
  ] as const) {
    const child = spawn('sh', ['-c', `printf 'half of it'; exit ${code}`])
    const exit = once(child, 'exit')
    const work = upload(child.stdout, {
      beforeComplete: async () => {
        const [status] = await exit
        if (status !== 0) throw new Error(`the producer failed with exit code ${status}`)
      },
    })
    if (isStored) {
      await work
      expect(new TextDecoder().decode(await harness.read(key))).toBe('half of it')
    } else {
      await expect(work).rejects.toThrow('exit code 3')
      await requireOld()
    }
  }
})

describe('a file that changes while it is sent in one request', () => {
  /** Changes the file when its first bytes have been sent. */
  const changing = () => {
    harness.transport.faultOf = async ({ name, request }) => {
      const { body } = request
      if (name !== 'PutObject' || body.kind !== 'stream') return undefined
      const open = body.open.bind(body)
      Object.assign(body, {
        async *open() {
          let isFirst = true
          for await (const chunk of open()) {
            if (isFirst) await appendFile(path(), 'more')
            isFirst = false
            yield chunk
          }
        },
      })
      return undefined
    }
  }
  const calls: Record<string, () => Promise<unknown>> = {
    'put of { path }': () => harness.r2.objects.put({ bucket, key, body: { path: path() } }),
    'upload of { path }': () => Promise.resolve(upload({ path: path() }, inOneRequest)),
    'put of the file as a Blob': async () => harness.r2.objects.put({ bucket, key, body: await openAsBlob(path()) }),
    'upload of the file as a Blob': async () => upload(await openAsBlob(path()), inOneRequest),
  }

  test.each(Object.entries(calls))('a file that changes during %s leaves the old object', async (_, call) => {
    await writeFile(path(), bytes)
    changing()
    const error = await errorOf(call())
    expect(['SourceChanged', 'SourceFailed']).toContain(error.code)
    await requireOld()
  })
})
