/** The code that needs an MD5, which `fetch` runtimes do not have. Loaded as a whole by the first request that needs one. */
export { compareEtag } from './compare-etag.js'
export { digestKeys } from './key-digests.js'
export { etagOfBytes } from './md5-etag.js'
