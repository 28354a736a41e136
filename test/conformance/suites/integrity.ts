/**
 * Uploads and downloads with the client's defaults, from every kind of source: the bytes are right, and verified by the best check
 * that the server has. Where that is less than R2's, the client reports it once.
 */
import { strict as assert } from 'node:assert'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { R2Client } from 'r2kit'
import { type Context, defineSuite } from '../case.js'
import { openClient } from '../target.js'

const partSizeBytes = 5 * 1024 * 1024

/** The same in every run, so that a recording of one can be replayed in another. */
const patternOf = (length: number): Buffer => {
  const bytes = Buffer.alloc(length)
  for (let at = 0, state = 1; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[at] = state >>> 24
  }
  return bytes
}

const small = patternOf(70_000)
const large = patternOf(partSizeBytes + 70_000)

const streamOf = (bytes: Uint8Array): ReadableStream<Uint8Array> => new Blob([bytes.slice()]).stream()

const inFolder = async <Result>(act: (folder: string) => Promise<Result>): Promise<Result> => {
  const folder = await mkdtemp(join(tmpdir(), 'r2kit-integrity-'))
  return act(folder).finally(() => rm(folder, { recursive: true }))
}

interface Upload {
  readonly verifiedBy: string | undefined
}

/** How a client with default options stores bytes. */
const writes: Readonly<
  Record<string, readonly [string, Buffer, (r2: R2Client, at: { bucket: string; key: string }) => PromiseLike<Upload>]>
> = {
  'put-bytes': ['put of bytes', small, (r2, at) => r2.objects.put({ ...at, body: small })],
  'put-blob': ['put of a Blob', small, (r2, at) => r2.objects.put({ ...at, body: new Blob([small]) })],
  'put-file': [
    'put of a file',
    small,
    (r2, at) =>
      inFolder(async (folder) => {
        const path = join(folder, 'file')
        await writeFile(path, small)
        return r2.objects.put({ ...at, body: { path } })
      }),
  ],
  'put-stream': [
    'put of a stream',
    small,
    (r2, at) => r2.objects.put({ ...at, body: streamOf(small), contentLength: small.length }),
  ],
  upload: ['transfer in one request', small, (r2, at) => r2.transfers.upload(small, at)],
  'upload-parts': [
    'transfer in parts',
    large,
    (r2, at) => r2.transfers.upload(large, at, { thresholdBytes: 1, partSizeBytes }),
  ],
  'upload-stream': [
    'transfer of a stream of unknown length, in parts',
    large,
    (r2, at) => r2.transfers.upload(streamOf(large), at, { thresholdBytes: 1, partSizeBytes }),
  ],
}

/** Runs with a client of its own, which has not learned anything about the server. */
const withFreshClient = async (
  { target, observe }: Context,
  act: (r2: R2Client) => Promise<void>,
): Promise<readonly string[]> => {
  const reduced: string[] = []
  const r2 = openClient(target, (event) => {
    if (event.type === 'integrity.reduced') reduced.push(`${event.form} reduced to ${event.fallback}`)
  })
  try {
    await act(r2)
  } finally {
    await r2.dispose()
  }
  for (const text of reduced) observe(text)
  return reduced
}

const written = Object.fromEntries(
  Object.entries(writes).map(([name, [sentence, bytes, write]]) => [
    name,
    {
      sentence: `a ${sentence} with default options stores the right bytes, and returns what verified them`,
      async run(context: Context) {
        const { bucket, key, observe, r2 } = context
        const reduced = await withFreshClient(context, async (fresh) => {
          // Twice: the first one may teach the client what the server lacks, which is reported once.
          for (const at of [key('first'), key('second')]) {
            const { verifiedBy } = await write(fresh, { bucket, key: at })
            observe(`verified by ${verifiedBy ?? 'nothing'}`)
            const got = await r2.objects.get({ bucket, key: at }, { timeoutMs: 20_000 })
            assert.ok(bytes.equals(got.body), 'other bytes are stored')
          }
        })
        assert.equal(new Set(reduced).size, reduced.length, `reported twice: ${reduced}`)
      },
    },
  ]),
)

export const integritySuite = defineSuite('integrity', '9', {
  ...written,
  'checksum-of-default': {
    sentence: 'an object that was put with default options is verified by CRC32, which reads return',
    async run(context) {
      const { bucket, key, r2 } = context
      await withFreshClient(context, async (fresh) => {
        const { verifiedBy } = await fresh.objects.put({ bucket, key: key(), body: small })
        assert.equal(verifiedBy, 'CRC32')
      })
      const { checksum } = await r2.objects.head({ bucket, key: key() })
      assert.equal(checksum?.algorithm, 'CRC32')
    },
  },
  'checksum-of-parts': {
    sentence: 'an object that was transferred in parts with default options has a composite CRC32',
    async run(context) {
      const { bucket, key, r2 } = context
      await withFreshClient(context, async (fresh) => {
        const at = { bucket, key: key() }
        const { verifiedBy } = await fresh.transfers.upload(large, at, { thresholdBytes: 1, partSizeBytes })
        assert.equal(verifiedBy, 'CRC32')
      })
      const { checksum } = await r2.objects.head({ bucket, key: key() })
      assert.deepEqual([checksum?.algorithm, checksum?.type], ['CRC32', 'COMPOSITE'])
    },
  },
  downloads: {
    sentence: 'objects come back whole through get, streams, downloads to memory and to a file, with verification',
    async run({ r2, bucket, key }) {
      for (const [name, bytes] of Object.entries({ small, large })) {
        const at = { bucket, key: key(name) }
        await r2.transfers.upload(bytes, at, { thresholdBytes: partSizeBytes, partSizeBytes })
        assert.ok(bytes.equals((await r2.objects.get(at, { timeoutMs: 20_000 })).body), `get of ${name}`)
        const chunks: Uint8Array[] = []
        for await (const chunk of (await r2.objects.getStream(at)).body) chunks.push(chunk.slice())
        assert.ok(bytes.equals(Buffer.concat(chunks)), `getStream of ${name}`)
        assert.ok(bytes.equals((await r2.transfers.download(at, 'bytes')).body), `download of ${name}`)
        await inFolder(async (folder) => {
          const path = join(folder, 'file')
          await r2.transfers.download(at, { path })
          assert.ok(bytes.equals(await readFile(path)), `download of ${name} to a file`)
        })
      }
    },
  },
})
