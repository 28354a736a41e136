/**
 * The sections of a run. Each runs a benchmark and returns rows of figures and targets. A section imports its module when
 * it runs, because the peers may not be installed earlier.
 *
 * @typedef {{ measure: string, value?: number, unit?: string, ratio?: string, target?: string, holds?: boolean, skipped?: string }} Row
 */
import { targets } from './targets.mjs'
import { transferSections } from './transfer-sections.mjs'

const times = (ratio) => `${ratio.toFixed(2)} ×`
const atMost = (value, most, unit = '') => ({ target: `≤ ${most}${unit}`, holds: value <= most })
const atLeast = (value, least) => ({ target: `≥ ${least} ×`, holds: value >= least })

const labels = {
  'small-get': 'GET 1 KB, 32 in flight',
  'small-put': 'PUT 1 KB, 32 in flight',
  'large-get': 'GET 256 MB streamed',
  'large-put': 'PUT 256 MB streamed',
}

const requests = async (quick) => {
  const { benchRequests } = await import('./requests.mjs')
  const results = await benchRequests(quick ? { processes: 1, rounds: 3 } : {})
  return results.flatMap(({ operation, name, microseconds, overFloor, timesLess }) => {
    const shown = name === 'r2kit-layers' ? 'r2kit with all layers of r2kit/resilience' : name
    const row = { measure: `${labels[operation]}: ${shown}`, value: microseconds, unit: 'µs CPU' }
    if (name === 'undici') return [{ ...row, measure: `${row.measure} (floor)` }]
    const over = { ...row, ratio: `${times(overFloor)} floor` }
    if (name === 'r2kit' || name === 'r2kit-layers')
      return [{ ...over, ...atMost(overFloor, targets.smallOverFloor, ' × floor') }]
    const peer = { ...over, ratio: `${over.ratio}, ${times(timesLess)} r2kit` }
    return [name === 'aws-sdk' ? { ...peer, ...atLeast(timesLess, targets.smallLessThanAws) } : peer]
  })
}

const events = async (quick) => {
  const { benchEvents } = await import('./events.mjs')
  const results = await benchEvents(quick ? { processes: 1, rounds: 3 } : {})
  return results.map(({ operation, name, microseconds, overNone }) => ({
    measure: `${labels[operation]}, listener: ${name}`,
    value: microseconds,
    unit: 'µs CPU',
    ...(name === 'none' ? {} : { ratio: `${times(overNone)} no listener` }),
  }))
}

const streams = async (quick) => {
  const { benchStreams } = await import('./streams.mjs')
  const results = await benchStreams(quick ? { processes: 1, rounds: 2 } : {})
  return results.map(({ operation, name, microsecondsPerMegabyte, overFloor, peakMegabytes }) => ({
    measure: `${labels[operation]}: ${name}${name === 'undici' ? ' (floor)' : ''}`,
    value: microsecondsPerMegabyte,
    unit: 'µs CPU per MB',
    ratio: `${times(overFloor)} floor, ${Math.round(peakMegabytes)} MB resident`,
    ...(operation === 'large-get' && name === 'r2kit' ? atMost(overFloor, targets.streamOverFloor, ' × floor') : {}),
  }))
}

const signing = async (quick) => {
  const { benchSigning } = await import('./signing.mjs')
  const most = { cached: targets.signatureCachedMicroseconds, derived: targets.signatureDerivedMicroseconds }
  const results = await benchSigning({ rounds: quick ? 3 : 9 })
  return results.map(({ name, key, medianMicroseconds }) => ({
    measure: `signature, key ${key}: ${name}`,
    value: medianMicroseconds,
    unit: 'µs',
    ...(name === 'r2kit' ? atMost(medianMicroseconds, most[key], ' µs') : {}),
  }))
}

const lists = async (quick) => {
  const { benchXml } = await import('./xml.mjs')
  const results = await benchXml({ rounds: quick ? 3 : 9 })
  return results.map(({ name, medianMs }) => ({
    measure: `list of 1,000 objects: ${name}`,
    value: medianMs,
    unit: 'ms',
    ...(name.startsWith('r2kit') ? atMost(medianMs, targets.listMs, ' ms') : {}),
  }))
}

const imports = async (quick) => {
  const { benchImports } = await import('./imports.mjs')
  const results = await benchImports({ rounds: quick ? 5 : 21 })
  return results.map(({ name, overBareMs, bestMs }) => ({
    measure: `import, over bare Node: ${name}`,
    value: overBareMs,
    unit: 'ms',
    ratio: `best ${bestMs.toFixed(1)} ms`,
    ...(name === 'r2kit' ? atMost(overBareMs, targets.importMs, ' ms') : {}),
  }))
}

