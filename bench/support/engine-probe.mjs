/**
 * Looks at the transfer engine from outside: what its budget has reserved and how many requests it has under way. Its
 * classes are found in the built modules, which are what the bundles are made of; no user needs a door to them.
 */
const built = (file) => import(new URL(`../../packages/r2kit/dist/${file}`, import.meta.url))

/**
 * @returns {Promise<{ R2Client: typeof import('r2kit').R2Client, look: () => { reservedBytes: number, peakReservedBytes: number, inFlight: number, limit: number } }>}
 *   a client whose transfers can be looked at, and the look
 */
export const probeEngine = async () => {
  const { R2Client } = await built('index.js')
  const { MemoryBudget } = await built('transfers/memory-budget.js')
  const { AdaptiveLimit } = await built('transfers/adaptive-limit.js')
  const seen = {}
  let peakReservedBytes = 0
  const watch = (prototype, method, name, after) => {
    const original = prototype[method]
    prototype[method] = function (...words) {
      seen[name] = this
      const result = original.apply(this, words)
      after?.()
      return result
    }
  }
  // Every reservation goes through here, so that no peak is missed between two looks.
  watch(MemoryBudget.prototype, 'overdraw', 'budget', () => {
    peakReservedBytes = Math.max(peakReservedBytes, seen.budget.usedBytes)
  })
  watch(AdaptiveLimit.prototype, 'enter', 'limit')
  const look = () => ({
    reservedBytes: seen.budget?.usedBytes ?? 0,
    peakReservedBytes,
    inFlight: seen.limit?.inUse ?? 0,
    limit: seen.limit?.limit ?? 0,
  })
  return { R2Client, look }
}
