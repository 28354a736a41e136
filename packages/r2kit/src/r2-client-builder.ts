import type { Clock } from './base/clock.js'
import type { Addressing, Jurisdiction } from './client/endpoint.js'
import type { Integrity } from './client/fields/integrity.js'
import type { Layers } from './client/layers.js'
import type { PresignOptions } from './client/presign/presign-input.js'
import type { Timeouts } from './client/timeouts.js'
import type { R2ClientOptions } from './client-options.js'
import type { Transport } from './http/index.js'
import type { R2EventListener } from './observability/index.js'
import { R2Client } from './r2-client.js'
import type { RetryOptions } from './resilience/index.js'
import type { CredentialProvider } from './security/index.js'
import type { TransferSettings } from './transfers/handle/options.js'
import { objectOf, refuseOption, required, type ValidationRules, withMethods } from './validation/index.js'

/** What wraps a transport to record its exchanges: a `SimulationRecorder` of `r2kit/simulation`. */
export interface TransportRecorder {
  /** Returns a transport that records the exchanges of `inner`. */
  wrap(inner: Transport): Transport
}

const recorderOptions = objectOf<{ recorder: TransportRecorder }>('a recorder', {
  recorder: required(withMethods<TransportRecorder>('a SimulationRecorder', 'wrap')),
})

/**
 * Builds a client option by option. Each method replaces an earlier value of its option, and returns the builder.
 *
 * @example
 * const r2 = new R2ClientBuilder().accountId(id).credentials(accessKeyId, secretAccessKey).build()
 */
export class R2ClientBuilder {
  #options: Partial<R2ClientOptions> = {}

  /**
   * Sets the ID of the Cloudflare account, 32 hex characters.
   *
   * @example
   * builder.accountId('0123456789abcdef0123456789abcdef')
   */
  accountId(accountId: string): this {
    return this.#with({ accountId })
  }

  /**
   * Sets the data jurisdiction of the buckets.
   *
   * @example
   * builder.jurisdiction('eu')
   */
  jurisdiction(jurisdiction: Jurisdiction): this {
    return this.#with({ jurisdiction })
  }

  /**
   * Sets the URL of another server, in place of the account's endpoint.
   *
   * @example
   * builder.endpoint('http://localhost:9000')
   */
  endpoint(endpoint: string): this {
    return this.#with({ endpoint })
  }

  /**
   * Sets the position of the bucket's name in URLs.
   *
   * @example
   * builder.addressing('virtual-host')
   */
  addressing(addressing: Addressing): this {
    return this.#with({ addressing })
  }

  /**
   * Sets the access key, with a session token where it is temporary.
   *
   * @example
   * builder.credentials(accessKeyId, secretAccessKey)
   */
  credentials(accessKeyId: string, secretAccessKey: string, sessionToken?: string): this {
    return this.#with({
      credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    })
  }

  /**
   * Sets the function that fetches credentials. It is called for the first request, and again before they expire.
   *
   * @example
   * builder.credentialProvider(async () => vault.read('r2'))
   */
  credentialProvider(provider: CredentialProvider): this {
    return this.#with({ credentials: provider })
  }

  /**
   * Sets the time limits of each attempt.
   *
   * @example
   * builder.timeouts({ listMs: 30_000 })
   */
  timeouts(timeouts: Timeouts): this {
    return this.#with({ timeouts })
  }

  /**
   * Sets the number of attempts, and the delays between them.
   *
   * @example
   * builder.retry({ maxAttempts: 5 })
   */
  retry(retry: RetryOptions): this {
    return this.#with({ retry })
  }

  /**
   * Sets the checksum that guards uploads and is stored with them.
   *
   * @example
   * builder.integrity('crc64nvme')
   */
  integrity(integrity: Integrity): this {
    return this.#with({ integrity })
  }

  /**
   * Sets the rules for bucket names, keys and metadata.
   *
   * @example
   * builder.validation({ metadataBytesMax: 8192 })
   */
  validation(validation: ValidationRules): this {
    return this.#with({ validation })
  }

  /**
   * Sets the rules of presigned URLs.
   *
   * @example
   * builder.presign({ allowedMethods: ['GET', 'PUT', 'HEAD'] })
   */
  presign(presign: PresignOptions): this {
    return this.#with({ presign })
  }

  /**
   * Sets the memory budget and concurrency of transfers.
   *
   * @example
   * builder.transfers({ memoryBudgetBytes: 64 * 1024 * 1024 })
   */
  transfers(transfers: TransferSettings): this {
    return this.#with({ transfers })
  }

  /**
   * Sets layers of your own around every call and every attempt.
   *
   * @example
   * builder.layers({ attempt: [headerLayer] })
   */
  layers(layers: Layers): this {
    return this.#with({ layers })
  }

  /**
   * Sets the listeners that receive the events of the client.
   *
   * @example
   * builder.onEvent((event) => console.log(event.type))
   */
  onEvent(onEvent: R2EventListener | readonly R2EventListener[]): this {
    return this.#with({ onEvent })
  }

  /**
   * Sets the transport, in place of the default transport.
   *
   * @example
   * builder.transport(new FetchTransport())
   */
  transport(transport: NonNullable<R2ClientOptions['transport']>): this {
    return this.#with({ transport })
  }

  /**
   * Records all exchanges of the client, around the platform's transport.
   *
   * @param recorder a `SimulationRecorder` of `r2kit/simulation`
   * @example builder.withRecorder(recorder)
   */
  withRecorder(recorder: TransportRecorder): this {
    const read = recorderOptions.read({ recorder }, '', refuseOption)
    return this.#with({ transport: (platform) => read.recorder.wrap(platform) })
  }

  /**
   * Replays a recording in place of sending requests.
   *
   * @param transport a `ReplayTransport` of `r2kit/simulation`
   * @example builder.withReplayTransport(new ReplayTransport(await SimulationReplayer.load('./put.recording.json')))
   */
  withReplayTransport(transport: Transport): this {
    return this.#with({ transport })
  }

  /**
   * Sets the source of time, for tests.
   *
   * @example
   * builder.clock(virtualClock)
   */
  clock(clock: Clock): this {
    return this.#with({ clock })
  }

  /**
   * Creates the client.
   *
   * @throws R2Error `InvalidConfig` naming the option that is missing or wrong
   * @example
   * const r2 = builder.build()
   */
  build(): R2Client {
    return new R2Client(this.#options as R2ClientOptions)
  }

  #with(options: Partial<R2ClientOptions>): this {
    this.#options = { ...this.#options, ...options } as Partial<R2ClientOptions>
    return this
  }
}
