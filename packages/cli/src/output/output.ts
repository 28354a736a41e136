/**
 * Writes events: as JSON lines on standard output, or as lines for people on standard output or standard error. A slow reader
 * applies backpressure; a reader that closes the stream (`r2 ls … | head`) ends the command.
 */
import type { Writable } from 'node:stream'
import type { Io } from '../process/io.js'
import { eventVersion, type OutputEvent } from './events.js'
import type { HumanLine } from './human-line.js'
import { jsonLine } from './json-line.js'
import type { Progress } from './progress.js'

/** Form and amount of the output. */
export interface OutputOptions {
  /** JSON lines instead of lines for people. */
  readonly json: boolean
  /** Results and errors only. */
  readonly quiet: boolean
  /** A line for every object that is done. */
  readonly verbose: boolean
}

/** The output of one command. */
export class Output {
  readonly options: OutputOptions
  readonly #io: Io
  #humanLines: Promise<typeof import('./human-line.js')> | undefined
  /** The progress bar, while one is drawn. Lines on standard error are then printed through it. */
  progress: Progress | undefined

  constructor(io: Io, options: OutputOptions) {
    this.#io = io
    this.options = options
  }

  /** Writes one event. Resolves when the stream accepts more data. */
  async emit(event: OutputEvent): Promise<void> {
    if (this.options.json) {
      await writeTo(this.#io.stdout, jsonLine({ version: eventVersion, ...event }), this.#io.signal)
      // Errors are also printed to standard error, for people.
      if (event.event !== 'error') return
    }
    const { humanLine } = await this.#loadHumanLines()
    await this.#print(humanLine(event))
  }

  /** Prints a problem that does not fail the command on standard error, also with `--json` and `--quiet`. */
  async warn(message: string): Promise<void> {
    const { warningLine } = await this.#loadHumanLines()
    await this.#print(warningLine(message))
  }

  async #print({ stream, text, importance }: HumanLine): Promise<void> {
    if (importance === 'detail' && !this.options.verbose) return
    if (importance === 'note' && this.options.quiet) return
    if (stream === 'stderr' && this.progress !== undefined) this.progress.log(text())
    else await writeTo(this.#io[stream], `${text()}\n`, this.#io.signal)
  }

  /** Loads the formatter on first use, because `--help` and most JSON output need none. */
  #loadHumanLines(): Promise<typeof import('./human-line.js')> {
    this.#humanLines ??= import('./human-line.js')
    return this.#humanLines
  }
}

/**
 * Writes with backpressure: resolves immediately, or after `drain` if the buffer of the stream is full. Also resolves when the
 * stream closes or fails, and when `signal` is aborted, so that a reader that has stopped reading does not block Ctrl-C.
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
