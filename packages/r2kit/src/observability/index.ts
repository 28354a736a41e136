/** The types of the module. Its code is imported file by file, because most of it is loaded on first use. */
export type { R2EventError } from './event-error.js'
export type { EventStream, R2EventListener } from './event-stream.js'
export type * from './events.js'
export type * from './transfer-events.js'
