import type { Readable, Writable } from 'node:stream'

/** The parts of a process that the command uses, as one parameter, so that tests can run the command in their own process. */
export interface Io {
  /** Source of `r2 cp -`. */
  readonly stdin: Readable
  /** Results, and the bytes of printed objects. */
  readonly stdout: Writable
  /** Errors, warnings and progress. */
  readonly stderr: Writable
  /** Environment variables. The command reads no others. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether `stderr` is a terminal. Progress is drawn only on a terminal. */
  readonly isTTY: boolean
  /** Width of the terminal in columns. @defaultValue 80 */
  readonly columns?: number
  /**
   * Interrupts the command: it cleans up and returns 130, or the exit code of the `Interruption` that is the abort reason.
   */
  readonly signal: AbortSignal
}
