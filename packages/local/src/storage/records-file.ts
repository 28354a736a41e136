/**
 * The layout of LMDB's data file, as far as it is needed to tell a sound file from a damaged one without mapping it into
 * memory. Data version 2 on 64-bit little-endian machines (lmdb 3.x, `mdb.c`: MDB_page, MDB_meta, MDB_node, MDB_db).
 */

/** Header of every page: its own number, the transaction that wrote it, flags, and how much of it is used. */
const pageHeaderBytes = 24
const nodeHeaderBytes = 8
/** Both head pages fit their content into this, whatever the page size. */
export const headBytes = pageHeaderBytes + 136

const magic = 0xbeefc0de
const dataVersion = 2
const [branchPage, leafPage, metaPage] = [0x01, 0x02, 0x08] as const
const [bigData, subDatabase] = [0x01, 0x02] as const
/** The root of a tree without pages. */
const noRoot = 0xffff_ffff_ffff_ffffn

/** One of the two heads of the file; the one of the later transaction counts. */
export interface FileHead {
  readonly pageBytes: number
  /** Of the list of free pages, and of the table of tables; only those that exist. */
  readonly roots: readonly number[]
  readonly lastPage: number
  readonly transaction: number
}

/** What a page refers to. */
export interface PageLinks {
  readonly pages: readonly number[]
  /** Values that have pages of their own: the first page, and how many. */
  readonly values: readonly { readonly page: number; readonly count: number }[]
}

/** @returns the problem as a text for bytes that are no such head */
export const readHead = (bytes: Buffer): FileHead | string => {
  if (bytes.length < headBytes) return 'it ends within its head'
  const at = (offset: number): number => pageHeaderBytes + offset
  if (bytes.readUInt32LE(at(0)) !== magic || (bytes.readUInt16LE(18) & metaPage) === 0) {
    return bytes.every((byte) => byte === 0) ? 'its head is all zeros' : 'its head is not that of an LMDB file'
  }
  const version = bytes.readUInt32LE(at(4)) & 0xffff
  if (version !== dataVersion) return `it has version ${version} of LMDB's format, not ${dataVersion}`
  const pageBytes = bytes.readUInt32LE(at(24))
  if (pageBytes < 512 || pageBytes > 65_536 || (pageBytes & (pageBytes - 1)) !== 0)
    return `its page size is ${pageBytes}`
  const lastPage = Number(bytes.readBigUInt64LE(at(120)))
  const roots = [rootAt(bytes, at(24)), rootAt(bytes, at(72))].filter((root) => root !== undefined)
  return { pageBytes, roots, lastPage, transaction: Number(bytes.readBigUInt64LE(at(128))) }
}

/** The root in a record of a table: 40 bytes in. */
const rootAt = (bytes: Buffer, offset: number): number | undefined => {
  const root = bytes.readBigUInt64LE(offset + 40)
  return root === noRoot ? undefined : Number(root)
}

/** @returns the problem as a text for bytes that are not that page of a tree */
export const readPage = (bytes: Buffer, page: number): PageLinks | string => {
  const kind = bytes.readUInt16LE(18) & 0xff
  const [lower, upper] = [bytes.readUInt16LE(20), bytes.readUInt16LE(22)]
  const isSound =
    bytes.readBigUInt64LE(0) === BigInt(page) &&
    (kind === branchPage || kind === leafPage) &&
    lower <= upper &&
    upper <= bytes.length - pageHeaderBytes
  if (!isSound) return `page ${page} is not a page of a table`
  const links = { pages: [] as number[], values: [] as { page: number; count: number }[] }
  for (let node = 0; node < lower >> 1; node++) {
    const offset = pageHeaderBytes + bytes.readUInt16LE(pageHeaderBytes + node * 2)
    if (!addNode(bytes, offset, kind === branchPage, links)) return `page ${page} has a broken entry`
  }
  return links
}

/** Whether the entry at this offset lies within its page; adds what it refers to. */
const addNode = (
  bytes: Buffer,
  offset: number,
  isBranch: boolean,
  links: { pages: number[]; values: { page: number; count: number }[] },
): boolean => {
  if (offset + nodeHeaderBytes > bytes.length) return false
  const data = offset + nodeHeaderBytes + bytes.readUInt16LE(offset + 6)
  if (data > bytes.length) return false
  if (isBranch) {
    links.pages.push(bytes.readUIntLE(offset, 6))
    return true
  }
  const flags = bytes.readUInt16LE(offset + 4)
  const size = flags & bigData ? 24 : bytes.readUInt32LE(offset)
  if (data + size > bytes.length) return false
  if (flags & bigData) {
    links.values.push({ page: Number(bytes.readBigUInt64LE(data)), count: Number(bytes.readBigUInt64LE(data + 16)) })
  } else if (flags & subDatabase) {
    if (size < 48) return false
    const root = rootAt(bytes, data)
    if (root !== undefined) links.pages.push(root)
  }
  return true
}
