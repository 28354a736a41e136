/** A conformance case: a sentence about R2 that a server makes true or not, and what a case has at hand to find out. */
// `assert.ok` without a message parses the source file for one, which takes minutes on a transpiled file: suites always say what.
import { strict as assert } from 'node:assert'
import { isR2Error, type R2Client, type R2Error } from 'r2kit'
import type { RawRequest, RawResponse, RawSender, TargetResponse } from './raw.js'
import type { Space, Target } from './target.js'

export interface Case {
  /** `suite/name`: what gaps and differences refer to. */
  readonly id: string
  /** A sentence about R2. */
  readonly sentence: string
  /** The requirement that it is evidence for, or the section of the documentation of R2 that it checks. */
  readonly requirement: string
  /** `createBucket`: skipped where buckets cannot be made. */
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
  /** A key of this case's own, below the suite's prefix. */
  key(name?: string): string
  /** Sends a raw request; its response is part of what is compared between servers. */
  readonly raw: RawSender
  /** Notes something that is compared between servers. */
  observe(what: string): void
  /** The percent-encoded path of a key in this suite's bucket. */
  path(key: string): string
}

type CaseDefinition = Omit<Case, 'id'>

/** A suite of cases by name. The requirement of a case that names none is the suite's. */
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

/** What an error must be: our code, or the server's code and status. */
interface ExpectedError {
  readonly code?: R2Error['code']
  readonly s3Code?: string
  readonly status?: number
}

/** The call fails with an R2Error of this kind; answers it. */
export const rejectsWith = async (promise: Promise<unknown>, expected: ExpectedError): Promise<R2Error> => {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error ?? new Error('rejected with nothing'),
  )
  assert.ok(outcome !== undefined, `expected ${JSON.stringify(expected)}, but it succeeded`)
  if (!isR2Error(outcome)) throw outcome
  const got = Object.fromEntries(Object.keys(expected).map((name) => [name, Reflect.get(outcome, name)]))
  assert.deepEqual(got, { ...expected }, outcome.summary())
  return outcome
}

/** The raw answer is this error: status, code and, of a server that speaks R2's dialect, the message where given. */
export const expectError = (
  response: TargetResponse,
  status: number,
  code: string | undefined,
  message?: string,
): void => {
  assert.deepEqual({ status: response.status, code: response.code }, { status, code }, response.text.slice(0, 400))
  if (message !== undefined && response.dialect === 'r2') assert.equal(response.message, message)
}

/** The raw answer has this status; for successes. */
export const expectStatus = <Response extends RawResponse>(response: Response, status: number): Response => {
  assert.equal(response.status, status, response.text.slice(0, 400))
  return response
}

/** Every row of a table becomes a case of one raw request with an expected error. */
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
