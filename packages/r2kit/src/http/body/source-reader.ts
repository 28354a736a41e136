import { isPlain } from '../../validation/index.js'
import { holdUntilRead, suppressUnhandledError } from './holding.js'
import type { FromSource } from './request-body.js'

/**
 * Makes the bodies of requests from anything but text and bytes.
 *
 * @param load loads the code for them, by the first of them
 */
export const sourceReader =
  (load: () => Promise<Pick<typeof import('./body.js'), 'sourceBody'>>): FromSource =>
  async (body, contentLength) => {
    suppressUnhandledError(body)
    const release = holdUntilRead(body)
    const source = detachedPath(body)
    const { sourceBody } = await load().finally(release)
    return sourceBody(source, contentLength)
  }

/** A copy of `{ path }`, which the caller may change meanwhile; any other body as it is. */
const detachedPath = (body: unknown): unknown => {
  try {
    if (typeof body !== 'object' || body === null || !isPlain(body) || 'open' in body) return body
    const { path } = body as { readonly path?: unknown }
    return path === undefined ? body : { path }
  } catch {
    // A getter that throws: the error is reported where the body is inspected.
    return body
  }
}
