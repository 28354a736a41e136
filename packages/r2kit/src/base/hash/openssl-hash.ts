import crypto from 'node:crypto'
import type { IncrementalHash } from './types.js'

/** An incremental hash of OpenSSL. @param algorithm OpenSSL's name of it */
export const openSslHash = (algorithm: string): IncrementalHash => {
  const hash = crypto.createHash(algorithm)
  return {
    update: (chunk) => {
      hash.update(chunk)
    },
    digest: () => hash.digest(),
  }
}
