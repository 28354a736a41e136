import { type PresignOptions, presignOptionFields } from './client/presign/presign-input.js'
import { type RuntimeOptions, runtimeOptionFields } from './client/runtime-options.js'
import { type TransferSettings, transferSettingFields } from './transfers/handle/options.js'
import { objectOf, refuseOption } from './validation/index.js'

/** Client configuration. Only the account (or an endpoint) and credentials are needed. */
export interface R2ClientOptions extends RuntimeOptions {
  /** Rules for presigned URLs. */
  readonly presign?: PresignOptions
  /** Memory and concurrency of `r2.transfers`. */
  readonly transfers?: TransferSettings
}

const clientOptionsField = objectOf<R2ClientOptions>(
  'R2ClientOptions',
  {
    ...runtimeOptionFields,
    presign: objectOf('presign', presignOptionFields),
    transfers: objectOf('transfers', transferSettingFields),
  },
  { argument: 'options' },
)

/** A client's options, checked and copied. @throws R2Error `InvalidConfig` naming the option */
export const readClientOptions = (given: R2ClientOptions): R2ClientOptions => {
  const options = clientOptionsField.read(given, '', refuseOption)
  if (options.transport === undefined || options.connections === undefined) return options
  throw refuseOption(
    'connections',
    'has no effect beside a transport of your own',
    'Configure the sockets of the transport instead.',
  )
}
