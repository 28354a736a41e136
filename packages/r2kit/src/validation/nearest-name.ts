/** Finds the name that a misspelt name was meant to be, for error messages. */

/** Makes the spellings of one name equal: `Content-Type`, `content_type`, `ContentType`. */
const folded = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '')

/** Folded names of other S3 clients and of R2's Workers binding, and our names for the same options. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ['retries', 'maxAttempts'],
  ['maxretries', 'maxAttempts'],
  ['limit', 'maxKeys'],
  ['cursor', 'continuationToken'],
  ['timeout', 'timeoutMs'],
])

/** Minimum length of a name that counts as part of another; shorter names are parts of others by accident. */
const partLengthMin = 3
/** Minimum length of a name that counts as the start of another. */
const startLengthMin = 5
/** Most edits that count as a typo. With more edits, a name that contains the other is the likelier match. */
const typoEditsMax = 2

/** Folds a name. Only 64 characters are compared, because the cost grows with the length and no field is longer. */
const cut = (name: string): string => folded(name.slice(0, 64))

/** The known name that differs only in case and punctuation, or that another client has a different name for. */
export const sameName = (name: string, known: readonly string[]): string | undefined => {
  const wanted = cut(name)
  const other = otherNames.get(wanted)
  return known.find((candidate) => folded(candidate) === wanted) ?? known.find((candidate) => candidate === other)
}

/**
 * The known name that is nearest to `name`, or undefined if none is near enough to suggest. Nearest is a name that differs only
 * in case and punctuation, then in one or two letters, then one that contains the other, then in a few letters.
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

/** The known name that differs in one letter, in two letters that changed places, or only in case and punctuation. */
export const misspeltName = (name: string, known: readonly string[]): string | undefined => {
  const wanted = cut(name)
  return known.find((candidate) => isTypo(wanted, folded(candidate)))
}

const isTypo = (wanted: string, candidate: string): boolean => {
  const edits = editDistance(wanted, candidate)
  // A plural is another word: `R2_ENDPOINTS`.
  return edits < 2 ? wanted !== `${candidate}s` : edits === 2 && sorted(wanted) === sorted(candidate)
}

const sorted = (text: string): string => [...text].sort().join('')

/**
 * Distance in edits. A candidate that starts with the wanted name counts as less than two edits. A candidate that contains
 * the wanted name, or is contained in it, counts as a little over two: the more they share, the less.
 */
const distanceOf = (wanted: string, candidate: string): number => {
  const letters = editDistance(wanted, candidate)
  if (wanted.length >= startLengthMin && candidate.startsWith(wanted)) return Math.min(letters, typoEditsMax - 0.5)
  const shared = Math.min(wanted.length, candidate.length)
  if (letters <= typoEditsMax || shared < partLengthMin) return letters
  const isStart = wanted.startsWith(candidate) || candidate.startsWith(wanted)
  if (!isStart && !wanted.includes(candidate) && !candidate.includes(wanted)) return letters
  return Math.min(letters, typoEditsMax + 1 - (shared + (isStart ? 0.5 : 0)) / 128)
}

/** Levenshtein distance, computed row by row. */
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
