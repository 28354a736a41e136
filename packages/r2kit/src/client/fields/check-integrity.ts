/** The check that a call asks for, and the combinations of fields that are rejected. */
import { refuseInput } from '../../validation/refuse.js'
import { type GuardedInput, type HeaderForm, integrityDefault } from './guarded-body.js'
import type { Integrity } from './integrity.js'
import { checkOneChecksum } from './sent-checksum.js'

/** The fields of a write that choose how its bytes are checked. */
type CheckFields = Pick<GuardedInput, 'integrity' | 'verify' | 'contentMd5' | 'checksum'>

/** The check that a call asks for. `verify: true` asks for one from a client whose default is none. */
export const integrityOf = ({ integrity, verify }: CheckFields, byDefault: Integrity): Integrity => {
  if (integrity !== undefined) return integrity
  if (verify === false) return 'none'
  return verify === true && byDefault === 'none' ? integrityDefault : byDefault
}

/** The name of a checksum field of the caller's own. */
const ownCheck = ({ checksum, contentMd5 }: CheckFields): 'checksum' | 'contentMd5' | undefined =>
  checksum !== undefined ? 'checksum' : contentMd5 !== undefined ? 'contentMd5' : undefined

/** Rejects checks that contradict each other. */
export const checkChoice = (input: CheckFields): void => {
  checkOneChecksum(input)
  const { integrity, verify } = input
  if (integrity === undefined) return
  const own = ownCheck(input)
  if (own !== undefined)
    throw refuseInput('integrity', `cannot be used beside ${own}: R2 takes one checksum`, 'Omit one of the two.')
  if (verify === undefined || verify === (integrity !== 'none')) return
  const hint = `Omit verify, or pass ${verify ? 'another integrity' : "integrity: 'none'"}.`
  throw refuseInput('verify', `is ${verify} beside integrity '${integrity}'`, hint)
}

/** Rejects checks that contradict each other, and those that R2 does not support on parts. */
export const checkIntegrity = (input: GuardedInput, form: HeaderForm, byDefault: Integrity): void => {
  checkChoice(input)
  const chosen = integrityOf(input, byDefault)
  if (form === 'part' && ownCheck(input) === undefined && (chosen === 'sha1' || chosen === 'sha256')) {
    const hint = "Pass 'crc32', 'crc32c', 'crc64nvme' or 'md5'."
    throw refuseInput('integrity', `is '${chosen}', which R2 does not support on parts`, hint)
  }
}
