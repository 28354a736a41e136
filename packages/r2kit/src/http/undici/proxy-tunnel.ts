/**
 * Connections through an HTTP proxy, by CONNECT (RFC 9110, section 9.3.6), for HTTPS and for plain HTTP: the proxy sees neither
 * requests nor their signatures. It is a connector for the pool, whose limits and timeouts hold unchanged. Undici's `ProxyAgent`
 * has a pool of its own, with neither.
 */
import { isIPv6, connect as netConnect, type Socket } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
import type { Clock, Timer } from '../../base/clock.js'
import { printable } from '../../base/shown.js'
import { asFinal, isR2Error, R2Error } from '../../errors/index.js'
import { networkError } from '../network-error.js'
import type { ProxyOptions } from '../proxy.js'
import type { Connector } from './connection.js'

/** Longer heads are no response to a CONNECT. */
const headBytesMax = 16 * 1024

export interface TunnelOptions {
  readonly proxy: ProxyOptions
  /** Of the server, for errors. */
  readonly origin: string
  /** Time for the connection to the proxy, its response and TLS to the server together. */
  readonly connectTimeoutMs: number
  readonly clock: Clock
  /** Certificate authorities for a proxy with the scheme https:. */
  readonly ca?: string | readonly string[] | undefined
}

type Callback = Parameters<Connector>[1]
type Target = Parameters<Connector>[0]

/** @param connect makes TLS to the server, on the socket of the tunnel */
export const throughProxy =
  (connect: Connector, options: TunnelOptions): Connector =>
  (target, callback) => {
    const { connectTimeoutMs, clock } = options
    const socket = connectToProxy(options)
    let timer: Timer | undefined
    let isDone = false
    const end: Callback = (...[error, made]: Parameters<Callback>) => {
      if (isDone) return
      isDone = true
      timer?.cancel()
      if (error === null) return callback(null, made)
      socket.destroy()
      callback(error, null)
    }
    if (Number.isFinite(connectTimeoutMs))
      timer = clock.after(connectTimeoutMs, () => end(tooSlow(options, socket.connecting), null))
    openTunnel(socket, target, options, (error) => {
      if (error !== undefined) return end(error, null)
      if (target.protocol !== 'https:') {
        nameEarlyEnd(socket, options)
        return end(null, socket)
      }
      const secured = connect(
        { ...target, httpSocket: socket } as Target,
        (...[failure, made]: Parameters<Callback>) => {
          if (failure === null) end(null, made)
          else end(tlsFailure(failure, options), null)
        },
      )
      // The pool destroys the socket that it was given, which is the one below.
      socket.once('close', () => secured.destroy())
    })
    return socket
  }

/** Names the proxy where it closes a tunnel for plain HTTP before the server has sent anything. */
const nameEarlyEnd = (socket: Socket, options: TunnelOptions): void => {
  const { bytesRead } = socket
  socket.once('end', () => {
    if (socket.bytesRead === bytesRead)
      socket.destroy(failed('ConnectionReset', options, 'closed the tunnel without a response', checkTunnel))
  })
}

const connectToProxy = ({ proxy, ca }: TunnelOptions): Socket => {
  const { protocol, hostname, port } = new URL(proxy.url)
  const host = hostname.replace(/^\[|\]$/g, '')
  if (protocol === 'http:') return netConnect({ host, port: Number(port || 80), noDelay: true, keepAlive: true })
  return tlsConnect({
    host,
    port: Number(port || 443),
    ...(isIPv6(host) || /^[\d.]+$/.test(host) ? {} : { servername: host }),
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['http/1.1'],
    ...(ca === undefined ? {} : { ca: typeof ca === 'string' ? ca : [...ca] }),
  })
}

