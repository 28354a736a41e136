/** The code for bodies that stream, as `StreamSupport` loads it. */
export * from '../http/streams.js'
export { digestOf, withPassingMd5, withTrailer } from './fields/guard-stream.js'
