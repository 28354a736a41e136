/** The sections about transfers. See sections.mjs. */
import { targets } from './targets.mjs'

const mebibyte = 1024 * 1024
const inMebibytes = (bytes) => Math.round(bytes / mebibyte)
const size = (bytes) => `${Math.round(bytes / mebibyte).toLocaleString('en')} MiB`
const times = (ratio) => `${ratio.toFixed(2)} ×`

const memory = async (quick) => {
  const { benchTransferMemory } = await import('./transfer-memory.mjs')
  const results = await benchTransferMemory(quick ? { sizes: [256 * mebibyte, 512 * mebibyte] } : {})
  const smallest = (operation) => results.find((result) => result.operation === operation)
  return results.flatMap(({ operation, bytes, overIdleBytes, reservedBytes, partsBytes }) => {
    const most = partsBytes + targets.transferMemoryBeyondPartsBytes
    const growth = overIdleBytes - smallest(operation).overIdleBytes
    const measure = `${operation}, ${size(bytes)}: peak over idle`
    const row = {
      measure,
      value: inMebibytes(overIdleBytes),
      unit: 'MiB',
      ratio: `${size(reservedBytes)} reserved`,
      target: `≤ parts in flight ${size(partsBytes)} + 32`,
      holds: overIdleBytes <= most,
    }
    if (bytes === smallest(operation).bytes) return [row]
    const sameTarget = { target: '≤ 16 MiB', holds: growth <= 16 * mebibyte }
    return [
      row,
      { measure: `${operation}: growth over the smaller size`, value: inMebibytes(growth), unit: 'MiB', ...sameTarget },
    ]
  })
}

const slow = async (quick) => {
  const { benchSlowEnds } = await import('./transfer-slow.mjs')
  const results = await benchSlowEnds(quick ? { seconds: 15 } : {})
  return results.map(({ name, overIdleBytes, reservedBytes, growthBytes, seconds }) => ({
    measure: `${name}, 1 MB/s for ${Math.round(seconds)} s: memory growth`,
    value: inMebibytes(growthBytes),
    unit: 'MiB',
    ratio: `peak ${size(overIdleBytes)} over idle, ${size(reservedBytes)} reserved`,
    target: '≤ 8 MiB',
    holds: growthBytes <= 8 * mebibyte,
  }))
}

const onLink =
  ({ label, ...shape }) =>
  async (quick) => {
    const { linkUnavailable } = await import('./link/open-link.mjs')
    const reason = linkUnavailable()
    if (reason !== undefined) return [{ measure: `${label}: SKIPPED, ${reason}`, value: 0, unit: '' }]
    const { benchTransferLink } = await import('./transfer-link.mjs')
    const results = await benchTransferLink({ ...shape, ...(quick ? { bytes: 256 * mebibyte, peerSeconds: 20 } : {}) })
    return results.map(({ name, direction, bytesPerSecond, ofLink, timesPeer, congestionControl, inFlight, load }) => ({
      measure: `${label}, ${direction}: ${name}`,
      value: (bytesPerSecond * 8) / 1e6,
      unit: 'Mbit/s',
      ratio:
        name === 'r2kit'
          ? `${times(ofLink)} link, ${times(timesPeer)} aws-sdk, ${inFlight} in flight`
          : `${times(ofLink)} link${name === 'link' ? `, ${congestionControl}, ${load}` : ''}`,
      ...(name === 'r2kit'
        ? {
            target: `≥ ${targets.transferOfLink} × link, > 1 × aws-sdk`,
            holds: ofLink >= targets.transferOfLink && timesPeer > 1,
          }
        : {}),
    }))
  }

const cpu = async (quick) => {
  const { benchTransferCpu } = await import('./transfer-cpu.mjs')
  const results = await benchTransferCpu(quick ? { bytes: 256 * mebibyte, rounds: 1 } : {})
  return results.map(({ operation, name, timesOurs, wallSeconds, load, ...perMegabyte }) => {
    const [user, most] = [perMegabyte.userPerMegabyte, perMegabyte.mostPerMegabyte].map(Math.round)
    return {
      measure: `${operation}, loopback: ${name}`,
      value: perMegabyte.microsecondsPerMegabyte,
      unit: 'µs CPU per MB',
      ratio: `${times(timesOurs)} r2kit, ${user} user, slowest ${most}, ${wallSeconds.toFixed(1)} s, ${load}`,
      ...(name === 'r2kit' || name.includes(',') ? {} : { target: '> 1 × r2kit', holds: timesOurs > 1 }),
    }
  })
}

/** @type {Record<string, (quick: boolean) => Promise<import('./sections.mjs').Row[]>>} */
export const transferSections = {
  'transfer-memory': memory,
  'transfer-slow': slow,
  'transfer-cpu': cpu,
  'link-clean': onLink({ label: '50 ms, 200 Mbit/s', lossPercent: 0 }),
  'link-loss': onLink({ label: '50 ms, 200 Mbit/s, 0.1 % loss', lossPercent: 0.1 }),
  // Some machines default to BBR, which tolerates loss. With Reno, packet loss limits the rate of a connection.
  'link-reno': onLink({ label: '50 ms, 200 Mbit/s, 0.1 % loss, reno', lossPercent: 0.1, congestionControl: 'reno' }),
}
