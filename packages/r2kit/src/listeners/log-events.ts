import { printable } from '../base/shown.js'
import { type ErrorCode, errorTable } from '../errors/index.js'
import type { R2Event, R2EventListener } from '../observability/index.js'
import { listOf, objectOf, oneOf, refuseOption, withMethods } from '../validation/index.js'
import { messageOf } from './log-message.js'

/** A logger with one method per level, such as pino: `logger.warn(fields, message)`. */
export interface Logger {
  error(fields: object, message: string): void
  warn(fields: object, message: string): void
  info(fields: object, message: string): void
  debug(fields: object, message: string): void
  trace(fields: object, message: string): void
}

/** A level of a logger, from the most to the least severe. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'trace'

/** Options of `logEvents`. */
export interface LogEventsOptions {
  /** The least severe level that is logged. Requests are described from `debug` on, which costs microseconds each. @defaultValue 'info' */
  readonly level?: LogLevel | undefined
  /**
   * Codes of errors that the application expects, such as `ObjectNotFound` of a cache: their calls are logged at `info`, in place
   * of `error`. @defaultValue none
   */
  readonly expected?: readonly ErrorCode[] | undefined
}

const levels = ['error', 'warn', 'info', 'debug', 'trace'] as const

const optionsField = objectOf<LogEventsOptions>(
  'LogEventsOptions',
  { level: oneOf(...levels), expected: listOf(oneOf(...(Object.keys(errorTable) as ErrorCode[]))) },
  { argument: 'options' },
)
const loggerField = withMethods<Logger>('a logger such as pino or console', ...levels)

/**
 * Makes a listener that logs: final failures at `error`; retries, limits and breakers at `warn`; completions and the life of
 * multipart uploads at `info`; sanitised requests (requirement 4.4) at `debug`; stages of signing, without secrets, at `trace`.
 * Each line has a sentence, and the event as its fields.
 *
 * @param logger pino, `console`, or any object with the five methods. For a `console` the sentence comes first, and `trace` is
 *   logged by `debug`, because `console.trace` prints a stack
 * @throws R2Error `InvalidConfig`
 * @example
 * const r2 = new R2Client({ accountId, credentials, onEvent: logEvents(pino({ level: 'debug' }), { level: 'debug' }) })
 */
export const logEvents = (logger: Logger, options: LogEventsOptions = {}): R2EventListener => {
  const checked = loggerField.read(logger, 'logger', refuseOption)
  const { level: least = 'info', expected = [] } = optionsField.read(options, '', refuseOption)
  const write =
    'table' in checked
      ? toConsole(checked)
      : (level: LogLevel, event: R2Event, message: string) => checked[level](event, message)
  const most = levels.indexOf(least)
  const listener = (event: R2Event): void => {
    const level = levelOf(event, expected)
    if (levels.indexOf(level) <= most) write(level, event, printable(messageOf(event)))
  }
  return Object.assign(listener, { describesRequests: most >= levels.indexOf('debug') })
}

const toConsole = (console: Logger) => (level: LogLevel, event: R2Event, message: string) => {
  const method = level === 'trace' ? 'debug' : level
  // The interface is that of structured loggers; a console prints its arguments in any order.
  ;(console[method] as (...parts: unknown[]) => void)(message, event)
}

const levelOf = (event: R2Event, expected: readonly string[]): LogLevel => {
  switch (event.type) {
    case 'call.ended':
      if (event.error === undefined) return 'info'
      if (event.isOfTransfer) return 'debug'
      return expected.includes(event.error.code) ? 'info' : 'error'
    case 'transfer.ended':
      if (event.error === undefined) return 'info'
      return expected.includes(event.error.code) ? 'info' : 'error'
    case 'retry.decided':
      return event.verdict === 'retry-after' ? 'warn' : 'debug'
    default:
      return levelsByType[event.type]
  }
}

const levelsByType: Readonly<
  Record<Exclude<R2Event['type'], 'call.ended' | 'transfer.ended' | 'retry.decided'>, LogLevel>
> = {
  'multipart.abortFailed': 'error',
  'transfer.retried': 'warn',
  'transfer.warned': 'warn',
  'rate.limited': 'warn',
  'breaker.changed': 'warn',
  'clock.skewed': 'warn',
  'credentials.expired': 'warn',
  'credentials.failed': 'warn',
  'outcome.resolved': 'warn',
  'integrity.reduced': 'warn',
  'multipart.created': 'info',
  'multipart.completed': 'info',
  'multipart.aborted': 'info',
  'credentials.refreshed': 'info',
  'url.presigned': 'info',
  'transfer.started': 'debug',
  'call.started': 'trace',
  'attempt.started': 'trace',
  'attempt.ended': 'trace',
  'request.described': 'debug',
  'pool.resized': 'debug',
  'request.signed': 'trace',
}
