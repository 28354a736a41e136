import { type PresignOptions, presignOptionFields } from './client/presign/presign-input.js'
import { type RuntimeOptions, runtimeOptionFields } from './client/runtime-options.js'
import { type TransferSettings, transferSettingFields } from './transfers/handle/options.js'
import { objectOf, refuseOption } from './validation/index.js'

/** All options of a client, each optional that is optional in some combination. */
interface ClientOptionFields extends RuntimeOptions {
  /** Rules of presigned URLs. @defaultValue see `PresignOptions` */
  readonly presign?: PresignOptions | undefined
  /** Memory budget and concurrency of `r2.transfers`. @defaultValue see `TransferSettings` */
  readonly transfers?: TransferSettings | undefined
}

/** The account, or another server. */
type EndpointChoice = { readonly accountId: string } | { readonly endpoint: string }

/**
 * Options of a client. Only `credentials` and `accountId` (or `endpoint`) are required.
 *
 * @example { accountId, credentials: { accessKeyId, secretAccessKey } }
 */
export type R2ClientOptions = ClientOptionFields & EndpointChoice

const clientOptionsField = objectOf<ClientOptionFields>(
  'R2ClientOptions',
  {
    ...runtimeOptionFields,
    presign: objectOf('presign', presignOptionFields),
    transfers: objectOf('transfers', transferSettingFields),
  },
  { argument: 'options' },
)

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
