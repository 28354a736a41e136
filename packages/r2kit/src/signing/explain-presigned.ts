/** Finds out why a presigned URL does not work, without a request. It never shows a signature or a session token. */
import type { CredentialsInput } from '../security/index.js'
import { formatAmzDate, parseAmzDate } from './amz-date.js'
import { signingAlgorithm, unsignedPayload } from './canonical-request.js'
import type { SigningCredentials } from './signing-key.js'
import {
  type CredentialPieces,
  parseCredential,
  parseSignedHeaders,
  SignatureVerifier,
  signaturesEqual,
} from './verify.js'

/** A URL, and the request that was sent with it. */
export interface ExplainPresignedUrlInput {
  /** The URL, as it was used. */
  readonly url: string
  /** Method of the request. @defaultValue any; with `credentials`, the result has the method that the URL permits */
  readonly method?: string | undefined
  /** Header fields of the request, by names in any case. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** The access key that the URL was signed with. Without it, the signature is not checked. @defaultValue none */
  readonly credentials?: SigningCredentials | CredentialsInput | undefined
  /** Time of the request, in milliseconds since the epoch. @defaultValue now */
  readonly nowMs?: number | undefined
}

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

/** What a presigned URL permits, and what prevents it. */
export interface PresignedUrlExplanation {
  /** Every reason that was found; empty for a URL that works, as far as it could be checked. */
  readonly problems: readonly PresignedUrlProblem[]
  /** Whether the signature was compared: `credentials` were passed and are those of the URL, and all signed headers are known. */
  readonly isSignatureChecked: boolean
  /** The method that the URL permits; undefined where the signature fits none. */
  readonly method: string | undefined
  /** Names of the headers that the request must send, without `host`. */
  readonly signedHeaders: readonly string[]
  /** When the URL was signed; undefined where it is malformed. */
  readonly signedAt: Date | undefined
  /** When its validity ends; undefined where it is malformed. */
  readonly expiresAt: Date | undefined
}

/** R2 rejects signatures that are dated further in the future. */
const skewMaxMs = 15 * 60_000
const validitySecondsMax = 604_800
const methods = ['GET', 'PUT', 'HEAD', 'DELETE', 'POST'] as const

const problem = (reason: PresignedUrlReason, message: string, hint: string): PresignedUrlProblem => ({
  reason,
  message,
  hint,
})

/** @param input whose types have been checked */
export const explain = (
  input: ExplainPresignedUrlInput & { readonly credentials?: SigningCredentials | undefined },
): PresignedUrlExplanation => {
  const { url, method, headers: given = {}, credentials, nowMs = Date.now() } = input
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(given)) headers[name.toLowerCase()] = value
  const pieces = piecesOf(url)
  if ('problems' in pieces) {
    const { problems } = pieces
    return {
      problems,
      isSignatureChecked: false,
      method: undefined,
      signedHeaders: [],
      signedAt: undefined,
      expiresAt: undefined,
    }
  }
  const problems = [...timeProblems(pieces, nowMs), ...hostProblems(pieces), ...headerProblems(pieces, headers)]
  const checked = credentials === undefined ? undefined : checkSignature(pieces, method, headers, credentials)
  if (checked !== undefined) problems.push(...checked.problems)
  return {
    problems,
    isSignatureChecked: checked?.isCompared === true,
    method: checked?.method,
    signedHeaders: pieces.signedHeaders.filter((name) => name !== 'host'),
    signedAt: new Date(pieces.signedMs),
    expiresAt: new Date(pieces.signedMs + pieces.expiresSeconds * 1000),
  }
}

