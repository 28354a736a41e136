/**
 * Signing keys: derived from the secret for one day, region and service. No other file reads a secret.
 */
import { HmacKey, hmacSha256 } from '#hash'
import { utf8Bytes } from '../base/bytes.js'
import { credentialScope } from './canonical-request.js'

/** An access key in plain text, as signatures need it. */
export interface SigningCredentials {
  /** Access key ID; R2's have 32 characters. */
  readonly accessKeyId: string
  /** Secret access key; R2's have 64 characters. */
  readonly secretAccessKey: string
  /** Session token of temporary credentials, which is sent and signed with every request. @defaultValue none */
  readonly sessionToken?: string | undefined
}

/** Derives the key of one day (`YYYYMMDD`), region and service: 32 bytes, which the caller overwrites after use. */
const deriveSigningKey = (secretAccessKey: string, day: string, region: string, service: string): Uint8Array => {
  let key = utf8Bytes(`AWS4${secretAccessKey}`)
  for (const step of [day, region, service, 'aws4_request']) {
    const next = hmacSha256(key, step)
    key.fill(0)
    key = next
  }
  return key
}

/** A derived key that is ready to sign, with the texts that signatures contain. */
export class SigningKey {
  /** Scope of the key: `day/region/service/aws4_request`. */
  readonly scope: string
  /** Credential of the key: `accessKeyId/scope`. */
  readonly credential: string
  readonly #hmac: HmacKey

  constructor(credentials: SigningCredentials, day: string, region: string, service: string) {
    this.scope = credentialScope(day, region, service)
    this.credential = `${credentials.accessKeyId}/${this.scope}`
    const key = deriveSigningKey(credentials.secretAccessKey, day, region, service)
    this.#hmac = new HmacKey(key)
    key.fill(0)
  }

  /** Step 3: the signature of a string to sign, in lower-case hex. */
  sign(text: string): string {
    return this.#hmac.signHex(text)
  }

  /** Overwrites the key. Signatures are wrong afterwards. */
  destroy(): void {
    this.#hmac.destroy()
  }
}
