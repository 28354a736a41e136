/** Bodies that stream, in both directions. Loaded by the first request with one: most bodies are in memory. */
export { sourceBody } from './body/body.js'
export { StreamWatch, watchedBody, watchedUpload } from './bounded-streams.js'
export { addStream } from './fetch-upload.js'
