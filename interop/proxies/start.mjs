/** Third-party HTTP proxies that require credentials and permit tunnels to one port only. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'

export const credentials = { username: 'ana', password: 'p@ss:w%rd' }

const freePort = async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return port
}

const isListening = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })

const isInstalled = (program) => {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`])
    return true
  } catch {
    return false
  }
}

/** Starts a program that listens on a port, and returns the function that stops it. */
const startProgram = async (command, args, port) => {
  const child = spawn(command, args, { stdio: 'ignore' })
  const exited = once(child, 'exit')
  for (let attempt = 0; attempt < 200 && !(await isListening(port)); attempt++) {
    if (child.exitCode !== null) throw new Error(`${command} exited with ${child.exitCode}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return async () => {
    child.kill()
    const timer = setTimeout(() => child.kill('SIGKILL'), 5000)
    await exited
    clearTimeout(timer)
  }
}

/** Name → starts the proxy, which requires the credentials and permits the port of the server only; undefined if it is not installed. */
export const proxies = {
  'proxy-chain (npm)': async (allowedPort) => {
    const { RequestError, Server } = await import('proxy-chain')
    const server = new Server({
      port: 0,
      host: '127.0.0.1',
      prepareRequestFunction: ({ username, password, port }) => {
        if (port !== allowedPort) throw new RequestError('The port is not permitted', 403)
        return { requestAuthentication: username !== credentials.username || password !== credentials.password }
      },
    })
    await server.listen()
    return { port: server.port, stop: () => server.close(true) }
  },
  'tinyproxy (Debian)': async (allowedPort, folder) => {
    if (!isInstalled('tinyproxy')) return undefined
    const port = await freePort()
    const file = join(folder, 'tinyproxy.conf')
    // Its configuration has no form for a % in a password, so that it gets a user of its own.
    const lines = [
      `Port ${port}`,
      'Listen 127.0.0.1',
      'Timeout 60',
      'BasicAuth ana plain-password',
      `ConnectPort ${allowedPort}`,
    ]
    await writeFile(file, `${lines.join('\n')}\n`)
    const stop = await startProgram('tinyproxy', ['-d', '-c', file], port)
    return { port, stop, password: 'plain-password' }
  },
  'squid (Debian)': async (allowedPort, folder) => {
    if (!isInstalled('squid') || !isInstalled('openssl')) return undefined
    const port = await freePort()
    const users = join(folder, 'squid.users')
    const hash = execFileSync('openssl', ['passwd', '-apr1', credentials.password], { encoding: 'utf8' }).trim()
    await writeFile(users, `${credentials.username}:${hash}\n`)
    const file = join(folder, 'squid.conf')
    const lines = [
      `http_port 127.0.0.1:${port}`,
      `auth_param basic program /usr/lib/squid/basic_ncsa_auth ${users}`,
      'acl known proxy_auth REQUIRED',
      `acl permitted port ${allowedPort}`,
      'http_access deny !known',
      'http_access deny !permitted',
      'http_access allow all',
      'cache deny all',
      'access_log none',
      'cache_log /dev/null',
      `pid_filename ${join(folder, 'squid.pid')}`,
      'shutdown_lifetime 0 seconds',
    ]
    await writeFile(file, `${lines.join('\n')}\n`)
    const stop = await startProgram('squid', ['-N', '-f', file], port)
    return { port, stop }
  },
}
