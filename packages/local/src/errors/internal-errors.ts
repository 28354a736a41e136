/** Reports failures of the server itself: the client receives 500 InternalError, the operator one log line. */
import { printable } from 'r2kit/protocol'
import { S3Error } from './s3-error.js'

/** The request that failed, as it arrived. */
interface FailedRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
}

/** Reports one failure. Never throws. `request` is absent for failures of background work. */
export type InternalErrorReporter = (error: unknown, request?: FailedRequest) => void

/** @param handler - called with the error and a log line; errors that it throws are ignored */
export const internalErrorReporter =
  (handler: (error: unknown, line: string) => void): InternalErrorReporter =>
  (error, request) => {
    try {
      handler(error, lineOf(error, request))
    } catch {
      // A failing log handler must not crash the server or fail the response.
    }
  }

/** The default of `LocalR2Options.onInternalError`. */
export const logToStandardError = (_error: unknown, line: string): void => {
  process.stderr.write(`${line}\n`)
}

const lineOf = (error: unknown, request: FailedRequest | undefined): string => {
  const where = request === undefined ? '' : `${request.method ?? ''} ${pathOf(request.url ?? '')}: `
  const line = `r2kit local: ${where}${reasonsOf(error).join(': ')}`.replace(/\s+/g, ' ').slice(0, maxLineLength)
  // Paths and system messages may contain control characters, and the line often ends up on a terminal.
  return printable(line)
}

const maxLineLength = 2000

/** The path only: the query may contain a signature. */
const pathOf = (url: string): string => url.split('?', 1)[0] ?? ''

/** The messages of the error and its causes. An S3Error with a cause is left out: its own message is only "internal error". */
const reasonsOf = (error: unknown): string[] => {
  const reasons: string[] = []
  for (let next = error; next !== undefined && reasons.length < maxCauses; next = causeOf(next)) {
    if (!(next instanceof S3Error && causeOf(next) !== undefined)) reasons.push(String(next))
  }
  return reasons
}

const maxCauses = 5

const causeOf = (error: unknown): unknown => (error instanceof Error ? error.cause : undefined)
