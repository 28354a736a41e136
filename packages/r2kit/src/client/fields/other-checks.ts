/** The checks of bodies by anything but CRC-32. Loaded as a whole by the first of them, because most are made of the same code. */
export { checksumOf } from '../../base/checksums/index.js'
export { guardBody } from './guard-body.js'
