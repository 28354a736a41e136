/** The kinds of errors that the command adds to those of the client. */

/** The command line or the environment is invalid. Nothing was done. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  /** The `code` of this error in JSON lines. */
  readonly code = 'Usage'
  /** How to correct the command line. */
  readonly hint: string | undefined

  constructor(message: string, hint?: string) {
    super(message)
    this.hint = hint
  }
}

/** The program of `--from-command` could not be started, or failed. Exit code 6. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed'
  /** The `code` of this error in JSON lines. */
  readonly code = 'CommandFailed'
  /** The state of the target, and where to look for the cause. */
  readonly hint: string

  constructor(message: string, hint: string) {
    super(message)
    this.hint = hint
  }
}

/** The code of an operating system error (`ENOENT`, `EACCES`), or `undefined` for any other error. */
export const systemErrorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
