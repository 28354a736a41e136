/** A local R2 in memory, a client whose transport injects faults on demand, and access to the state of the server. */
import { R2Client, type R2ClientOptions } from 'r2kit'
import { startLocalR2 } from '../../packages/local/src/index.js'
import { createDefaultTransport } from '../../packages/r2kit/src/http/default-transport-node.js'
import { FaultyTransport } from './faulty-transport.js'

export const bucket = 'uploads'

/** The smallest part size that R2 accepts. */
export const partBytes = 5 * 1024 * 1024

/** Bytes that do not repeat at the length of a part, so that tests detect parts in the wrong order. */
export const pattern = (length: number, seed = 1): Uint8Array => {
  const words = new Uint32Array(Math.ceil(length / 4))
  let state = seed
  for (let index = 0; index < words.length; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    words[index] = state
  }
  return new Uint8Array(words.buffer, 0, length)
}

export class UploadHarness implements AsyncDisposable {
  readonly r2: R2Client
  readonly transport: FaultyTransport
  readonly warnings: string[] = []
  readonly #close: () => Promise<void>

  constructor(
    endpoint: { endpoint: string; credentials: R2ClientOptions['credentials'] },
    close: () => Promise<void>,
    options: Partial<Omit<R2ClientOptions, 'accountId' | 'endpoint' | 'connections'>>,
  ) {
    const clock = options.clock ?? { now: Date.now, monotonicMs: () => performance.now(), after: acceleratedTimer }
    this.transport = new FaultyTransport(createDefaultTransport({ connections: {}, clock }))
    this.r2 = new R2Client({
      ...endpoint,
      transport: this.transport,
      clock,
      ...options,
      transfers: { onWarning: (message) => this.warnings.push(message), ...options.transfers },
    })
    this.#close = close
  }

  /** Uploads that are neither completed nor aborted. */
  async pending(): Promise<number> {
    return (await this.r2.multipart.listUploads({ bucket })).uploads.length
  }

  async read(key: string): Promise<Uint8Array> {
    return (await this.r2.objects.get({ bucket, key })).body
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.r2.dispose()
    await this.#close()
  }
}

/** Timers below 30 s fire after a thousandth of their delay, so that retries do not slow down the tests. */
const acceleratedTimer = (delayMs: number, action: () => void) => {
  const timer = setTimeout(action, delayMs >= 30_000 ? delayMs : delayMs / 1000)
  timer.unref()
  return { cancel: () => clearTimeout(timer) }
}

export const uploadHarness = async (
  options: Partial<Omit<R2ClientOptions, 'accountId' | 'endpoint' | 'connections'>> = {},
): Promise<UploadHarness> => {
  const local = await startLocalR2()
  const harness = new UploadHarness(
    { endpoint: local.endpoint, credentials: local.credentials },
    () => local.close(),
    options,
  )
  await harness.r2.buckets.create({ bucket })
  return harness
}
