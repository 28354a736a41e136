/** The sentence of an event in a log. */
import type { R2Event } from '../observability/index.js'

type Messages = { readonly [Type in R2Event['type']]: (event: Extract<R2Event, { type: Type }>) => string }

/** The sentence of an event: operation, bucket and key first, then the fact. It may contain control characters of a key. */
export const messageOf = (event: R2Event): string => {
  const message = messages[event.type] as (event: R2Event) => string
  return message(event)
}

/** The types of all events. */
export const eventTypes = (): string[] => Object.keys(messages)

const target = ({ bucket, key }: { readonly bucket: string | undefined; readonly key: string | undefined }): string =>
  [bucket, key].filter((part) => part !== undefined).join('/')

const subject = (event: {
  readonly operation: string
  readonly bucket: string | undefined
  readonly key: string | undefined
}) => `${event.operation} ${target(event)}`.trim()

const ms = (value: number): string => `${Math.round(value)} ms`

const guardedBy: Readonly<Record<Extract<R2Event, { type: 'integrity.reduced' }>['fallback'], string>> = {
  etag: 'verified by the MD5 in the ETag',
  'content-md5': 'sent with Content-MD5, which no response confirms',
  parts: 'verified part by part',
  none: 'not verified',
}

const messages: Messages = {
  'call.started': (event) => `${subject(event)} started`,
  'call.ended': (event) =>
    event.error === undefined
      ? `${subject(event)} succeeded with status ${event.status} in ${ms(event.durationMs)}`
      : `${subject(event)} failed: ${event.error.message} [${event.error.code}]`,
  'attempt.started': (event) => `${subject(event)}: attempt ${event.attempt} sends ${event.method}`,
  'attempt.ended': (event) =>
    `${subject(event)}: attempt ${event.attempt} ended with ${event.error?.code ?? `status ${event.status}`} in ${ms(event.durationMs)}`,
  'request.described': (event) =>
    `${subject(event)}: attempt ${event.attempt} is ${event.request.method} ${event.request.path}`,
  'request.signed': (event) =>
    `${subject(event)}: attempt ${event.attempt} signed ${event.signedHeaders} for ${event.scope}, key ${event.isKeyCached ? 'cached' : 'derived'}`,
  'retry.decided': (event) =>
    event.delayMs === undefined
      ? `${subject(event)}: attempt ${event.attempt} failed with ${event.error.code}, ${event.verdict}`
      : `${subject(event)}: attempt ${event.attempt} failed with ${event.error.code}, retry after ${ms(event.delayMs)}`,
  'outcome.resolved': (event) =>
    `${subject(event)}: the response of attempt ${event.attempt} was lost (${event.error.code}), but the write is stored`,
  'clock.skewed': (event) =>
    `${subject(event)}: this machine's clock is ${ms(Math.abs(event.skewMs))} ${event.skewMs > 0 ? 'ahead of' : 'behind'} R2's; signatures are corrected`,
  'rate.limited': (event) =>
    `${subject(event)}: limited by ${event.by}${event.delayMs === undefined ? '' : `, ${ms(event.delayMs)}`}`,
  'breaker.changed': (event) =>
    `the circuit breaker of ${event.ofBucket === undefined ? 'the endpoint' : `bucket ${event.ofBucket}`} is ${event.state}`,
  'credentials.expired': (event) =>
    `${subject(event)}: R2 refused the session token as expired; the provider is called`,
  'credentials.refreshed': (event) =>
    `the provider returned credentials in ${ms(event.durationMs)}${event.expiresAtMs === undefined ? '' : `, valid until ${timeOf(event.expiresAtMs)}`}`,
  'credentials.failed': (event) => `the provider of the credentials failed: ${event.error.message}`,
  'url.presigned': (event) => `presigned ${event.method} ${target(event)}, valid until ${timeOf(event.expiresAtMs)}`,
  'pool.resized': ({ connections }) =>
    connections === 1 ? '1 connection is open' : `${connections} connections are open`,
  'integrity.reduced': ({ form, algorithm, fallback, reason }) =>
    `the server does not confirm ${algorithm} (${form}): ${reason}; uploads are ${guardedBy[fallback]}`,
  'transfer.started': (event) => `${event.direction} of ${target(event)} started`,
  'transfer.ended': (event) =>
    event.error === undefined
      ? `${event.direction} of ${target(event)} succeeded: ${event.bytes} bytes in ${ms(event.durationMs)}`
      : `${event.direction} of ${target(event)} failed: ${event.error.message} [${event.error.code}]`,
  'transfer.retried': (event) =>
    `${event.operation ?? 'a step'} of ${target(event)} failed with ${event.error.code}, retry after ${ms(event.delayMs)}`,
  'transfer.warned': (event) => event.message,
  'multipart.created': (event) => `multipart upload of ${target(event)} created`,
  'multipart.completed': (event) => `multipart upload of ${target(event)} completed with ${event.parts} parts`,
  'multipart.aborted': (event) => `multipart upload of ${target(event)} aborted`,
  'multipart.abortFailed': (event) =>
    `multipart upload of ${target(event)} could not be aborted; R2 bills its parts until it is`,
}

const timeOf = (timeMs: number): string => new Date(timeMs).toISOString()
