/**
 * Looks at the transfer engine from outside: what its budget has reserved and how many requests it has under way. Its
 * classes are found in the built modules, which are what the bundles are made of; no user needs a door to them.
 */
const built = (file) => import(new URL(`../../packages/r2kit/dist/${file}`, import.meta.url))

/**
 * @returns {Promise<{ R2Client: typeof import('r2kit').R2Client, look: () => { reservedBytes: number, inFlight: number, limit: number } }>}
 *   a client whose transfers can be looked at, and the look
 */
export const probeEngine = async () => {
  const { R2Client } = await built('index.js')
  const { MemoryBudget } = await built('transfers/memory-budget.js')
  const { AdaptiveLimit } = await built('transfers/adaptive-limit.js')
  const seen = {}
  const watch = (prototype, method, name) => {
    const original = prototype[method]
    prototype[method] = function (...words) {
      seen[name] = this
      return original.apply(this, words)
    }
  }
  watch(MemoryBudget.prototype, 'overdraw', 'budget')
  watch(AdaptiveLimit.prototype, 'enter', 'limit')
  const look = () => ({
    reservedBytes: seen.budget?.usedBytes ?? 0,
    inFlight: seen.limit?.inUse ?? 0,
    limit: seen.limit?.limit ?? 0,
  })
  return { R2Client, look }
}
