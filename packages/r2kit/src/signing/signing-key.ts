/**
 * Signing keys: derived from the secret for one day, region and service. This is the only place that reads a secret.
 */
import { HmacKey, hmacSha256 } from '#hash'
import { utf8Bytes } from '../base/bytes.js'
import { credentialScope, signingAlgorithm } from './canonical-request.js'

/** What requests are signed with. */
export interface SigningCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Of temporary credentials; sent and signed with every request. */
  readonly sessionToken?: string | undefined
}

/** The key of one day (`YYYYMMDD`), region and service, 32 bytes; the caller zeroes it when done. */
export const deriveSigningKey = (secretAccessKey: string, day: string, region: string, service: string): Uint8Array => {
  let key = utf8Bytes(`AWS4${secretAccessKey}`)
  for (const step of [day, region, service, 'aws4_request']) {
    const next = hmacSha256(key, step)
    key.fill(0)
    key = next
  }
  return key
}

/** A derived key ready to sign, with the texts that go with it. */
export class SigningKey {
  /** `day/region/service/aws4_request` */
  readonly scope: string
  /** `accessKeyId/scope` */
  readonly credential: string
  /** The `Authorization` header up to the names of the signed headers. */
  readonly authorizationPrefix: string
  readonly #hmac: HmacKey

  constructor(credentials: SigningCredentials, day: string, region: string, service: string) {
    this.scope = credentialScope(day, region, service)
    this.credential = `${credentials.accessKeyId}/${this.scope}`
    this.authorizationPrefix = `${signingAlgorithm} Credential=${this.credential}, SignedHeaders=`
    const key = deriveSigningKey(credentials.secretAccessKey, day, region, service)
    this.#hmac = new HmacKey(key)
    key.fill(0)
  }

  /** Step three: the signature in hex. */
  sign(text: string): string {
    return this.#hmac.signHex(text)
  }

  /** Overwrites the key. */
  destroy(): void {
    this.#hmac.destroy()
  }
}
