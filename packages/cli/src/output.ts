/**
 * Where events go: one JSON object per line on standard output, or lines for people on the stream they belong to.
 * A reader that is slow is waited for; one that has gone (`r2 ls … | head`) ends the command.
 */
import type { Writable } from 'node:stream'
import { eventVersion, type OutputEvent } from './events.js'
import { humanLine } from './human.js'
import type { Io } from './io.js'
import type { Progress } from './progress.js'

export interface OutputOptions {
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
}

export class Output {
  readonly options: OutputOptions
  readonly #io: Io
  /** While a progress bar is drawn, lines on the terminal have to go through it. */
  progress: Progress | undefined

  constructor(io: Io, options: OutputOptions) {
    this.#io = io
    this.options = options
  }

  async emit(event: OutputEvent): Promise<void> {
    if (this.options.json) {
      await writeTo(this.#io.stdout, `${JSON.stringify({ version: eventVersion, ...event })}\n`, this.#io.signal)
      // Errors are for whoever watches, too.
      if (event.event !== 'error') return
    }
    const { stream, text, importance } = humanLine(event)
    if (importance === 'detail' && !this.options.verbose) return
    if (importance === 'note' && this.options.quiet) return
    if (stream === 'stderr' && this.progress !== undefined) this.progress.log(text())
    else await writeTo(this.#io[stream], `${text()}\n`, this.#io.signal)
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
