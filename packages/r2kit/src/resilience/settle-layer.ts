import { isR2Error } from '../errors/index.js'
import type { Layer } from '../pipeline/index.js'

/**
 * Keeps a conditional write from losing against itself. Its first attempt may have been stored and only the answer lost; sent
 * again blindly, it would be refused, and the caller would hear that his write had failed. So the call itself says what to
 * make of a failed attempt (`client/settle-write`). It stands under the retries, which send again what is still retryable.
 */
export const settleLayer = (): Layer => (next) => (call) => {
  const { settle, signal } = call
  if (settle === undefined) return next(call)
  return next(call).catch((error: unknown) => {
    if (!isR2Error(error) || signal?.aborted === true) throw error
    return settle(error)
  })
}
