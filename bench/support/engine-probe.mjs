/**
 * Observes the transfer engine from outside: the bytes reserved in its budget and its requests in flight. Patches classes
 * of the built modules, which no entry point exports.
 */
import { pathToFileURL } from 'node:url'
import { builtFile } from './builds.mjs'

/**
 * @param {string} [checkout] folder of another checkout, to observe its build
 * @returns {Promise<{ R2Client: typeof import('r2kit').R2Client, snapshot: () => { reservedBytes: number, peakReservedBytes: number, inFlight: number, limit: number } }>}
 *   the client class of the built modules, and a function that returns the current state of its transfers
 */
export const probeEngine = async (checkout) => {
  const built = (file) => import(pathToFileURL(builtFile(checkout, `r2kit/dist/${file}`)).href)
  const { R2Client } = await built('index.js')
  const { MemoryBudget } = await built('transfers/memory-budget.js')
  const { AdaptiveLimit } = await built('transfers/adaptive-limit.js')
  const instances = {}
  let peakReservedBytes = 0
  const observe = (prototype, method, name, after) => {
    const original = prototype[method]
    // Without this check a renamed method would leave the probe at zero, and every memory target would hold.
    if (typeof original !== 'function') throw new Error(`The transfer engine has no method ${method} to observe.`)
    prototype[method] = function (...parameters) {
      instances[name] = this
      const result = original.apply(this, parameters)
      after?.()
      return result
    }
  }
  // Every reservation calls this method, so that no peak between two snapshots is missed.
  observe(MemoryBudget.prototype, 'reserveUnqueued', 'budget', () => {
    peakReservedBytes = Math.max(peakReservedBytes, instances.budget.usedBytes)
  })
  observe(AdaptiveLimit.prototype, 'enter', 'limit')
  const snapshot = () => ({
    reservedBytes: instances.budget?.usedBytes ?? 0,
    peakReservedBytes,
    inFlight: instances.limit?.inUse ?? 0,
    limit: instances.limit?.limit ?? 0,
  })
  return { R2Client, snapshot }
}
