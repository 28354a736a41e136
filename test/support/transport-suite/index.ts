/** The contract of a Transport, as a suite over any implementation: real sockets, and a virtual clock. */
import { abortsSuite } from './aborts.js'
import { closeSuite } from './close.js'
import { failuresSuite } from './failures.js'
import { requestBodiesSuite } from './request-bodies.js'
import { responsesSuite } from './responses.js'
import type { TransportUnderTest } from './setup.js'
import { timeoutsSuite } from './timeouts.js'

/** Defines the tests of the contract for one transport. */
export const transportSuite = (transport: TransportUnderTest): void => {
  responsesSuite(transport)
  requestBodiesSuite(transport)
  failuresSuite(transport)
  timeoutsSuite(transport)
  abortsSuite(transport)
  closeSuite(transport)
}
