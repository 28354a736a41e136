/**
 * Remembers what a text was parsed to. Bucket configurations are stored as documents and needed on every request; there
 * are as many different ones as buckets at most, and few in practice.
 */
const maxRemembered = 256

export const parsedOnce = <Parsed>(parse: (text: string) => Parsed): ((text: string) => Parsed) => {
  const remembered = new Map<string, Parsed>()
  return (text) => {
    const known = remembered.get(text)
    if (known !== undefined) return known
    if (remembered.size >= maxRemembered) remembered.clear()
    const parsed = parse(text)
    remembered.set(text, parsed)
    return parsed
  }
}
