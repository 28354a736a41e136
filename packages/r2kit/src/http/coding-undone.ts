/** The errors for objects whose content coding `fetch` undoes. Loaded by the first of them. */
import { clientError, type R2Error } from '../errors/calls.js'

/** Before any byte of the object is read. */
export const codingUndone = (coding: string): R2Error =>
  Object.assign(
    clientError('InvalidResponse', `fetch undoes the content coding of the object (${coding.slice(0, 40)})`, {
      hint: 'Its stored bytes cannot be read by fetch from this server. Use the default transport on Node, Bun or Deno.',
    }),
    { retryable: false, coding },
  )

/** Of a page that cannot see the coding. Browsers fail a truncated body by themselves, so only a coding changes the length. */
export const hiddenCodingUndone = (bytes: number, announced: string): R2Error =>
  Object.assign(
    clientError(
      'InvalidResponse',
      `the response has ${bytes} bytes instead of ${announced}: fetch has undone a coding`,
      {
        hint: 'Expose Content-Encoding (ExposeHeaders) in the CORS rule of the bucket. Its objects are then read as they are stored.',
      },
    ),
    { retryable: false },
  )
