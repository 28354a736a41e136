/** Recordings as text: JSON, indented, so that two recordings can be compared line by line. Checked whole when it is read. */
import { sha256Hex } from '#hash'
import { type ErrorCode, errorTable, R2Error } from '../../errors/index.js'
import type { HttpMethod } from '../../http/index.js'
import {
  anyText,
  anything,
  eitherOf,
  type Field,
  type Fields,
  flag,
  integer,
  listOf,
  number,
  objectOf,
  oneOf,
  type Refuse,
  recordOf,
  required,
  shown,
} from '../../validation/index.js'
import type {
  Exchange,
  RecordedBody,
  RecordedError,
  RecordedFailure,
  RecordedOutcome,
  RecordedRequest,
  RecordedRequestBody,
  RecordedResponse,
  Recording,
  StoredBody,
} from './recording.js'
import { bytesOfStoredBody } from './stored-body.js'

/** A list of numbers stays in one line. A line end inside a string is escaped, so that this matches lists only. */
const numberList = /\[\n\s+(-?[\d.e+-]+(?:,\n\s+-?[\d.e+-]+)*)\n\s+\]/g

/** The recording as text. `parseRecording` of it is the same recording. */
export const printRecording = (recording: Recording): string =>
  `${JSON.stringify(recording, undefined, 2).replace(numberList, (_, items: string) => `[${items.replace(/\n\s+/g, ' ')}]`)}\n`

/** A recording that has been checked. */
export interface LoadedRecording {
  readonly exchanges: readonly Exchange[]
  /** The content of a recorded body. */
  contentOf(body: RecordedBody | undefined): Uint8Array
}

/** @throws R2Error `InvalidConfig` for text that is no recording of this version, naming the field that is wrong */
export const parseRecording = (text: string): LoadedRecording => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new R2Error('InvalidConfig', 'the recording is not JSON', { field: 'recording', hint, cause })
  }
  return readRecording(value)
}

const hint = 'Record it again, or restore the file from version control.'

/** @throws R2Error `InvalidConfig` for what is no recording of this version, naming the field that is wrong */
export const readRecording = (value: unknown): LoadedRecording => {
  if (typeof value !== 'object' || value === null || Reflect.get(value, 'format') !== 'r2kit-recording')
    throw new R2Error('InvalidConfig', 'the recording is not a recording of r2kit', { field: 'recording', hint })
  const version: unknown = Reflect.get(value, 'version')
  if (version !== 1) {
    throw new R2Error('InvalidConfig', `the recording has version ${shown(version)}; this release reads version 1`, {
      field: 'version',
      hint: typeof version === 'number' && version > 1 ? 'Upgrade r2kit, or record it again.' : hint,
    })
  }
  const { exchanges, bodies } = recordingField.read(value, '', refuseRecording)
  return { exchanges, contentOf: contents(exchanges, bodies) }
}

const refuseRecording: Refuse = (field, problem, advice, cause) =>
  new R2Error('InvalidConfig', `the recording is invalid: ${field} ${problem}`, { field, hint: advice, cause })

/** Decodes each body once, and checks it: a digest that does not fit would hide a change of the content. */
const contents = (
  exchanges: readonly Exchange[],
  bodies: Recording['bodies'],
): ((body: RecordedBody | undefined) => Uint8Array) => {
  const decoded = new Map<string, Uint8Array>()
  const check = (body: RecordedBody | undefined, name: string): void => {
    if (body === undefined) return
    const bytes = decoded.get(body.sha256) ?? decodedBody(bodies, body.sha256, name)
    decoded.set(body.sha256, bytes)
    if (bytes.byteLength === body.bytes) return
    throw refuseRecording(
      `${name}.bytes`,
      `must be the length of the body, ${bytes.byteLength}, but it is ${body.bytes}`,
      hint,
    )
  }
  for (const [index, { request, outcome }] of exchanges.entries()) {
    check(request.body, `exchanges[${index}].request.body`)
    if ('error' in outcome) continue
    check(outcome.body, `exchanges[${index}].outcome.body`)
    checkChunks(outcome, `exchanges[${index}].outcome`)
  }
  return (body) => (body === undefined ? new Uint8Array(0) : (decoded.get(body.sha256) ?? new Uint8Array(0)))
}

