import type { Extensions } from './extensions.js'
import type { CallOptions, Operation } from './operation.js'
import type { Runtime } from './runtime.js'

/**
 * An operation of `r2kit/core`, for `createClient`. A value from which a client makes a method.
 *
 * @typeParam Method the method: `(input, options?) => Promise<Output>`
 */
export class ClientOperation<out Method> {
  /** The type of the method, for `Client`. It has no value. */
  declare readonly methodType: Method
  /**
   * The extensions that the method needs; the client has them too.
   *
   * @internal
   */
  readonly needs: Partial<Extensions>
  readonly #bind: (runtime: Runtime) => Method

  /** @internal */
  constructor(bind: (runtime: Runtime) => Method, needs: Partial<Extensions> = {}) {
    this.#bind = bind
    this.needs = needs
  }

  /**
   * Returns the method of one client.
   *
   * @internal
   */
  methodOf(runtime: Runtime): Method {
    return this.#bind(runtime)
  }
}

/** The method of an operation that is one request. */
export type RequestMethod<Input, Output> = (input: Input, options?: CallOptions) => Promise<Output>

/**
 * Makes the client's operation of a request.
 *
 * @param operationOf returns it; a function, because Rollup keeps a file whose value is passed, even where the result is not used
 */
export const requestOperation = <Input, Output>(
  operationOf: () => Operation<Input, Output>,
  needs?: Partial<Extensions>,
): ClientOperation<RequestMethod<Input, Output>> =>
  new ClientOperation((runtime) => (input, options) => runtime.execute(operationOf(), input, options), needs)
