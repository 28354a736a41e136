/** Errors as the command reports them: the fields of a JSON line, and the stack for `--debug`. */
import { isR2Error, printable } from 'r2kit/protocol'
import { hintOf, messageOf } from './client-terms.js'
import { CommandFailed, systemErrorCode, UsageError } from './error-kinds.js'

/** An error in JSON lines. Fields may be added; existing fields are never changed or removed. */
export interface ErrorReport {
  /** A code of r2kit (`ObjectNotFound`) or of the operating system (`EACCES`), or `Usage`, `CommandFailed` or `Error`. */
  readonly code: string
  /** What failed, and why, in one line. */
  readonly message: string
  /** What to do about it. Absent if there is no advice. */
  readonly hint?: string
  /** Whether the same command may succeed later without a change. */
  readonly retryable: boolean
  /** HTTP status of R2's response. Absent if there was no response. */
  readonly status?: number
  /** R2's request ID (CF-Ray), for Cloudflare's support. */
  readonly requestId?: string
}

/** The report of anything that was thrown. */
export const describeError = (error: unknown): ErrorReport => {
  if (isR2Error(error, 'FileUnavailable') && error.cause !== undefined) {
    // Scripts get the code of the operating system, which is more exact; people get the client's message and hint.
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
  return { code: systemErrorCode(error) ?? 'Error', message, retryable: false }
}

/**
 * Whether `error` would repeat for every other object of the command, so that it has to stop: wrong credentials, a missing
 * bucket, an invalid configuration.
 */
export const affectsEveryObject = (error: unknown): boolean =>
  isR2Error(error) && (error.kind === 'Auth' || error.kind === 'Config' || error.code === 'BucketNotFound')

/** The stack of an error for `--debug`: its message, which may contain anything, as one escaped line, then one line per frame. */
export const stackText = ({ name, message, stack = '' }: Error): string => {
  const head = `${name}: ${message}`
  const frames = stack.slice(stack.indexOf(message) + message.length).split('\n')
  return [head, ...frames.slice(1)].map(printable).join('\n')
}

type Defined<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> }

/** Removes undefined fields, as `exactOptionalPropertyTypes` requires. */
const defined = <Fields extends Record<string, unknown>>(fields: Fields): Defined<Fields> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<Fields>
