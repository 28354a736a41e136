/** Runs client calls whose first request, or the response to it, has a flipped bit, and compares bytes. */
import { type LocalCredentials, startLocalR2 } from '@r2kit/local'
import { isR2Error, R2Client, type Transport } from 'r2kit'
import { bucket, type ClientCase, clientCaseNamed, key } from './client-cases.js'
import { type Relay, startRelay } from './relay.js'
import { type Bit, flipped } from './spans.js'

/** What became of the flipped bits of a case. */
export interface CaseReport {
  readonly name: string
  /** The call failed, with these codes. */
  readonly failed: number
  readonly codes: ReadonlySet<string>
  /** The call succeeded after more requests than without damage. */
  readonly retried: number
  /** The call succeeded, and its bytes are right. */
  readonly harmless: number
  readonly harmlessSpans: ReadonlySet<string>
  readonly problems: readonly string[]
}

type Choose = (message: Buffer, isLarge: boolean) => Iterable<Bit>

/** Flips the bits that `choose` names in the messages of these cases, one per call. */
export const flipCalls = async (
  names: readonly string[],
  choose: Choose,
  onReport: (report: CaseReport) => void = () => undefined,
): Promise<readonly CaseReport[]> => {
  const server = await startLocalR2({ memory: true, onInternalError: () => undefined })
  const { endpoint, credentials } = server
  await using relay = await startRelay(server.port, { asR2: true })
  await using direct = new R2Client({ endpoint, credentials })
  try {
    await direct.buckets.create({ bucket })
    const reports: CaseReport[] = []
    for (const name of names) {
      const tested = clientCaseNamed(name)
      const run = new CaseRun(name, tested, relay, direct, (transport) =>
        clientOf(relay.endpoint, credentials, transport),
      )
      const report = await run.report(choose)
      reports.push(report)
      onReport(report)
    }
    return reports
  } finally {
    await server.close()
  }
}

type TransportOption = (platform: Transport) => Transport

const clientOf = (endpoint: string, credentials: LocalCredentials, transport: TransportOption): R2Client =>
  new R2Client({
    ...{ endpoint, credentials, transport },
    retry: { baseDelayMs: 1, budget: Number.POSITIVE_INFINITY },
  })

interface Outcome {
  /** The message as it was before the change; undefined if the call did not send it. */
  readonly message: Buffer | undefined
  readonly requests: number
  /** The error code of a call that failed. */
  readonly code: string | undefined
}

class CaseRun {
  readonly #counts = { failed: 0, retried: 0, harmless: 0 }
  readonly #codes = new Set<string>()
  readonly #harmlessSpans = new Set<string>()
  readonly #problems: string[] = []
  #client: R2Client
  #requests = 0

  constructor(
    readonly name: string,
    readonly tested: ClientCase,
    readonly relay: Relay,
    /** Without the relay. */
    readonly direct: R2Client,
    /** Makes a client that uses the relay. */
    readonly connect: (transport: TransportOption) => R2Client,
  ) {
    this.#client = this.#connect()
  }

  async report(choose: Choose): Promise<CaseReport> {
    const { name, tested } = this
    const { message, requests } = await this.#learn()
    for (const bit of choose(message, tested.isLarge === true)) {
      const what = `bit ${bit.bit} of byte ${bit.byte}, ${bit.span}`
      let outcome = await this.#call(bit, what)
      if (outcome.message?.length !== message.length) {
        // Of earlier damage, the client has learned that the server lacks something. A new one has not.
        await this.#client.dispose()
        this.#client = this.#connect()
        await this.#learn()
        outcome = await this.#call(bit, what)
      }
      if (outcome.message?.length !== message.length) this.#problem(what, 'the call sent another message')
      if (outcome.code === 'InvalidInput') this.#problem(what, 'the damage was reported as a mistake of the caller')
      if (outcome.code !== undefined) this.#codes.add(outcome.code)
      const became = outcome.code !== undefined ? 'failed' : outcome.requests > requests ? 'retried' : 'harmless'
      this.#counts[became]++
      if (became === 'harmless') this.#harmlessSpans.add(bit.span)
    }
    await this.#client.dispose()
    const [codes, harmlessSpans, problems] = [this.#codes, this.#harmlessSpans, this.#problems]
    return { name, ...this.#counts, codes, harmlessSpans, problems }
  }

  /** Calls without damage. From the first one, the client learns what the server supports. */
  async #learn(): Promise<Outcome & { readonly message: Buffer }> {
    await this.#call(undefined, 'the first call')
    const outcome = await this.#call(undefined, 'nothing flipped')
    const { message } = outcome
    if (message === undefined) throw new Error(`${this.name}: no message matches ${this.tested.request}`)
    return { ...outcome, message }
  }

  /** Makes the call, and looks for wrong bytes. */
  async #call(bit: Bit | undefined, what: string): Promise<Outcome> {
    const { tested, relay, direct } = this
    const { direction, request, content } = tested
    let message: Buffer | undefined
    relay.arm({
      ...{ direction, request },
      change(original) {
        message = original
        return bit === undefined ? original : flipped(original, bit)
      },
    })
    if (tested.reads) await direct.objects.put({ bucket, key, body: content, checksum: { algorithm: 'CRC32' } })
    else await direct.objects.delete({ bucket, key })
    const before = this.#requests
    let code: string | undefined
    try {
      const read = await tested.run(this.#client)
      if (read !== undefined && Buffer.compare(read, content) !== 0) {
        this.#problem(what, `returned ${read.length} bytes, and others than those of the object`)
      }
    } catch (error) {
      code = isR2Error(error) ? error.code : 'none'
      if (code === 'none' || bit === undefined) this.#problem(what, `failed with ${String(error)}`)
    }
    relay.disarm()
    const stored = await direct.objects.get({ bucket, key }).catch(() => undefined)
    if (stored === undefined && code === undefined) this.#problem(what, 'succeeded, and nothing is stored')
    if (stored !== undefined && Buffer.compare(stored.body, content) !== 0)
      this.#problem(what, 'other bytes are stored')
    return { message, requests: this.#requests - before, code }
  }

  #problem(what: string, problem: string): void {
    this.#problems.push(`${this.name}: ${what}: ${problem}`)
  }

  #connect(): R2Client {
    return this.connect((platform) => ({
      name: platform.name,
      cannotSend: (path) => platform.cannotSend?.(path),
      close: () => platform.close(),
      send: (request) => {
        this.#requests++
        return platform.send(request)
      },
    }))
  }
}
