/** Calls a method on a client without a network, and tells how that ended. */
import { isR2Error, R2Error } from 'r2kit'
import { fakeClient } from '../fake-transport.js'
import type { Case } from './cases.js'

export interface Outcome {
  /** Undefined where the call succeeded. */
  readonly error: unknown
  /** Requests that the transport saw. */
  readonly sent: number
  /** An exception where a rejection was due. */
  readonly isThrown: boolean
}

/** The codes of what a caller did wrong. */
const validationCodes: ReadonlySet<string> = new Set([
  'InvalidInput',
  'InvalidConfig',
  'InvalidPresign',
  'InvalidCredentials',
  'LengthRequired',
])

export const isValidationError = (error: unknown): error is R2Error =>
  isR2Error(error) && validationCodes.has(error.code)

/** The server refuses everything, so that a call that is let through ends with its first request. */
const refusing = () => new R2Error('AccessDenied', 'let through')

export const runCase = async (one: Case, values: readonly unknown[]): Promise<Outcome> => {
  const { r2, transport } = fakeClient(refusing, { presign: { allowedMethods: ['GET', 'PUT', 'HEAD', 'DELETE'] } })
  let isThrown = true
  try {
    const returned: unknown = Reflect.apply(one.method(r2), undefined, values)
    isThrown = false
    await settled(returned)
    return { error: undefined, sent: transport.sent.length, isThrown }
  } catch (error) {
    return { error, sent: transport.sent.length, isThrown }
  }
}

/** A list sends nothing before its first page is asked for. */
const settled = async (returned: unknown): Promise<unknown> => {
  const isList = typeof returned === 'object' && returned !== null && 'pages' in returned
  return isList && typeof returned.pages === 'function' ? returned.pages().next() : returned
}
