import { type PresignOptions, presignField } from './client/presign/presign-input.js'
import { type RuntimeOptions, runtimeOptionFields } from './client/runtime-options.js'
import type { ConnectionOptions, Transport } from './http/index.js'
import { type TransferSettings, transferSettingFields } from './transfers/handle/options.js'
import { type Fields, objectOf, refuseOption } from './validation/index.js'

/** Every option of a client. `R2ClientOptions` has the permitted combinations. */
export interface ClientOptionFields extends RuntimeOptions {
  /** Rules of presigned URLs. @defaultValue see `PresignOptions` */
  readonly presign?: PresignOptions | undefined
  /** Memory budget and concurrency of `r2.transfers`. @defaultValue see `TransferSettings` */
  readonly transfers?: TransferSettings | undefined
}

/** The server: R2's endpoint of an account, or a URL. Both may be given if they agree. */
type EndpointChoice = { readonly accountId: string } | { readonly endpoint: string }

/** Connection options configure the platform's transport. A transport of the caller's has its own. */
type TransportChoice =
  | {
      /** Number and lifetime of connections. Not beside a transport of your own. @defaultValue see `ConnectionOptions` */
      readonly connections?: ConnectionOptions | undefined
      /** A function that receives the platform's transport and returns the one to use, such as a recorder around it. */
      readonly transport?: ((platform: Transport) => Transport) | undefined
    }
  | {
      /** Not beside a transport of your own. */
      readonly connections?: undefined
      /**
       * Sends requests; or a function that receives the platform's transport and returns the one to use, such as a recorder or a
       * fault injector around it. @defaultValue undici's dispatcher on Node, `fetch` elsewhere
       */
      readonly transport?: Transport | ((platform: Transport) => Transport) | undefined
    }

/**
 * Options of a client. Only `credentials` and `accountId` (or `endpoint`) are required. Combinations that the constructor
 * rejects do not compile: no server, or `connections` beside a transport of your own.
 *
 * @example { accountId, credentials: { accessKeyId, secretAccessKey } }
 */
export type R2ClientOptions = Omit<ClientOptionFields, keyof TransportChoice> & EndpointChoice & TransportChoice

/** The tables of all options. */
export const clientOptionFields: Fields<ClientOptionFields> = {
  ...runtimeOptionFields,
  presign: presignField,
  transfers: objectOf('transfers', transferSettingFields),
}

const clientOptionsField = objectOf<ClientOptionFields>('R2ClientOptions', clientOptionFields, { argument: 'options' })

/** Checks and copies the options of a client. @throws R2Error `InvalidConfig` naming the option */
export const readClientOptions = (given: R2ClientOptions): R2ClientOptions => {
  const options = clientOptionsField.read(given, '', refuseOption)
  if (typeof options.transport !== 'object' || options.connections === undefined) return options as R2ClientOptions
  throw refuseOption(
    'connections',
    'has no effect beside transport',
    'Omit it, and configure the connections of the transport instead.',
  )
}
