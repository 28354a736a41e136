/**
 * The signed texts of Signature Version 4. They follow "Create a signed AWS API request" in the IAM user guide, with S3's
 * exception: the path is encoded once and never normalised.
 *
 * Signer and verifier use the same functions, one per step: where two signers disagree, the first step that differs shows the
 * mistake. The signer encodes the path strictly and sends it in that form. Other clients may not, so the verifier derives the
 * canonical path from the path on the wire (`canonical-path.ts`).
 */

/** The only signature algorithm that R2 accepts. */
export const signingAlgorithm = 'AWS4-HMAC-SHA256'

/** Takes the place of the body's hash if the body is not signed. */
export const unsignedPayload = 'UNSIGNED-PAYLOAD'

/** Header fields by lower-case name. */
export type SignableHeaders = Readonly<Record<string, string | undefined>>

/** Header fields as a canonical request contains them. */
export interface CanonicalHeaders {
  /** Names and values: `name:value\n` for each field. */
  readonly block: string
  /** Names of the fields: `name;name;name`. */
  readonly signedHeaders: string
}

/**
 * The header fields that the signer covers. Fields that change the meaning of a request to R2 are signed. Fields that HTTP
 * libraries, browsers and proxies set or rewrite (`user-agent`, `accept-encoding`, `content-length`, `expect`, trace headers, …)
 * are not, because one changed byte would make the signature wrong.
 */
const signedHeader = /^(?:x-amz-|cf-|if-|content-(?!length$)|(?:cache-control|expires|host|range)$)/

/** The names of the signed fields, sorted. */
export const signedHeaderNames = (headers: SignableHeaders): string[] => {
  const names: string[] = []
  for (const name of Object.keys(headers)) {
    if (!signedHeader.test(name)) continue
    // Insertion is faster than sort() for the few fields of a request.
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

/** White space that a canonical value does not have: at an end, twice in a row, or other than spaces. */
const surplusSpace = /^ | $| {2}|[\t-\r]/

/**
 * A header value as it is signed: trimmed, with runs of spaces, tabs and line folds as one space. Spaces inside quotes collapse
 * too, as in AWS's test vectors.
 */
export const canonicalHeaderValue = (value: string): string =>
  surplusSpace.test(value) ? value.replace(/[\t-\r ]+/g, ' ').replace(/^ | $/g, '') : value

/** The canonical form of the fields with these names. An absent field is signed as empty. */
export const canonicalHeaders = (headers: SignableHeaders, names: readonly string[]): CanonicalHeaders => {
  let block = ''
  let signedHeaders = ''
  for (const name of names) {
    const value = headers[name]
    // A peer may name `constructor`, which every object has.
    block += `${name}:${typeof value === 'string' ? canonicalHeaderValue(value) : ''}\n`
    signedHeaders += signedHeaders === '' ? name : `;${name}`
  }
  return { block, signedHeaders }
}

/** The pieces of a canonical request, each in canonical form. */
export interface CanonicalRequestPieces {
  /** HTTP method in upper case. */
  readonly method: string
  /** Path, encoded once; dots and slashes are not normalised. */
  readonly path: string
  /** Query, encoded and sorted, every parameter with a `=`; see `canonicalQuery`. */
  readonly query: string
  /** Signed header fields. */
  readonly headers: CanonicalHeaders
  /** SHA-256 of the body in hex, or a word such as `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string
}

/** Step 1: the request as one text. */
export const canonicalRequest = ({ method, path, query, headers, payloadHash }: CanonicalRequestPieces): string =>
  `${method}\n${path}\n${query}\n${headers.block}\n${headers.signedHeaders}\n${payloadHash}`

/** The scope of a signing key: `20260131/auto/s3/aws4_request`. */
export const credentialScope = (day: string, region: string, service: string): string =>
  `${day}/${region}/${service}/aws4_request`

/**
 * Step 2: the text that the signing key signs.
 *
 * @param requestHash SHA-256 of the canonical request in lower-case hex
 */
export const stringToSign = (amzDate: string, scope: string, requestHash: string): string =>
  `${signingAlgorithm}\n${amzDate}\n${scope}\n${requestHash}`
