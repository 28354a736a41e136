/**
 * The tables and the encoding of their rows. A record and its content are two rows under the same key, so that lists read the
 * records without bytes and pieces.
 */
import { sizeOf } from './content.js'
import type { Codec, Table } from './key-value.js'
import type { BucketRecord, Content, ObjectRecord, PartRecord, Piece, UploadRecord } from './storage.js'

const json = <Value>(): Codec<Value> => ({
  encode: (value) => Buffer.from(JSON.stringify(value)),
  decode: (bytes) => JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()),
})

/** A record without its content, except for the size, which lists need. */
export type ObjectRow = Omit<ObjectRecord, 'content' | 'partSizes'> & { readonly size: number }
export type PartRow = Omit<PartRecord, 'content'> & { readonly size: number }

/** The part of a record that only reads of the object need. */
export interface ContentRow {
  readonly pieces: readonly Piece[]
  readonly partSizes?: readonly number[] | undefined
}

interface EncodedContent {
  /** A number is the length of an inline piece. Its bytes follow the JSON, in the order of the pieces. */
  readonly pieces: readonly (number | { id: string; offset: number; length: number })[]
  readonly partSizes?: readonly number[] | undefined
}

/** Encoded as four bytes with the length of the JSON, the JSON, and the inline bytes. */
const contentCodec: Codec<ContentRow> = {
  encode: ({ pieces, partSizes }) => {
    const encoded: EncodedContent = {
      pieces: pieces.map((piece) =>
        piece.kind === 'inline' ? piece.bytes.length : { id: piece.id, offset: piece.offset, length: piece.length },
      ),
      partSizes,
    }
    const head = Buffer.from(JSON.stringify(encoded))
    const headSize = Buffer.alloc(4)
    headSize.writeUInt32BE(head.length)
    return Buffer.concat([headSize, head, ...pieces.flatMap((piece) => (piece.kind === 'inline' ? [piece.bytes] : []))])
  },
  decode: (bytes) => {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    const headEnd = 4 + buffer.readUInt32BE(0)
    const { pieces, partSizes }: EncodedContent = JSON.parse(buffer.toString('utf8', 4, headEnd))
    let at = headEnd
    return {
      pieces: pieces.map((piece): Piece => {
        if (typeof piece !== 'number') return { kind: 'blob', ...piece }
        at += piece
        return { kind: 'inline', bytes: bytes.subarray(at - piece, at) }
      }),
      partSizes,
    }
  },
}

export const buckets: Table<BucketRecord> = { name: 'buckets', codec: json() }
export const objects: Table<ObjectRow> = { name: 'objects', codec: json() }
export const objectContents: Table<ContentRow> = { name: 'object-contents', codec: contentCodec }
export const uploads: Table<UploadRecord> = { name: 'uploads', codec: json() }
export const parts: Table<PartRow> = { name: 'parts', codec: json() }
export const partContents: Table<ContentRow> = { name: 'part-contents', codec: contentCodec }
/** By blob ID: the number of record pieces that reference it. Absent for 0. */
export const blobReferences: Table<number> = { name: 'blob-references', codec: json() }
/** By blob ID: unreferenced blobs whose body may still exist. The next start removes those that a killed process left. */
export const garbage: Table<true> = { name: 'garbage', codec: json() }

export const tableNames: readonly string[] = [
  buckets,
  objects,
  objectContents,
  uploads,
  parts,
  partContents,
  blobReferences,
  garbage,
].map((table) => table.name)

export const contentOf = (row: ContentRow): Content => ({
  size: row.pieces.reduce((sum, piece) => sum + sizeOf(piece), 0),
  pieces: row.pieces,
})
