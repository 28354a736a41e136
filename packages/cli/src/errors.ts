/**
 * Errors as the command shows them: the exit code, one line for people, the fields of a JSON object.
 */
import { isR2Error, printable, type R2Error } from 'r2kit/protocol'
import { hintOf, messageOf } from './client-terms.js'
import { CommandFailed } from './command-failed.js'
import { exitCodeOfCode } from './exit-code-table.js'
import { type ExitCode, exitCodes } from './exit-codes.js'
import { fileErrorCode } from './file-error.js'
import { UsageError } from './usage-error.js'

/** The exit code of a command that ended with `error`. */
export const exitCodeOf = (error: unknown): ExitCode => {
  if (error instanceof UsageError) return exitCodes.usage
  if (error instanceof CommandFailed) return exitCodes.commandFailed
  if (isR2Error(error)) {
    // A file that cannot be read or written is not the command line's fault.
    if (isAboutFile(error)) return error.cause === undefined ? exitCodes.someFailed : exitCodeOf(error.cause)
    // A later version of the client may have codes that this one does not know.
    return exitCodeOfCode[error.code] ?? (error.retryable ? exitCodes.temporary : exitCodes.someFailed)
  }
  return fileErrorCode(error) === 'ENOENT' ? exitCodes.notFound : exitCodes.someFailed
}

const fileFields: ReadonlySet<string | undefined> = new Set(['source', 'body', 'target.path'])

const isAboutFile = ({ code, field }: R2Error): boolean =>
  code === 'FileUnavailable' || code === 'SourceFailed' || (code === 'InvalidInput' && fileFields.has(field))

/**
 * Whether every other object of the command would fail with `error` as well, so that trying them only repeats it: wrong
 * credentials, a missing bucket, a wrong configuration.
 */
export const endsTheCommand = (error: unknown): boolean =>
  isR2Error(error) && (error.kind === 'Auth' || error.kind === 'Config' || error.code === 'BucketNotFound')

/** An error in JSON lines. Stable; fields may be added. */
export interface ErrorReport {
  /** r2kit's code (`ObjectNotFound`), the system's (`EACCES`), or `Usage`, `CommandFailed`, `Error`. */
  readonly code: string
  readonly message: string
  /** What to do about it. */
  readonly hint?: string
  /** True when the same may succeed later without a change. */
  readonly retryable: boolean
  readonly status?: number
  /** R2's request id (CF-Ray), for Cloudflare's support. */
  readonly requestId?: string
}

export const describeError = (error: unknown): ErrorReport => {
  if (isR2Error(error, 'FileUnavailable') && error.cause !== undefined) {
    // The system's code is more exact for scripts; message and hint are in words.
    return { ...describeError(error.cause), message: error.message, ...defined({ hint: hintOf(error) }) }
  }
  if (isR2Error(error)) {
    const { code, retryable, status, requestId } = error
    return { code, message: messageOf(error), ...defined({ hint: hintOf(error), status, requestId }), retryable }
  }
  if (error instanceof UsageError || error instanceof CommandFailed) {
    return { code: error.code, message: error.message, ...defined({ hint: error.hint }), retryable: false }
  }
  const message = error instanceof Error ? error.message : String(error)
  return { code: fileErrorCode(error) ?? 'Error', message, retryable: false }
}

/** The stack of an error for `--debug`: its message, which may hold anything, as one escaped line, and one line per frame. */
export const stackText = ({ name, message, stack = '' }: Error): string => {
  const head = `${name}: ${message}`
  const frames = stack.slice(stack.indexOf(message) + message.length).split('\n')
  return [head, ...frames.slice(1)].map(printable).join('\n')
}

type Defined<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> }

/** Without the fields that are undefined, so that an absent field is absent in JSON and for the types. */
const defined = <Fields extends Record<string, unknown>>(fields: Fields): Defined<Fields> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<Fields>
