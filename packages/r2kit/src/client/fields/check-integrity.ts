/** The check that a call asks for, and the combinations of fields that are rejected. */
import { refuseInput } from '../../validation/index.js'
import type { GuardedInput, HeaderForm } from './guarded-body.js'
import type { Integrity } from './integrity.js'

/** The check that a call asks for. */
export const integrityOf = ({ integrity, verify }: GuardedInput, byDefault: Integrity): Integrity =>
  integrity ?? (verify === false ? 'none' : byDefault)

/** R2 rejects two checksums with InvalidRequest, "You can only specify one checksum at a time." */
export const checkOneChecksum = ({ contentMd5, checksum }: Pick<GuardedInput, 'contentMd5' | 'checksum'>): void => {
  if (contentMd5 === undefined || checksum === undefined) return
  throw refuseInput('checksum', 'cannot be used beside contentMd5: R2 takes one checksum', 'Omit one of the two.')
}

/** Rejects checks that contradict each other, and those that R2 does not support on parts. */
export const checkIntegrity = (input: GuardedInput, form: HeaderForm, byDefault: Integrity): void => {
  checkOneChecksum(input)
  const { integrity, verify } = input
  const own = input.checksum !== undefined ? 'checksum' : input.contentMd5 !== undefined ? 'contentMd5' : undefined
  if (integrity !== undefined && own !== undefined)
    throw refuseInput('integrity', `cannot be used beside ${own}: R2 takes one checksum`, 'Omit one of the two.')
  if (integrity !== undefined && integrity !== 'none' && verify === false)
    throw refuseInput('verify', `is false beside integrity '${integrity}'`, "Omit verify, or pass integrity: 'none'.")
  const chosen = integrityOf(input, byDefault)
  if (form === 'part' && own === undefined && (chosen === 'sha1' || chosen === 'sha256')) {
    const hint = "Pass 'crc32', 'crc32c', 'crc64nvme' or 'md5'."
    throw refuseInput('integrity', `is '${chosen}', which R2 does not support on parts`, hint)
  }
}
