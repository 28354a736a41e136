/** Finds the name that a misspelt one was meant to be, for error messages. */

/** `Content-Type`, `content_type` and `ContentType` are spellings of one name. */
const folded = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '')

/** Names that other S3 clients and R2's Workers binding have for the same thing, folded. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ['retries', 'maxAttempts'],
  ['maxretries', 'maxAttempts'],
  ['limit', 'maxKeys'],
  ['cursor', 'continuationToken'],
])

/** Shorter names are parts of others by accident. */
const leastPart = 3
const leastStart = 5
/** From how many letters apart a name is less likely than one that is a part of the wanted name. */
const typoMost = 2

/** Names longer than any field are not worth a comparison whose cost grows with their length. */
const cut = (name: string): string => folded(name.slice(0, 64))

/** The known name that is the same but for case and punctuation, or the same thing at another client. */
export const sameName = (name: string, known: readonly string[]): string | undefined => {
  const wanted = cut(name)
  const other = otherNames.get(wanted)
  return known.find((candidate) => folded(candidate) === wanted) ?? known.find((candidate) => candidate === other)
}

/**
 * The known name that is nearest to `name`: the same but for case and punctuation, a letter or two away, a part of it or
 * the other way round, or else a few letters away. Undefined where none is near enough to be what was meant.
 *
 * @example nearestName('ContentTyp', ['contentType', 'contentLength']) === 'contentType'
 */
export const nearestName = (name: string, known: readonly string[]): string | undefined => {
  const same = sameName(name, known)
  if (same !== undefined) return same
  const wanted = cut(name)
  let nearest: string | undefined
  let least = Math.floor(wanted.length * 0.45) + 1
  for (const candidate of known) {
    const distance = distanceOf(wanted, folded(candidate))
    if (distance >= least) continue
    nearest = candidate
    least = distance
  }
  return nearest
}

/**
 * Letters apart. A name that the wanted one begins counts as less than two typos, one that holds the other as a little more
 * than these, the less the more they share.
 */
const distanceOf = (wanted: string, candidate: string): number => {
  const letters = editDistance(wanted, candidate)
  if (wanted.length >= leastStart && candidate.startsWith(wanted)) return Math.min(letters, typoMost - 0.5)
  const shared = Math.min(wanted.length, candidate.length)
  if (letters <= typoMost || shared < leastPart) return letters
  const isStart = wanted.startsWith(candidate) || candidate.startsWith(wanted)
  if (!isStart && !wanted.includes(candidate) && !candidate.includes(wanted)) return letters
  return Math.min(letters, typoMost + 1 - (shared + (isStart ? 0.5 : 0)) / 128)
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
