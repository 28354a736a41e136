import { plainTransport } from '#test/support/plain-transport.js'
import { transportSuite } from '#test/support/transport-suite/index.js'

transportSuite({ name: 'node:http', create: plainTransport })
