/**
 * A shaped link on one machine: two network namespaces, connected by a relay (relay.c) that delays, drops and rate-limits
 * packets. Both ends use the kernel's TCP. Needs root, a C compiler and iproute2.
 */
import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Addresses reserved for network benchmarks (RFC 2544). */
const nearHost = '198.18.0.1'
const farHost = '198.18.0.2'

const run = (command, ...parameters) => {
  const { status, stderr, error } = spawnSync(command, parameters, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${parameters.join(' ')}: ${error?.message ?? stderr}`)
}

/** The command that runs shell text in the folder of a namespace's TCP settings. */
const inside = (name) => ['ip', 'netns', 'exec', name, 'sh', '-c', 'cd /proc/sys/net/ipv4 && eval "$0"']

/** The reason why this machine cannot open a link, or `undefined`. */
export const linkUnavailable = () => {
  if (process.platform !== 'linux') return 'needs Linux'
  if (process.getuid() !== 0) return 'needs root'
  const missing = ['cc', 'ip'].find((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0)
  if (missing !== undefined) return `needs ${missing} (Debian: apt-get install gcc libc6-dev iproute2)`
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK)
  } catch {
    return 'needs /dev/net/tun'
  }
}

const opened = new Set()
process.on('exit', () => {
  for (const close of opened) close()
})

/**
 * @param {{ roundTripMs: number, megabitsPerSecond: number, lossPercent?: number, congestionControl?: string, seed?: number }} shape
 *   `lossPercent`: share of packets lost in each direction. `congestionControl`: the machine's default if omitted; `reno`
 *   treats every loss as congestion and is available to namespaces on every kernel
 * @returns {Promise<{ host: string, congestionControl: string, near: object, far: object, close(): void }>}
 *   `host`: address of the far end. `near`, `far`: options of `startWorker` that start a process at that end
 */
export const openLink = async ({ roundTripMs, megabitsPerSecond, lossPercent = 0, congestionControl, seed = 1 }) => {
  const folder = mkdtempSync(join(tmpdir(), 'r2kit-link-'))
  const [near, far] = ['near', 'far'].map((end) => `r2kit-${process.pid}-${opened.size}-${end}`)
  let relay
  const close = () => {
    if (!opened.delete(close)) return
    relay?.kill('SIGKILL')
    for (const name of [near, far]) spawnSync('ip', ['netns', 'del', name])
    rmSync(folder, { recursive: true, force: true })
  }
  opened.add(close)
  try {
    const program = join(folder, 'relay')
    run('cc', '-O2', '-Wall', '-Werror', '-o', program, fileURLToPath(new URL('./relay.c', import.meta.url)))
    for (const name of [near, far]) run('ip', 'netns', 'add', name)
    // A queue of one round-trip time at full rate, the usual size in routers.
    const figures = [roundTripMs * 500, megabitsPerSecond * 1e6, lossPercent * 10_000, roundTripMs * 1000, seed]
    relay = spawn(program, [near, far, ...figures.map((figure) => String(Math.round(figure)))], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await new Promise((resolve, reject) => {
      relay.stdout.once('data', resolve)
      relay.once('error', reject)
      relay.once('exit', () => reject(new Error('The relay exited before it was ready.')))
    })
    for (const [name, own, other] of [
      [near, nearHost, farHost],
      [far, farHost, nearHost],
    ]) {
      run('ip', '-n', name, 'address', 'add', own, 'peer', other, 'dev', 'link0')
      // Packets must be dropped by the relay's queue, not by the device's.
      run('ip', '-n', name, 'link', 'set', 'link0', 'up', 'txqueuelen', '10000')
      // The kernel must not apply metrics of one connection to those of the next contender.
      run(...inside(name), 'echo 1 > tcp_no_metrics_save')
    }
    if (congestionControl !== undefined) {
      for (const name of [near, far]) run(...inside(name), `echo ${congestionControl} > tcp_congestion_control`)
    }
    const [command, ...parameters] = [...inside(near), 'cat tcp_congestion_control']
    const inUse = spawnSync(command, parameters, { encoding: 'utf8' }).stdout.trim()
    const at = (name) => ({ execPath: 'ip', execArgv: ['netns', 'exec', name, process.execPath] })
    return { host: farHost, congestionControl: inUse, near: at(near), far: at(far), close }
  } catch (error) {
    close()
    throw error
  }
}
