import { extensionOptionFields } from './client/extension-options.js'
import { type EndpointChoice, requireOneTransport, type TransportChoice } from './client/option-choices.js'
import { type PresignOptions, presignField } from './client/presign/presign-input.js'
import { coreOptionFields, type RuntimeOptions } from './client/runtime-options.js'
import { type TransferSettings, transferSettingFields } from './transfers/handle/options.js'
import { type Fields, objectOf, refuseOption } from './validation/index.js'

/** Every option of a client. `R2ClientOptions` has the permitted combinations. */
export interface ClientOptionFields extends RuntimeOptions {
  /** Rules of presigned URLs. @defaultValue see `PresignOptions` */
  readonly presign?: PresignOptions | undefined
  /** Memory budget and concurrency of `r2.transfers`. @defaultValue see `TransferSettings` */
  readonly transfers?: TransferSettings | undefined
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
  ...coreOptionFields,
  ...extensionOptionFields,
  presign: presignField,
  transfers: objectOf('transfers', transferSettingFields),
}

const clientOptionsField = objectOf<ClientOptionFields>('R2ClientOptions', clientOptionFields, { argument: 'options' })

/** Checks and copies the options of a client. @throws R2Error `InvalidConfig` naming the option */
export const readClientOptions = (given: R2ClientOptions): R2ClientOptions => {
  const options = clientOptionsField.read(given, '', refuseOption)
  requireOneTransport(options)
  return options as R2ClientOptions
}
