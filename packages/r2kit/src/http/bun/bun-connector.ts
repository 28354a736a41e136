/** Makes the sockets of a pool on Bun, TLS included. */
import { isIP } from 'node:net'
import { checkServerIdentity } from 'node:tls'
import { clearTimeout, setTimeout } from '../native-timers.js'
import type { Connector, ConnectorOptions } from '../undici/connection.js'
import { bunConnect } from './bun-api.js'
import { BunSocket, passedOn } from './bun-socket.js'

/** TLS 1.2, as Bun takes it: the number of the protocol (RFC 5246, appendix E.1). */
const tls12 = 0x0303

const tlsOptions = (host: string, ca: ConnectorOptions['ca']) => ({
  minVersion: tls12,
  rejectUnauthorized: true,
  ...(isIP(host) === 0 ? { serverName: host } : {}),
  ...(ca === undefined ? {} : { ca }),
})

/** A connector that checks the certificate, and the name in it, before it hands on a socket. */
export const bunConnector =
  ({ ca, connectTimeoutMs, keepAliveIntervalMs }: ConnectorOptions): Connector =>
  ({ protocol, hostname, port }, callback) => {
    const host = hostname.replace(/^\[|\]$/g, '')
    const isSecure = protocol === 'https:'
    const socket = new BunSocket()
    const timer = Number.isFinite(connectTimeoutMs)
      ? setTimeout(
          () => fail(Object.assign(new Error(`no connection in ${connectTimeoutMs} ms`), { code: 'ETIMEDOUT' })),
          connectTimeoutMs,
        )
      : undefined
    let isDone = false
    const fail = (error: Error) => {
      if (isDone) return
      isDone = true
      clearTimeout(timer)
      socket.destroy()
      callback(error, null)
    }
    const made = () => {
      if (isDone) return
      isDone = true
      clearTimeout(timer)
      callback(null, socket)
    }
    // The pool destroys a socket whose request has ended.
    socket.once('close', () => fail(new Error('the connection was closed while it was made')))
    bunConnect({
      // RFC 6761, section 6.3; not every system resolves these names.
      hostname: host.endsWith('.localhost') ? 'localhost' : host,
      port: Number(port) || (isSecure ? 443 : 80),
      ...(isSecure ? { tls: tlsOptions(host, ca) } : {}),
      socket: {
        ...passedOn(socket),
        open: (native) => {
          socket.opened(native)
          native.setNoDelay(true)
          native.setKeepAlive(true, keepAliveIntervalMs)
          if (!isSecure) made()
        },
        // Bun checks the name too; an unchecked one would send signed requests to anyone.
        handshake: (native, isSuccess, problem) => {
          const mismatch = problem ?? (isSuccess ? checkServerIdentity(host, native.getPeerCertificate()) : undefined)
          if (isSuccess && mismatch === undefined) made()
          else fail(mismatch ?? new Error('the TLS handshake failed'))
        },
        connectError: (_, error) => fail(error),
      },
    }).catch(fail)
    return socket
  }
