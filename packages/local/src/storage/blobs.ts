/**
 * Contents and the life of blobs: staged, referred to by records, removed when nothing refers to them.
 *
 * The count of references changes in the same transaction as the records, so that it is right whenever the process is killed.
 * A count that reaches zero leaves a row in `garbage` in that transaction; the body is removed after the commit and once no
 * reader is in the middle of it, the row with a later transaction. In the process, pins keep bodies alive that are being read
 * or that a coming record will refer to.
 */
import type { BodyStore } from './bodies.js'
import { joinBytes, piecesOf } from './content.js'
import { ContentGone, type FaultReporter } from './errors.js'
import type { KeyValueReader, Transaction } from './key-value.js'
import type { Content, Piece, StagedContent } from './storage.js'
import { blobReferences, garbage } from './tables.js'

/**
 * Bodies up to this size lie in the table, larger ones in files. A file of its own costs near a millisecond of CPU (create,
 * sync, rename) whatever its size; by `bench/local-storage.mjs` the table is faster up to twice this size, but there a HEAD
 * would copy the bytes, too.
 */
const inlineBytesMax = 128 * 1024

interface Range {
  readonly offset: number
  readonly length: number
}

/** The bytes of a `StagedContent`, until a record has them or nobody will. */
interface Hold {
  readonly ids: readonly string[]
  /** Written just now, so that no record has ever referred to it. */
  readonly isNew: boolean
  isOver: boolean
}

/** What one transaction does to contents; filled by the decision, evaluated by `Blobs`. */
export class ContentChanges {
  readonly deltas = new Map<string, number>()
  readonly adoptedPieces: Piece[] = []
  readonly rejectedPieces: Piece[] = []
  readonly doomed: string[] = []

  adopt(content: Content): void {
    for (const piece of content.pieces) {
      this.#add(piece, 1)
      this.adoptedPieces.push(piece)
    }
  }

  /** Bytes that came for a record and are not wanted: removed as if discarded. */
  reject(content: Content): void {
    this.rejectedPieces.push(...content.pieces)
  }

  release(content: Pick<Content, 'pieces'>): void {
    for (const piece of content.pieces) this.#add(piece, -1)
  }

  #add(piece: Piece, delta: number) {
    if (piece.kind === 'blob') this.deltas.set(piece.id, (this.deltas.get(piece.id) ?? 0) + delta)
  }
}

export class Blobs {
  readonly #reader: KeyValueReader
  readonly #bodies: BodyStore
  readonly #onFault: FaultReporter
  readonly #pins = new Map<string, number>()
  /** Unreferenced, to be removed when the last pin goes. */
  readonly #doomed = new Set<string>()
  /** Removed; their rows in `garbage` go with the next transaction. */
  readonly #swept = new Set<string>()
  readonly #holds = new WeakMap<Piece, Hold>()
  readonly #removals = new Set<Promise<void>>()
  readonly #stagings = new Set<Promise<unknown>>()

  constructor(reader: KeyValueReader, bodies: BodyStore, onFault: FaultReporter) {
    this.#reader = reader
    this.#bodies = bodies
    this.#onFault = onFault
  }

  stage(source: AsyncIterable<Uint8Array>): Promise<StagedContent> {
    const staging = this.#stage(source)
    const settled = staging.then(
      () => void this.#stagings.delete(settled),
      () => void this.#stagings.delete(settled),
    )
    this.#stagings.add(settled)
    return staging
  }

  async #stage(source: AsyncIterable<Uint8Array>): Promise<StagedContent> {
    const first: Uint8Array[] = []
    let size = 0
    let writer: ReturnType<BodyStore['create']> | undefined
    try {
      for await (const chunk of source) {
        size += chunk.length
        first.push(chunk)
        if (size <= inlineBytesMax) continue
        writer ??= this.#bodies.create()
        for (const piece of first) {
          const full = writer.write(piece)
          if (full !== undefined) await full
        }
        first.length = 0
      }
      await writer?.finish()
    } catch (error) {
      // The first failure is the one to report to the request; what cannot be removed now, the next start removes.
      await writer?.abandon().catch(this.#onFault)
      throw error
    }
    if (size === 0) return this.#staged({ size, pieces: [] }, true)
    const piece: Piece =
      writer === undefined
        ? { kind: 'inline', bytes: joinBytes(first, size) }
        : { kind: 'blob', id: writer.id, offset: 0, length: size }
    return this.#staged({ size, pieces: [piece] }, true)
  }

  share(content: Content, range?: Range): StagedContent {
    const pieces = piecesOf(content, range)
    for (const piece of pieces) {
      if (piece.kind === 'blob' && !this.#isThere(piece.id)) throw new ContentGone()
    }
    return this.#staged({ size: range?.length ?? content.size, pieces }, false)
  }

  /** What is neither pinned nor referred to is being removed, or has been. */
  #isThere(id: string): boolean {
    return this.#pins.has(id) || this.#reader.get(blobReferences, id) !== undefined
  }

