/**
 * Where events go: one JSON object per line on standard output, or lines for people on the stream they belong to.
 * A reader that is slow is waited for; one that has gone (`r2 ls … | head`) ends the command.
 */
import type { Writable } from 'node:stream'
import { eventVersion, type OutputEvent } from './events.js'
import type { HumanLine } from './human.js'
import type { Io } from './io.js'
import { jsonLine } from './json-line.js'
import type { Progress } from './progress.js'

export interface OutputOptions {
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
}

export class Output {
  readonly options: OutputOptions
  readonly #io: Io
  #loadedHuman: Promise<typeof import('./human.js')> | undefined
  /** While a progress bar is drawn, lines on the terminal have to go through it. */
  progress: Progress | undefined

  constructor(io: Io, options: OutputOptions) {
    this.#io = io
    this.options = options
  }

  async emit(event: OutputEvent): Promise<void> {
    if (this.options.json) {
      await writeTo(this.#io.stdout, jsonLine({ version: eventVersion, ...event }), this.#io.signal)
      // Errors go to standard error as well, for people.
      if (event.event !== 'error') return
    }
    const { humanLine } = await this.#human()
    await this.#print(humanLine(event))
  }

  /** Prints what does not fail the command but should be known, on standard error, with `--json` and `--quiet` too. */
  async warn(message: string): Promise<void> {
    const { warningLine } = await this.#human()
    await this.#print(warningLine(message))
  }

  async #print({ stream, text, importance }: HumanLine): Promise<void> {
    if (importance === 'detail' && !this.options.verbose) return
    if (importance === 'note' && this.options.quiet) return
    if (stream === 'stderr' && this.progress !== undefined) this.progress.log(text())
    else await writeTo(this.#io[stream], `${text()}\n`, this.#io.signal)
  }

  /** Lines for people are loaded with the first one: `--help` and most JSON need none. */
  #human(): Promise<typeof import('./human.js')> {
    this.#loadedHuman ??= import('./human.js')
    return this.#loadedHuman
  }
}

/**
 * Writes and, where the stream is full, waits until it has room. The wait ends, too, when the stream closes or fails (its
 * reader has gone) and when the command is aborted: a reader that is stuck must not keep Ctrl-C from working.
 */
export const writeTo = (stream: Writable, data: string | Uint8Array, signal: AbortSignal): Promise<void> => {
  if (stream.write(data) || stream.destroyed || signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const proceed = () => {
      for (const event of ['drain', 'close', 'error']) stream.off(event, proceed)
      signal.removeEventListener('abort', proceed)
      resolve()
    }
    for (const event of ['drain', 'close', 'error']) stream.on(event, proceed)
    signal.addEventListener('abort', proceed)
  })
}
