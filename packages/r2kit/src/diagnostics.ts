/** `r2kit/diagnostics`: the events of a client on channels of `node:diagnostics_channel`. Node, Bun and Deno. */
export { type PublishEventsOptions, publishEvents } from './listeners/publish-events.js'
