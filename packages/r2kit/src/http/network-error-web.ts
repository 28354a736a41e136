/** Failures of `fetch` on platforms that report no reason. Selected by the import condition `#network-error`. */
import { printable } from '../base/printable.js'
import { R2Error } from '../errors/index.js'

/** Makes the error. The request may have reached the server, so it counts as a broken connection. */
export const networkError = (cause: unknown, origin: string, bodyStarted: boolean): R2Error => {
  const text = printable(cause instanceof Error ? cause.message : String(cause)).slice(0, 200)
  return bodyStarted
    ? new R2Error('StreamInterrupted', `the response from ${origin} broke off: ${text}`, { cause })
    : new R2Error('ConnectionReset', `the request to ${origin} failed: ${text}`, {
        hint: 'Check the endpoint and the network; in a browser also the CORS rules of the bucket.',
        cause,
      })
}
