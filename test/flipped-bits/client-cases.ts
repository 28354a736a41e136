/** Calls of a client whose first request, or the response to it, has a flipped bit. */
import type { PutObjectInput, R2Client } from 'r2kit'
import type { Direction } from './relay.js'

export const bucket = 'flipped'
export const key = 'object'

/** The bytes of all objects, and of the large ones. */
const content = Buffer.from('the bytes of an object, as they were meant')
const largeContent = new Uint8Array(1_100_000).map((_, index) => (index * 7) % 251)

export interface ClientCase {
  readonly direction: Direction
  /** Selects the damaged message by the start of its request. */
  readonly request: RegExp
  /** The client's call. Resolves with the bytes that it read, or nothing after a write. */
  run(r2: R2Client): Promise<Uint8Array | undefined>
  /** Whether the object is there before the call. @defaultValue false: the call writes it */
  readonly reads?: true
  readonly content: Uint8Array
  /** Whether the body of the message is the content, framed or not. */
  readonly carriesContent?: true
  /** Whether the message is so large that only a part of its bits is flipped. */
  readonly isLarge?: true
}

const streamOf = (bytes: Uint8Array): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += 16_384) controller.enqueue(bytes.subarray(at, at + 16_384))
      controller.close()
    },
  })

const stream = () => ({ body: streamOf(content), contentLength: content.length })

const put =
  (bodyOf: () => Pick<PutObjectInput, 'body' | 'contentLength'>) =>
  async (r2: R2Client): Promise<undefined> => {
    await r2.objects.put({ bucket, key, ...bodyOf() })
  }

/** One part of the whole size: R2's least part size does not apply to the last part. */
const inParts = { thresholdBytes: 1, partSizeBytes: 5 * 1024 * 1024 }
const upload =
  (body: () => Uint8Array | Blob) =>
  async (r2: R2Client): Promise<undefined> => {
    await r2.transfers.upload(body(), { bucket, key }, inParts)
  }

const uploadPartOfStream = async (r2: R2Client): Promise<undefined> => {
  const { uploadId } = await r2.multipart.create({ bucket, key, checksumAlgorithm: 'CRC32' })
  const part = await r2.multipart.uploadPart({ bucket, key, uploadId, partNumber: 1, ...stream() })
  await r2.multipart.complete({ bucket, key, uploadId, parts: [{ partNumber: 1, etag: part.etag }] })
}

const collect = async (body: AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk.slice())
  return Buffer.concat(chunks)
}

const putRequest = /^PUT \/flipped\/object HTTP/
const partRequest = /^PUT \/flipped\/object\?partNumber=/
const createRequest = /^POST \/flipped\/object\?uploads=/
const completeRequest = /^POST \/flipped\/object\?uploadId=/
const getRequest = /^GET \/flipped\/object/

const writes = { direction: 'request', content, carriesContent: true } as const
const commands = { direction: 'request', content } as const
const responses = { direction: 'response', content } as const
const reads = { direction: 'response', request: getRequest, reads: true, content, carriesContent: true } as const

const clientCases: Readonly<Record<string, ClientCase>> = {
  'request of a put of bytes': { ...writes, request: putRequest, run: put(() => ({ body: content })) },
  'request of a put of a Blob': { ...writes, request: putRequest, run: put(() => ({ body: new Blob([content]) })) },
  'request of a put of a stream': { ...writes, request: putRequest, run: put(stream) },
  'request of a put of a megabyte': {
    ...{ direction: 'request', request: putRequest, content: largeContent, isLarge: true, carriesContent: true },
    run: put(() => ({ body: largeContent })),
  },
  'request for an upload': { ...commands, request: createRequest, run: upload(() => content) },
  'request of a part of bytes': { ...writes, request: partRequest, run: upload(() => content) },
  'request of a part of a Blob': { ...writes, request: partRequest, run: upload(() => new Blob([content])) },
  'request of a part of a stream': { ...writes, request: partRequest, run: uploadPartOfStream },
  'request for a completion': { ...commands, request: completeRequest, run: upload(() => content) },
  'request for an object': {
    ...{ ...commands, request: getRequest, reads: true },
    run: async (r2) => (await r2.objects.get({ bucket, key })).body,
  },
  'response to a put of bytes': { ...responses, request: putRequest, run: put(() => ({ body: content })) },
  'response to a put of a stream': { ...responses, request: putRequest, run: put(stream) },
  'response with an upload ID': { ...responses, request: createRequest, run: upload(() => content) },
  'response to a part': { ...responses, request: partRequest, run: upload(() => content) },
  'response to a completion': { ...responses, request: completeRequest, run: upload(() => content) },
  'response with an object in memory': { ...reads, run: async (r2) => (await r2.objects.get({ bucket, key })).body },
  'response with an object as a stream': {
    ...reads,
    run: async (r2) => collect((await r2.objects.getStream({ bucket, key })).body),
  },
  'response to a download': {
    ...reads,
    run: async (r2) => (await r2.transfers.download({ bucket, key }, 'bytes')).body,
  },
}

export const clientCaseNames = Object.keys(clientCases)

export const clientCaseNamed = (name: string): ClientCase => {
  const found = clientCases[name]
  if (found === undefined) throw new Error(`there is no case '${name}': ${clientCaseNames.join(', ')}`)
  return found
}
