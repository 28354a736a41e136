import type { R2Client } from 'r2kit'
import type { Io } from './io.js'
import type { Output } from './output.js'

/** What a command works with. */
export interface CommandContext {
  readonly io: Io
  readonly output: Output
  /** Words of the command line after `--`; empty where there is none. */
  readonly wordsAfterDashes: readonly string[]
  /** Aborted by a signal such as Ctrl-C, and when the reader of standard output has gone. */
  readonly signal: AbortSignal
  /** The client for the options and environment of this run; it is disposed when the command ends. */
  connect(): Promise<R2Client>
}
