import { isR2Error, type R2Error } from '../errors/index.js'
import type { Call, Layer } from '../pipeline/index.js'
import type { CredentialSource } from '../security/index.js'
import type { ClockOffset } from './clock-offset.js'

/**
 * Signs a request anew, once, where the server refused the signature for a reason that this heals: our clock is wrong (its
 * `Date` header says by how much), or the session token has expired and a provider can be asked for another. R2 refuses such
 * a request before it acts.
 */
export const resignLayer =
  (credentials: CredentialSource, offset: ClockOffset): Layer =>
  (next) =>
  (call) =>
    next(call).catch((error: unknown) => {
      if (!isR2Error(error) || !canRepeat(call) || !isHealed(call, error, credentials, offset)) throw error
      return next(call)
    })

const isHealed = (call: Call, error: R2Error, credentials: CredentialSource, offset: ClockOffset): boolean => {
  if (error.code === 'ExpiredToken') return credentials.discardExpired(call.request.headers['x-amz-security-token'])
  if (error.code !== 'ClockSkewed' || error.clockSkewMs === undefined) return false
  offset.correct(error.clockSkewMs)
  return true
}

const canRepeat = ({ request: { body } }: Call): boolean => body.kind !== 'stream' || body.canOpen()
