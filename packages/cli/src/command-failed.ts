/** The command of `--from-command` could not be started, or did not succeed. Exit code 6. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed'
  readonly code = 'CommandFailed'
  /** What to do about it. */
  readonly hint: string

  constructor(message: string, hint: string) {
    super(message)
    this.hint = hint
  }
}
