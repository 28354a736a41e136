import { holdUntilRead, suppressUnhandledError } from '../http/body/holding.js'
import { detached } from './detached.js'
import { callOptionsField, type EngineCallOptions, type Operation, readEngineOptions } from './operation.js'
import type { Runtime } from './runtime.js'

/**
 * Carries out an operation that its first call loads. Input and options are copied first: changes that the caller makes while
 * the operation is loaded have no effect.
 */
export const executeLoaded = async <Input, Output>(
  runtime: Runtime,
  load: () => Promise<Operation<Input, Output>>,
  given: Input,
  givenOptions: EngineCallOptions = {},
): Promise<Output> => {
  const input = detached(given)
  // The body may be a Node stream that fails while the operation is loaded.
  const body = (input as { readonly body?: unknown } | null | undefined)?.body
  suppressUnhandledError(body)
  const release = holdUntilRead(body)
  try {
    const options = readEngineOptions(callOptionsField, givenOptions)
    return await runtime.execute(await load(), input, options)
  } finally {
    release()
  }
}
