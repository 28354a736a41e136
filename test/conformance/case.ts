/** A conformance case: a sentence about R2, and the code that checks whether a server satisfies it. */
// Suites pass a message to every `assert.ok`: without one, Node parses the source file to build it, which takes minutes on a transpiled file.
import { strict as assert } from 'node:assert'
import { isR2Error, type R2Client, type R2Error } from 'r2kit'
import type { RawRequest, RawResponse, RawSender, TargetResponse, UrlSender } from './raw.js'
import type { Space, Target } from './target.js'

export interface Case {
  /** `suite/name`; gaps and differences refer to it. */
  readonly id: string
  /** A sentence about R2. */
  readonly sentence: string
  /** The requirement that the case covers, or the section of R2's documentation that it checks. */
  readonly requirement: string
  /** `createBucket`: skipped on servers where the suite cannot create buckets. */
  readonly needs?: 'createBucket'
  readonly run: (context: Context) => Promise<void>
}

export interface Suite {
  readonly name: string
  readonly cases: readonly Case[]
}

export interface Context extends Space {
  readonly r2: R2Client
  readonly target: Target
  /** A key that no other case uses, below the suite's prefix. */
  key(name?: string): string
  /** Sends a raw request and records its response for the comparison between servers. */
  readonly raw: RawSender
  /** Requests a URL without a signature in its headers, as a browser requests a presigned URL. */
  readonly sendUrl: UrlSender
  /** The time by the target's clock, in milliseconds since the epoch. */
  nowMs(): number
  /** Records an observation for the comparison between servers. */
  observe(observation: string): void
  /** The percent-encoded path of a key in this suite's bucket. */
  path(key: string): string
}

type CaseDefinition = Omit<Case, 'id'>

/** A suite of cases by name. A case without a requirement takes the suite's. */
export const defineSuite = (
  name: string,
  requirement: string,
  cases: Readonly<Record<string, Omit<CaseDefinition, 'requirement'> & { requirement?: string }>>,
): Suite => ({
  name,
  cases: Object.entries(cases).map(([caseName, definition]) => ({
    requirement,
    ...definition,
    id: `${name}/${caseName}`,
  })),
})

/** The fields that an error must have: r2kit's code, or the server's code and status. */
interface ExpectedError {
  readonly code?: R2Error['code']
  readonly s3Code?: string
  readonly status?: number
}

/** Asserts that the call rejects with an `R2Error` that has these fields, and resolves with the error. */
export const rejectsWith = async (promise: Promise<unknown>, expected: ExpectedError): Promise<R2Error> => {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error ?? new Error('rejected without a reason'),
  )
  assert.ok(outcome !== undefined, `expected ${JSON.stringify(expected)}, but it succeeded`)
  if (!isR2Error(outcome)) throw outcome
  const got = Object.fromEntries(Object.keys(expected).map((name) => [name, Reflect.get(outcome, name)]))
  assert.deepEqual(got, { ...expected }, outcome.summary())
  return outcome
}

/** Asserts that the raw response is this error. The message is compared only on servers that use R2's texts. */
export const expectError = (
  response: TargetResponse,
  status: number,
  code: string | undefined,
  message?: string,
): void => {
  assert.deepEqual({ status: response.status, code: response.code }, { status, code }, response.text.slice(0, 400))
  if (message !== undefined && response.dialect === 'r2') assert.equal(response.message, message)
}

/** Asserts that the raw response has this status, and returns it. For successes. */
export const expectStatus = <Response extends RawResponse>(response: Response, status: number): Response => {
  assert.equal(response.status, status, response.text.slice(0, 400))
  return response
}

/** A case of one raw request that must fail with the expected error. */
export const errorCase = (
  sentence: string,
  request: (context: Context) => RawRequest,
  expected: readonly [status: number, code: string | undefined, message?: string],
): Omit<CaseDefinition, 'requirement'> => ({
  sentence,
  async run(context) {
    expectError(await context.raw(request(context)), ...expected)
  },
})
