/**
 * Reads the bucket and the key from a request's target. Neither `.`, `..` nor doubled slashes are collapsed: a key is bytes,
 * so `/b/../x` is the key `../x` of bucket `b`.
 */
import { S3Error } from '../errors/s3-error.js'
import { percentDecode } from './percent.js'

export interface Target {
  /** The path as sent, still percent-encoded. */
  readonly rawPath: string
  /** The query as sent, without `?`; empty if there is none. */
  readonly rawQuery: string
  /** Undefined if the request addresses the account. */
  readonly bucket: string | undefined
  /** Undefined if the request addresses the bucket or the account. */
  readonly key: string | undefined
}

/**
 * @param requestTarget The target of the request line, in origin form or in the absolute form that proxies send.
 * @param virtualHostBucket The bucket named by the Host field, if any.
 * @throws S3Error `RouteNotFound` for a target without a bucket name, `InvalidURI` for one that cannot be decoded.
 */
export const parseTarget = (requestTarget: string, virtualHostBucket: string | undefined): Target => {
  const target = requestTarget.startsWith('/') ? requestTarget : originForm(requestTarget)
  const question = target.indexOf('?')
  const rawPath = question < 0 ? target : target.slice(0, question)
  const rawQuery = question < 0 ? '' : target.slice(question + 1)
  if (virtualHostBucket !== undefined) {
    return { rawPath, rawQuery, bucket: virtualHostBucket, key: decodeKey(rawPath.slice(1)) }
  }
  if (rawPath === '/') return { rawPath, rawQuery, bucket: undefined, key: undefined }
  const slash = rawPath.indexOf('/', 1)
  if (slash === 1) throw new S3Error('RouteNotFound')
  const rawBucket = slash < 0 ? rawPath.slice(1) : rawPath.slice(1, slash)
  const rawKey = slash < 0 ? '' : rawPath.slice(slash + 1)
  return { rawPath, rawQuery, bucket: percentDecode(rawBucket), key: decodeKey(rawKey) }
}

const decodeKey = (rawKey: string): string | undefined => (rawKey === '' ? undefined : percentDecode(rawKey))

/** `http://host/path` → `/path` (RFC 9112, 3.2.2). */
const originForm = (absolute: string): string => {
  const match = /^https?:\/\/[^/?]*(.*)$/i.exec(absolute)
  const rest = match?.[1]
  if (rest === undefined) throw new S3Error('RouteNotFound')
  return rest.startsWith('/') ? rest : `/${rest}`
}
