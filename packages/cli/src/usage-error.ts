/** The user asked for something that the command line cannot mean; nothing was done. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  /** What to write instead. */
  readonly hint: string | undefined

  constructor(message: string, hint?: string) {
    super(message)
    this.hint = hint
  }
}
