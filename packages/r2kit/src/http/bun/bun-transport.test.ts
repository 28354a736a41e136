/** Runs on Bun only: `npm run test:bun`. */
import { socketTransportSuite } from '#test/support/transport-suite/sockets/index.js'
import { BunTransport } from './bun-transport.js'

socketTransportSuite({ name: 'bun', open: (options) => new BunTransport(options) })
