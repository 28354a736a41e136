/**
 * Checks the LMDB file before LMDB maps it into memory. Reading a page beyond the end of a truncated file would end the process
 * with SIGBUS, and a corrupt page with SIGSEGV; neither can be caught.
 *
 * LMDB may truncate its file before the last page that it counts, if the last pages are free. A file that is shorter than its
 * meta page states is therefore damaged only if a table references the missing pages, which takes a check of all pages.
 *
 * Uses synchronous reads, which take a tenth of the time per page. Nothing else runs while the storage opens.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { endianness } from 'node:os'
import { type MetaPage, metaPageBytes, readMetaPage, readPage } from './records-file.js'

/** How many pages of a file of full length are checked, from the roots down. Takes about ten milliseconds. */
const checkedPagesMax = 2048

/** LMDB's layout depends on the machine. The check is omitted on machines with another one. */
const isKnownLayout = endianness() === 'LE' && process.arch !== 'arm' && process.arch !== 'ia32'

/**
 * @param path Of a file that exists and is not empty.
 * @returns The damage as a text, or undefined for an intact file.
 */
export const findDamage = (path: string): string | undefined => {
  if (!isKnownLayout) return undefined
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const meta = newestMetaPage(file)
    if (typeof meta === 'string') return meta
    const damage = checkPages(file, meta, size)
    if (damage === undefined) return undefined
    // If another process has committed meanwhile, the pages may have changed during the check. `open` will report that process.
    const later = newestMetaPage(file)
    return typeof later !== 'string' && later.transaction !== meta.transaction ? undefined : damage
  } finally {
    closeSync(file)
  }
}

const newestMetaPage = (file: number): MetaPage | string => {
  const first = readMetaPage(bytesAt(file, 0, metaPageBytes))
  if (typeof first === 'string') return first
  const second = readMetaPage(bytesAt(file, first.pageBytes, metaPageBytes))
  if (typeof second === 'string') return second
  if (second.pageBytes !== first.pageBytes) return 'its two meta pages differ in page size'
  return second.transaction > first.transaction ? second : first
}

/** Returns fewer bytes at the end of the file. */
const bytesAt = (file: number, position: number, length: number): Buffer => {
  const buffer = Buffer.alloc(length)
  return buffer.subarray(0, readSync(file, buffer, 0, length, position))
}

/** Follows the references between pages. @returns The damage as a text, or undefined. */
const checkPages = (file: number, { pageBytes, roots, lastPage }: MetaPage, size: number): string | undefined => {
  const existingPages = Math.floor(size / pageBytes)
  const isTruncated = existingPages <= lastPage
  const limit = isTruncated ? Number.POSITIVE_INFINITY : checkedPagesMax
  const missing = (page: number, count = 1): string | undefined => {
    // Pages 0 and 1 are the meta pages.
    if (page < 2 || page + count - 1 > lastPage) return `a table refers to page ${page}, which does not exist`
    if (page + count <= existingPages) return undefined
    return `it is truncated: it has ${size} bytes and needs at least ${(page + count) * pageBytes}`
  }
  const seen = new Set(roots)
  for (const page of seen) {
    const missingPage = missing(page)
    if (missingPage !== undefined) return missingPage
    const links = readPage(bytesAt(file, page * pageBytes, pageBytes), page)
    if (typeof links === 'string') return links
    for (const value of links.values) {
      const missingValue = missing(value.page, value.count)
      if (missingValue !== undefined) return missingValue
    }
    for (const next of links.pages) {
      if (seen.size < limit) seen.add(next)
    }
  }
  return undefined
}
