/** MD5 (RFC 1321) on Node, Bun and Deno. The import condition `#md5` selects this file. */
import crypto from 'node:crypto'
import { openSslHash } from './openssl-hash.js'
import type { IncrementalHash } from './types.js'

/** MD5, 16 bytes, for ETags and `Content-MD5`. Not for security. */
export const md5 = (data: string | Uint8Array): Uint8Array => crypto.hash('md5', data, 'buffer')

/** An incremental MD5. */
export const createMd5 = (): IncrementalHash => openSslHash('md5')
