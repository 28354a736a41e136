/** Which recorded request a new one repeats, and what differs from the nearest one if it repeats none. */
import { sha256Hex } from '#hash'
import type { Exchange, RecordedRequest, RecordedRequestBody } from './recording.js'

/** Everything of a request but its body, as text: two requests are the same where these and their bodies are. */
export const requestText = ({ operation, bucket, key, method, query, headers }: RecordedRequest): string =>
  JSON.stringify([operation, bucket, key, method, entries(query), entries(headers)])

const entries = (fields: Readonly<Record<string, string>> = {}): [name: string, value: string][] =>
  Object.entries(fields).sort(([left], [right]) => (left < right ? -1 : 1))

/**
 * Names the requests that must keep their order among each other: those for the same bytes. Parts and ranges of one object are
 * transferred concurrently, and so are uploads of one key. Lists and deletions, which have no key, only keep the order of equal
 * requests.
 */
export const orderText = (request: RecordedRequest): string => {
  const { bucket, key, query, headers, body } = request
  if (key === undefined) return JSON.stringify([requestText(request), body?.sha256])
  return JSON.stringify([bucket, key, query?.uploadId, query?.partNumber, headers?.range])
}

/** Whether the request had this body, or a body with this beginning where the recorded attempt ended early. */
export const isSameBody = (recorded: RecordedRequestBody | undefined, given: Uint8Array | undefined): boolean => {
  if (recorded === undefined || given === undefined) return recorded === given
  if (recorded.isPartial !== true) return digestOf(given) === recorded.sha256
  return given.byteLength >= recorded.bytes && sha256Hex(given.subarray(0, recorded.bytes)) === recorded.sha256
}

const digests = new WeakMap<Uint8Array, string>()

/** A body is compared with several recorded ones. */
const digestOf = (bytes: Uint8Array): string => {
  const sha256 = digests.get(bytes) ?? sha256Hex(bytes)
  digests.set(bytes, sha256)
  return sha256
}

/** The exchange that shares most with a request: its operation first, then its object. */
export const nearestOf = (exchanges: Iterable<Exchange>, asked: RecordedRequest): Exchange | undefined => {
  let nearest: Exchange | undefined
  let best = 0
  for (const exchange of exchanges) {
    const { request } = exchange
    const score =
      (request.operation === asked.operation ? 8 : 0) +
      (request.key !== undefined && request.key === asked.key ? 4 : 0) +
      (request.bucket === asked.bucket ? 2 : 0) +
      (request.body?.sha256 === asked.body?.sha256 ? 1 : 0)
    if (score <= best) continue
    best = score
    nearest = exchange
  }
  return nearest
}

export const described = ({ operation, bucket, key }: RecordedRequest): string =>
  [operation, [bucket, key].filter((name) => name !== undefined).join('/')].filter((word) => word !== '').join(' ')

/** What differs between two requests, field by field. */
export const difference = (recorded: RecordedRequest, asked: RecordedRequest): string => {
  const fields: string[] = []
  for (const name of ['operation', 'bucket', 'key', 'method'] as const) {
    if (recorded[name] !== asked[name])
      fields.push(`${name} was ${shownValue(recorded[name])} and is ${shownValue(asked[name])}`)
  }
  for (const name of ['query', 'headers'] as const) {
    const before = recorded[name] ?? {}
    const now = asked[name] ?? {}
    for (const field of new Set([...Object.keys(before), ...Object.keys(now)])) {
      if (before[field] !== now[field])
        fields.push(`${field} was ${shownValue(before[field])} and is ${shownValue(now[field])}`)
    }
  }
  if (recorded.body?.sha256 !== asked.body?.sha256 && recorded.body?.isPartial !== true) {
    const [before, now] = [recorded.body?.bytes, asked.body?.bytes]
    fields.push(
      before === now
        ? `the body has the same length, ${now} bytes, and another digest`
        : `the body had ${before ?? 'no'} bytes and has ${now ?? 'none'}`,
    )
  }
  return fields.length === 0 ? 'the order differs' : fields.join('; ')
}

const shownValue = (value: string | undefined): string =>
  value === undefined ? 'absent' : JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value)
