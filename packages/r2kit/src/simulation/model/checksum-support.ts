/** Servers that treat the checksums of uploads in another way than R2 does. */
import type { HeaderFields } from '../../http/index.js'
import { Refusal } from './refusal.js'

/**
 * How the model treats the checksums of uploads:
 *
 * - `verified`: as R2 does. Damaged bytes are refused before they are stored.
 * - `unchecked`: stored and returned as computed from the bytes that arrived, but not compared.
 * - `ignored`: neither compared nor stored nor returned. Framed bodies are stored with their framing.
 * - `refused`: uploads that carry one are refused with 501 NotImplemented.
 */
export type ChecksumSupport = 'verified' | 'unchecked' | 'ignored' | 'refused'

const isOfUpload = (name: string): boolean =>
  name === 'x-amz-trailer' || (name.startsWith('x-amz-checksum-') && name !== 'x-amz-checksum-mode')

/** The header fields as far as a server with this support reads them. @throws Refusal `NotImplemented` */
export const supportedFields = (support: ChecksumSupport, headers: HeaderFields): HeaderFields => {
  if (support === 'verified' || support === 'unchecked') return headers
  if (support === 'refused') {
    if (Object.keys(headers).some(isOfUpload)) throw new Refusal(501, 'NotImplemented')
    return headers
  }
  const { 'x-amz-decoded-content-length': framedLength, ...others } = headers
  const kept = Object.fromEntries(Object.entries(others).filter(([name]) => !isOfUpload(name)))
  return framedLength === undefined ? kept : { ...kept, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }
}