const decodedBody = (bodies: Recording['bodies'], sha256: string, name: string): Uint8Array => {
  const stored = Object.hasOwn(bodies, sha256) ? bodies[sha256] : undefined
  if (stored === undefined)
    throw refuseRecording(`${name}.sha256`, `names a body that is not in bodies: ${sha256}`, hint)
  const field = `bodies[${JSON.stringify(sha256)}]`
  const bytes = bytesOfStoredBody(stored)
  if (bytes === undefined) throw refuseRecording(field, 'must be base64', hint)
  const found = sha256Hex(bytes)
  if (found === sha256) return bytes
  throw refuseRecording(
    field,
    `has the digest ${found}`,
    'To change a body by hand, store the new content under its own digest and use that in the exchange.',
  )
}

const checkChunks = ({ chunks, waitsMs, body }: RecordedResponse, name: string): void => {
  if (chunks === undefined) {
    if (waitsMs !== undefined) throw refuseRecording(`${name}.waitsMs`, 'needs chunks', 'Leave it out.')
    return
  }
  const sum = chunks.reduce((total, size) => total + size, 0)
  const { bytes = 0 } = body ?? {}
  if (sum !== bytes)
    throw refuseRecording(
      `${name}.chunks`,
      `must add up to the length of the body, ${bytes}, but their sum is ${sum}`,
      hint,
    )
}

const digest: Field<string> = {
  takes: '64 lower-case hex digits',
  read(value, name, refuse) {
    if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return value
    throw refuse(name, `must be the SHA-256 of a body, 64 lower-case hex digits, but it is ${shown(value)}`, hint)
  },
}

/** Recordings of other clients may have methods that R2 rejects. */
const method: Field<HttpMethod> = {
  takes: 'an HTTP method',
  read(value, name, refuse) {
    if (typeof value === 'string' && /^[A-Z]+$/.test(value)) return value as HttpMethod
    throw refuse(name, `must be an HTTP method, but it is ${shown(value)}`, 'Use GET, HEAD, PUT, POST or DELETE.')
  },
}

const count = integer(0)
const milliseconds = number(0, Number.MAX_SAFE_INTEGER)
const texts = recordOf(anyText)
const bodyFields: Fields<RecordedBody> = { sha256: required(digest), bytes: required(count) }

const requestFields: Fields<RecordedRequest> = {
  operation: required(anyText),
  bucket: anyText,
  key: anyText,
  method: required(method),
  query: texts,
  headers: texts,
  body: objectOf<RecordedRequestBody>('the body of a request', { ...bodyFields, isPartial: flag }),
}

const errorField = objectOf<RecordedError>('a recorded error', {
  code: required(oneOf(...(Object.keys(errorTable) as ErrorCode[]))),
  message: required(anyText),
})

const responseFields: Fields<RecordedResponse> = {
  status: required(integer(200, 999)),
  headers: required(texts),
  body: objectOf<RecordedBody>('the body of a response', bodyFields),
  chunks: listOf(count),
  waitsMs: listOf(milliseconds),
  bodyError: errorField,
  isCut: flag,
}

const response = objectOf<RecordedResponse>('a recorded response', responseFields)
const failure = objectOf<RecordedFailure>('a recorded failure', { error: required(errorField) })

const outcome = eitherOf<RecordedOutcome>('a response or an error', 'Keep one of the two.', (value) =>
  typeof value !== 'object' || value === null ? undefined : 'error' in value ? failure : response,
)

const exchangeFields: Fields<Exchange> = {
  number: required(integer(1)),
  sentMs: required(milliseconds),
  tookMs: required(milliseconds),
  sentAfter: count,
  arrived: integer(1),
  request: required(objectOf<RecordedRequest>('a recorded request', requestFields)),
  outcome: required(outcome),
}

const storedBodyField = eitherOf<StoredBody>('an object with text or base64', 'Keep one of the two.', (value) => {
  if (typeof value !== 'object' || value === null) return undefined
  return 'text' in value
    ? objectOf<{ text: string }>('a body as text', { text: required(anyText) })
    : objectOf<{ base64: string }>('a body as base64', { base64: required(anyText) })
})

const recordingField = objectOf<Recording>('a recording', {
  format: required(oneOf('r2kit-recording')),
  version: required(anything<1>('1')),
  exchanges: required(listOf(objectOf<Exchange>('an exchange', exchangeFields))),
  bodies: required(recordOf(storedBodyField)),
})
