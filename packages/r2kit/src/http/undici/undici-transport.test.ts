import { socketTransportSuite } from '#test/support/transport-suite/sockets/index.js'
import { UndiciTransport } from './undici-transport.js'

socketTransportSuite({ name: 'undici', open: (options) => new UndiciTransport(options) })
