/**
 * Signature Version 4, the texts that are signed. Follows "Create a signed AWS API request" in the IAM user guide, with
 * S3's exception: the path is encoded once and never normalised.
 *
 * Signer and verifier build their texts here, and each step is a function of its own: where two signers disagree, the
 * first step that differs names the mistake. The signer encodes the path strictly and sends it in that form. The verifier
 * cannot expect that of other clients, so it derives the canonical path from the one on the wire (`canonical-path.ts`).
 */

/** The only algorithm that R2 takes. */
export const signingAlgorithm = 'AWS4-HMAC-SHA256'

/** Stands in the place of the body's hash where the body is not signed. */
export const unsignedPayload = 'UNSIGNED-PAYLOAD'

/** Header fields by lower-case name; an array holds the values of a field that was sent several times. */
export type SignableHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** The two texts that header fields become in a canonical request. */
export interface CanonicalHeaders {
  /** `name:value\n` for each field. */
  readonly block: string
  /** `name;name;name` */
  readonly signedHeaders: string
}

/**
 * Whether the signer covers a header field: what changes the meaning of a request to R2 is signed; what HTTP libraries,
 * browsers and proxies set or rewrite on the way (`user-agent`, `accept-encoding`, `content-length`, `expect`, trace
 * headers, …) is not, because one changed byte would make the signature wrong.
 */
export const isSignedHeader = (name: string): boolean => {
  switch (name.charCodeAt(0)) {
    case 0x78: // x
      return name.startsWith('x-amz-')
    case 0x63: // c
      return (
        name.startsWith('cf-') || name === 'cache-control' || (name.startsWith('content-') && name !== 'content-length')
      )
    case 0x69: // i
      return name.startsWith('if-')
    default:
      return name === 'host' || name === 'range' || name === 'expires'
  }
}

/** The names of the fields that are signed, in order. */
export const signedHeaderNames = (headers: SignableHeaders): string[] => {
  const names: string[] = []
  for (const name of Object.keys(headers)) {
    if (!isSignedHeader(name)) continue
    // Insertion beats sort() for the handful of fields that a request has.
    let index = names.length
    for (; index > 0; index--) {
      const previous = names[index - 1]
      if (previous === undefined || previous < name) break
      names[index] = previous
    }
    names[index] = name
  }
  return names
}

/**
 * A header value as it is signed: trimmed, runs of spaces, tabs and line folds become one space. Quotes do not protect
 * spaces: AWS's own test vectors collapse them too.
 */
export const canonicalHeaderValue = (value: string): string => {
  let previousIsSpace = true
  for (let index = 0; index < value.length; index++) {
    const unit = value.charCodeAt(index)
    const isSpace = unit === 0x20
    if ((isSpace && previousIsSpace) || (unit >= 0x09 && unit <= 0x0d)) return collapseSpaces(value)
    previousIsSpace = isSpace
  }
  return previousIsSpace ? collapseSpaces(value) : value
}

const collapseSpaces = (value: string): string => value.replace(/[\t-\r ]+/g, ' ').replace(/^ | $/g, '')

/** The canonical headers for the fields with these names; a field that is absent is signed as empty. */
export const canonicalHeaders = (headers: SignableHeaders, names: readonly string[]): CanonicalHeaders => {
  let block = ''
  let signedHeaders = ''
  for (const name of names) {
    const value = headers[name]
    block += `${name}:${typeof value === 'string' ? canonicalHeaderValue(value) : joined(value)}\n`
    signedHeaders += signedHeaders === '' ? name : `;${name}`
  }
  return { block, signedHeaders }
}

/** Not an array is a field that is absent; a peer may name `constructor`, which every object has. */
const joined = (values: readonly string[] | undefined): string =>
  Array.isArray(values) ? values.map(canonicalHeaderValue).join(',') : ''

/** The pieces of a canonical request, each in canonical form. */
export interface CanonicalRequestPieces {
  readonly method: string
  /** Canonical: encoded once, dots and slashes not normalised. */
  readonly path: string
  /** Canonical: encoded, sorted, every parameter with a `=`. */
  readonly query: string
  readonly headers: CanonicalHeaders
  /** SHA-256 of the body in hex, or a word such as `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string
}

/** Step one: the request as one text. */
export const canonicalRequest = ({ method, path, query, headers, payloadHash }: CanonicalRequestPieces): string =>
  `${method}\n${path}\n${query}\n${headers.block}\n${headers.signedHeaders}\n${payloadHash}`

/** `20260131/auto/s3/aws4_request`: what a signing key is good for. */
export const credentialScope = (day: string, region: string, service: string): string =>
  `${day}/${region}/${service}/aws4_request`

/** Step two: what the signing key signs. `requestHash` is the SHA-256 of the canonical request in hex. */
export const stringToSign = (amzDate: string, scope: string, requestHash: string): string =>
  `${signingAlgorithm}\n${amzDate}\n${scope}\n${requestHash}`
