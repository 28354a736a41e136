import { refuseInput, unreadable } from '../../validation/refuse.js'

/** Inspects a value of the caller's, which may have getters or be a Proxy. */
export const reading = <T>(field: string, read: () => T): T => {
  try {
    return read()
  } catch (cause) {
    throw unreadable(cause, field, refuseInput)
  }
}
