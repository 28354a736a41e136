/** The options of `startLocalR2`, and their validation before the server starts, for callers without types too. */
import {
  type Clock,
  callback,
  type Field,
  type Fields,
  faultRulesField,
  flag,
  integer,
  objectOf,
  oneOf,
  refuseOption,
  required,
  someOf,
  typeNameOf,
  withMethods,
} from 'r2kit/protocol'
import type { FaultRule } from 'r2kit/simulation'
import { defaultCredentials, type LocalCredentials, type LocalKeyPair } from './authentication/credentials.js'

/** Options of `startLocalR2`. All are optional: without any, the server keeps its data in memory and listens on a free port. */
export interface LocalR2Options {
  /**
   * TCP port to listen on, 0 to 65,535. With 0, the system assigns a free port: see `LocalR2.port`.
   * @defaultValue 0
   */
  readonly port?: number | undefined
  /**
   * IP address or host name to listen on. Anything but loopback requires `credentials`, because the default ones are public.
   * @defaultValue '127.0.0.1'
   */
  readonly host?: string | undefined
  /**
   * Path of the folder for the data, created if missing. One folder serves one process at a time. Excludes `memory`.
   * @defaultValue none: data is kept in memory and lost when the server closes
   */
  readonly dataDir?: string | undefined
  /**
   * States explicitly that data is kept in memory, which is also the default. Excludes `dataDir`.
   * @defaultValue true without `dataDir`
   */
  readonly memory?: true | undefined
  /**
   * The key pair that the server accepts, or several with permissions of their own, so that an application can test its 403s.
   * `LocalR2.credentials` is the first.
   * @defaultValue `defaultCredentials`
   */
  readonly credentials?: LocalCredentials | readonly LocalKeyPair[] | undefined
  /**
   * Clock for signatures, expiry of URLs, lifecycle rules, object dates and the `Date` header. A test can pass its own.
   * @defaultValue the system clock
   */
  readonly clock?: Clock | undefined
  /**
   * Whether a second write to the same key within one second fails with 429 and `Retry-After: 1`, as on R2.
   * @defaultValue false
   */
  readonly strictWriteRate?: boolean | undefined
  /**
   * Whether a write is acknowledged only after it would survive a power failure. With false it survives the end of the process
   * only, which is faster. Has no effect without `dataDir`, where `true` is rejected.
   * @defaultValue true with `dataDir`
   */
  readonly durable?: boolean | undefined
  /**
   * Faults that the server injects on the wire, for clients in any language. The first rule that applies to a request decides;
   * latencies add up. `LocalR2.setFaults` replaces them. Delays are in real time, whatever `clock` is. A listening server cannot
   * refuse a connection: for `connection-refused` it closes the connection without a response.
   * @defaultValue none
   */
  readonly faults?: readonly FaultRule[] | undefined
  /**
   * Seed of the decisions that depend on `rate`: the same seed, rules and requests give the same faults.
   * @defaultValue 0
   */
  readonly faultSeed?: number | undefined
  /**
   * Called for each failure of the server itself: a request that failed with 500 InternalError, or background work on the
   * disk. `line` is a log line with the error's causes and the request's method and path. Errors that it throws are ignored.
   * @defaultValue writes `line` to standard error
   */
  readonly onInternalError?: ((error: unknown, line: string) => void) | undefined
}

/** A field for strings that match a pattern. `shows` false keeps the value out of error messages. */
const matching = (takes: string, pattern: RegExp, hint: string, shows = true): Field<string> => ({
  takes,
  read(value, name, refuse) {
    if (typeof value === 'string' && pattern.test(value)) return value
    const given = typeof value === 'string' && shows ? JSON.stringify(value.slice(0, 80)) : typeNameOf(value)
    throw refuse(name, `must be ${takes}, but it is ${given}`, hint)
  },
})

const onlyTrue: Field<true> = {
  takes: 'true',
  read(value, name, refuse) {
    if (value === true) return value
    throw refuse(
      name,
      'must be true if it is given',
      'Pass true, omit it, or pass dataDir to keep the data in a folder.',
    )
  },
}

const credentialFields = {
  accessKeyId: required(
    matching('a string of 32 characters, as on R2', /^.{32}$/s, 'Use 32 characters, such as hex digits.'),
  ),
  secretAccessKey: required(
    matching('a string that is not empty', /./s, 'Pass any text; on R2 it has 64 hex digits.', false),
  ),
  sessionToken: matching('a string that is not empty', /./s, 'Pass the token, or omit it.', false),
}

const keyPairFields: Fields<LocalKeyPair> = {
  ...credentialFields,
  permission: oneOf('read', 'write'),
  buckets: someOf(
    matching(
      'the name of a bucket',
      /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
      'Use 3 to 63 lower-case letters, digits and hyphens.',
    ),
    'Name the buckets, or omit it for all buckets.',
  ),
}
const keyPairsField = someOf(objectOf<LocalKeyPair>('a key pair', keyPairFields), 'Pass at least one key pair.')

