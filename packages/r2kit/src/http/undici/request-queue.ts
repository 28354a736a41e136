/** A request that waits for a connection, as a link of the queue. */
export interface Queued<T> {
  readonly value: T
  /** The moment it was added, on the monotonic clock. */
  readonly sinceMs: number
  previous: Queued<T> | undefined
  next: Queued<T> | undefined
  isQueued: boolean
}

/** First in, first out. An aborted request leaves from the middle, so it is a linked list: each step is O(1). */
export class RequestQueue<T> {
  #first: Queued<T> | undefined
  #last: Queued<T> | undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  get first(): Queued<T> | undefined {
    return this.#first
  }

  add(value: T, sinceMs: number): Queued<T> {
    const entry: Queued<T> = { value, sinceMs, previous: this.#last, next: undefined, isQueued: true }
    if (this.#last === undefined) this.#first = entry
    else this.#last.next = entry
    this.#last = entry
    this.#size++
    return entry
  }

  /** Removes the entry; does nothing when it has been removed before. */
  remove(entry: Queued<T>): void {
    if (!entry.isQueued) return
    entry.isQueued = false
    if (entry.previous === undefined) this.#first = entry.next
    else entry.previous.next = entry.next
    if (entry.next === undefined) this.#last = entry.previous
    else entry.next.previous = entry.previous
    this.#size--
  }

  /** Removes the first entry that `matches`. */
  take(matches: (value: T) => boolean = () => true): T | undefined {
    let entry = this.#first
    while (entry !== undefined && !matches(entry.value)) entry = entry.next
    if (entry === undefined) return undefined
    this.remove(entry)
    return entry.value
  }
}