  #staged(content: Content, isNew: boolean): StagedContent {
    const ids = content.pieces.flatMap((piece) => (piece.kind === 'blob' ? [piece.id] : []))
    const hold: Hold = { ids, isNew, isOver: false }
    for (const id of ids) this.#pin(id)
    for (const piece of content.pieces) this.#holds.set(piece, hold)
    const discard = async () => {
      this.#discard(hold)
      await Promise.all(this.#removals)
    }
    return { content, discard }
  }

  #discard(hold: Hold) {
    if (hold.isOver) return
    hold.isOver = true
    for (const id of hold.ids) {
      if (hold.isNew) this.#doomed.add(id)
      this.#unpin(id)
    }
  }

  /** Pins at the call, not at the first step of the iteration: nothing can remove the bytes in between. */
  read(content: Content, range?: Range): AsyncIterable<Uint8Array> {
    const pieces = piecesOf(content, range)
    const ids = pieces.flatMap((piece) => (piece.kind === 'blob' ? [piece.id] : []))
    for (const id of ids) this.#pin(id)
    const unpin = () => {
      for (const id of ids.splice(0)) this.#unpin(id)
    }
    const bytes = this.#bytesOf(pieces)
    const iterator: AsyncIterableIterator<Uint8Array> = {
      next: async () => {
        try {
          const result = await bytes.next()
          if (result.done === true) unpin()
          return result
        } catch (error) {
          unpin()
          throw error
        }
      },
      return: async () => {
        await bytes.return(undefined)
        unpin()
        return { done: true, value: undefined }
      },
      [Symbol.asyncIterator]: () => iterator,
    }
    return iterator
  }

  async *#bytesOf(pieces: readonly Piece[]): AsyncGenerator<Uint8Array, void, undefined> {
    for (const piece of pieces) {
      if (piece.kind === 'inline') yield piece.bytes
      else yield* this.#bodies.read(piece.id, piece.offset, piece.length)
    }
  }

  /** The last step of a transaction's decision: writes the counts. Throws when a record refers to bytes that have gone. */
  count(transaction: Transaction, changes: ContentChanges): void {
    const held = new Set(changes.adoptedPieces.flatMap((piece) => this.#liveHold(piece)?.ids ?? []))
    for (const [id, delta] of changes.deltas) {
      if (delta === 0) continue
      const before = transaction.get(blobReferences, id) ?? 0
      const after = before + delta
      if (before === 0) {
        if (!held.has(id)) throw new ContentGone()
        transaction.remove(garbage, id)
      }
      if (after > 0) transaction.put(blobReferences, id, after)
      else {
        transaction.remove(blobReferences, id)
        transaction.put(garbage, id, true)
        changes.doomed.push(id)
      }
    }
    for (const id of this.#swept) transaction.remove(garbage, id)
    this.#swept.clear()
  }

  #liveHold(piece: Piece): Hold | undefined {
    const hold = this.#holds.get(piece)
    return hold === undefined || hold.isOver ? undefined : hold
  }

  /** After the commit: settles what has been adopted, removes what nothing refers to. */
  async committed(changes: ContentChanges): Promise<void> {
    const settling: Promise<void>[] = []
    const adopted: string[] = []
    for (const piece of changes.adoptedPieces) {
      const hold = this.#liveHold(piece)
      if (hold === undefined) continue
      hold.isOver = true
      adopted.push(...hold.ids)
      // A body that cannot be moved stays readable where it is, and the next start moves it.
      if (hold.isNew) for (const id of hold.ids) settling.push(this.#bodies.settle(id).catch(this.#onFault))
    }
    for (const piece of changes.rejectedPieces) {
      const hold = this.#liveHold(piece)
      if (hold !== undefined) this.#discard(hold)
    }
    for (const id of changes.doomed) {
      this.#doomed.add(id)
      this.#removeUnneeded(id)
    }
    if (settling.length > 0) await Promise.all(settling)
    for (const id of adopted) this.#unpin(id)
  }

  #pin(id: string) {
    this.#pins.set(id, (this.#pins.get(id) ?? 0) + 1)
  }

  #unpin(id: string) {
    const count = (this.#pins.get(id) ?? 0) - 1
    if (count > 0) this.#pins.set(id, count)
    else {
      this.#pins.delete(id)
      this.#removeUnneeded(id)
    }
  }

  #removeUnneeded(id: string) {
    if (!this.#doomed.has(id) || this.#pins.has(id)) return
    this.#doomed.delete(id)
    // A later transaction may have taken it up again, while a pin of its own kept it.
    if (this.#reader.get(blobReferences, id) !== undefined) return
    const removal: Promise<void> = this.#bodies
      .remove(id)
      .then(
        () => true,
        (error: unknown) => {
          // The row in `garbage` stays, and the next start tries again.
          this.#onFault(error)
          return false
        },
      )
      .then((isRemoved) => {
        this.#removals.delete(removal)
        if (isRemoved) this.#swept.add(id)
      })
    this.#removals.add(removal)
  }

  /** Resolves when no body is being written or removed. */
  async idle(): Promise<void> {
    while (this.#stagings.size + this.#removals.size > 0) await Promise.all([...this.#stagings, ...this.#removals])
  }
}
