/**
 * One page of an ordered table with prefix and delimiter. What a common prefix hides is skipped by seeking past it, so that
 * the cost grows with what is returned. Works on byte strings throughout: UTF-8 is self-synchronising, hence a delimiter is
 * found at the same places as in the text.
 */
import { afterPrefix, laterOf } from './keys.js'

export interface WalkQuery {
  /** What all keys of the table's part start with; not a part of the listed key. */
  readonly scope: string
  readonly prefix: string
  readonly delimiter: string
  /** The first table key that may be listed, scope included. */
  readonly from: string
  readonly limit: number
}

type Walked<Value> = { readonly rest: string; readonly value: Value } | { readonly commonPrefix: string }

export interface WalkPage<Value> {
  readonly entries: readonly Walked<Value>[]
  readonly isTruncated: boolean
}

/**
 * @param scan entries from a table key upwards, read lazily
 * @param listedKey the key within what follows the scope in the table (an upload's table key goes on after it)
 */
export const walk = <Value>(
  scan: (from: string) => Iterable<readonly [key: string, value: Value]>,
  query: WalkQuery,
  listedKey: (rest: string) => string = (rest) => rest,
): WalkPage<Value> => {
  const entries: Walked<Value>[] = []
  const start = query.scope + query.prefix
  let from: string | undefined = laterOf(start, query.from)
  while (from !== undefined) {
    const scanFrom: string = from
    from = undefined
    for (const [tableKey, value] of scan(scanFrom)) {
      if (!tableKey.startsWith(start)) break
      if (entries.length >= query.limit) return { entries, isTruncated: true }
      const rest = tableKey.slice(query.scope.length)
      const commonPrefix = commonPrefixOf(listedKey(rest), query)
      if (commonPrefix === undefined) entries.push({ rest, value })
      else {
        entries.push({ commonPrefix })
        from = afterPrefix(query.scope + commonPrefix)
        break
      }
    }
  }
  return { entries, isTruncated: false }
}

/** The part of `key` up to the first delimiter after the prefix; undefined when there is none. */
export const commonPrefixOf = (
  key: string,
  { prefix, delimiter }: Pick<WalkQuery, 'prefix' | 'delimiter'>,
): string | undefined => {
  if (delimiter === '' || !key.startsWith(prefix)) return undefined
  const at = key.indexOf(delimiter, prefix.length)
  return at < 0 ? undefined : key.slice(0, at + delimiter.length)
}
