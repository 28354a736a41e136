/** Failures of `fetch` on platforms that report no reason. Selected by the import condition `#network-error`. */
import { printable } from '../base/shown.js'
import { clientError, type R2Error } from '../errors/calls.js'

/** Makes the error. The request may have reached the server, so it counts as a broken connection. */
export const networkError = (cause: unknown, origin: string, bodyStarted: boolean): R2Error => {
  const text = printable(cause instanceof Error ? cause.message : String(cause)).slice(0, 200)
  return bodyStarted
    ? clientError('StreamInterrupted', `the response from ${origin} broke off: ${text}`, { cause })
    : clientError('ConnectionReset', `the request to ${origin} failed: ${text}`, {
        hint: 'Check the endpoint and the network; in a browser also the CORS rules of the bucket.',
        cause,
      })
}
