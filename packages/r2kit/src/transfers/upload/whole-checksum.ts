/** The checksum of an object in parts, which the server may refuse when the upload is created or completed. */
import type { PartChecksumAlgorithm } from '../../client/fields/checksum.js'
import { type Refusal, refusalOf, refusalReason, type SentChecksum } from '../../client/fields/checksum-refusal.js'
import type { R2Error } from '../../errors/index.js'
import type { TransferContext } from '../context.js'

type Scope = Pick<TransferContext, 'integrity'>

const sent = ({ integrity }: Scope, algorithm: PartChecksumAlgorithm): SentChecksum => ({
  integrity,
  form: 'upload',
  algorithm,
})

/** Whether the server may have failed a request for the checksum of the whole. See `refusalOf`. */
export const refusalOfWhole = (
  context: Scope,
  algorithm: PartChecksumAlgorithm,
  error: R2Error,
  failures: number,
): Refusal => refusalOf(error, sent(context, algorithm), failures)

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
