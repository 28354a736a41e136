/** Calls a method of a client without a network and returns the outcome. */
import { isR2Error, R2Error } from 'r2kit'
import { fakeClient } from '../fake-transport.js'
import type { Case } from './method-cases.js'

export interface Outcome {
  /** Undefined if the call succeeded. */
  readonly error: unknown
  /** The number of requests that reached the transport. */
  readonly sent: number
  /** Whether the method threw instead of returning a rejected promise. */
  readonly isThrown: boolean
}

/** The codes of errors in the caller's input. */
const validationCodes: ReadonlySet<string> = new Set([
  'InvalidInput',
  'InvalidConfig',
  'InvalidPresign',
  'InvalidCredentials',
  'LengthRequired',
])

export const isValidationError = (error: unknown): error is R2Error =>
  isR2Error(error) && validationCodes.has(error.code)

/** The server denies everything, so that a call that passes validation ends with its first request. */
const denyAccess = () => new R2Error('AccessDenied', 'the call passed validation')

export const runCase = async (entry: Case, values: readonly unknown[]): Promise<Outcome> => {
  const { r2, transport } = fakeClient(denyAccess, { presign: { allowedMethods: ['GET', 'PUT', 'HEAD', 'DELETE'] } })
  let isThrown = true
  try {
    const returned: unknown = Reflect.apply(entry.method(r2), undefined, values)
    isThrown = false
    await firstResult(returned)
    return { error: undefined, sent: transport.sent.length, isThrown }
  } catch (error) {
    return { error, sent: transport.sent.length, isThrown }
  }
}

/** The result of a call. For a list, requests the first page, because it sends nothing before. */
const firstResult = async (returned: unknown): Promise<unknown> => {
  const isList = typeof returned === 'object' && returned !== null && 'pages' in returned
  return isList && typeof returned.pages === 'function' ? returned.pages().next() : returned
}
