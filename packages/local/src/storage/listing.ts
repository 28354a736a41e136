/**
 * Lists a page of an ordered table, with prefix and delimiter. The keys under a common prefix are skipped by one seek, so that
 * the cost depends on the number of returned entries only. All strings are byte strings: UTF-8 is self-synchronising, so a
 * delimiter is found at the same positions as in the text.
 */
import { afterPrefix, laterOf } from './keys.js'

export interface PageQuery {
  /** The prefix of the table keys that may be listed. Not a part of the listed keys. */
  readonly scope: string
  readonly prefix: string
  readonly delimiter: string
  /** The first table key that may be listed, scope included. */
  readonly from: string
  /** Of entries and common prefixes together. */
  readonly limit: number
}

/** `rest` is the table key without its scope. */
type PageEntry<Value> = { readonly rest: string; readonly value: Value } | { readonly commonPrefix: string }

export interface Page<Value> {
  readonly entries: readonly PageEntry<Value>[]
  readonly isTruncated: boolean
}

/**
 * @param scan Reads entries from a table key in ascending order, lazily.
 * @param listedKey Returns the listed key, given a table key without its scope. For uploads, an upload ID follows it.
 */
export const listPage = <Value>(
  scan: (from: string) => Iterable<readonly [key: string, value: Value]>,
  query: PageQuery,
  listedKey: (rest: string) => string = (rest) => rest,
): Page<Value> => {
  const entries: PageEntry<Value>[] = []
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

/** The part of `key` up to and with the first delimiter after the prefix; undefined if there is no delimiter. */
export const commonPrefixOf = (
  key: string,
  { prefix, delimiter }: Pick<PageQuery, 'prefix' | 'delimiter'>,
): string | undefined => {
  if (delimiter === '' || !key.startsWith(prefix)) return undefined
  const at = key.indexOf(delimiter, prefix.length)
  return at < 0 ? undefined : key.slice(0, at + delimiter.length)
}
