const maxEntries = 256

/**
 * Caches the results of `parse` by text. Bucket configurations are stored as XML but needed on every request, and there are
 * few different ones. Over 256 texts the cache starts again.
 */
export const memoizeParse = <Parsed>(parse: (text: string) => Parsed): ((text: string) => Parsed) => {
  const cache = new Map<string, Parsed>()
  return (text) => {
    const cached = cache.get(text)
    if (cached !== undefined) return cached
    if (cache.size >= maxEntries) cache.clear()
    const parsed = parse(text)
    cache.set(text, parsed)
    return parsed
  }
}
