/** Computes checksums of bodies. Loaded by the first request that asks for one: what it takes is more than all of a put. */
import { base64FromBytes } from '../../base/bytes.js'
import { checksumOf } from '../../base/checksums/index.js'
import { R2Error } from '../../errors/index.js'
import type { RequestBody } from '../../http/index.js'
import type { ChecksumInput } from './checksum.js'

/** The checksum with its value, computed where the body is in memory. */
export const withChecksumValue = (checksum: ChecksumInput, body: RequestBody): ChecksumInput => {
  const { algorithm } = checksum
  if (body.kind === 'stream') {
    throw new R2Error(
      'InvalidInput',
      'checksum.value is missing: R2 takes a checksum only before the body, and a stream has none yet',
      {
        field: 'checksum.value',
        hint: 'Pass the value, pass bytes, or use r2.transfers.upload.',
      },
    )
  }
  const bytes = body.kind === 'bytes' ? body.bytes : new Uint8Array(0)
  return { algorithm, value: base64FromBytes(checksumOf(algorithm, bytes)) }
}
