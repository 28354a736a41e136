/** The checksum of an object in parts, which the server may refuse when the upload is created or completed. */
import type { PartChecksumAlgorithm } from '../../client/fields/checksum.js'
import {
  internalErrorsWith,
  refusalOf,
  refusalReason,
  type SentChecksum,
} from '../../client/fields/checksum-refusal.js'
import { isR2Error, type R2Error } from '../../errors/index.js'
import type { TransferContext } from '../context.js'

type Scope = Pick<TransferContext, 'integrity'>

const sent = ({ integrity }: Scope, algorithm: PartChecksumAlgorithm): SentChecksum => ({
  integrity,
  form: 'upload',
  algorithm,
})

/** Judges the failures of one request with the checksum of the whole, over all of its attempts. */
export class WholeRefusal {
  readonly #context: Scope
  #internalErrors = 0

  constructor(context: Scope) {
    this.#context = context
  }

  /** Whether the server may have failed an attempt for the checksum. See `refusalOf`. */
  isPossible(error: unknown, algorithm: PartChecksumAlgorithm): error is R2Error {
    if (!isR2Error(error)) return false
    this.#internalErrors = internalErrorsWith(error, this.#internalErrors)
    return refusalOf(error, sent(this.#context, algorithm), this.#internalErrors) !== 'no'
  }
}

/**
 * Whether the server has refused the checksum of the whole before: later uploads are made without it, and their parts are still
 * verified.
 */
export const isWholeRefused = ({ integrity }: Scope, algorithm: PartChecksumAlgorithm): boolean =>
  integrity.support('upload', algorithm) === 'unsupported'

/** Remembers and reports a refusal: the same request has succeeded without the checksum. */
export const refuteWhole = (context: Scope, algorithm: PartChecksumAlgorithm, error: R2Error): void => {
  context.integrity.refute('upload', algorithm)
  const reason = refusalReason(error, { form: 'upload', algorithm })
  context.integrity.report({ form: 'upload', algorithm, fallback: 'parts', reason })
}
