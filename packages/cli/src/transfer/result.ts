/** Results of transfers. */
import type { FileSkipped, VerifiedBy } from 'r2kit/transfers'
import type { Verified } from '../output/events.js'
import type { Location } from './location.js'

/** The report of a transfer that succeeded. */
export interface Outcome {
  readonly bytes: number
  readonly etag?: string
  readonly verified: Verified
}

/** How a transfer was verified. `etag` counts as `md5`: an ETag is the MD5 of the object, or of its parts' MD5s. */
export const verifiedOf = (by: VerifiedBy | undefined): Verified => (by === undefined ? 'length' : names[by])

const names: Readonly<Record<VerifiedBy, Verified>> = {
  CRC32: 'crc32',
  CRC32C: 'crc32c',
  CRC64NVME: 'crc64nvme',
  SHA1: 'sha1',
  SHA256: 'sha256',
  etag: 'md5',
}

/** The result for one object or file of a command, whatever its direction. */
export type ItemResult =
  | { readonly status: 'planned'; readonly source: Location; readonly target: Location; readonly bytes?: number }
  | { readonly status: 'done'; readonly source: Location; readonly target: Location; readonly outcome: Outcome }
  | {
      readonly status: 'skipped'
      readonly source: Location
      readonly target?: Location
      readonly reason: FileSkipped['reason']
    }
  | { readonly status: 'failed'; readonly source: Location; readonly target?: Location; readonly error: unknown }

/** Why a file or object was skipped, as text for people. */
export const skipReasons: Readonly<Record<FileSkipped['reason'], string>> = {
  'symbolic-link': 'a symbolic link (use --follow-symlinks to copy its target)',
  'link-loop': 'a symbolic link to a folder that contains it',
  'special-file': 'not a regular file (a device, pipe or socket)',
  'empty-folder': 'an empty folder (R2 stores only objects)',
  exists: 'the target already exists',
}
