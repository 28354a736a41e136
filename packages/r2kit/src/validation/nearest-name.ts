/** Finds the name that a misspelt one was meant to be, for error messages. */

/** `Content-Type`, `content_type` and `ContentType` are spellings of one name. */
const folded = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '')

/**
 * The known name that is nearest to `name`: the same but for case and punctuation, a beginning of it, or a few
 * letters away. Undefined where none is near enough to be what was meant.
 *
 * @example nearestName('ContentTyp', ['contentType', 'contentLength']) === 'contentType'
 */
export const nearestName = (name: string, known: readonly string[]): string | undefined => {
  // Names longer than any field are not worth a comparison whose cost grows with their length.
  const wanted = folded(name.slice(0, 64))
  let nearest: string | undefined
  let least = Math.floor(wanted.length * 0.45) + 1
  for (const candidate of known) {
    const distance = editDistance(wanted, folded(candidate))
    if (distance >= least) continue
    nearest = candidate
    least = distance
  }
  return nearest
}

/** Levenshtein's distance, one row at a time. */
const editDistance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
