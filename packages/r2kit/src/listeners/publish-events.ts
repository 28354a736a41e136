import { type Channel, channel } from 'node:diagnostics_channel'
import type { R2Event, R2EventListener } from '../observability/index.js'
import { flag, objectOf, refuseOption } from '../validation/index.js'

/** Options of `publishEvents`. */
export interface PublishEventsOptions {
  /** Whether `request.described` events are made, whose descriptions cost microseconds each. @defaultValue false */
  readonly describesRequests?: boolean | undefined
}

const optionsField = objectOf<PublishEventsOptions>(
  'PublishEventsOptions',
  { describesRequests: flag },
  { argument: 'options' },
)

/**
 * Makes a listener that publishes each event on two channels of `node:diagnostics_channel`: `r2kit:event`, and the channel of its
 * type, such as `r2kit:call.ended`. A channel without subscribers costs a comparison.
 *
 * @throws R2Error `InvalidConfig`
 * @example
 * subscribe('r2kit:call.ended', (event) => console.log(event))
 * const r2 = new R2Client({ accountId, credentials, onEvent: publishEvents() })
 */
export const publishEvents = (given: PublishEventsOptions = {}): R2EventListener => {
  const { describesRequests = false } = optionsField.read(given, '', refuseOption)
  const all = channel('r2kit:event')
  const byType = new Map<R2Event['type'], Channel>()
  const channelOf = (type: R2Event['type']): Channel => {
    const known = byType.get(type) ?? channel(`r2kit:${type}`)
    byType.set(type, known)
    return known
  }
  const listener = (event: R2Event): void => {
    const ofType = channelOf(event.type)
    if (ofType.hasSubscribers) ofType.publish(event)
    if (all.hasSubscribers) all.publish(event)
  }
  return Object.assign(listener, { describesRequests })
}
