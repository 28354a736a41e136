/** Read this file to know what the client does by default, outermost first. */
import { onAbort } from '../base/abort.js'
import { abortError, R2Error } from '../errors/index.js'
import type { Transport } from '../http/index.js'
import type { Layer } from '../pipeline/index.js'
import { outcomeLayer, type RetryPolicy, retryLayer } from '../resilience/index.js'
import type { CredentialSource } from '../security/index.js'
import type { RequestSigner, SigningCredentials } from '../signing/index.js'
import { classifyLayer } from './classify.js'
import type { ClockOffset } from './clock-offset.js'
import { resignLayer } from './resign-layer.js'

export interface LayerOptions {
  readonly retry: RetryPolicy
  /** Aborts when the client is disposed. */
  readonly disposed: AbortSignal
  readonly transport: Transport
  readonly signer: RequestSigner
  readonly credentials: CredentialSource
  readonly clockOffset: ClockOffset
}

/** Around the socket. Everything under `retryLayer` runs once per attempt. */
export const attemptLayers = (options: LayerOptions): Layer[] => [
  retryLayer(options.retry, options.disposed),
  outcomeLayer(), // after an unclear response to a conditional write: looks whether it was stored
  resignLayer(options.credentials, options.clockOffset), // a wrong clock or an expired token: one more attempt, signed anew
  classifyLayer(), // a response that is not a success becomes an error with a verdict
  sendableLayer(options.transport), // before signing: a key that would become another one is never signed
  signingLayer(options.signer, options.credentials, options.clockOffset), // last, so that date and credentials are fresh
]

const sendableLayer =
  (transport: Transport): Layer =>
  (next) =>
  (call) => {
    const reason = transport.cannotSend(call.request.path)
    if (reason === undefined) return next(call)
    return Promise.reject(new R2Error('KeyNotSendable', `the key cannot be sent: ${reason}`, { field: 'key' }))
  }

const signingLayer =
  (signer: RequestSigner, credentials: CredentialSource, clockOffset: ClockOffset): Layer =>
  (next) =>
  (call) => {
    const current = credentials.current()
    const send = (resolved: SigningCredentials) => {
      signer.sign(call.request, resolved, call.payloadHash, call.clock.now() + clockOffset.ms)
      return next(call)
    }
    return current instanceof Promise ? orAborted(current, call.signal).then(send) : send(current)
  }

/** Others may wait for the same credentials: an abort ends this call's wait only. */
const orAborted = <T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
  if (signal === undefined) return work
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(abortError(signal))
    const stopListening = onAbort(signal, () => reject(abortError(signal)))
    work.then(resolve, reject).finally(stopListening)
  })
}