const singlePairField = objectOf<LocalCredentials>('credentials', credentialFields, {
  explainUnknown: (name) =>
    name === 'permission' || name === 'buckets'
      ? { problem: 'is not a field of a single key pair', hint: 'Pass an array: credentials: [{ … }].' }
      : undefined,
})

const credentialsField: Field<LocalCredentials | readonly LocalKeyPair[]> = {
  takes: 'a key pair, or an array of key pairs',
  read: (value, name, refuse) =>
    Array.isArray(value) ? keyPairsField.read(value, name, refuse) : singlePairField.read(value, name, refuse),
}

/** Names under which a caller may look for an option. */
const aliases: Readonly<Record<string, keyof LocalR2Options>> = {
  ...{ dir: 'dataDir', directory: 'dataDir', folder: 'dataDir', path: 'dataDir', storage: 'dataDir', prot: 'port' },
  ...{ persist: 'dataDir', persistTo: 'dataDir', inMemory: 'memory', hostname: 'host', address: 'host', bind: 'host' },
  ...{ accessKeyId: 'credentials', secretAccessKey: 'credentials', sessionToken: 'credentials', keys: 'credentials' },
  ...{ now: 'clock', time: 'clock', rateLimit: 'strictWriteRate', sync: 'durable', fsync: 'durable' },
  ...{ rules: 'faults', fault: 'faults', seed: 'faultSeed' },
  ...{ onError: 'onInternalError', logger: 'onInternalError', log: 'onInternalError' },
}

const fields: Fields<LocalR2Options> = {
  port: integer(0, 65_535),
  host: matching('an address or a host name', /^[^\s/]+$/, 'Omit scheme and path: 127.0.0.1, ::1 or localhost.'),
  dataDir: matching('the path of a folder', /^[^\0]+$/, 'Pass a path, or omit it to keep the data in memory.'),
  memory: onlyTrue,
  credentials: credentialsField,
  clock: withMethods<Clock>('a Clock', 'now', 'monotonicMs', 'after'),
  strictWriteRate: flag,
  durable: flag,
  faults: faultRulesField,
  faultSeed: integer(Number.MIN_SAFE_INTEGER),
  onInternalError: callback(),
}

/** The option that an unknown name most likely means: by its aliases, or because one name starts with the other. */
const suggestionFor = (name: string): string | undefined => {
  if (Object.hasOwn(aliases, name)) return aliases[name]
  const wanted = name.toLowerCase()
  if (wanted.length < 3) return undefined
  return Object.keys(fields).find((known) => {
    const option = known.toLowerCase()
    return option.startsWith(wanted) || wanted.startsWith(option)
  })
}

const optionsField = objectOf<LocalR2Options>('LocalR2Options', fields, {
  argument: 'options',
  explainUnknown: (name) => {
    const suggestion = suggestionFor(name)
    return suggestion === undefined
      ? undefined
      : { problem: `is not an option of startLocalR2; did you mean ${suggestion}?`, hint: `Use ${suggestion}.` }
  },
})

/**
 * Validates and copies the options.
 * @throws R2Error `InvalidConfig` with the option in `field`.
 */
export const readLocalOptions = (given: LocalR2Options): LocalR2Options => {
  const options = optionsField.read(given, '', refuseOption)
  const { host = '127.0.0.1' } = options
  const keyPairs = keyPairsOf(options)
  const twice = keyPairs.findIndex((pair, index) => keyPairs.findIndex(sameId(pair)) < index)
  if (twice >= 0) {
    throw refuseOption(`credentials[${twice}].accessKeyId`, 'is that of an earlier key pair', 'Use one per key pair.')
  }
  if (options.memory && options.dataDir !== undefined) {
    throw refuseOption('dataDir', 'and memory exclude each other', 'Pass only one of them.')
  }
  if (options.durable && options.dataDir === undefined) {
    throw refuseOption(
      'durable',
      'has no effect without dataDir',
      'Pass dataDir too, or omit durable: data in memory does not outlive the process.',
    )
  }
  if (!isLoopback(host) && keyPairs.some(isPublic)) {
    throw refuseOption(
      'host',
      `must be a loopback address with the default credentials, which are public, but it is ${host}`,
      'Pass credentials of your own, or omit host.',
    )
  }
  return options
}

/** The key pairs of the options, at least one. */
export const keyPairsOf = ({ credentials = defaultCredentials }: LocalR2Options): readonly LocalKeyPair[] =>
  isList(credentials) ? credentials : [credentials]

/** `Array.isArray` does not narrow readonly arrays. */
const isList = (given: LocalCredentials | readonly LocalKeyPair[]): given is readonly LocalKeyPair[] =>
  Array.isArray(given)

const sameId =
  ({ accessKeyId }: LocalKeyPair) =>
  (other: LocalKeyPair): boolean =>
    other.accessKeyId === accessKeyId

const isPublic = ({ secretAccessKey }: LocalKeyPair): boolean => secretAccessKey === defaultCredentials.secretAccessKey

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