/** A well-formed presigned URL. */
interface Pieces {
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

const remake = 'Make a new URL, and pass it on unchanged.'

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

const piecesOf = (url: string): Pieces | { readonly problems: PresignedUrlProblem[] } => {
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

const timeProblems = ({ signedMs, expiresSeconds }: Pieces, nowMs: number): PresignedUrlProblem[] => {
  const sinceExpiryMs = nowMs - (signedMs + expiresSeconds * 1000)
  if (sinceExpiryMs >= 0) {
    const ended = new Date(signedMs + expiresSeconds * 1000).toISOString()
    const hint = `Make a new URL. If ${amount(expiresSeconds * 1000)} is too short, raise expiresInSeconds, up to 7 days.`
    return [problem('expired', `it expired ${amount(sinceExpiryMs)} ago, at ${ended}`, hint)]
  }
  const aheadMs = signedMs - nowMs
  if (aheadMs <= skewMaxMs) return []
  const hint = 'Synchronize the clocks (NTP) of the machine that signs and of this one, and make a new URL.'
  return [problem('clock', `it was signed ${amount(aheadMs)} in the future`, hint)]
}

const units: readonly (readonly [ms: number, name: string])[] = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
]

/** `5 minutes`. */
const amount = (ms: number): string => {
  const [unitMs, name] = units.find(([unit]) => ms >= unit) ?? [1_000, 'second']
  const count = Math.floor(ms / unitMs)
  return `${count} ${name}${count === 1 ? '' : 's'}`
}

const hostProblems = ({ host }: Pieces): PresignedUrlProblem[] =>
  /\.r2\.dev(:\d+)?$/i.test(host)
    ? [
        problem(
          'wrong-host',
          `${host} is a public address of a bucket, which accepts no signatures`,
          'Presigned URLs work on the S3 endpoint only: <account id>.r2.cloudflarestorage.com.',
        ),
      ]
    : []

const headerProblems = ({ signedHeaders }: Pieces, headers: Readonly<Record<string, string>>): PresignedUrlProblem[] =>
  signedHeaders
    .filter((name) => name !== 'host' && !Object.hasOwn(headers, name))
    .map((name) =>
      problem(
        'header-missing',
        `the request does not send the header ${name}, which is signed`,
        'Send all headers that were returned with the URL, unchanged.',
      ),
    )

interface CheckedSignature {
  /** Whether the parts that a signature needs were there. */
  readonly isCompared: boolean
  readonly problems: readonly PresignedUrlProblem[]
  readonly method: string | undefined
}

const checkSignature = (
  pieces: Pieces,
  method: string | undefined,
  headers: Readonly<Record<string, string>>,
  credentials: SigningCredentials,
): CheckedSignature => {
  const { credential, sessionToken, signedHeaders } = pieces
  const other = otherCredentials(credential, sessionToken, credentials)
  if (other !== undefined) return { isCompared: false, problems: [other], method: undefined }
  // Without its value, the signature of a header cannot be compared; that it is missing has been reported.
  if (signedHeaders.some((name) => name !== 'host' && !Object.hasOwn(headers, name)))
    return { isCompared: false, problems: [], method: undefined }
  const verifier = new SignatureVerifier()
  const fits = (tried: string, { path, query }: { path: string; query: string } = pieces): boolean => {
    const claims = { credential, amzDate: pieces.amzDate, signedHeaders, payloadHash: unsignedPayload }
    const request = { method: tried, path, query, headers: { ...headers, host: pieces.host } }
    const expected = verifier.expectedSignature(request, claims, credentials.secretAccessKey)
    return signaturesEqual(expected.signature, pieces.signature)
  }
  try {
    const asked = method?.toUpperCase()
    if (asked !== undefined && fits(asked)) return { isCompared: true, problems: [], method: asked }
    const permitted = methods.find((one) => fits(one))
    if (permitted === undefined)
      return { isCompared: true, problems: [altered(pieces, asked, fits)], method: undefined }
    if (asked === undefined) return { isCompared: true, problems: [], method: permitted }
    const hint = `Send a ${permitted}, or make a URL for ${asked}.`
    return {
      isCompared: true,
      problems: [problem('wrong-method', `it permits ${permitted}, but the request is a ${asked}`, hint)],
      method: permitted,
    }
  } finally {
    verifier.dispose()
  }
}

const otherCredentials = (
  { accessKeyId }: CredentialPieces,
  sessionToken: string | undefined,
  credentials: SigningCredentials,
): PresignedUrlProblem | undefined => {
  const hint = 'Pass the credentials that signed the URL, or make a new URL with these.'
  if (accessKeyId !== credentials.accessKeyId) return problem('other-credentials', 'another access key signed it', hint)
  if (sessionToken !== credentials.sessionToken)
    return problem('other-credentials', 'its session token is not that of these credentials', hint)
  return undefined
}

/** The signature fits no method. Looks for a change that is common on the way of a URL. */
const altered = (
  pieces: Pieces,
  asked: string | undefined,
  fits: (method: string, changed: { path: string; query: string }) => boolean,
): PresignedUrlProblem => {
  const { path, query, signedHeaders } = pieces
  const tried = asked === undefined ? methods : [asked]
  const fitsWith = (changed: { path: string; query: string }) => tried.some((method) => fits(method, changed))
  const parameters = query.split('&')
  for (const parameter of parameters) {
    const [name = ''] = parameter.split('=')
    if (/^x-amz-/i.test(name)) continue
    const rest = parameters.filter((one) => one !== parameter).join('&')
    if (fitsWith({ path, query: rest }))
      return problem('altered', `the parameter ${name.slice(0, 100)} was added after it was signed`, remake)
  }
  // Signers put the signature last.
  const end = parameters.findIndex((one) => one.startsWith('X-Amz-Signature=')) + 1
  const names = parameters.slice(end).map((one) => one.split('=', 1)[0])
  if (names.length > 1 && fitsWith({ path, query: parameters.slice(0, end).join('&') })) {
    const shown = names.join(', ').slice(0, 100)
    return problem('altered', `the parameters ${shown} were added after it was signed`, remake)
  }
  const trimmed = path.replace(/\/+$/, '')
  if (trimmed !== path && fitsWith({ path: trimmed, query }))
    return problem('altered', 'a slash was added to its path after it was signed', remake)
  if (fitsWith({ path: path.replaceAll('%25', '%'), query }))
    return problem('altered', 'its path was percent-encoded once more after it was signed', remake)
  const sent = signedHeaders.filter((name) => name !== 'host')
  const header = sent.length === 0 ? '' : `, the value of a signed header (${sent.join(', ')})`
  return problem(
    'altered',
    `the signature does not fit: the host, the path, the query${header} or the secret access key differ`,
    'Compare the URL with the one that was made, and the secret access key. A proxy or custom domain must not replace the host.',
  )
}
