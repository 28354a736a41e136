/**
 * Translates messages and hints of the client, which name fields and methods of its API, into the terms of the command line.
 */
import { type ErrorCode, type ErrorEntry, errorTable, type R2Error } from 'r2kit/protocol'

/** Replaces the client's general hint for a code. Hints for a single case are translated by `phrases`. */
const hintsOfCodes: Readonly<Partial<Record<ErrorCode, string>>> = {
  ClientClosed: 'Run the command again.',
  EntityTooLarge:
    'R2 accepts up to 5 GiB in one request. Download the object and upload it again, which uploads in parts.',
  ExpiredToken:
    'Create new temporary credentials, and set all three: R2_ACCESS_KEY_ID, R2_SECRET_ACCESS_KEY and R2_SESSION_TOKEN.',
  InvalidJson: 'Inspect the object with r2 cat.',
  KeyNotSendable: 'Choose a key without "." and ".." segments.',
  LengthRequired: 'Check for a proxy that modifies requests to R2.',
  LockConflict: 'Run the command again.',
  ObjectChanged: 'Run the command again.',
  OutcomeUnknown: 'Inspect the object with r2 stat before you write it again: this write may have been stored.',
  PoolExhausted: 'Lower --concurrency.',
  PreconditionFailed: 'Another client changed the object in the meantime. Run the command again.',
  ResponseTooLarge: 'Check for a proxy that responds in place of R2.',
  SlowDown: 'Lower --concurrency, or write less often to the same key.',
  SourceFailed: 'Run the command again when its source is readable.',
  SourceStalled: 'Check why the source stopped producing data.',
  TlsFailed: 'Check the endpoint and its certificate. For a private CA, set NODE_EXTRA_CA_CERTS to its PEM file.',
}

/** Phrases in the hints of the client and the local R2, each with its translation. A test checks that the packages still use them. */
export const phrases: readonly (readonly [api: string, commandLine: string])[] = [
  [
    'Pass the certificate of its authority as connections.ca.',
    'Set NODE_EXTRA_CA_CERTS to the PEM file of its authority.',
  ],
  ['pass its certificate as connections.ca', 'set NODE_EXTRA_CA_CERTS to its PEM file'],
  [
    'Pass username and password in connections.proxy.',
    'Set R2_CONNECTION_POOL_PROXY_USERNAME and R2_CONNECTION_POOL_PROXY_PASSWORD.',
  ],
  ['username and password of connections.proxy', 'username and password of the proxy'],
  ['host and port of connections.proxy', 'host and port of the proxy'],
  ['the port of connections.proxy', 'the port of the proxy'],
  ['lower connections.maxConnections', 'lower --concurrency'],
  ['Pass contentLength, from which the part size follows, or a larger partSizeBytes.', 'Set a larger --part-size.'],
  [
    'Pass credentials of your own, or omit host.',
    'Set R2_ACCESS_KEY_ID and R2_SECRET_ACCESS_KEY, or leave out --host.',
  ],
  [', or the ETags of this store are no MD5 (verify: false)', ''],
  [
    "Pass 'crc32', 'crc32c', 'crc64nvme' or 'md5', or raise thresholdBytes so that the upload is a single PUT.",
    'Use crc32, crc32c, crc64nvme or md5, or raise --part-size so that the file is uploaded in one request.',
  ],
]

/** Field of the client or the local R2 → the option or environment variable that sets it. */
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
  integrity: '--integrity',
  metadata: '--metadata',
  partSizeBytes: '--part-size',
  storageClass: '--storage-class',
  thresholdBytes: '--part-size',
}

/** The message of an error; a field name at its start is replaced by the option that sets the field. */
export const messageOf = ({ message, field }: R2Error): string => {
  const option = field === undefined ? undefined : optionsOfFields[field]
  if (field === undefined || option === undefined || !message.startsWith(field)) return message
  return option + message.slice(field.length)
}

/** The advice for an error in the terms of the command line, or `undefined` if there is none. */
export const hintOf = ({ code, field, hint, key, message }: R2Error): string | undefined => {
  if (field === 'target.path' && message.includes('not a regular file'))
    return 'Use the path of a regular file, or print the object: r2 cat r2://bucket/key > path.'
  if (code === 'InvalidPresign' && message.includes('which browsers run')) return 'Upload it with r2 cp instead.'
  if (code === 'ObjectNotFound' && key !== undefined && /[*?]/.test(key))
    return 'Keys are literal: * and ? are not wildcards. Use --recursive for everything in a folder.'
  if (hint === undefined) return undefined
  if (hint === generalHint(code)) return hintsOfCodes[code] ?? hint
  return phrases.reduce((text, [api, commandLine]) => text.replace(api, commandLine), hint)
}

/** The client's hint for any error with this code. A newer client may have codes that are missing from the table. */
const generalHint = (code: ErrorCode): string | undefined => {
  const entries: Readonly<Record<string, ErrorEntry | undefined>> = errorTable
  return entries[code]?.hint
}