const local = async (quick) => {
  const { benchLocal } = await import('./local.mjs')
  const results = await benchLocal(quick ? { rounds: 3, seconds: 0.5 } : {})
  const least = { memory: targets.localMemoryTimes, durable: targets.localDurableTimes }
  return results.flatMap(({ name, putsPerSecond, timesMiniflare, startMs, importMs }) => [
    {
      measure: `local R2, 1 KB PUTs: ${name}`,
      value: putsPerSecond,
      unit: 'per second',
      ...(name in least
        ? { ratio: `${times(timesMiniflare)} miniflare`, ...atLeast(timesMiniflare, least[name]) }
        : {}),
    },
    {
      measure: `local R2, start: ${name}`,
      value: startMs,
      unit: 'ms',
      ...(importMs === undefined ? {} : { ratio: `plus import: ${Math.round(importMs)} ms` }),
      ...(name === 'memory' ? atMost(startMs, targets.localStartMs, ' ms') : {}),
    },
  ])
}

const files = async (quick) => {
  const { benchManyFiles } = await import('./many-files.mjs')
  const results = await benchManyFiles(quick ? { files: 1000, rounds: 1 } : {})
  return results.flatMap(
    ({ direction, name, skipped, filesPerSecond, range, cpuMicroseconds, speedRatio, cpuRatio }) => {
      const measure = `4 KB files ${direction}: ${name}`
      if (skipped !== undefined) return [{ measure, skipped }]
      return [
        {
          measure,
          value: filesPerSecond,
          unit: 'files per second',
          ratio: `${range.map(Math.round).join(' to ')}, r2 cp ${times(speedRatio)} as fast`,
        },
        { measure, value: cpuMicroseconds, unit: 'µs CPU per file', ratio: `${times(cpuRatio)} r2 cp` },
      ]
    },
  )
}

const mebibyte = 1024 * 1024

const filesMemory = async (quick) => {
  const { benchManyFilesMemory } = await import('./many-files-memory.mjs')
  const results = await benchManyFilesMemory(quick ? { counts: [1000, 6000] } : {})
  return results.flatMap(({ direction, files, liveBytes, peakBytes, smallHeapPeakBytes }) => {
    const fewest = results.find((result) => result.direction === direction)
    const row = (label, bytes, base) => ({
      measure: `${files.toLocaleString('en')} files of 4 KB ${direction}: ${label}`,
      value: bytes / mebibyte,
      unit: 'MiB',
      ...(base === undefined || files === fewest.files
        ? {}
        : {
            ratio: `${((bytes - base) / mebibyte).toFixed(1)} MiB more than for ${fewest.files.toLocaleString('en')}`,
            target: `≤ ${targets.filesMemoryGrowthBytes / mebibyte} MiB more`,
            holds: bytes - base <= targets.filesMemoryGrowthBytes,
          }),
    })
    return [
      row('reachable at the end', liveBytes, fewest.liveBytes),
      row('peak with a small heap', smallHeapPeakBytes, fewest.smallHeapPeakBytes),
      row('peak', peakBytes),
    ]
  })
}

const http = async (quick) => {
  const { benchHttpVersions } = await import('./http-versions.mjs')
  const results = await benchHttpVersions({ rounds: quick ? 2 : 9 })
  return results.flatMap(({ load, per, cpu1, cpu2, cpuRatio, timeRatio }) => [
    { measure: `TLS, ${load}: HTTP/1.1`, value: cpu1, unit: `µs CPU per ${per}` },
    {
      measure: `TLS, ${load}: HTTP/2`,
      value: cpu2,
      unit: `µs CPU per ${per}`,
      ratio: `${times(cpuRatio)} CPU, ${times(timeRatio)} time`,
    },
  ])
}

const sizes = async () => {
  const { benchSizes } = await import('./size.mjs')
  return (await benchSizes()).map(({ name, gzipBytes, budgetBytes }) => ({
    measure: `bundle for fetch runtimes: ${name}`,
    value: gzipBytes,
    unit: 'B gzipped',
    ...atMost(gzipBytes, budgetBytes, ' B'),
  }))
}

/**
 * The sections of a run without `--only` and `--all`.
 *
 * @type {Record<string, (quick: boolean) => Promise<Row[]>>}
 */
export const usualSections = { requests, events, streams, signing, lists, imports, local, http, sizes }

/** All sections, including those that take up to 15 minutes, need root, or need other programs. */
export const sections = { ...usualSections, files, 'files-memory': filesMemory, ...transferSections }
