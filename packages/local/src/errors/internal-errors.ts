/** How failures of the server itself become known: the client gets 500 InternalError, the operator one line of log. */
import { printable } from 'r2kit/protocol'
import { S3Error } from './s3-error.js'

/** The request that failed, as it arrived. */
interface FailedRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
}

/** Reports one failure; never throws. Failures of background work have no request. */
export type InternalErrorReporter = (error: unknown, request?: FailedRequest) => void

/**
 * @param handler - gets the error and a line that describes it; what it throws is dropped
 */
export const internalErrorReporter =
  (handler: (error: unknown, line: string) => void): InternalErrorReporter =>
  (error, request) => {
    try {
      handler(error, lineOf(error, request))
    } catch {
      // A broken log must not end the server, nor the request that is being refused.
    }
  }

/** @defaultValue of `LocalR2Options.onInternalError` */
export const logToStandardError = (_error: unknown, line: string): void => {
  process.stderr.write(`${line}\n`)
}

const lineOf = (error: unknown, request: FailedRequest | undefined): string => {
  const where = request === undefined ? '' : `${request.method ?? ''} ${pathOf(request.url ?? '')}: `
  const line = `r2kit local: ${where}${reasonsOf(error).join(': ')}`.replace(/\s+/g, ' ').slice(0, maxLineLength)
  // Paths and messages of the system may hold anything; the line is likely to go to a terminal.
  return printable(line)
}

const maxLineLength = 2000

/** Without the query, which may hold a signature. */
const pathOf = (url: string): string => url.split('?', 1)[0] ?? ''

/** The messages from the error down to its first cause; an S3Error that has a cause only says that it is a 500. */
const reasonsOf = (error: unknown): string[] => {
  const reasons: string[] = []
  for (let next = error; next !== undefined && reasons.length < maxCauses; next = causeOf(next)) {
    if (!(next instanceof S3Error && causeOf(next) !== undefined)) reasons.push(String(next))
  }
  return reasons
}

const maxCauses = 5

const causeOf = (error: unknown): unknown => (error instanceof Error ? error.cause : undefined)
