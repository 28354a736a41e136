/**
 * Parses LMDB's data file as far as needed to recognise a damaged one without mapping it into memory. Data version 2 on 64-bit
 * little-endian machines (lmdb 3.x, `mdb.c`: MDB_page, MDB_meta, MDB_node, MDB_db).
 */

/** The header of every page: its own number, the transaction that wrote it, flags, and the used ranges. */
const pageHeaderBytes = 24
const nodeHeaderBytes = 8
/** The used bytes of a meta page, whatever the page size. */
export const metaPageBytes = pageHeaderBytes + 136

const magic = 0xbeefc0de
const dataVersion = 2
/** Flags of pages. */
const [branchPage, leafPage, metaPage] = [0x01, 0x02, 0x08] as const
/** Flags of nodes. */
const [bigData, subDatabase] = [0x01, 0x02] as const
/** The root of an empty tree. */
const noRoot = 0xffff_ffff_ffff_ffffn

/** One of the two meta pages of the file. That of the later transaction is valid. */
export interface MetaPage {
  readonly pageBytes: number
  /** The root pages of the free list and of the list of tables, unless they are empty. */
  readonly roots: readonly number[]
  readonly lastPage: number
  readonly transaction: number
}

/** The pages that a page references. */
export interface PageLinks {
  readonly pages: readonly number[]
  /** Values with pages of their own: the first page and the number of pages. */
  readonly values: readonly { readonly page: number; readonly count: number }[]
}

/** @returns The damage as a text if the bytes are not a valid meta page. */
export const readMetaPage = (bytes: Buffer): MetaPage | string => {
  if (bytes.length < metaPageBytes) return 'it ends within a meta page'
  const at = (offset: number): number => pageHeaderBytes + offset
  if (bytes.readUInt32LE(at(0)) !== magic || (bytes.readUInt16LE(18) & metaPage) === 0) {
    return bytes.every((byte) => byte === 0)
      ? 'a meta page contains only zeros'
      : 'a meta page is not that of an LMDB file'
  }
  const version = bytes.readUInt32LE(at(4)) & 0xffff
  if (version !== dataVersion) return `it has version ${version} of LMDB's format, not ${dataVersion}`
  const pageBytes = bytes.readUInt32LE(at(24))
  if (pageBytes < 512 || pageBytes > 65_536 || (pageBytes & (pageBytes - 1)) !== 0)
    return `its page size of ${pageBytes} bytes is invalid`
  const lastPage = Number(bytes.readBigUInt64LE(at(120)))
  const roots = [rootAt(bytes, at(24)), rootAt(bytes, at(72))].filter((root) => root !== undefined)
  return { pageBytes, roots, lastPage, transaction: Number(bytes.readBigUInt64LE(at(128))) }
}

/** Reads the root page from a table's descriptor (MDB_db) at this offset. */
const rootAt = (bytes: Buffer, offset: number): number | undefined => {
  const root = bytes.readBigUInt64LE(offset + 40)
  return root === noRoot ? undefined : Number(root)
}

/** @returns The damage as a text if the bytes are not this page of a table. */
export const readPage = (bytes: Buffer, page: number): PageLinks | string => {
  const kind = bytes.readUInt16LE(18) & 0xff
  const [lower, upper] = [bytes.readUInt16LE(20), bytes.readUInt16LE(22)]
  const isIntact =
    bytes.readBigUInt64LE(0) === BigInt(page) &&
    (kind === branchPage || kind === leafPage) &&
    lower <= upper &&
    upper <= bytes.length - pageHeaderBytes
  if (!isIntact) return `page ${page} is not a page of a table`
  const links = { pages: [] as number[], values: [] as { page: number; count: number }[] }
  for (let node = 0; node < lower >> 1; node++) {
    const offset = pageHeaderBytes + bytes.readUInt16LE(pageHeaderBytes + node * 2)
    if (!addNode(bytes, offset, kind === branchPage, links)) return `page ${page} has a corrupt entry`
  }
  return links
}

/** Adds the pages that the node at this offset references. @returns False if the node is not within its page. */
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
