/**
 * A queue that runs a few pieces of work concurrently, in the order in which they were added. Small and large files have a lane
 * each, so that neither waits for the other. Memory and requests are bounded by budget and limit, not here.
 */
export class Lane {
  readonly #width: number
  readonly #backlog: number
  readonly #queue: (() => Promise<void>)[] = []
  #running = 0
  readonly #adders: (() => void)[] = []
  #whenIdle: (() => void) | undefined

  /**
   * @param width most pieces that run concurrently
   * @param backlog most pieces that wait for their turn before `add` waits
   */
  constructor(width: number, backlog: number) {
    this.#width = width
    this.#backlog = backlog
  }

  /** Adds work, which must not reject. Returns a promise to be awaited where the lane and its backlog are full. */
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

  /** Resolves when all work that was added is done. */
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
