/** Makes presigned URLs with the client's keys and clock. */
import { noop } from '../../base/noop.js'
import { clientError } from '../../errors/calls.js'
import { checkPresign, defaultSeconds, expiryLimits, presignWithSigner } from '../../signing/presigning.js'
import type { Refuse } from '../../validation/index.js'
import { locate } from '../endpoint.js'
import type { Runtime } from '../runtime.js'
import type { PermittedRequest, ReadPermitted } from './permitted-request.js'
import type { PresignedUrl, PresignInput, PresignOptions, PresignRecord } from './presign-input.js'
import { refusePresign } from './refuse-presign.js'
import { UrlCache } from './url-cache.js'

const cacheSizeDefault = 1_000

const caches = new WeakMap<Runtime, UrlCache>()

/** @param given the input, whose fields are still of any type; read before this returns */
export const presignUrl = async (
  runtime: Runtime,
  options: PresignOptions,
  permitted: ReadPermitted,
  given: unknown,
  refuse: Refuse = refusePresign,
): Promise<PresignedUrl> => {
  const request = permitted(given, runtime.rules, refuse)
  const make = await urlMaker(runtime, options, refuse)
  return make(request)()
}

/** Returns a function that checks a request; its result makes the URL, or takes it from the cache. */
export const urlMaker = async (runtime: Runtime, options: PresignOptions, refuse: Refuse) => {
  const credentials = await runtime.credentials.current()
  const { signer, clock, clockOffset, rules, endpoint, events } = runtime
  const nowMs = clock.now() + clockOffset.ms
  const cache = caches.get(runtime) ?? new UrlCache(options.cacheSize ?? cacheSizeDefault)
  caches.set(runtime, cache)
  cache.requireSigner(credentials, clockOffset.ms)

  return ({ method, input, query, headers, contentType }: PermittedRequest) => {
    const { bucket, key, expiresAt: at } = input
    const expiresInSeconds = secondsOf(input, nowMs, options, refuse)
    checkPresign({ method, bucket, key, expiresInSeconds, contentType }, { bucketNames: rules.bucketNames, ...options })
    return (): PresignedUrl | Promise<PresignedUrl> => {
      const { origin, path } = locate(endpoint, bucket, key)
      // R2 rejects the URL as soon as its session token has expired.
      const tokenEndsMs = credentials.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY
      const expiresAt = new Date(Math.min((Math.floor(nowMs / 1000) + expiresInSeconds) * 1000, tokenEndsMs))
      const validity = at === undefined ? expiresInSeconds : expiresAt
      const entry = JSON.stringify([method, origin, path, query, Object.entries(headers).sort(), validity])
      const existing = cache.get(entry, nowMs)
      if (existing !== undefined) return existing
      const hits = signer.keyCacheHits
      const request = { method, origin, path, query, headers }
      const url = presignWithSigner(signer, request, credentials, { expiresInSeconds, nowMs })
      const made = { url, method, headers, expiresAt }
      const isKeyCached = signer.keyCacheHits > hits
      const keep = (): PresignedUrl => {
        cache.add(entry, made)
        events?.emit({ type: 'url.presigned', method, bucket, key, expiresAtMs: expiresAt.getTime(), isKeyCached })
        return made
      }
      // Before the URL is kept: after a failure of the audit, an equal input must not receive it unrecorded.
      const recorded = record(options, { method, bucket, key, expiresAt: new Date(expiresAt) })
      return recorded === undefined ? keep() : recorded.then(keep)
    }
  }
}

/** Resolves when an audit that is asynchronous has ended; undefined for one that has ended already. */
const record = ({ onPresign }: PresignOptions, entry: PresignRecord): Promise<void> | undefined => {
  try {
    const result = onPresign?.(entry)
    if (typeof result !== 'object' || result === null || !('then' in result)) return undefined
    return Promise.resolve(result).then(noop, auditFailed)
  } catch (cause) {
    return auditFailed(cause)
  }
}

const auditFailed = (cause: unknown): never => {
  throw clientError('InvalidPresign', 'presign.onPresign failed, so that no URL was made', {
    field: 'presign.onPresign',
    hint: 'Correct the function. Its error is the cause.',
    cause,
  })
}

/** The validity in whole seconds, of the signature's own second. */
const secondsOf = (
  { expiresInSeconds, expiresAt }: PresignInput,
  nowMs: number,
  options: PresignOptions,
  refuse: Refuse,
): number => {
  const [min, max] = expiryLimits(options)
  if (expiresAt === undefined) return expiresInSeconds ?? defaultSeconds(options)
  if (expiresInSeconds !== undefined)
    throw refuse('expiresAt', 'cannot be used beside expiresInSeconds', 'Omit one of the two.')
  const seconds = Math.floor(expiresAt.getTime() / 1000) - Math.floor(nowMs / 1000)
  if (seconds >= min && seconds <= max) return seconds
  throw refuse(
    'expiresAt',
    `must be ${min} to ${max} seconds from now, but it is ${seconds}`,
    'Pass another time, or change minExpirationSeconds or maxExpirationSeconds in the presign option of the client.',
  )
}
