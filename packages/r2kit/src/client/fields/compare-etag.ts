/** Verifies a write whose checksum the server has not repeated. Loaded by the first of them. */

import { asFinal, isR2Error } from '../../errors/calls.js'
import { type HeaderFields, type HttpResponse, headerOf } from '../../http/index.js'
import { checksumHeaders } from './checksum.js'
import { bareEtag, isMd5 } from './etag.js'
import { requireMd5Etag } from './md5-etag.js'
import type { ProofScope, UploadProof, VerifiedBy } from './upload-proof.js'

/** The ETag of a response where it is the MD5 of the stored bytes. */
const md5EtagOf = (headers: HeaderFields, { hasMd5Etag }: ProofScope): string | undefined => {
  const etag = bareEtag(headerOf(headers, 'etag') ?? '')
  return hasMd5Etag && isMd5(etag) ? etag : undefined
}

/**
 * Compares the ETag of a response with the MD5 of the bytes, which may have to be read again, and reports that the checksum was
 * not confirmed: the server ignores it, or a browser hides it from the page.
 *
 * @returns whether the ETag has shown that the bytes were stored
 * @throws R2Error `IntegrityMismatch`
 */
export const compareEtag = async (
  { headers, hidesHeaders }: HttpResponse,
  scope: ProofScope,
  { form, algorithm }: NonNullable<UploadProof['mayBeRefused']>,
): Promise<boolean> => {
  const { integrity } = scope
  const etag = md5EtagOf(headers, scope)
  const sent = etag === undefined ? undefined : await scope.md5()
  try {
    if (etag !== undefined && sent !== undefined) requireMd5Etag(etag, sent)
  } catch (error) {
    // The next attempt would be stored with its frames, too.
    const hasFrames = form === 'trailer' && integrity.support(form, algorithm) !== 'supported'
    throw hasFrames && isR2Error(error) ? asFinal(error) : error
  }
  if (hidesHeaders !== true) integrity.refute(form, algorithm)
  const header = `${checksumHeaders[algorithm]}${hidesHeaders === true ? ' that the page may read' : ''}`
  const fallback = sent === undefined ? 'none' : 'etag'
  integrity.report({ form, algorithm, fallback, reason: `the response has no ${header}` })
  return sent !== undefined
}

/** The reason of the event `integrity.reduced` for an MD5 that no response confirms. */
export const noMd5Etag = 'the ETag of the response is not the MD5 of the bytes'

/** The proof of a body whose MD5 has to be the ETag of the response. */
export class Md5Proof implements UploadProof {
  readonly #scope: ProofScope
  readonly #isSent: boolean

  /** @param isSent whether the request has the MD5 too, as Content-MD5: R2 compares it before it stores anything */
  constructor(scope: ProofScope, isSent: boolean) {
    this.#scope = scope
    this.#isSent = isSent
  }

  async verify({ headers }: HttpResponse): Promise<void> {
    const { form, integrity } = this.#scope
    integrity.recognise(headers)
    const etag = md5EtagOf(headers, this.#scope)
    if (etag !== undefined) return requireMd5Etag(etag, await this.#scope.md5())
    const fallback = this.#isSent ? 'content-md5' : 'none'
    integrity.report({ form, algorithm: 'MD5', fallback, reason: noMd5Etag })
  }

  verifiedBy(headers: HeaderFields): VerifiedBy | undefined {
    return md5EtagOf(headers, this.#scope) === undefined ? undefined : 'etag'
  }

  checksum() {
    return undefined
  }

  md5() {
    return this.#scope.md5()
  }
}
