/** Runs conformance cases against a target and reports the outcome of each. Contains nothing specific to S3. */
import { encodeKeyPath, isR2Error, systemClock } from 'r2kit/protocol'
import type { Case, Context, Suite } from './case.js'
import { type RawResponse, rawSender, urlSender } from './raw.js'
import { rawTransport } from './raw-transport.js'
import { type Gaps, openClient, type Space, spaceOpener, type Target } from './target.js'

type Verdict =
  /** The server satisfies the sentence. */
  | 'passed'
  | 'failed'
  /** The case cannot run on this server (it has no CreateBucket). */
  | 'skipped'
  /** Failed, as its declared gap expects. */
  | 'gap'
  /** Passed although a gap is declared: the declaration is out of date. */
  | 'gap closed'

export interface Outcome {
  readonly case: Case
  readonly verdict: Verdict
  /** Why it failed or was skipped. */
  readonly detail: string
  /** The responses to raw requests, in order: status, code, message. Compared between servers. */
  readonly observations: readonly string[]
  readonly elapsedMs: number
}

/** Summarizes a response without the values that change from run to run. */
const describeResponse = (response: RawResponse, space: Space): string =>
  [response.status, response.code, response.message]
    .filter((part) => part !== undefined)
    .join(' ')
    .replaceAll(space.bucket, '<bucket>')
    .replace(/\d{8}T\d{6}Z/g, '<date>')
    .slice(0, 300)

const explain = (error: unknown): string => {
  if (isR2Error(error)) return error.summary()
  return error instanceof Error ? error.message : String(error)
}

const caseTimeoutMs = 30_000

/** Rejects after `caseTimeoutMs`, so that a server that never responds fails one case and not the whole run. */
const withinTime = async (work: Promise<void>): Promise<void> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the case did not end within ${caseTimeoutMs} ms`)), caseTimeoutMs)
  })
  await Promise.race([work, timeout]).finally(() => clearTimeout(timer))
}

/** A session with one target: a client, and one bucket per suite, created when the suite's first case runs. */
export const openSession = (target: Target) => {
  const client = openClient(target)
  const r2 = target.wrapClient?.(client) ?? client
  const openSpace = spaceOpener(target, r2)
  const spaces = new Map<string, Promise<Space>>()
  const transport = target.wrapTransport?.(rawTransport) ?? rawTransport
  const send = rawSender(target, transport)
  const sendUrl = urlSender(transport)
  const { clock = systemClock } = target

  const contextFor = async (suite: string, entry: Case, observations: string[]): Promise<Context> => {
    let opened = spaces.get(suite)
    if (opened === undefined) {
      opened = openSpace(suite)
      spaces.set(suite, opened)
    }
    const space = await opened
    const caseName = entry.id.slice(entry.id.indexOf('/') + 1)
    return {
      ...space,
      r2,
      target,
      key: (name = 'object') => `${space.prefix}${caseName}/${name}`,
      path: (key) => `/${space.bucket}/${encodeKeyPath(key)}`,
      sendUrl,
      nowMs: () => clock.now(),
      observe: (observation) => void observations.push(observation),
      async raw(request) {
        const response = await send(request)
        observations.push(describeResponse(response, space))
        return response
      },
    }
  }

  return {
    /** Runs one case. Rejects if the server does not satisfy it. */
    async run(suite: string, entry: Case, observations: string[] = []): Promise<void> {
      await entry.run(await contextFor(suite, entry, observations))
    },
    close: () => client.dispose(),
  }
}

/** Runs all cases sequentially and calls `onOutcome` as each one ends. */
export const runConformance = async (
  target: Target,
  suites: readonly Suite[],
  gaps: Gaps = {},
  onOutcome: (outcome: Outcome) => void = () => undefined,
): Promise<Outcome[]> => {
  const session = openSession(target)
  const outcomes: Outcome[] = []
  const finish = (outcome: Outcome) => {
    outcomes.push(outcome)
    onOutcome(outcome)
  }
  for (const suite of suites) {
    for (const entry of suite.cases) {
      if (entry.needs === 'createBucket' && !target.capabilities.createBucket) {
        finish({
          case: entry,
          verdict: 'skipped',
          detail: 'the suite cannot create buckets on this server',
          observations: [],
          elapsedMs: 0,
        })
        continue
      }
      const observations: string[] = []
      const startedMs = performance.now()
      const gap = gaps[entry.id]
      let verdict: Verdict
      let detail = ''
      try {
        await withinTime(session.run(suite.name, entry, observations))
        verdict = gap === undefined ? 'passed' : 'gap closed'
      } catch (error) {
        verdict = gap === undefined ? 'failed' : 'gap'
        detail = explain(error)
      }
      finish({ case: entry, verdict, detail, observations, elapsedMs: performance.now() - startedMs })
    }
  }
  await session.close()
  return outcomes
}
