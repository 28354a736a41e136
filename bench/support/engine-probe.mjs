/**
 * Looks at the transfer engine from outside: what its budget has reserved and how many requests it has under way. Its
 * classes are found in the built output, since no user needs a door to them.
 */
const built = (file) => import(new URL(`../../packages/r2kit/dist/transfers/${file}`, import.meta.url))

/** To be called before the first transfer. @returns {Promise<() => { reservedBytes: number, inFlight: number, limit: number }>} */
export const probeEngine = async () => {
  const { MemoryBudget } = await built('memory-budget.js')
  const { AdaptiveLimit } = await built('adaptive-limit.js')
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
  return () => ({
    reservedBytes: seen.budget?.usedBytes ?? 0,
    inFlight: seen.limit?.inUse ?? 0,
    limit: seen.limit?.limit ?? 0,
  })
}
