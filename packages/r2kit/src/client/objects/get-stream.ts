/** GetObject with the body as a stream that resumes. Loaded by the first such read. */
import type { HttpResponse } from '../../http/index.js'
import { flag, objectOf, refuseInput } from '../../validation/index.js'
import { overAllBytes } from '../fields/checksum.js'
import { inputOf } from '../fields/input-of.js'
import { objectMetadataFrom } from '../fields/object-metadata.js'
import { type CallOptions, callOptionFields, defineOperation } from '../operation.js'
import type { Runtime } from '../runtime.js'
import { checkReturnedRange, type GetObjectStreamOutput } from './get-object.js'
import { headObject } from './head-object.js'
import {
  checkRead,
  encodeRead,
  type GetObjectStreamInput,
  getObjectFields,
  type ReadObjectInput,
} from './read-object.js'
import { resumingBody } from './resuming-body.js'
import { isAsStored, isVerified } from './stored-checksum.js'
import { versionEtag } from './version-etag.js'

/** Options of `objects.getStream`. */
export interface GetStreamOptions extends CallOptions {
  /**
   * Whether a body that breaks off or stalls resumes with a range request for the rest of the same object version. Each byte that arrives
   * resets the count of requests, which end at `maxAttempts`. `maxAttempts: 1` still permits one request for the rest
   * after each break; `resume: false` reports the failure instead. @defaultValue true
   */
  readonly resume?: boolean | undefined
}

const streamOptionsField = objectOf<GetStreamOptions>(
  "a read's options",
  { ...callOptionFields, resume: flag },
  { argument: 'options' },
)

/** Marks the output for a body that has other bytes than the stored checksum. A symbol, which copies of layers keep. */
const isIncomparable = Symbol('the body is not compared with the stored checksum')

interface OpenedStream extends GetObjectStreamOutput {
  readonly [isIncomparable]?: true
}

/** GetObject whose body is not collected. */
const getObjectStream = defineOperation<GetObjectStreamInput, OpenedStream>({
  name: 'GetObject',
  idempotent: true,
  timeoutClass: 'small',
  returnsObject: true,
  input: inputOf<GetObjectStreamInput>('GetObject', getObjectFields),
  validate: (input, { rules }) => checkRead(input, rules),
  encode: (input) => encodeRead('GET', input, 'stream'),
  decode(response, input) {
    const { status, headers, body } = response
    // Without Content-Length the size is requested afterwards, by HEAD.
    const metadata = objectMetadataFrom(headers, Number.NaN)
    checkReturnedRange(input, status, metadata)
    const output = Object.assign(metadata, { body: streamOf(body) })
    return isAsStored(response) ? output : Object.assign(output, { [isIncomparable]: true as const })
  },
})

/** @param given a copy of the input, whose fields are still of any type; so is the copy of the options */
export const getStream = async (
  runtime: Runtime,
  given: GetObjectStreamInput,
  givenOptions: GetStreamOptions,
  startedMs: number,
): Promise<GetObjectStreamOutput> => {
  const { resume = true, ...options } = streamOptionsField.read(givenOptions, '', refuseInput)
  const opened = await runtime.execute(getObjectStream, given, options)
  const isAnnounced = !Number.isNaN(opened.size)
  const output = isAnnounced ? opened : await withSize(runtime, opened, given, options)
  // The transport counts the bytes of a response with Content-Length; those of other responses are counted here.
  const isComparable = isAnnounced && opened[isIncomparable] !== true && isVerified(given, runtime)
  const checksum = isComparable ? overAllBytes(opened.checksum) : undefined
  if (isAnnounced && ((!resume && checksum === undefined) || output.size === 0)) return output
  const read = {
    input: given,
    options,
    resumes: resume,
    first: { ...output },
    checksum,
    startedMs,
    getStream: (input: ReadObjectInput, call: CallOptions) => runtime.execute(getObjectStream, input, call),
  }
  return Object.assign(output, { body: resumingBody(runtime, read) })
}

/** HEAD returns the size of an object whose response has no Content-Length; the body is compared with it. */
const withSize = async (
  runtime: Runtime,
  output: GetObjectStreamOutput,
  { bucket, key, ssec }: ReadObjectInput,
  options: CallOptions,
): Promise<GetObjectStreamOutput> => {
  try {
    const ifMatch = versionEtag(output, 'its size is unknown')
    const target = { bucket, key, ifMatch, ...(ssec && { ssec }) }
    const { size } = await runtime.execute(headObject, target, options)
    return Object.assign(output, { size })
  } catch (error) {
    await output.body.cancel().catch(() => undefined) // The first error matters more.
    throw error
  }
}

const streamOf = (body: HttpResponse['body']): ReadableStream<Uint8Array<ArrayBuffer>> =>
  (body instanceof Uint8Array
    ? (new Response(body as Uint8Array<ArrayBuffer>).body ?? new ReadableStream())
    : body) as ReadableStream<Uint8Array<ArrayBuffer>>
