/** The contract of transports that own their sockets, beyond that of every transport. */
import { transportSuite } from '../index.js'
import { connectionsSuite } from './connections.js'
import { pathsSuite } from './paths.js'
import { poolSuite } from './pool.js'
import { type SocketsUnderTest, withConnections } from './setup.js'
import { tlsSuite } from './tls.js'

/** Defines the tests of the whole contract for one transport. */
export const socketTransportSuite = (transport: SocketsUnderTest): void => {
  transportSuite({ name: transport.name, create: withConnections(transport.open) })
  pathsSuite(transport)
  poolSuite(transport)
  connectionsSuite(transport)
  tlsSuite(transport)
}
