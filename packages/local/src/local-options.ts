/** The options of a server as data: every field is checked before anything starts, also for callers without types. */
import {
  type Clock,
  callback,
  type Field,
  type Fields,
  flag,
  integer,
  objectOf,
  refuseOption,
  required,
  typeNameOf,
  withMethods,
} from 'r2kit/protocol'
import { defaultCredentials, type LocalCredentials } from './default-credentials.js'

export interface LocalR2Options {
  /** Port to listen on. @defaultValue 0: a free one */
  readonly port?: number
  /** Address or name to listen on. Anything but loopback needs credentials of your own. @defaultValue '127.0.0.1' */
  readonly host?: string
  /** Folder that keeps the data; made if missing. Absent: everything is in memory. */
  readonly dataDir?: string
  /** States explicitly that data lives in memory; cannot go with `dataDir`. */
  readonly memory?: true
  /** What clients sign with. @defaultValue `defaultCredentials` */
  readonly credentials?: LocalCredentials
  /** Time for signatures, expiry, lifecycle rules and `Date`. @defaultValue the machine's clock */
  readonly clock?: Clock
  /** Returns 429 for a second write of the same key within one second, as R2 does. @defaultValue false */
  readonly strictWriteRate?: boolean
  /** Only with `dataDir`: a response is sent when what it promises is on disk. @defaultValue true */
  readonly durable?: boolean
  /**
   * Called for every failure of the server itself: a request that got 500 InternalError, or background work on the disk.
   * `line` describes it, with method and path of the request. @defaultValue writes the line to standard error
   */
  readonly onInternalError?: (error: unknown, line: string) => void
}

/** A string that a pattern describes; `shows` false keeps the value out of errors. */
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
    throw refuse(name, 'must be true where it is given', 'Pass true, or dataDir for a folder, or leave both out.')
  },
}

const credentialFields = {
  accessKeyId: required(
    matching('a string of 32 characters, as R2 has it', /^.{32}$/s, 'Use 32 characters, such as hex digits.'),
  ),
  secretAccessKey: required(
    matching('a string that is not empty', /./s, 'Pass any text; R2 has 64 hex digits.', false),
  ),
  sessionToken: matching('a string that is not empty', /./s, 'Pass the token, or leave it out.', false),
}

/** What people call an option who do not know its name. */
const otherNames: Readonly<Record<string, keyof LocalR2Options>> = {
  ...{ dir: 'dataDir', directory: 'dataDir', folder: 'dataDir', path: 'dataDir', storage: 'dataDir', prot: 'port' },
  ...{ persist: 'dataDir', persistTo: 'dataDir', inMemory: 'memory', hostname: 'host', address: 'host', bind: 'host' },
  ...{ accessKeyId: 'credentials', secretAccessKey: 'credentials', sessionToken: 'credentials', keys: 'credentials' },
  ...{ now: 'clock', time: 'clock', rateLimit: 'strictWriteRate', sync: 'durable', fsync: 'durable' },
  ...{ onError: 'onInternalError', logger: 'onInternalError', log: 'onInternalError' },
}

const fields: Fields<LocalR2Options> = {
  port: integer(0, 65_535),
  host: matching('an address or a name', /^[^\s/]+$/, 'Leave out scheme and path: 127.0.0.1, ::1 or localhost.'),
  dataDir: matching('the path of a folder', /^[^\0]+$/, 'Pass a path, or leave it out to keep everything in memory.'),
  memory: onlyTrue,
  credentials: objectOf<LocalCredentials>('credentials', credentialFields),
  clock: withMethods<Clock>('a Clock', 'now', 'monotonicMs', 'after'),
  strictWriteRate: flag,
  durable: flag,
  onInternalError: callback(),
}

/** The option that a name stands for which begins like it, or is known as another name for it. */
const meantBy = (name: string): string | undefined => {
  if (Object.hasOwn(otherNames, name)) return otherNames[name]
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
    const meant = meantBy(name)
    return meant === undefined
      ? undefined
      : { problem: `is not an option of startLocalR2; did you mean ${meant}?`, hint: `Use ${meant}.` }
  },
})

/** The options, checked and copied. @throws R2Error `InvalidConfig` naming the option, its rule and what to do */
export const readLocalOptions = (given: LocalR2Options): LocalR2Options => {
  const options = optionsField.read(given, '', refuseOption)
  const { host = '127.0.0.1', credentials = defaultCredentials } = options
  if (options.memory && options.dataDir !== undefined) {
    throw refuseOption('dataDir', 'and memory exclude each other', 'Choose one of them.')
  }
  if (options.durable && options.dataDir === undefined) {
    throw refuseOption(
      'durable',
      'has no effect without dataDir',
      'Pass dataDir too: without it, data ends with the process.',
    )
  }
  if (!isLoopback(host) && credentials.secretAccessKey === defaultCredentials.secretAccessKey) {
    throw refuseOption(
      'host',
      `must be loopback with the default credentials, which are public, but it is ${host}`,
      'Pass credentials of your own, or leave host out.',
    )
  }
  return options
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
