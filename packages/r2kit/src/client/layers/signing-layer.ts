import { isR2Error, type R2Error } from '../../errors/calls.js'
import type { HeaderFields, HttpResponse, RequestBody } from '../../http/index.js'
import type { InternalAttempt, InternalAttemptLayer } from '../../pipeline/index.js'
import type { CredentialSource, Credentials } from '../../security/index.js'
import type { RequestSigner } from '../../signing/index.js'
import { orAborted } from '../or-aborted.js'

/** The difference between the server's clock and ours, in milliseconds to add to ours. */
export interface ClockOffset {
  /** Zero until R2 refuses a signature for its date; then by the `Date` of that response, for this client only. */
  ms: number
}

/** What a client signs with. */
export interface Signing {
  readonly signer: RequestSigner
  readonly credentials: CredentialSource
  readonly clockOffset: ClockOffset
}

/**
 * Signs a copy of each request, so that layers and transports may keep what they were passed. Where R2 rejects the signature for
 * a reason that another one removes (our clock is wrong, or the session token has expired and a provider may have the next), the
 * request is signed and sent once more. R2 rejects such requests before it acts.
 */
export const signingLayer =
  ({ signer, credentials, clockOffset }: Signing): InternalAttemptLayer =>
  (next) => {
    const signAndSend = (attempt: InternalAttempt, isSecond: boolean): Promise<HttpResponse> => {
      const current = credentials.current()
      if (!(current instanceof Promise)) return send(attempt, current, isSecond)
      return orAborted(current, attempt.signal).then((resolved) => send(attempt, resolved, isSecond))
    }
    const send = (attempt: InternalAttempt, used: Credentials, isSecond: boolean): Promise<HttpResponse> => {
      const headers = copyOf(attempt.request.headers)
      const { expiresAt } = used
      const request =
        expiresAt === undefined
          ? { ...attempt.request, headers }
          : { ...attempt.request, headers, notAfterMs: expiresAt.getTime() - clockOffset.ms }
      const { events, number } = attempt
      const hits = signer.keyCacheHits
      signer.sign(request, used, attempt.payloadHash, attempt.clock.now() + clockOffset.ms)
      events?.signed(number, request.headers, signer.keyCacheHits > hits)
      const response = next({ ...attempt, request })
      if (isSecond) return response
      return response.catch((error: unknown) => {
        if (!isR2Error(error) || !canSendAgain(request.body) || !isRemedied(error, used, attempt)) throw error
        return signAndSend(attempt, true)
      })
    }
    const isRemedied = (error: R2Error, used: Credentials, { events, number }: InternalAttempt): boolean => {
      if (error.code === 'ExpiredToken') {
        const isDiscarded = credentials.discardExpired(used.sessionToken)
        if (isDiscarded) events?.tokenExpired(number)
        return isDiscarded
      }
      if (error.code !== 'ClockSkewed' || error.clockSkewMs === undefined) return false
      clockOffset.ms = -error.clockSkewMs
      events?.clockSkewed(number, error.clockSkewMs)
      return true
    }
    return (attempt) => signAndSend(attempt, false)
  }

/** Field by field: V8 takes microseconds to add the signature to an object that a spread has made. */
const copyOf = (headers: HeaderFields): HeaderFields => {
  const copy: HeaderFields = {}
  for (const name in headers) copy[name] = headers[name] ?? ''
  return copy
}

const canSendAgain = (body: RequestBody): boolean => body.kind !== 'stream' || body.canOpen()
