/** Bodies whose length is known. */
import { clientError } from '../../errors/calls.js'
import type { RequestBody } from '../transport.js'

/** A body without bytes. */
export const empty: RequestBody = { kind: 'empty' }

/** A body in memory. */
export const ofBytes = (bytes: Uint8Array, contentLength: number | undefined): RequestBody =>
  checkedLength(bytes.byteLength === 0 ? empty : { kind: 'bytes', bytes }, contentLength)

/** Compares: a `contentLength` beside a body of known length must be that length. */
export const checkedLength = (body: RequestBody, contentLength: number | undefined): RequestBody => {
  const actual = body.kind === 'empty' ? 0 : body.kind === 'bytes' ? body.bytes.byteLength : body.contentLength
  if (contentLength !== undefined && contentLength !== actual) {
    throw clientError(
      'InvalidInput',
      `contentLength is ${contentLength}, but the body has ${actual} byte${actual === 1 ? '' : 's'}`,
      {
        field: 'contentLength',
        hint: 'Leave out contentLength: the length of this body is known.',
      },
    )
  }
  return body
}
