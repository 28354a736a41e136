import type { Readable, Writable } from 'node:stream'

/** All that the command touches of the process it runs in, so that tests run it in their own. */
export interface Io {
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether `stderr` is a terminal: progress and colours are for people only. */
  readonly isTTY: boolean
  /** Columns of the terminal. @defaultValue 80 */
  readonly columns?: number
  /** Ends the command, which cleans up and returns 130, or the exit code of an `Interruption` that is the reason. */
  readonly signal: AbortSignal
}
