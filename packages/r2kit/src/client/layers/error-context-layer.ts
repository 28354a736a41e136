import { isR2Error, withContext } from '../../errors/calls.js'
import type { InternalCallLayer } from '../../pipeline/index.js'

/** Adds operation, bucket and key to errors that lack them, such as those of transports. */
export const errorContextLayer: InternalCallLayer = (next) => (call) =>
  next(call).catch((error: unknown) => {
    throw withCallContext(error, call.operation.name, call)
  })

/** @param input what the operation has read; or what was passed where it was refused, of any type */
export const withCallContext = (error: unknown, operation: string, input: unknown): unknown => {
  if (!isR2Error(error)) return error
  // A key may be megabytes of text that was refused for its length.
  const bucket = ownText(input, 'bucket')?.slice(0, 100)
  const key = ownText(input, 'key')?.slice(0, 1024)
  return withContext(error, { operation, bucket, key })
}

/** The text of a property, without calling a getter. */
const ownText = (input: unknown, name: string): string | undefined => {
  try {
    const value: unknown = Object.getOwnPropertyDescriptor(input, name)?.value
    return typeof value === 'string' ? value : undefined
  } catch {
    // Not an object, or a Proxy that throws: the error that is being reported describes it.
    return undefined
  }
}
