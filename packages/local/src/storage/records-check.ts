/**
 * Checks the records before LMDB maps them into memory: reading a page that a damaged file does not have ends the process
 * with SIGBUS, and a page that is none with SIGSEGV, which nothing can catch.
 *
 * LMDB may end its file before the last page that it counts, where the last pages are free. So a file that is shorter than its
 * head says is damaged only if a table reaches the missing part, which takes a walk over all of its pages.
 *
 * Reads without waiting: there is nothing else to do before the records are open, and a page costs a tenth so.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { endianness } from 'node:os'
import { type FileHead, headBytes, readHead, readPage } from './records-file.js'

/** How many pages of a file of full length are looked at, from the roots down: some ten milliseconds. */
const pagesLookedAt = 2048

/** The layout depends on the machine; on others the check is left out. */
const isKnownLayout = endianness() === 'LE' && process.arch !== 'arm' && process.arch !== 'ia32'

/** @returns what is wrong with the file, or undefined; the file exists and is not empty */
export const findDamage = (path: string): string | undefined => {
  if (!isKnownLayout) return undefined
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const head = newestHead(file)
    if (typeof head === 'string') return head
    const damage = walk(file, head, size)
    if (damage === undefined) return undefined
    // Another process has the folder open and has committed meanwhile: its pages are in motion, and opening will say so.
    const later = newestHead(file)
    return typeof later !== 'string' && later.transaction !== head.transaction ? undefined : damage
  } finally {
    closeSync(file)
  }
}

const newestHead = (file: number): FileHead | string => {
  const first = readHead(bytesAt(file, 0, headBytes))
  if (typeof first === 'string') return first
  const second = readHead(bytesAt(file, first.pageBytes, headBytes))
  if (typeof second === 'string') return second
  if (second.pageBytes !== first.pageBytes) return 'its two heads differ in page size'
  return second.transaction > first.transaction ? second : first
}

/** Reads less at the end of the file. */
const bytesAt = (file: number, position: number, length: number): Buffer => {
  const buffer = Buffer.alloc(length)
  return buffer.subarray(0, readSync(file, buffer, 0, length, position))
}

const walk = (file: number, { pageBytes, roots, lastPage }: FileHead, size: number): string | undefined => {
  const pagesThere = Math.floor(size / pageBytes)
  const isShort = pagesThere <= lastPage
  const limit = isShort ? Number.POSITIVE_INFINITY : pagesLookedAt
  const missing = (page: number, count = 1): string | undefined => {
    // The two heads are no pages of a table.
    if (page < 2 || page + count - 1 > lastPage) return `a table refers to page ${page}, which does not exist`
    if (page + count <= pagesThere) return undefined
    return `it is cut off: it has ${size} bytes and needs at least ${(page + count) * pageBytes}`
  }
  const seen = new Set(roots)
  for (const page of seen) {
    const gap = missing(page)
    if (gap !== undefined) return gap
    const links = readPage(bytesAt(file, page * pageBytes, pageBytes), page)
    if (typeof links === 'string') return links
    for (const value of links.values) {
      const valueGap = missing(value.page, value.count)
      if (valueGap !== undefined) return valueGap
    }
    for (const next of links.pages) {
      if (seen.size < limit) seen.add(next)
    }
  }
  return undefined
}
