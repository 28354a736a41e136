import crypto from 'node:crypto'
import type { IncrementalHash } from './types.js'

/** A hash of OpenSSL's, by its name there, to be fed in pieces. */
export const openSslHash = (algorithm: string): IncrementalHash => {
  const hash = crypto.createHash(algorithm)
  return {
    update: (chunk) => {
      hash.update(chunk)
    },
    digest: () => hash.digest(),
  }
}
