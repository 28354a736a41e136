import type { ChecksumAlgorithm } from '../../base/checksums/index.js'
import { clientError } from '../../errors/calls.js'
import { type HeaderFields, type HttpResponse, headerOf } from '../../http/index.js'
import type { IntegrityForm, IntegritySupport } from '../client-integrity.js'
import { checksumHeaders } from './checksum.js'
import type { ProofScope, UploadProof, VerifiedBy } from './upload-proof.js'

/** The proof of a body that is sent with a checksum of S3's, in a header or a trailer. */
export class ChecksumProof implements UploadProof {
  readonly mayBeRefused: { readonly form: IntegrityForm; readonly algorithm: ChecksumAlgorithm }
  readonly #scope: ProofScope
  readonly #value: () => string
  readonly #support: IntegritySupport
  #isEtagEqual = false

  /** @param value the checksum in base64; empty before all bytes have been sent */
  constructor(scope: ProofScope, algorithm: ChecksumAlgorithm, value: () => string) {
    const { form, integrity } = scope
    this.mayBeRefused = { form, algorithm }
    this.#scope = scope
    this.#value = value
    this.#support = integrity.support(form, algorithm)
  }

  verify(response: HttpResponse): void | Promise<void> {
    const { headers } = response
    const { form, algorithm } = this.mayBeRefused
    const { integrity } = this.#scope
    const repeated = headerOf(headers, checksumHeaders[algorithm])
    if (repeated === undefined) return this.#compareEtag(response)
    const value = this.#value()
    if (repeated !== value) {
      throw clientError(
        'IntegrityMismatch',
        `R2 stored an object with the ${algorithm} ${repeated}, but the bytes sent have ${value}`,
      )
    }
    if (this.#support !== 'supported') integrity.confirm(form, algorithm)
    integrity.recognise(headers)
  }

  verifiedBy(headers: HeaderFields): VerifiedBy | undefined {
    const { algorithm } = this.mayBeRefused
    const repeated = headerOf(headers, checksumHeaders[algorithm])
    if (repeated === undefined) return this.#isEtagEqual ? 'etag' : undefined
    return repeated === this.#value() ? algorithm : undefined
  }

  recover(by: VerifiedBy | undefined): void {
    this.#isEtagEqual = by === 'etag'
  }

  checksum() {
    return { algorithm: this.mayBeRefused.algorithm, value: this.#value() }
  }

  md5() {
    return this.#scope.md5()
  }

  async #compareEtag(response: HttpResponse): Promise<void> {
    const { compareEtag } = await import('./md5-checks.js')
    this.#isEtagEqual = await compareEtag(response, this.#scope, this.mayBeRefused)
    this.#scope.integrity.recognise(response.headers)
  }
}
