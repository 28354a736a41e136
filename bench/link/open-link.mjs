/**
 * A shaped link on one machine: two network namespaces, and between them our relay (relay.c), which delays, drops and
 * rate-limits packets. The TCP at both ends is the kernel's. Needs root, a C compiler and iproute2.
 */
import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Addresses that are set aside for benchmarks of networks (RFC 2544), in namespaces of their own. */
const nearHost = '198.18.0.1'
const farHost = '198.18.0.2'

const run = (command, ...words) => {
  const { status, stderr, error } = spawnSync(command, words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${words.join(' ')}: ${error?.message ?? stderr}`)
}

/** The command that runs shell text among the TCP settings of a namespace. */
const inside = (name) => ['ip', 'netns', 'exec', name, 'sh', '-c', 'cd /proc/sys/net/ipv4 && eval "$0"']

/** Why there can be no link on this machine; undefined where there can. */
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
 *   `lossPercent`: of packets, in each direction. `congestionControl`: the machine's own unless said otherwise; `reno` takes
 *   every loss for congestion, and every kernel grants it to namespaces
 * @returns {Promise<{ host: string, congestionControl: string, near: object, far: object, close(): void }>}
 *   `host`: the far end. `near`, `far`: options for `startWorker`, to start a process at that end
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
    // A queue of one round trip at full rate, as routers are built.
    const figures = [roundTripMs * 500, megabitsPerSecond * 1e6, lossPercent * 10_000, roundTripMs * 1000, seed]
    relay = spawn(program, [near, far, ...figures.map((figure) => String(Math.round(figure)))], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await new Promise((resolve, reject) => {
      relay.stdout.once('data', resolve)
      relay.once('error', reject)
      relay.once('exit', () => reject(new Error('the relay ended')))
    })
    for (const [name, own, other] of [
      [near, nearHost, farHost],
      [far, farHost, nearHost],
    ]) {
      run('ip', '-n', name, 'address', 'add', own, 'peer', other, 'dev', 'link0')
      // The relay's queue is the one that drops, not the device's.
      run('ip', '-n', name, 'link', 'set', 'link0', 'up', 'txqueuelen', '10000')
      // Nothing learned from one connection may speed up or slow down those of the next contender.
      run(...inside(name), 'echo 1 > tcp_no_metrics_save')
    }
    if (congestionControl !== undefined) {
      for (const name of [near, far]) run(...inside(name), `echo ${congestionControl} > tcp_congestion_control`)
    }
    const [command, ...words] = [...inside(near), 'cat tcp_congestion_control']
    const inUse = spawnSync(command, words, { encoding: 'utf8' }).stdout.trim()
    const at = (name) => ({ execPath: 'ip', execArgv: ['netns', 'exec', name, process.execPath] })
    return { host: farHost, congestionControl: inUse, near: at(near), far: at(far), close }
  } catch (error) {
    close()
    throw error
  }
}
