/** Forbids sockets to the process that imports this: every attempt throws and is counted. */
import dgram from 'node:dgram'
import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import tls from 'node:tls'

globalThis.socketAttempts = []

const forbid = (owner, name) => {
  owner[name] = () => {
    const error = new Error(`${name}: this process must not open a socket`)
    globalThis.socketAttempts.push(error.stack)
    throw error
  }
}

for (const name of ['connect', 'createConnection', 'createServer']) forbid(net, name)
forbid(net.Socket.prototype, 'connect')
forbid(net.Server.prototype, 'listen')
for (const name of ['connect', 'createServer']) forbid(tls, name)
forbid(dgram, 'createSocket')
for (const owner of [dns, dns.promises]) {
  for (const name of Object.keys(owner).filter((key) => /^(?:lookup|resolve|reverse)/.test(key))) forbid(owner, name)
}
syncBuiltinESMExports()