/** Sends CONNECT once the socket is connected, and reads the head of the response. Calls `done` once. */
const openTunnel = (socket: Socket, target: Target, options: TunnelOptions, done: (error?: R2Error) => void): void => {
  const { proxy, origin } = options
  let head = Buffer.alloc(0)
  const finish = (error?: R2Error) => {
    socket.off('error', onError).off('close', onClose).off('data', onData)
    done(error)
  }
  const onError = (error: Error) => finish(unreachable(error, options))
  const onClose = () =>
    finish(failed('ConnectionReset', options, 'closed the connection without a response to CONNECT', wrongPort))
  const onData = (bytes: Buffer) => {
    head = Buffer.concat([head, bytes])
    const end = head.indexOf('\r\n\r\n')
    if (end === -1 && head.byteLength <= headBytesMax) return
    socket.pause()
    const text = head.subarray(0, end === -1 ? 0 : end).toString('latin1')
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1])
    if (Number.isNaN(status)) return finish(failed('InvalidResponse', options, 'does not speak HTTP', wrongPort))
    // An interim response, after which the final one follows.
    if (status < 200) {
      head = head.subarray(end + 4)
      socket.resume()
      return onData(Buffer.alloc(0))
    }
    if (status >= 300) return finish(refused(status, text, options))
    const rest = head.subarray(end + 4)
    if (rest.byteLength > 0) socket.unshift(rest)
    finish()
  }
  const send = () => {
    const { hostname, port, protocol } = new URL(origin)
    const authority = `${target.hostname === hostname ? hostname : bracketed(target.hostname)}:${port || (protocol === 'https:' ? 443 : 80)}`
    const { username, password } = proxy
    const credentials =
      username === undefined
        ? ''
        : `proxy-authorization: Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}\r\n`
    socket.write(`CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n${credentials}\r\n`)
  }
  socket.on('error', onError).on('close', onClose).on('data', onData)
  socket.once(proxy.url.startsWith('https:') ? 'secureConnect' : 'connect', send)
}

const bracketed = (hostname: string): string => (isIPv6(hostname) ? `[${hostname}]` : hostname)

const checkProxy = 'Check the host and port of connections.proxy, and that the proxy is running.'
const checkTunnel = 'Check that the proxy may connect to this host and port; its log has the reason.'
const wrongPort = 'Check the port of connections.proxy, and whether it needs http: or https:.'

const failed = (
  code: 'ConnectionFailed' | 'ConnectionReset' | 'InvalidResponse' | 'Timeout',
  options: TunnelOptions,
  problem: string,
  hint: string,
  cause?: unknown,
) =>
  new R2Error(code, `cannot connect to ${options.origin}: the proxy ${options.proxy.url} ${problem}`, { hint, cause })

const unreachable = (error: Error, { origin, proxy }: TunnelOptions): R2Error => {
  const { code, message, cause, hint } = networkError(error, proxy.url, false)
  return new R2Error(code, `cannot connect to ${origin} through its proxy: ${message}`, {
    hint: code === 'TlsFailed' ? hint : checkProxy,
    cause,
  })
}

const tooSlow = (options: TunnelOptions, isConnecting: boolean): R2Error =>
  failed(
    'Timeout',
    options,
    isConnecting ? 'did not accept the connection in time' : 'did not connect in time',
    checkProxy,
  )

/** A tunnel that closes before TLS is established; other failures of TLS are those of the server. */
const tlsFailure = (error: Error, options: TunnelOptions): Error => {
  if (isR2Error(error) || !('code' in error) || (error.code !== 'ECONNRESET' && error.code !== 'EPIPE')) return error
  return failed('ConnectionReset', options, 'closed the tunnel before TLS was established', checkTunnel, error)
}

/** The proxy's response to CONNECT that is no success. A 5xx may pass; others stay until something is changed. */
const refused = (status: number, head: string, options: TunnelOptions): R2Error => {
  const line = printable(head.split('\r\n', 1)[0]?.replace(/^HTTP\/1\.[01] /, '') ?? '').slice(0, 80)
  const { host } = new URL(options.origin)
  // Tinyproxy rejects wrong credentials with 401.
  if (status === 407 || status === 401) return asFinal(unauthorised(line, head, options))
  if (status >= 500)
    return failed(
      'ConnectionFailed',
      options,
      `could not connect to ${host}: ${line}`,
      'Try again; if it persists, see the log of the proxy.',
    )
  const hint = `Permit CONNECT to ${host} in the configuration of the proxy, or name the host in NO_PROXY.`
  return asFinal(failed('ConnectionFailed', options, `refused the tunnel to ${host}: ${line}`, hint))
}

const unauthorised = (line: string, head: string, options: TunnelOptions): R2Error => {
  const schemes = [...head.matchAll(/\r\nproxy-authenticate:\s*([\w-]+)/gi)].map(([, scheme]) => scheme)
  const isBasic = schemes.length === 0 || schemes.some((scheme) => scheme?.toLowerCase() === 'basic')
  if (!isBasic)
    return failed(
      'ConnectionFailed',
      options,
      `requires ${schemes.join(' or ')} authentication: ${line}`,
      'Only Basic is supported: permit it for this client, or run a local proxy that authenticates.',
    )
  return options.proxy.username === undefined
    ? failed(
        'ConnectionFailed',
        options,
        `requires credentials: ${line}`,
        'Pass username and password in connections.proxy.',
      )
    : failed(
        'ConnectionFailed',
        options,
        `rejected the credentials: ${line}`,
        'Check username and password of connections.proxy.',
      )
}
