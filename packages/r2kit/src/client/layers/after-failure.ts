/**
 * What follows a request that has failed, and a response that is an error or seems incomplete. Loaded as a whole by the first of
 * them: most programs of a few requests never need it.
 */
export { hiddenBy } from '../../http/hidden-headers.js'
export { errorOfResponse, foreignResponse, lateErrorOf } from './response-error.js'
export { readAsStored } from './stored-bytes.js'
export { sendWithoutChecksum } from './without-checksum.js'
