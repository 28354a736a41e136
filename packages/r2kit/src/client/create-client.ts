import { objectOf, refuseOption, typeNameOf } from '../validation/index.js'
import { ClientExtension } from './client-extension.js'
import { ClientOperation } from './client-operation.js'
import { type Extensions, noExtensions } from './extensions.js'
import { type EndpointChoice, requireOneTransport, type TransportChoice } from './option-choices.js'
import { Runtime } from './runtime.js'
import { type CoreOptions, coreOptionFields } from './runtime-options.js'

/**
 * Options of `createClient`: those of `R2Client`, except listeners, layers and the rules of presigned URLs, which are extensions,
 * and transfers, which such a client does not have.
 *
 * @example { accountId, credentials: { accessKeyId, secretAccessKey } }
 */
export type ClientOptions = Omit<CoreOptions, keyof TransportChoice> & EndpointChoice & TransportChoice

/** Operations of a client, by the names that its methods will have. The members of every client cannot be names of methods. */
export interface ClientOperations {
  readonly [name: string]: ClientOperation<unknown>
}

/** The members of every client that `createClient` makes. */
export interface ClientBase extends AsyncDisposable {
  /** URL of the endpoint that requests are sent to. @example 'https://0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com' */
  readonly endpoint: string
  /**
   * Closes connections and discards credentials, as `R2Client.dispose` does: requests in flight have
   * `connections.closeTimeoutMs` (5 s) to end, and every later call fails with `ClientClosed`.
   *
   * @example
   * await r2.dispose()
   */
  dispose(): Promise<void>
}

/** A client with the methods of these operations. */
export type Client<Operations extends ClientOperations> = ClientBase & {
  readonly [Name in keyof Operations]: Operations[Name]['methodType']
}

const optionsField = objectOf<CoreOptions>('ClientOptions', coreOptionFields, {
  argument: 'options',
  explainUnknown: (name) => {
    const extension = extensionsByOption[name]
    if (extension === undefined) return undefined
    return { problem: 'is an extension of a client', hint: `Pass ${extension}(…) after the operations.` }
  },
})

/** Options of `R2Client` that are extensions here. */
const extensionsByOption: Readonly<Record<string, string>> = {
  onEvent: 'listeners',
  layers: 'layers',
  presign: 'presignRules',
}

const operationHint = 'Pass operations of r2kit/core, such as { get: getObject }.'
const extensionHint = 'Pass streams, or what listeners(…), layers(…) or presignRules(…) returns.'

/**
 * Creates a client that has only the given operations, so that a bundler drops the code of all others. Its methods behave as those
 * of `R2Client`: the same checks, retries, verification and errors. Nothing is sent, and no connection is opened.
 *
 * @param given as for `R2Client`
 * @param operations by the name of the method that each becomes
 * @param extensions `streams`, `listeners`, `layers` and `presignRules`, where the program needs them
 * @throws R2Error `InvalidConfig` naming the option or operation that is missing or wrong
 * @example
 * const r2 = createClient({ accountId, credentials: { accessKeyId, secretAccessKey } }, { get: getObject, put: putObject })
 * await r2.put({ bucket: 'photos', key: 'cat.jpg', body: bytes })
 * const { body } = await r2.get({ bucket: 'photos', key: 'cat.jpg' })
 */
export const createClient = <const Operations extends ClientOperations>(
  given: ClientOptions,
  operations: Operations & { readonly [Name in keyof ClientBase | 'then']?: never },
  ...extensions: readonly ClientExtension[]
): Client<Operations> => {
  const options = optionsField.read(given, '', refuseOption)
  requireOneTransport(options)
  const added: Partial<Extensions> = {}
  extensions.forEach((extension, index) => {
    const name = `extensions[${index}]`
    if (!(extension instanceof ClientExtension))
      throw refuseOption(name, `must be an extension, but it is ${typeNameOf(extension)}`, extensionHint)
    const kinds = Object.keys(extension.added) as (keyof Extensions)[]
    // It would replace the first one, whose listeners, layers or rules had no effect.
    if (kinds.some((kind) => kind in added && added[kind] !== extension.added[kind]))
      throw refuseOption(name, 'is the second extension of its kind', 'Pass all of them to one call.')
    Object.assign(added, extension.added)
  })
  if (typeof operations !== 'object' || operations === null)
    throw refuseOption('operations', `must be an object, but it is ${typeNameOf(operations)}`, operationHint)
  const named = Object.entries(operations).map(([name, operation]) => {
    if (operation instanceof ClientOperation) return [name, operation] as const
    const problem = `must be an operation, but it is ${typeNameOf(operation)}`
    throw refuseOption(`operations.${name}`, problem, operationHint)
  })
  const needed = named.map(([, { needs }]) => needs)
  const runtime = new Runtime(options, Object.assign({}, noExtensions, ...needed, added))
  const { protocol, host, basePath } = runtime.endpoint
  const dispose = () => runtime.dispose()
  const base: ClientBase = { endpoint: `${protocol}//${host}${basePath}`, dispose, [Symbol.asyncDispose]: dispose }
  const methods = named.map(([name, operation]) => {
    // `then` would make the client a promise, which `await` and async functions never get past.
    const problem = name in base ? 'is a member of every client' : name === 'then' && 'would make the client a promise'
    if (problem !== false) throw refuseOption(`operations.${name}`, problem, 'Choose another name.')
    return [name, operation.methodOf(runtime)]
  })
  return Object.assign(base, Object.fromEntries(methods)) as Client<Operations>
}
