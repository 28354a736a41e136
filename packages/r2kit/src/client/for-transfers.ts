/** What the transfer engine needs of this room and users do not: the engine's ends of a handle and of a stream. */
export type { ObjectVersion } from './objects/pinned-range.js'
export { StreamOutlet } from './transfers/stream-download.js'
export { TransferControl } from './transfers/transfer.js'
