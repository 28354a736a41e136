/**
 * Sends a body that can be read repeatedly, a part or a whole object, so that the server stores these bytes or none: with a checksum
 * in the header where the server takes it, else compared by its MD5 with the ETag of the response.
 */
import { base64FromBytes, bytesFromHex } from '../../base/bytes.js'
import type { ChecksumAlgorithm } from '../../base/checksums/index.js'
import { noop } from '../../base/noop.js'
import type { ClientIntegrity, Reduction } from '../../client/client-integrity.js'
import {
  internalErrorsWith,
  refusalOf,
  refusalReason,
  type SentChecksum,
} from '../../client/fields/checksum-refusal.js'
import { noMd5Etag } from '../../client/fields/compare-etag.js'
import { isMd5 } from '../../client/fields/etag.js'
import { hashedBody } from '../../client/fields/hashed-body.js'
import type { Integrity } from '../../client/fields/integrity.js'
import { requireMd5Etag } from '../../client/fields/md5-etag.js'
import type { VerifiedBy } from '../../client/fields/upload-proof.js'
import { isR2Error, R2Error } from '../../errors/index.js'
import type { SizedBody, StoredObject } from '../operations.js'
import { type BodyDigest, BodyHash } from './parts.js'

/** The body, and how it is guarded. */
export interface GuardedBody<Algorithm extends ChecksumAlgorithm> {
  /** Support of the server, which all uploads of a client learn together. */
  readonly support: ClientIntegrity
  readonly integrity: Integrity
  /** Whether the checksum belongs to a part or to a whole object. */
  readonly form: 'part' | 'header'
  /** The checksum that is sent with the body, where the server takes it. */
  readonly algorithm: Algorithm | undefined
  /** Whether the ETag of the stored bytes is their MD5: undocumented with a customer's key. */
  readonly hasMd5Etag: boolean
  /** Names the stored bytes in errors: `part 3`. */
  readonly what: string
  /** Passes all bytes to `visit`. A chunk is valid only until `visit` returns. */
  scan(visit: (chunk: Uint8Array) => void): Promise<void>
  /** Called for bytes that have been read for the check that is sent before them. */
  prepared(bytes: number): void
}

/** A check that is sent before the bytes. */
export interface SentCheck<Algorithm extends ChecksumAlgorithm = ChecksumAlgorithm> {
  readonly checksum?: { readonly algorithm: Algorithm; readonly value: string } | undefined
  readonly contentMd5?: string | undefined
}

/** Makes one request with a body and its check. */
type Transmit<Response, Algorithm extends ChecksumAlgorithm> = (
  body: SizedBody,
  check: SentCheck<Algorithm>,
) => Promise<Response>

/** A body that is stored. */
export interface SentBody<Response> extends BodyDigest {
  readonly response: Response
  readonly verifiedBy: VerifiedBy | undefined
}

export class BodyGuard<Algorithm extends ChecksumAlgorithm = ChecksumAlgorithm> {
  readonly #body: GuardedBody<Algorithm>
  /** The hashes that were computed before the body is sent. */
  #digest: BodyDigest | undefined
  /** Attempts with the checksum that have ended in an internal error, in a row. */
  #internalErrors = 0

  constructor(body: GuardedBody<Algorithm>) {
    this.#body = body
  }

  /** Reads the body for the check that is sent before it. Not needed: an attempt does it, too. */
  async prepare(): Promise<void> {
    const check = this.#check
    if (check === 'checksum' || check === 'content-md5')
      this.#digest ??= await this.#scan(check === 'content-md5', (bytes) => this.#body.prepared(bytes))
  }

  /**
   * Sends the body once, or twice where the server refuses the checksum.
   *
   * @throws R2Error `IntegrityMismatch`; any error of `transmit`
   */
  async send<Response extends StoredObject>(
    body: SizedBody,
    transmit: Transmit<Response, Algorithm>,
  ): Promise<SentBody<Response>> {
    await this.prepare()
    const check = this.#check
    if (check === 'none') return { ...noDigest, response: await transmit(body, {}), verifiedBy: undefined }
    if (check === 'etag') return this.#sendAndCompare(body, transmit)
    const digest = this.#digest ?? noDigest
    try {
      if (check === 'content-md5') return await this.#sendMd5(body, transmit, digest)
      return await this.#sendChecksum(body, transmit, digest)
    } catch (error) {
      // The source may have changed since it was read.
      if (isR2Error(error, 'IntegrityMismatch')) this.#digest = undefined
      const refused = check === 'checksum' && isR2Error(error) ? this.#refusedChecksum(error) : undefined
      if (refused === undefined) throw error
      return await this.#sendUnchecked(body, transmit, refused)
    }
  }

  /** The checksum that was computed before the body was sent; undefined where there is none. */
  get checksum(): Required<SentCheck<Algorithm>>['checksum'] {
    const { algorithm } = this.#body
    const value = this.#digest?.checksum
    return algorithm === undefined || value === undefined ? undefined : { algorithm, value }
  }

  /** Hex MD5 of the body, which is read for it where necessary. */
  async md5(): Promise<string> {
    return this.#digest?.md5 ?? (await this.#scan(true)).md5 ?? ''
  }

