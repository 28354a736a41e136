/**
 * Writes whose answer was lost: whether they happened is looked up, not guessed. What can be concluded from what is there, and
 * what cannot, is in docs/decisions/2026-11-22-lost-answers.md.
 */
import { utf8Bytes } from '../base/bytes.js'
import { type ErrorCode, isR2Error, R2Error } from '../errors/index.js'
import { type HttpResponse, headerOf } from '../http/index.js'
import { bareEtag } from './fields/conditions.js'
import type { ObjectMetadata } from './fields/object-metadata.js'
import type { CustomerKey } from './fields/ssec.js'
import type { HeadObjectInput } from './objects/head-object.js'
import type { EncodedRequest, Settling } from './operation.js'

/** A write, as far as it can be recognised. */
export interface SentObject {
  readonly bucket: string
  readonly key: string
  readonly ssec?: CustomerKey | undefined
  /** The ETag that it gives the object: empty while it cannot have any, undefined where it cannot be known. */
  etag(): string | undefined
  /** What the object's metadata would be; undefined where the request does not say. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
  /** The ETags of the object that it was to replace. */
  readonly replaces: readonly string[]
  /** And when that one was written, where that is known: the same bytes may have been there twice. */
  readonly replacesModified?: Date | undefined
  /** Whether an equal object may be another's all the same. */
  readonly needsProof: boolean
  /** The answer that was lost, made of the answer to HEAD. */
  answer(found: Found): HttpResponse
}

/** Did not act, or says so: these attempts leave everything as it was. */
const inert: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'SlowDown',
  'ConnectionFailed',
  'PoolExhausted',
  'CircuitOpen',
])
/** What a write is told whose own earlier attempt came first. */
const contradictions: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['PreconditionFailed', 'UploadNotFound'])

/** Remembers over the attempts of one call whether any of them may have been stored. */
export const settler = (sent: SentObject): NonNullable<EncodedRequest['settle']> => {
  let lost: R2Error | undefined
  return async (error, settling) => {
    // Wrong bytes are no lost answer: they were refused, or the caller has to hear of them.
    const isLost = error.retryable && !inert.has(error.code) && error.code !== 'IntegrityMismatch'
    if (isLost) lost ??= error
    if (lost === undefined) throw error
    const unknown = (why: string, cause: R2Error = error) =>
      new R2Error('OutcomeUnknown', `an answer was lost (${lost?.code}), and ${why}`, { cause })
    if (!isLost && !contradictions.has(error.code)) {
      // Who gives up now must not take it for a write that was never made.
      throw sent.needsProof && inert.has(error.code) ? unknown('the next attempt was turned away') : error
    }
    const found = await look(settling, addressOf(sent)).catch((failure: unknown) => {
      if (!isR2Error(failure)) throw failure
      // The caller's abort or deadline ends his call, not the look.
      if (settling.signal?.aborted === true) throw new R2Error(failure.code, failure.message, { cause: failure.cause })
      if (failure.code === 'ObjectNotFound') return undefined
      throw unknown(`the object could not be looked at: ${failure.message}`, lost)
    })
    const isGone = error.code === 'UploadNotFound'
    const now = found === undefined ? 'absent' : compare(sent, found, settling.elapsedMs)
    if (found !== undefined && now === 'equal') {
      if (!sent.needsProof) return sent.answer(found)
      throw unknown('the object there is equal to it, but may be of another writer')
    }
    if (now === 'incomparable') throw unknown('what is there cannot be compared with what was sent')
    if (now === 'other' && (sent.needsProof || isGone))
      throw unknown('another object is there, which may have replaced it')
    if (now === 'absent' && isGone) throw unknown('neither the upload nor an object is there')
    throw error
  }
}

const addressOf = ({ bucket, key, ssec }: SentObject): HeadObjectInput =>
  ssec === undefined ? { bucket, key } : { bucket, key, ssec }

/** What HEAD answered. */
export interface Found {
  readonly object: ObjectMetadata
  readonly response: HttpResponse
}

const look = ({ headObject, execute }: Settling, input: HeadObjectInput): Promise<Found> =>
  execute(
    { ...headObject, decode: async (response) => ({ object: await headObject.decode(response, input), response }) },
    input,
  )

/** `untouched`: the object is the one from before the call, so none of its attempts had been stored when this was seen. */
type Comparison = 'untouched' | 'equal' | 'incomparable' | 'other'

const compare = (sent: SentObject, { object: found, response }: Found, elapsedMs: number): Comparison => {
  const etag = sent.etag()
  const wasThere =
    sent.replaces.includes(found.etag) &&
    (sent.replacesModified === undefined || sent.replacesModified.getTime() === found.lastModified.getTime())
  if (isOlder(found, headerOf(response.headers, 'date'), elapsedMs)) return 'untouched'
  // Where the same bytes were there before, they may be this write's; proven they are only by writing them again.
  if (wasThere && (etag !== found.etag || sent.needsProof)) return 'untouched'
  if (etag === undefined) return 'incomparable'
  return etag === found.etag && hasMetadata(found, sent.metadata) ? 'equal' : 'other'
}

/** Both times come in whole seconds, and from two machines. */
const toleranceMs = 5_000

/** Whether the object was written before the call began, by the server's own clock: ours may be wrong. */
const isOlder = ({ lastModified }: ObjectMetadata, date: string | undefined, elapsedMs: number): boolean =>
  date !== undefined && Date.parse(date) - lastModified.getTime() > elapsedMs + toleranceMs

const hasMetadata = (found: ObjectMetadata, expected: SentObject['metadata']): boolean => {
  if (expected === undefined) return true
  const entries = Object.entries(expected)
  return (
    entries.length === Object.keys(found.metadata).length + found.missingMetadata &&
    entries.every(([name, value]) => found.metadata[name.toLowerCase()] === value)
  )
}

/** ETags that stand for bytes. Source: developers.cloudflare.com/r2/api/workers/workers-api-reference, "etag". */
export const isMd5 = (etag: string): boolean => /^[0-9a-f]{32}$/.test(etag)

/** Bare ETags of a condition; `*` and weak ones name no object. */
export const strongEtags = (condition: string | readonly string[] | undefined): string[] =>
  (typeof condition === 'string' ? [condition] : (condition ?? []))
    .filter((etag) => etag !== '*' && !etag.startsWith('W/'))
    .map(bareEtag)

const md5OfNothing = 'd41d8cd98f00b204e9800998ecf8427e'

/** The ETag, unless there is nothing in the object that could tell it from another writer's. */
export const tellingEtag = (etag: string | undefined, metadata: SentObject['metadata']): string | undefined =>
  etag === md5OfNothing && Object.keys(metadata ?? {}).length === 0 ? undefined : etag

/** The document that was lost, as far as the object's headers know it. */
export const documentOf = (root: string, { object, response }: Found): HttpResponse => {
  const { etag, lastModified, checksum } = object
  const sum =
    checksum === undefined ? '' : `<Checksum${checksum.algorithm}>${checksum.value}</Checksum${checksum.algorithm}>`
  const fields = `<ETag>${etag}</ETag><LastModified>${lastModified.toISOString()}</LastModified>${sum}`
  return { ...response, body: utf8Bytes(`<${root}>${fields}</${root}>`) }
}
