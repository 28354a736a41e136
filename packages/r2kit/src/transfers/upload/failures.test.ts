/** Failures at every step: the first error is reported, and no upload is left pending on the server. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Fault, SeenRequest } from '#test/support/faulty-transport.js'
import { bucket, partBytes, pattern, type UploadHarness, uploadHarness } from '#test/support/upload-harness.js'
import { systemClock } from '../../base/clock.js'
import type { UploadInput, UploadOptions, UploadSource } from './options.js'

let harness: UploadHarness

beforeAll(async () => {
  harness = await uploadHarness({ transfers: { noProgressTimeoutMs: 200 } })
})
afterAll(() => harness[Symbol.asyncDispose]())
afterEach(() => {
  harness.transport.faultOf = () => undefined
  harness.transport.seen.length = 0
  harness.warnings.length = 0
})

const inParts = { thresholdBytes: 1, partSizeBytes: partBytes } satisfies UploadOptions
const bytes = pattern(4 * partBytes + 1)
const denied = { status: 403, code: 'AccessDenied' } as const

async function* stream(failAfterBytes = Number.POSITIVE_INFINITY): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += 1_000_000) {
    if (at >= failAfterBytes) throw new Error('the disk failed')
    yield bytes.subarray(at, at + 1_000_000)
  }
}

const upload = (source: UploadSource, input: Partial<UploadInput> = {}, options: UploadOptions = {}) =>
  harness.r2.transfers.upload(source, { bucket, key: 'failing', ...input }, { ...inParts, ...options })

interface Failure {
  readonly fault?: (seen: SeenRequest) => Fault | undefined
  readonly source?: () => UploadSource
  readonly options?: () => UploadOptions
  readonly expected: object
}

const failures: Record<string, Failure> = {
  'a part that is refused': {
    fault: ({ name, partNumber }) => (name === 'UploadPart' && partNumber === 3 ? denied : undefined),
    expected: { code: 'AccessDenied' },
  },
  'a part that is never received': {
    fault: ({ name, partNumber }) => (name === 'UploadPart' && partNumber === 2 ? 'lose-request' : undefined),
    expected: { code: 'ConnectionReset' },
  },
  'a part whose responses are all lost': {
    fault: ({ name, partNumber }) => (name === 'UploadPart' && partNumber === 5 ? 'lose-response' : undefined),
    expected: { code: 'ConnectionReset' },
  },
  'a part that is corrupted on every attempt': {
    fault: ({ name, partNumber }) => (name === 'UploadPart' && partNumber === 2 ? 'corrupt' : undefined),
    expected: { code: 'IntegrityMismatch' },
  },
  'a source that throws': {
    source: () => stream(2.5 * partBytes),
    expected: { code: 'SourceFailed', cause: { message: 'the disk failed' } },
  },
  'a completion that is refused': {
    fault: ({ name }) => (name === 'CompleteMultipartUpload' ? denied : undefined),
    expected: { code: 'AccessDenied' },
  },
  'a completion that is never received': {
    fault: ({ name }) => (name === 'CompleteMultipartUpload' ? 'lose-request' : undefined),
    expected: { code: 'ConnectionReset' },
  },
  'an exception in onProgress': {
    options: () => ({
      onProgress: ({ parts }) => {
        if (parts === 2) throw new TypeError('a bug of the caller')
      },
    }),
    expected: { name: 'TypeError', message: 'a bug of the caller' },
  },
  'a rejection of an async onProgress': {
    options: () => ({
      onProgress: async ({ parts }) => {
        if (parts === 2) throw new TypeError('a bug of the caller')
      },
    }),
    expected: { name: 'TypeError', message: 'a bug of the caller' },
  },
  'an abort between parts': {
    options: () => {
      const abort = new AbortController()
      return {
        signal: abort.signal,
        onProgress: ({ parts }) => {
          if (parts === 2) abort.abort('enough')
        },
      }
    },
    expected: { code: 'Aborted', cause: 'enough' },
  },
}

for (const [name, { fault, source, options, expected }] of Object.entries(failures)) {
  for (const kind of ['slices', 'stream'] as const) {
    if (kind === 'slices' && source !== undefined) continue
    test(`an upload (${kind}) that fails with ${name} leaves nothing behind`, async () => {
      harness.transport.faultOf = fault ?? (() => undefined)
      const from = source?.() ?? (kind === 'slices' ? bytes : stream())
      await expect(upload(from, {}, options?.())).rejects.toMatchObject(expected)
      expect(await harness.pending()).toBe(0)
      await expect(harness.r2.objects.head({ bucket, key: 'failing' })).rejects.toMatchObject({
        code: 'ObjectNotFound',
      })
    })
  }
}

test('an abort during CreateMultipartUpload leaves no upload behind', async () => {
  await using realTime = await uploadHarness({ clock: systemClock })
  for (const source of [bytes, stream()]) {
    const transfer = realTime.r2.transfers.upload(source, { bucket, key: 'new' }, inParts)
    realTime.transport.faultOf = ({ name }) => {
      if (name === 'CreateMultipartUpload') transfer.abort()
      return undefined
    }
    await expect(transfer).rejects.toMatchObject({ code: 'Aborted' })
    expect(realTime.transport.count('UploadPart')).toBe(0)
    expect(await realTime.pending()).toBe(0)
  }
  expect(realTime.transport.count('AbortMultipartUpload')).toBeGreaterThanOrEqual(2)
})

test('a failed part stops the reading of the source', async () => {
  harness.transport.faultOf = ({ name }) => (name === 'UploadPart' ? denied : undefined)
  let readBytes = 0
  let isCancelled = false
  const endless = async function* () {
    try {
      for (;;) {
        readBytes += 1_000_000
        yield bytes.subarray(0, 1_000_000)
      }
    } finally {
      isCancelled = true
    }
  }
  await expect(upload(endless())).rejects.toMatchObject({ code: 'AccessDenied' })
  expect(readBytes).toBeLessThan(200_000_000)
  expect(isCancelled).toBe(true)
})

test('a failed AbortMultipartUpload is a warning, is retried, and hides no earlier error', async () => {
  harness.transport.faultOf = ({ name, index }) => {
    if (name === 'UploadPart') return denied
    return name === 'AbortMultipartUpload' && index < 4 ? 'lose-request' : undefined
  }
  await expect(upload(bytes)).rejects.toMatchObject({ code: 'AccessDenied' })
  expect(harness.warnings).toContainEqual(expect.stringContaining('trying again'))
  expect(await harness.pending()).toBe(0)
})

test('an upload that exists after its abort, because of a late part, is aborted again', async () => {
  harness.transport.faultOf = ({ name, index }) => {
    if (name === 'UploadPart') return denied
    return name === 'AbortMultipartUpload' && index === 0 ? { status: 200, code: 'ButNothingIsDone' } : undefined
  }
  await expect(upload(bytes)).rejects.toMatchObject({ code: 'AccessDenied' })
  expect(harness.transport.count('AbortMultipartUpload')).toBeGreaterThan(1)
  expect(await harness.pending()).toBe(0)
})

test('a warning names an upload that cannot be aborted', async () => {
  harness.transport.faultOf = ({ name }) => {
    if (name === 'UploadPart') return denied
    return name === 'AbortMultipartUpload' ? denied : undefined
  }
  await expect(upload(bytes, { key: 'left' })).rejects.toMatchObject({ code: 'AccessDenied' })
  expect(harness.warnings.at(-1)).toMatch(/unfinished upload .+ could not be aborted/)
  harness.transport.faultOf = () => undefined
  const { uploads } = await harness.r2.multipart.listUploads({ bucket })
  expect(uploads).toHaveLength(1)
  for (const { key, uploadId } of uploads) await harness.r2.multipart.abort({ bucket, key, uploadId })
})

test('the guard aborts an upload that was not completed, and no completed one', async () => {
  const key = 'guarded'
  const { uploadId } = await harness.r2.multipart.create({ bucket, key })
  const failing = async () => {
    await using _guard = harness.r2.transfers.guardUpload({ bucket, key, uploadId })
    await harness.r2.multipart.uploadPart({ bucket, key, uploadId, partNumber: 1, body: 'x' })
    throw new Error('of the caller')
  }
  await expect(failing()).rejects.toThrow('of the caller')
  expect(await harness.pending()).toBe(0)
  const aborts = harness.transport.count('AbortMultipartUpload')
  {
    await using guard = harness.r2.transfers.guardUpload({ bucket, key, uploadId })
    guard.markCompleted()
  }
  expect(harness.transport.count('AbortMultipartUpload')).toBe(aborts)
})

for (const fault of ['lose-response', 'lose-request'] as const) {
  test(`the outcome of a completion with ${fault} is resolved by a HEAD`, async () => {
    harness.transport.faultOf = ({ name, index }) =>
      name === 'CompleteMultipartUpload' && index === 0 ? fault : undefined
    const result = await upload(bytes, { key: 'resolved', ifNoneMatch: '*' })
    expect(result.etag).toMatch(/-5$/)
    expect(harness.transport.count('CompleteMultipartUpload')).toBe(fault === 'lose-response' ? 1 : 2)
    expect(Buffer.compare(await harness.read('resolved'), bytes)).toBe(0)
    await harness.r2.objects.delete({ bucket, key: 'resolved' })
  })

  test(`the outcome of a conditional PUT with ${fault} is resolved by a HEAD`, async () => {
    harness.transport.faultOf = ({ name, index }) => (name === 'PutObject' && index === 0 ? fault : undefined)
    const options = { thresholdBytes: bytes.byteLength + 1 }
    const { etag } = await upload(bytes, { key: 'conditional', ifNoneMatch: '*', unknownOutcome: 'equal' }, options)
    expect(etag).toMatch(/^[0-9a-f]{32}$/)
    expect(harness.transport.count('PutObject')).toBe(fault === 'lose-response' ? 1 : 2)
    expect(Buffer.compare(await harness.read('conditional'), bytes)).toBe(0)
    await harness.r2.objects.delete({ bucket, key: 'conditional' })
  })
}

test('an object of the same length by another writer is not mistaken for the upload’s own', async () => {
  const other = pattern(bytes.byteLength, 2)
  for (const options of [{}, { thresholdBytes: bytes.byteLength + 1 }]) {
    const key = 'as-long'
    let isFirst = true
    harness.transport.faultOf = async ({ name }) => {
      if (!isFirst || (name !== 'CompleteMultipartUpload' && name !== 'PutObject')) return undefined
      isFirst = false
      await harness.r2.objects.put({ bucket, key, body: other })
      return 'lose-request'
    }
    await expect(upload(bytes, { key, ifNoneMatch: '*' }, options)).rejects.toMatchObject({
      code: 'PreconditionFailed',
    })
    expect(Buffer.compare(await harness.read(key), other)).toBe(0)
    expect(await harness.pending()).toBe(0)
    await harness.r2.objects.delete({ bucket, key })
  }
})

test('a conditional upload of an existing object fails with PreconditionFailed, and changes nothing', async () => {
  await harness.r2.objects.put({ bucket, key: 'taken', body: 'first' })
  for (const options of [{}, { thresholdBytes: bytes.byteLength + 1 }]) {
    await expect(upload(bytes, { key: 'taken', ifNoneMatch: '*' }, options)).rejects.toMatchObject({
      code: 'PreconditionFailed',
    })
  }
  expect(harness.transport.count('UploadPart')).toBe(0) // the condition is checked before any byte is sent
  expect(Buffer.from(await harness.read('taken')).toString()).toBe('first')
  expect(await harness.pending()).toBe(0)
})

test('a conditional upload whose object appears meanwhile fails, and leaves nothing behind', async () => {
  harness.transport.faultOf = ({ name, partNumber }) =>
    name === 'UploadPart' && partNumber === 5
      ? harness.r2.objects.put({ bucket, key: 'raced', body: 'first' }).then(() => undefined)
      : undefined
  await expect(upload(bytes, { key: 'raced', ifNoneMatch: '*' })).rejects.toMatchObject({ code: 'PreconditionFailed' })
  expect(Buffer.from(await harness.read('raced')).toString()).toBe('first')
  expect(await harness.pending()).toBe(0)
})

test('temporary 503 errors delay an upload, but do not fail it', async () => {
  harness.transport.faultOf = ({ index }) => (index % 2 === 0 ? { status: 503, code: 'ServiceUnavailable' } : undefined)
  await upload(bytes, { key: 'overloaded' })
  harness.transport.faultOf = () => undefined
  expect(Buffer.compare(await harness.read('overloaded'), bytes)).toBe(0)
  expect(await harness.pending()).toBe(0)
})

test('a paused upload begins no part until it is resumed, and can be aborted during the pause', async () => {
  const transfer = upload(bytes, { key: 'paused' })
  transfer.pause()
  expect(transfer.paused).toBe(true)
  // Time for every part that could begin.
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(harness.transport.count('UploadPart')).toBe(0)
  expect(transfer.progress.state).toBe('paused')
  transfer.resume()
  expect((await transfer).parts).toBe(5)
  expect(transfer.progress).toMatchObject({ state: 'done', bytes: bytes.byteLength, secondsLeft: 0 })

  const aborted = upload(stream(), { key: 'never' })
  aborted.pause()
  aborted.abort('changed my mind')
  await expect(aborted).rejects.toMatchObject({ code: 'Aborted', cause: 'changed my mind' })
  expect(aborted.progress.state).toBe('failed')
  expect(await harness.pending()).toBe(0)
})

test('progress subtracts the bytes of a retried part, and ends at the size of the upload', async () => {
  harness.transport.faultOf = ({ name, partNumber, index }) =>
    name === 'UploadPart' && partNumber === 2 && index < 5 ? 'lose-response' : undefined
  const seen: number[] = []
  const transfer = upload(bytes, { key: 'counted' }, { onProgress: (progress) => seen.push(progress.bytes) })
  await transfer
  expect(transfer.progress).toMatchObject({
    bytes: bytes.byteLength,
    totalBytes: bytes.byteLength,
    parts: 5,
    totalParts: 5,
    state: 'done',
  })
  expect(Math.max(...seen)).toBe(bytes.byteLength)
})

test('an upload with an aborted signal sends nothing', async () => {
  await expect(upload(bytes, {}, { signal: AbortSignal.abort('no') })).rejects.toMatchObject({ code: 'Aborted' })
  expect(harness.transport.seen).toEqual([])
})

test('an exception in onWarning does not fail an upload', async () => {
  let warnings = 0
  const onWarning = () => {
    warnings++
    throw new Error('the log is full')
  }
  await using other = await uploadHarness({ transfers: { noProgressTimeoutMs: 200, onWarning } })
  const full = async () => {
    throw new Error('the disk is full')
  }
  const journal = { read: async () => undefined, append: full, remove: full }
  const { size } = await other.r2.transfers.upload(bytes, { bucket, key: 'warned' }, { ...inParts, journal })
  expect(size).toBe(bytes.byteLength)
  expect(warnings).toBeGreaterThan(0)
  expect((await other.r2.multipart.listUploads({ bucket })).uploads).toEqual([])
})
