import type { Clock } from './base/clock.js'
import type { Addressing, Jurisdiction } from './client/endpoint.js'
import type { Layers } from './client/layers.js'
import type { PresignOptions } from './client/presign/presign-input.js'
import type { Timeouts } from './client/timeouts.js'
import type { R2ClientOptions } from './client-options.js'
import type { Transport } from './http/index.js'
import { R2Client } from './r2-client.js'
import type { RetryOptions } from './resilience/index.js'
import type { CredentialProvider } from './security/index.js'
import type { TransferSettings } from './transfers/handle/options.js'
import type { ValidationRules } from './validation/index.js'

/**
 * Options one by one, for those who read them better so.
 *
 * @example
 * const r2 = new R2ClientBuilder().accountId(id).credentials(accessKeyId, secretAccessKey).build()
 */
export class R2ClientBuilder {
  #options: Partial<R2ClientOptions> = {}

  accountId(accountId: string): this {
    return this.#with({ accountId })
  }

  jurisdiction(jurisdiction: Jurisdiction): this {
    return this.#with({ jurisdiction })
  }

  endpoint(endpoint: string): this {
    return this.#with({ endpoint })
  }

  addressing(addressing: Addressing): this {
    return this.#with({ addressing })
  }

  /** A key pair, with a session token if it is temporary. */
  credentials(accessKeyId: string, secretAccessKey: string, sessionToken?: string): this {
    return this.#with({
      credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    })
  }

  /** A function that fetches credentials; called when there are none yet or they are about to expire. */
  credentialProvider(provider: CredentialProvider): this {
    return this.#with({ credentials: provider })
  }

  timeouts(timeouts: Timeouts): this {
    return this.#with({ timeouts })
  }

  retry(retry: RetryOptions): this {
    return this.#with({ retry })
  }

  validation(validation: ValidationRules): this {
    return this.#with({ validation })
  }

  presign(presign: PresignOptions): this {
    return this.#with({ presign })
  }

  transfers(transfers: TransferSettings): this {
    return this.#with({ transfers })
  }

  /** Layers of your own around every call and every attempt. */
  layers(layers: Layers): this {
    return this.#with({ layers })
  }

  transport(transport: Transport): this {
    return this.#with({ transport })
  }

  clock(clock: Clock): this {
    return this.#with({ clock })
  }

  /** @throws R2Error `InvalidConfig` naming what is missing or wrong */
  build(): R2Client {
    return new R2Client(this.#options as R2ClientOptions)
  }

  #with(options: Partial<R2ClientOptions>): this {
    this.#options = { ...this.#options, ...options }
    return this
  }
}
