/** The pieces of a presigned URL, or the reasons why it is none. */
import { formatAmzDate, parseAmzDate } from './amz-date.js'
import { signingAlgorithm } from './canonical-request.js'
import { type CredentialPieces, parseCredential, parseSignedHeaders } from './verify.js'

/**
 * Why a presigned URL does not work.
 *
 * - `malformed`: a parameter of the signature is missing or has another form.
 * - `expired`: its validity has ended.
 * - `clock`: it was signed in the future, so that the clock of the machine that signed it, or of this one, is wrong.
 * - `wrong-host`: its host is a public address of a bucket, which accepts no signatures.
 * - `wrong-method`: it permits another method.
 * - `header-missing`: the request does not send a header that is signed.
 * - `other-credentials`: another access key or session token signed it.
 * - `altered`: host, path, query, a signed header or the secret key differ from those of the signature.
 */
export type PresignedUrlReason =
  | 'malformed'
  | 'expired'
  | 'clock'
  | 'wrong-host'
  | 'wrong-method'
  | 'header-missing'
  | 'other-credentials'
  | 'altered'

/** One reason, with what to do about it. */
export interface PresignedUrlProblem {
  readonly reason: PresignedUrlReason
  /** The reason in one sentence. */
  readonly message: string
  /** What to do, in whole sentences. */
  readonly hint: string
}

const validitySecondsMax = 604_800

/** Makes a problem. */
export const problem = (reason: PresignedUrlReason, message: string, hint: string): PresignedUrlProblem => ({
  reason,
  message,
  hint,
})

/** A well-formed presigned URL. */
export interface Pieces {
  readonly host: string
  /** As in the URL, before any parser has changed it. */
  readonly path: string
  readonly query: string
  readonly amzDate: string
  readonly signedMs: number
  readonly expiresSeconds: number
  readonly credential: CredentialPieces
  readonly sessionToken: string | undefined
  readonly signedHeaders: readonly string[]
  readonly signature: string
}

/** The advice where a URL cannot be repaired. */
export const remake = 'Make a new URL, and pass it on unchanged.'

/** Damage that mail, HTML, chat and shells do to a whole URL. */
const damages: readonly { readonly pattern: RegExp; readonly message: string; readonly hint: string }[] = [
  { pattern: /[\r\n\t]/, message: 'it contains a line break or tab', hint: 'Join the lines of the URL.' },
  {
    pattern: /[?&].*&amp;/i,
    message: 'its & were replaced by &amp;',
    hint: 'Use the URL before it was escaped for HTML.',
  },
  {
    pattern: /\\[?&=]/,
    message: 'it contains backslashes',
    hint: 'Remove the backslashes, which a shell or JSON needed.',
  },
  { pattern: /^https?%3a/i, message: 'it is percent-encoded as a whole', hint: 'Decode it once.' },
  { pattern: /^["'<(]\s*https?:/i, message: 'it is in quotes or brackets', hint: 'Remove them.' },
]

/** Reads a URL as it was used, without a parser that would change its path. */
export const piecesOf = (url: string): Pieces | { readonly problems: PresignedUrlProblem[] } => {
  const problems: PresignedUrlProblem[] = []
  const malformed = (message: string, hint = remake): undefined => {
    problems.push(problem('malformed', message, hint))
    return undefined
  }
  const text = url.trim()
  const damage = damages.find(({ pattern }) => pattern.test(text))
  if (damage !== undefined) {
    malformed(damage.message, damage.hint)
    return { problems }
  }
  // Not by `URL`, which collapses dot segments.
  const [, host = '', path = '', query = ''] = /^https?:\/\/([^/?#]+)([^?#]*)\?([^#]*)/i.exec(text) ?? []
  if (host === '') malformed('it is no URL with a query', 'Pass the whole URL, in quotes in a shell: it contains "&".')
  const parameters = new URLSearchParams(query)
  const read = <T>(name: string, rule: string, parse: (text: string) => T | undefined): T | undefined => {
    const values = parameters.getAll(name)
    const [text] = values
    if (text === undefined) return malformed(`the parameter ${name} is missing`)
    if (values.length > 1) return malformed(`the parameter ${name} occurs ${values.length} times`)
    return parse(text) ?? malformed(`the parameter ${name} must be ${rule}`)
  }
  if (host === '') return { problems }
  read('X-Amz-Algorithm', signingAlgorithm, (text) => text === signingAlgorithm || undefined)
  const credential = read('X-Amz-Credential', '<key id>/<day>/<region>/s3/aws4_request', (text) => {
    const parsed = parseCredential(text)
    return typeof parsed !== 'number' && parsed.service === 's3' && parsed.termination === 'aws4_request'
      ? parsed
      : undefined
  })
  const signedMs = read('X-Amz-Date', 'a time such as 20260131T120000Z', parseAmzDate)
  const expiresSeconds = read('X-Amz-Expires', `a whole number from 1 to ${validitySecondsMax}`, (text) => {
    const seconds = /^\d{1,6}$/.test(text) ? Number(text) : 0
    return seconds >= 1 && seconds <= validitySecondsMax ? seconds : undefined
  })
  const signedHeaders = read('X-Amz-SignedHeaders', 'names of headers, with host among them', (text) => {
    const names = parseSignedHeaders(text)
    return names.includes('host') ? names : undefined
  })
  const signature = read('X-Amz-Signature', '64 hex digits in lower case', (text) =>
    /^[0-9a-f]{64}$/.test(text) ? text : undefined,
  )
  const amzDate = signedMs === undefined ? '' : formatAmzDate(signedMs)
  if (credential !== undefined && signedMs !== undefined && credential.day !== amzDate.slice(0, 8))
    malformed(`X-Amz-Credential is of the day ${credential.day}, but X-Amz-Date of ${amzDate.slice(0, 8)}`)
  if (
    problems.length > 0 ||
    credential === undefined ||
    signedMs === undefined ||
    expiresSeconds === undefined ||
    signedHeaders === undefined ||
    signature === undefined
  )
    return { problems }
  const sessionToken = parameters.get('X-Amz-Security-Token') ?? undefined
  return {
    host: sentHost(host, text),
    path: path || '/',
    query,
    amzDate,
    signedMs,
    expiresSeconds,
    credential,
    sessionToken,
    signedHeaders,
    signature,
  }
}

/** The `host` header of the request: clients send it in lower case, and without the default port. */
const sentHost = (host: string, url: string): string =>
  host.toLowerCase().replace(/^https:/i.test(url) ? /:443$/ : /:80$/, '')
