/** Messages and advice of the client in the terms of the command line: the client names fields and methods of its API. */
import { type ErrorCode, type ErrorEntry, errorTable, type R2Error } from 'r2kit/protocol'

/** Instead of the advice that the client has for the code, wherever it arises. */
const hintsOfCodes: Readonly<Partial<Record<ErrorCode, string>>> = {
  ClientClosed: 'Run the command again.',
  EntityTooLarge: 'R2 takes up to 5 GiB in one request; download the object and upload it, which goes in parts.',
  ExpiredToken:
    'Get new temporary credentials: R2_ACCESS_KEY_ID, R2_SECRET_ACCESS_KEY and R2_SESSION_TOKEN belong together.',
  InvalidJson: 'Look at the object with r2 cat.',
  KeyNotSendable: 'Choose a key without "." and ".." segments.',
  LengthRequired: 'Look for a proxy that changes requests on their way to R2.',
  LockConflict: 'Run the command again.',
  ObjectChanged: 'Run the command again.',
  OutcomeUnknown: 'Look at the object with r2 stat before you write again: this write may have been stored.',
  PoolExhausted: 'Lower --concurrency.',
  PreconditionFailed: 'Another program has changed the object in the meantime. Run the command again.',
  ResponseTooLarge: 'Look for a proxy that responds in place of R2.',
  SlowDown: 'Lower --concurrency, or write less often to the same key.',
  SourceFailed: 'Run the command again when its source can be read.',
  SourceStalled: 'Check why the source stopped producing data.',
  TlsFailed: 'Check the endpoint and its certificate; name the PEM file of a private authority in NODE_EXTRA_CA_CERTS.',
}

/** Phrases of the advice for single cases, of the client and the local R2, and what they are here. */
export const phrases: readonly (readonly [api: string, here: string])[] = [
  [
    'Pass the certificate of its authority as connections.ca.',
    'Name the PEM file of its authority in NODE_EXTRA_CA_CERTS.',
  ],
  ['pass its certificate as connections.ca', 'name the PEM file of its certificate in NODE_EXTRA_CA_CERTS'],
  ['lower connections.maxConnections', 'lower --concurrency'],
  ['Give contentLength, from which the part size follows, or a larger partSizeBytes.', 'Give a larger --part-size.'],
  [
    'Pass credentials of your own, or leave host out.',
    'Set R2_ACCESS_KEY_ID and R2_SECRET_ACCESS_KEY, or leave out --host.',
  ],
  [', or this store’s ETag is no MD5 (verify: false)', ''],
]

/** Options and variables of the command line, by the fields of the client and of the local R2 that they become. */
const optionsOfFields: Readonly<Record<string, string>> = {
  cacheControl: '--cache-control',
  contentDisposition: '--content-disposition',
  contentEncoding: '--content-encoding',
  contentType: '--content-type',
  'credentials.accessKeyId': 'R2_ACCESS_KEY_ID',
  'credentials.secretAccessKey': 'R2_SECRET_ACCESS_KEY',
  dataDir: '--data',
  expiresInSeconds: '--expires',
  host: '--host',
  metadata: '--metadata',
  partSizeBytes: '--part-size',
  storageClass: '--storage-class',
  thresholdBytes: '--part-size',
}

/** The message of an error, with the name of the option where it begins with that of a field. */
export const messageOf = ({ message, field }: R2Error): string => {
  const option = field === undefined ? undefined : optionsOfFields[field]
  if (field === undefined || option === undefined || !message.startsWith(field)) return message
  return option + message.slice(field.length)
}

/** What to do about an error, or undefined where there is nothing to advise. */
export const hintOf = ({ code, field, hint, key, message }: R2Error): string | undefined => {
  if (field === 'target.path' && message.includes('not a regular file'))
    return 'Name a file, or print the object: r2 cat r2://bucket/key > path.'
  if (code === 'InvalidPresign' && message.includes('which browsers run')) return 'Upload it with r2 cp instead.'
  if (code === 'ObjectNotFound' && key !== undefined && /[*?]/.test(key))
    return 'A key is taken as it is, * and ? included; --recursive takes all that a folder holds.'
  if (hint === undefined) return undefined
  if (hint === generalHint(code)) return hintsOfCodes[code] ?? hint
  return phrases.reduce((text, [api, here]) => text.replace(api, here), hint)
}

/** Undefined for a code of a later version of the client, too. */
const generalHint = (code: ErrorCode): string | undefined => {
  const entries: Readonly<Record<string, ErrorEntry | undefined>> = errorTable
  return entries[code]?.hint
}
