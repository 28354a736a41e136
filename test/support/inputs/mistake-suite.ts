/**
 * Tests mistakes of users who mistype or come from another client. Each call must be rejected before anything is sent, with
 * the field, the rule and a hint. The server is real, so that a call that passes validation has an effect.
 */
import { type LocalR2, startLocalR2 } from '@r2kit/local'
import { FetchTransport, type HttpRequest, type HttpResponse, R2Client, type Transport } from 'r2kit'
import { afterAll, expect, test } from 'vitest'
import { errorOf } from '../results.js'

class CountingTransport implements Transport {
  readonly name = 'counting'
  readonly #inner = new FetchTransport()
  sent = 0

  cannotSend(path: string): string | undefined {
    return this.#inner.cannotSend(path)
  }

  send(request: HttpRequest): Promise<HttpResponse> {
    this.sent++
    return this.#inner.send(request)
  }

  close(): Promise<void> {
    return this.#inner.close()
  }
}

export interface Server {
  readonly local: LocalR2
  readonly r2: R2Client
  /** The number of requests sent so far. */
  readonly sent: () => number
}

export const bucket = 'photos'
export const object = { bucket, key: 'cat.jpg' }

/** Starts a server in memory with a bucket, and a client that counts its requests. Both are closed after the file's tests. */
export const startServer = async (): Promise<Server> => {
  const local = await startLocalR2({ memory: true })
  const { endpoint, credentials } = local
  const transport = new CountingTransport()
  const r2 = new R2Client({ endpoint, credentials, transport })
  await r2.buckets.create({ bucket })
  afterAll(async () => {
    await r2.dispose()
    await local.close()
  })
  return { local, r2, sent: () => transport.sent }
}

/** Passes a value of any type, as untyped callers can. */
export const untyped = (value: unknown): never => value as never

export type Mistake = readonly [
  description: string,
  call: () => unknown,
  field: string,
  problem: RegExp | string,
  /** Empty if the message already contains the remedy. */
  hint: RegExp | string,
]

/** Defines a test for each mistake. */
export const testMistakes = ({ sent }: Server, mistakes: readonly Mistake[], code = 'InvalidInput') =>
  test.each(mistakes)('the client rejects %s', async (_, call, field, problem, hint) => {
    const before = sent()
    const error = await errorOf(new Promise((resolve) => resolve(call())))
    expect(error.message).toMatch(problem)
    if (hint !== '') expect(error.hint ?? '').toMatch(hint)
    expect(error).toMatchObject({ code, field })
    expect(sent()).toBe(before)
  })
