/**
 * Reads a request's target: which bucket and which key. The path is taken exactly as it was sent. Nothing collapses `.`
 * and `..` or doubled slashes: a key is bytes, so `/b/../x` is the key `../x` of bucket `b`, and no key can mean another.
 */
import { S3Error } from '../errors/s3-error.js'
import { percentDecode } from './percent.js'

export interface Target {
  /** The path as sent, still percent-encoded. */
  readonly rawPath: string
  /** What follows `?`, as sent; empty for none. */
  readonly rawQuery: string
  /** Undefined for the account itself. */
  readonly bucket: string | undefined
  /** Undefined when the bucket itself is addressed. */
  readonly key: string | undefined
}

/**
 * @param requestTarget The request line's target: origin form, or the absolute form that proxies send.
 * @param virtualHostBucket The bucket that the Host field names, if it names one.
 */
export const parseTarget = (requestTarget: string, virtualHostBucket: string | undefined): Target => {
  const target = requestTarget.startsWith('/') ? requestTarget : originForm(requestTarget)
  const question = target.indexOf('?')
  const rawPath = question < 0 ? target : target.slice(0, question)
  const rawQuery = question < 0 ? '' : target.slice(question + 1)
  if (virtualHostBucket !== undefined) {
    return { rawPath, rawQuery, bucket: virtualHostBucket, key: decodedOrNone(rawPath.slice(1)) }
  }
  if (rawPath === '/') return { rawPath, rawQuery, bucket: undefined, key: undefined }
  const slash = rawPath.indexOf('/', 1)
  if (slash === 1) throw new S3Error('RouteNotFound')
  const rawBucket = slash < 0 ? rawPath.slice(1) : rawPath.slice(1, slash)
  const rawKey = slash < 0 ? '' : rawPath.slice(slash + 1)
  return { rawPath, rawQuery, bucket: percentDecode(rawBucket), key: decodedOrNone(rawKey) }
}

const decodedOrNone = (rawKey: string): string | undefined => (rawKey === '' ? undefined : percentDecode(rawKey))

/** `http://host/path` → `/path` (RFC 9112, 3.2.2). */
const originForm = (absolute: string): string => {
  const match = /^https?:\/\/[^/?]*(.*)$/i.exec(absolute)
  const rest = match?.[1]
  if (rest === undefined) throw new S3Error('RouteNotFound')
  return rest.startsWith('/') ? rest : `/${rest}`
}
