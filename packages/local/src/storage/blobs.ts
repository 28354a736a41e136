/**
 * Contents and the lifetime of blobs: staged, referenced by records, removed when no record references them.
 *
 * Reference counts change in the same transaction as the records, so that they are correct whenever the process is killed.
 * If a count reaches zero, that transaction adds a row to `garbage`. The body is removed after the commit and after its last
 * reader; a later transaction deletes the row. Within the process, pins keep bodies that are being read, or that a future
 * record will reference.
 */
import type { BodyStore } from './bodies.js'
import { joinBytes, piecesOf } from './content.js'
import { ContentGone, type FaultReporter } from './errors.js'
import type { KeyValueReader, Transaction } from './key-value.js'
import type { Content, Piece, StagedContent } from './storage.js'
import { blobReferences, garbage } from './tables.js'

/**
 * Bodies up to this size are stored in the table, larger ones in files. A file costs about a millisecond of CPU (create, sync,
 * rename), whatever its size. By `bench/local-storage.mjs`, the table is faster up to twice this size, but it makes every HEAD
 * copy the bytes.
 */
const inlineBytesMax = 128 * 1024

interface Range {
  readonly offset: number
  readonly length: number
}

/** The pins of a `StagedContent`, until it is committed or discarded. */
interface Hold {
  readonly ids: readonly string[]
  /** Whether the bytes were just written, so that no record has ever referenced them. */
  readonly isNew: boolean
  isReleased: boolean
}

/** The changes that one transaction makes to contents. The decision fills it; `Blobs` applies it. */
export class ContentChanges {
  /** By blob ID: the change of its reference count. */
  readonly deltas = new Map<string, number>()
  readonly adoptedPieces: Piece[] = []
  readonly rejectedPieces: Piece[] = []
  /** IDs of blobs whose count has reached zero. */
  readonly unreferenced: string[] = []

  /** The content of a new record. */
  adopt(content: Content): void {
    for (const piece of content.pieces) {
      this.#add(piece, 1)
      this.adoptedPieces.push(piece)
    }
  }

  /** Staged content that the decision does not use: discarded after the commit. */
  reject(content: Content): void {
    this.rejectedPieces.push(...content.pieces)
  }

  /** The content of a replaced or deleted record. */
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
  /** Unreferenced blobs, to be removed with their last pin. */
  readonly #unreferenced = new Set<string>()
  /** Removed blobs whose rows in `garbage` the next transaction deletes. */
  readonly #removed = new Set<string>()
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
    const tracked = staging.then(
      () => void this.#stagings.delete(tracked),
      () => void this.#stagings.delete(tracked),
    )
    this.#stagings.add(tracked)
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
      // The request must get the first error. If the removal fails too, the next start removes the file.
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
      if (piece.kind === 'blob' && !this.#isAvailable(piece.id)) throw new ContentGone()
    }
    return this.#staged({ size: range?.length ?? content.size, pieces }, false)
  }

  /** A blob that is neither pinned nor referenced has been removed, or is being removed. */
  #isAvailable(id: string): boolean {
    return this.#pins.has(id) || this.#reader.get(blobReferences, id) !== undefined
  }

  #staged(content: Content, isNew: boolean): StagedContent {
    const ids = content.pieces.flatMap((piece) => (piece.kind === 'blob' ? [piece.id] : []))
    const hold: Hold = { ids, isNew, isReleased: false }
    for (const id of ids) this.#pin(id)
    for (const piece of content.pieces) this.#holds.set(piece, hold)
    const discard = async () => {
      this.#discard(hold)
      await Promise.all(this.#removals)
    }
    return { content, discard }
  }

  #discard(hold: Hold) {
    if (hold.isReleased) return
    hold.isReleased = true
    for (const id of hold.ids) {
      if (hold.isNew) this.#unreferenced.add(id)
      this.#unpin(id)
    }
  }

  /** Pins the blobs in the call itself, not at the first step of the iteration, so that they cannot be removed in between. */
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

  /**
   * The last step of a transaction's decision: writes the reference counts.
   * @throws ContentGone if a new record references removed bytes.
   */
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
        changes.unreferenced.push(id)
      }
    }
    for (const id of this.#removed) transaction.remove(garbage, id)
    this.#removed.clear()
  }

  #liveHold(piece: Piece): Hold | undefined {
    const hold = this.#holds.get(piece)
    return hold === undefined || hold.isReleased ? undefined : hold
  }

  /** Must be called after the commit: promotes adopted bodies and removes unreferenced ones. */
  async committed(changes: ContentChanges): Promise<void> {
    const promotions: Promise<void>[] = []
    const adopted: string[] = []
    for (const piece of changes.adoptedPieces) {
      const hold = this.#liveHold(piece)
      if (hold === undefined) continue
      hold.isReleased = true
      adopted.push(...hold.ids)
      // A body that cannot be promoted stays readable, and the next start promotes it.
      if (hold.isNew) for (const id of hold.ids) promotions.push(this.#bodies.promote(id).catch(this.#onFault))
    }
    for (const piece of changes.rejectedPieces) {
      const hold = this.#liveHold(piece)
      if (hold !== undefined) this.#discard(hold)
    }
    for (const id of changes.unreferenced) {
      this.#unreferenced.add(id)
      this.#removeIfUnused(id)
    }
    if (promotions.length > 0) await Promise.all(promotions)
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
      this.#removeIfUnused(id)
    }
  }

  #removeIfUnused(id: string) {
    if (!this.#unreferenced.has(id) || this.#pins.has(id)) return
    this.#unreferenced.delete(id)
    // A later transaction may have referenced the blob again while it was pinned.
    if (this.#reader.get(blobReferences, id) !== undefined) return
    const removal: Promise<void> = this.#bodies
      .remove(id)
      .then(
        () => true,
        (error: unknown) => {
          // The row in `garbage` remains, so that the next start retries the removal.
          this.#onFault(error)
          return false
        },
      )
      .then((isRemoved) => {
        this.#removals.delete(removal)
        if (isRemoved) this.#removed.add(id)
      })
    this.#removals.add(removal)
  }

  /** Resolves when no body is being staged or removed. */
  async idle(): Promise<void> {
    while (this.#stagings.size + this.#removals.size > 0) await Promise.all([...this.#stagings, ...this.#removals])
  }
}
