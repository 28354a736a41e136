import { md5 } from '#md5'
import { hexFromBytes } from '../../base/bytes.js'

/** The bare ETag of an object of one PUT, or of a part, with these bytes. Programs for `fetch` runtimes load it on first use. */
export const etagOfBytes = (bytes: Uint8Array): string => hexFromBytes(md5(bytes))