  get #check(): 'checksum' | 'content-md5' | 'etag' | 'none' {
    const { integrity, support, form, algorithm } = this.#body
    if (algorithm !== undefined && support.support(form, algorithm) !== 'unsupported') return 'checksum'
    return integrity === 'md5' ? 'content-md5' : integrity === 'none' && algorithm === undefined ? 'none' : 'etag'
  }

  async #scan(withMd5: boolean, read: (bytes: number) => void = noop): Promise<BodyDigest> {
    const hash = new BodyHash(withMd5, this.#body.algorithm)
    await this.#body.scan((chunk) => {
      hash.update(chunk)
      read(chunk.byteLength)
    })
    return hash.digest()
  }

  async #sendChecksum<Response extends StoredObject>(
    body: SizedBody,
    transmit: Transmit<Response, Algorithm>,
    digest: BodyDigest,
  ): Promise<SentBody<Response>> {
    const { algorithm, support, form, what } = this.#body
    if (algorithm === undefined || digest.checksum === undefined) throw new Error('there is no checksum to send')
    const response = await transmit(body, { checksum: { algorithm, value: digest.checksum } })
    const returned = response.checksum?.algorithm === algorithm ? response.checksum.value : undefined
    if (returned === digest.checksum) {
      support.confirm(form, algorithm)
      return { ...digest, response, verifiedBy: algorithm }
    }
    if (returned !== undefined) {
      throw new R2Error(
        'IntegrityMismatch',
        `R2 stored ${what} with the ${algorithm} ${returned}, but the bytes sent have ${digest.checksum}`,
      )
    }
    support.refute(form, algorithm)
    return this.#compare(response, { ...digest, md5: await this.#md5For(response) }, 'the response repeats no checksum')
  }

  /** Computes the MD5 only where the ETag can be compared with it. */
  async #md5For({ etag }: StoredObject): Promise<string | undefined> {
    return this.#body.hasMd5Etag && isMd5(etag) ? this.md5() : undefined
  }

  async #sendMd5<Response extends StoredObject>(
    body: SizedBody,
    transmit: Transmit<Response, Algorithm>,
    digest: BodyDigest,
  ): Promise<SentBody<Response>> {
    const contentMd5 = base64FromBytes(bytesFromHex(digest.md5 ?? '') ?? new Uint8Array(0))
    return this.#compare(await transmit(body, { contentMd5 }), digest, undefined, 'content-md5')
  }

  /** Hashes the bytes while they are sent. */
  async #sendAndCompare<Response extends StoredObject>(
    body: SizedBody,
    transmit: Transmit<Response, Algorithm>,
    reason?: string,
  ): Promise<SentBody<Response>> {
    let hash: BodyHash | undefined
    const open = () => {
      const opened = new BodyHash(true, this.#body.algorithm)
      hash = opened
      return hashedBody(body.open(), (chunk) => opened.update(chunk))
    }
    const response = await transmit({ size: body.size, open }, {})
    return this.#compare(response, hash?.digest() ?? (await this.#scan(true)), reason)
  }

  /**
   * @param reason why the body is not guarded by its checksum, where that is to be reported
   * @param otherwise what guards the body where the ETag is not its MD5
   */
  #compare<Response extends StoredObject>(
    response: Response,
    digest: BodyDigest,
    reason?: string,
    otherwise: Reduction['fallback'] = 'none',
  ): SentBody<Response> {
    const { algorithm, support, form, hasMd5Etag, what } = this.#body
    const isComparable = hasMd5Etag && isMd5(response.etag)
    if (reason !== undefined || !isComparable) {
      support.report({
        form,
        algorithm: algorithm ?? 'MD5',
        fallback: isComparable ? 'etag' : otherwise,
        reason: reason ?? noMd5Etag,
      })
    }
    if (isComparable) requireMd5Etag(response.etag, digest.md5, what)
    return { ...digest, response, verifiedBy: isComparable ? 'etag' : undefined }
  }

  /** The checksum that the server may have refused; undefined where the error has another cause. */
  #refusedChecksum(error: R2Error): Refused | undefined {
    const { support, form, algorithm } = this.#body
    if (algorithm === undefined) return undefined
    const sent = { integrity: support, form, algorithm }
    this.#internalErrors = internalErrorsWith(error, this.#internalErrors)
    return refusalOf(error, sent, this.#internalErrors) === 'no' ? undefined : { ...sent, error }
  }

  /** Sends the body again without its checksum. If that succeeds, the checksum was the reason of the refusal. */
  async #sendUnchecked<Response extends StoredObject>(
    body: SizedBody,
    transmit: Transmit<Response, Algorithm>,
    { error, integrity, form, algorithm }: Refused,
  ): Promise<SentBody<Response>> {
    try {
      const sent = await this.#sendAndCompare(body, transmit, refusalReason(error, { form, algorithm }))
      integrity.refute(form, algorithm)
      return sent
    } catch (second) {
      throw isR2Error(second, error.code) ? error : second
    }
  }
}

interface Refused extends SentChecksum {
  readonly error: R2Error
}

const noDigest: BodyDigest = { md5: undefined, checksum: undefined }
