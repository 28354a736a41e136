/**
 * The sources of bodies: a second index of the module, because bundlers keep everything together that one file exports, and most
 * programs send text and bytes.
 */
export { chunksOfBlob, claim, reopen, requireUnread } from './body/body.js'
export { byteSourceOf } from './body/source-kind.js'
