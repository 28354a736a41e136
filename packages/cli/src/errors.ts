/**
 * Errors as the command shows them: what the shell is told, what one line says, what a JSON object carries.
 */
import { isR2Error, type R2Error } from 'r2kit'
import { type ExitCode, exitCodes } from './exit-codes.js'
import { fileErrorCode } from './file-error.js'
import { UsageError } from './usage-error.js'

const notFound: ReadonlySet<string> = new Set(['BucketNotFound', 'ObjectNotFound', 'UploadNotFound'])

/** The exit code of a command that ended with `error`. */
export const exitCodeOf = (error: unknown): ExitCode => {
  if (error instanceof UsageError) return exitCodes.usage
  if (isR2Error(error)) {
    if (notFound.has(error.code)) return exitCodes.notFound
    if (error.kind === 'Auth') return exitCodes.authentication
    // A file that cannot be read or written, or changes meanwhile, is not the command line's fault.
    if (isAboutFile(error)) return error.cause === undefined ? exitCodes.someFailed : exitCodeOf(error.cause)
    if (error.kind === 'Config' || error.kind === 'Validation' || error.kind === 'Presign') return exitCodes.usage
    if (error.kind === 'Aborted') return exitCodes.interrupted
    return error.retryable ? exitCodes.temporary : exitCodes.someFailed
  }
  return fileErrorCode(error) === 'ENOENT' ? exitCodes.notFound : exitCodes.someFailed
}

const isAboutFile = (error: R2Error): boolean =>
  error.code === 'FileUnavailable' || ['source', 'body', 'target.path'].includes(error.field ?? '')

/**
 * Whether `error` would befall every other object of the command as well, so that going on only repeats it: wrong
 * credentials, a bucket that is not there, a wrong configuration.
 */
export const endsTheCommand = (error: unknown): boolean =>
  isR2Error(error) && (error.kind === 'Auth' || error.kind === 'Config' || error.code === 'BucketNotFound')

/** An error in JSON lines. Stable; fields may be added. */
export interface ErrorReport {
  /** r2kit's code (`ObjectNotFound`), the system's (`EACCES`), or `Usage`, `Error`. */
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
    // The system's code says more to a script; what is the matter, and what to do, is said in our words.
    return { ...describeError(error.cause), message: error.message, ...defined({ hint: error.hint }) }
  }
  if (isR2Error(error)) {
    const { code, message, retryable, hint, status, requestId } = error
    return { code, message, ...defined({ hint, status, requestId }), retryable }
  }
  if (error instanceof UsageError) {
    return { code: 'Usage', message: error.message, ...defined({ hint: error.hint }), retryable: false }
  }
  const message = error instanceof Error ? error.message : String(error)
  return { code: fileErrorCode(error) ?? 'Error', message, retryable: false }
}

type Defined<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> }

/** Without the fields that are undefined, so that an absent field is absent in JSON and for the types. */
const defined = <Fields extends Record<string, unknown>>(fields: Fields): Defined<Fields> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<Fields>
