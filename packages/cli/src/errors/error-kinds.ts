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

/** One problem of a configuration: its field, rule, correction and place. */
export interface ConfigurationProblem {
  /** Field of the file, variable or option. */
  readonly field: string
  /** The rule that it breaks, with the field as its subject. */
  readonly rule: string
  /** How to correct it. */
  readonly hint: string
  /** File, line and column, variable, or option. Absent for a field that is missing. */
  readonly source?: string
}

/** The configuration has several problems, which are printed before this error. Exit code 2. */
export class ConfigurationError extends UsageError {
  constructor(readonly problems: readonly ConfigurationProblem[]) {
    super(`The configuration has ${problems.length} problems.`, 'Correct all of them.')
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
