/**
 * Work of one kind, a few pieces at a time, in the order in which it was added. Small and large files have a lane each, so
 * that neither waits behind the other; bytes and requests are shared out by budget and limit, not here.
 */
export class Lane {
  readonly #width: number
  readonly #backlog: number
  readonly #queue: (() => Promise<void>)[] = []
  #running = 0
  readonly #adders: (() => void)[] = []
  #whenIdle: (() => void) | undefined

  /** @param backlog pieces that may wait for their turn before `add` waits itself */
  constructor(width: number, backlog: number) {
    this.#width = width
    this.#backlog = backlog
  }

  /** Takes the work, which must not reject. Where there is no room for it, what is returned is to be awaited. */
  add(work: () => Promise<void>): Promise<void> | undefined {
    if (this.#isFull) return this.#addLater(work)
    this.#queue.push(work)
    this.#start()
    return undefined
  }

  get #isFull(): boolean {
    return this.#running + this.#queue.length >= this.#width + this.#backlog
  }

  async #addLater(work: () => Promise<void>): Promise<void> {
    while (this.#isFull) await new Promise<void>((resolve) => this.#adders.push(resolve))
    this.#queue.push(work)
    this.#start()
  }

  /** Waits until all that was added has been done. */
  async idle(): Promise<void> {
    while (this.#running > 0) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve
      })
    }
  }

  #start(): void {
    if (this.#running >= this.#width) return
    const work = this.#queue.shift()
    if (work === undefined) return
    this.#running++
    void this.#run(work)
  }

  async #run(work: () => Promise<void>): Promise<void> {
    await work()
    this.#running--
    this.#start()
    this.#adders.shift()?.()
    if (this.#running === 0) this.#whenIdle?.()
  }
}
