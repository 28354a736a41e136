/** Finds out why a presigned URL does not work, without a request. It never shows a signature or a session token. */
import type { CredentialsInput } from '../security/index.js'
import { unsignedPayload } from './canonical-request.js'
import { type Pieces, type PresignedUrlProblem, piecesOf, problem, remake } from './presigned-url.js'
import type { SigningCredentials } from './signing-key.js'
import { type CredentialPieces, SignatureVerifier, signaturesEqual } from './verify.js'

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
const methods = ['GET', 'PUT', 'HEAD', 'DELETE', 'POST'] as const

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
