/** The sections about transfers and files. See sections.mjs. */
import { allOf, atLeastTimes, atMost, atMostTimes, kindOf } from './rows.mjs'
import { targets } from './targets.mjs'

const mebibyte = 1024 * 1024
const size = (bytes) => `${Math.round(bytes / mebibyte).toLocaleString('en')} MiB`
const thousands = (count) => count.toLocaleString('en')

/** The target that a measurement uses no more memory than that of the other build, if there is one. */
const noMoreThan = (before, bytes) => {
  if (before === undefined) return []
  const most = targets.memoryBeyondBeforeBytes
  return [{ target: `≤ before + ${most / mebibyte} MiB`, holds: bytes - before <= most }]
}

const memory = async ({ quick, brief, before }) => {
  const { benchTransferMemory } = await import('./transfer-memory.mjs')
  const sizes = quick ? [256 * mebibyte, 512 * mebibyte] : brief ? [512 * mebibyte, 2048 * mebibyte] : undefined
  const results = await benchTransferMemory({ sizes, before })
  const find = (operation, name, bytes) =>
    results.find(
      (result) => result.operation === operation && result.name === name && (bytes ?? result.bytes) === result.bytes,
    )
  return results.map(({ operation, bytes, name, before: counterpart, overIdleBytes, reservedBytes, partsBytes }) => {
    const most = partsBytes + targets.transferMemoryBeyondPartsBytes
    const row = {
      group: `${operation}, ${size(bytes)}: peak of resident memory over idle`,
      name,
      kind: kindOf(name),
      value: overIdleBytes / mebibyte,
      unit: 'MiB',
    }
    if (row.kind === 'before') return row
    const smallest = find(operation, name)
    const growth = overIdleBytes - smallest.overIdleBytes
    const notes = [`${size(reservedBytes)} reserved`]
    const goals = [
      {
        target: `≤ parts in flight ${size(partsBytes)} + ${targets.transferMemoryBeyondPartsBytes / mebibyte}`,
        limit: most / mebibyte,
        holds: overIdleBytes <= most,
      },
    ]
    if (bytes !== smallest.bytes) {
      notes.push(`${(growth / mebibyte).toFixed(1)} MiB more than for ${size(smallest.bytes)}`)
      const limit = targets.transferMemoryGrowthBytes
      goals.push({ target: `≤ ${limit / mebibyte} MiB more`, holds: growth <= limit })
    }
    goals.push(...noMoreThan(find(operation, counterpart, bytes)?.overIdleBytes, overIdleBytes))
    return { ...row, note: notes.join(', '), ...allOf(...goals) }
  })
}

const slow = async ({ quick, brief, before }) => {
  const { benchSlowEnds } = await import('./transfer-slow.mjs')
  const results = await benchSlowEnds({ before, seconds: quick ? 15 : brief ? 40 : 60 })
  return results.map(({ end, name, before: counterpart, overIdleBytes, reservedBytes, growthBytes, seconds }) => {
    const other = results.find((result) => result.end === end && result.name === counterpart)
    const most = targets.slowGrowthBytes
    return {
      group: `${end}, 1 MB/s for ${Math.round(seconds)} s: growth of resident memory`,
      name,
      kind: kindOf(name),
      value: growthBytes / mebibyte,
      unit: 'MiB',
      note: `peak ${size(overIdleBytes)} over idle, ${size(reservedBytes)} reserved`,
      ...(kindOf(name) === 'before'
        ? {}
        : allOf(
            { target: `≤ ${most / mebibyte} MiB`, limit: most / mebibyte, holds: growthBytes <= most },
            ...noMoreThan(other?.overIdleBytes, overIdleBytes),
          )),
    }
  })
}

const onLink =
  ({ label, ...shape }) =>
  async ({ quick, brief, before }) => {
    const { linkUnavailable } = await import('./link/open-link.mjs')
    const reason = linkUnavailable()
    if (reason !== undefined) return [{ group: `1 GiB over ${label}`, name: 'r2kit', skipped: reason }]
    const { benchTransferLink } = await import('./transfer-link.mjs')
    const bytes = (quick ? 256 : brief ? 512 : 1024) * mebibyte
    const results = await benchTransferLink({ ...shape, bytes, before, ...(quick ? { peerSeconds: 20 } : {}) })
    return results.map(({ name, direction, bytesPerSecond, over, congestionControl, inFlight, load }) => {
      const ratios = { link: over('link'), 'aws-sdk': over('aws-sdk'), before: over('r2kit before') }
      const of = (names) => Object.fromEntries(names.map((key) => [key, ratios[key]]).filter(([, ratio]) => ratio))
      const row = {
        group: `${size(bytes)} over ${label}, ${direction}`,
        name: name === 'link' ? 'bare TCP' : name,
        kind: name === 'link' ? 'floor' : kindOf(name),
        value: (bytesPerSecond * 8) / 1e6,
        unit: 'Mbit/s',
        ratios: of(name === 'link' ? [] : ['link']),
        ...(name === 'link' ? { note: `${congestionControl}, ${load}` } : {}),
      }
      if (name !== 'r2kit') return row
      return {
        ...row,
        ratios: of(['link', 'aws-sdk', 'before']),
        note: `${inFlight} in flight`,
        ...allOf(
          atLeastTimes(ratios.link, targets.transferOfLink, 'link'),
          { target: '> 1 × aws-sdk', holds: ratios['aws-sdk'] > 1 },
          ...(ratios.before === undefined ? [] : [atLeastTimes(ratios.before, targets.linkOfBefore, 'before')]),
        ),
      }
    })
  }

const cpuGroups = {
  'upload-file': 'Upload of 1 GiB from a file',
  'download-file': 'Download of 1 GiB to a file',
}

const cpu = async ({ quick, brief, before, runtimes }) => {
  const { benchTransferCpu } = await import('./transfer-cpu.mjs')
  const length = quick ? { bytes: 256 * mebibyte, rounds: 1 } : brief ? { rounds: 3 } : {}
  const results = await benchTransferCpu({ runtimes, before, ...length })
  const rowsOf = (field, unit, label, extra) =>
    results.map((result) => {
      const { operation, name, runtime, before: counterpart, skipped } = result
      const group = quick ? cpuGroups[operation].replace('1 GiB', size(256 * mebibyte)) : cpuGroups[operation]
      const common = { group: `${group}, ${label}`, name, runtime, kind: kindOf(name) }
      if (skipped !== undefined) return { ...common, skipped }
      const find = (other) =>
        results.find((entry) => entry.operation === operation && entry.runtime === runtime && entry.name === other)
      const over = (other) => (find(other)?.skipped === undefined ? result[field] / find(other)?.[field] : undefined)
      const ratios = [
        ['unverified', name === 'r2kit' ? over('r2kit, unverified') : undefined],
        ['r2kit', common.kind === 'peer' ? over('r2kit') : undefined],
        ['before', counterpart === undefined ? undefined : over(counterpart)],
      ].filter(([, ratio]) => ratio !== undefined)
      const row = { ...common, value: result[field], unit, ratios: Object.fromEntries(ratios) }
      return { ...row, ...extra(result, over, find) }
    })
  const most = targets.verifiedOverUnverified
  return [
    ...rowsOf('microsecondsPerMegabyte', 'µs CPU per MB', 'CPU', (result, over, find) => {
      const [user, slowest] = [result.userPerMegabyte, result.mostPerMegabyte].map(Math.round)
      const verified = () =>
        atMostTimes(
          over('r2kit, unverified'),
          most,
          'unverified',
          most * find('r2kit, unverified').microsecondsPerMegabyte,
        )
      const absolute = () => atMost(result.microsecondsPerMegabyte, targets.uploadMicrosecondsPerMegabyte, ' µs')
      return {
        note: `${user} in user mode, slowest round ${slowest}`,
        ...(result.name !== 'r2kit'
          ? {}
          : result.operation === 'upload-file'
            ? allOf(absolute(), verified())
            : verified()),
      }
    }),
    ...rowsOf('wallSeconds', 's', 'wall time', () => ({})),
  ]
}

const files = async ({ quick, before }) => {
  const { benchManyFiles } = await import('./many-files.mjs')
  const results = await benchManyFiles({ before, ...(quick ? { files: 1000, rounds: 1 } : {}) })
  const ours = 'r2 cp -r'
  const rival = 'rclone copy, 32 at a time'
  const rowsOf = (field, unit, label, ratioOf, goalOf) =>
    results.map((result) => {
      const { direction, name, skipped, over } = result
      const count = quick ? 1000 : 10_000
      const row = { group: `${thousands(count)} files of 4 KB ${direction}, ${label}`, name, kind: kindOf(name) }
      if (skipped !== undefined) return { ...row, skipped }
      const ratio = (other) => (over(other) === undefined ? undefined : ratioOf(over(other)))
      const ratios = (
        name === ours
          ? [
              ['rclone', rival],
              ['before', `${ours} before`],
            ]
          : row.kind === 'peer'
            ? [[ours, ours]]
            : []
      )
        .map(([key, other]) => [key, ratio(other)])
        .filter(([, value]) => value !== undefined)
      const base = results.find((other) => other.direction === direction && other.name === rival)
      const goal = name === ours && over(rival) !== undefined ? goalOf(ratio(rival), base) : {}
      const range = field === 'filesPerSecond' ? { note: result.range.map(Math.round).map(thousands).join(' to ') } : {}
      return { ...row, value: result[field], unit, ratios: Object.fromEntries(ratios), ...range, ...goal }
    })
  return [
    ...rowsOf(
      'filesPerSecond',
      'files per second',
      'speed',
      ({ speed }) => speed,
      (ratio, base) => ({ target: '> 1 × rclone with 32', limit: base.filesPerSecond, holds: ratio > 1 }),
    ),
    ...rowsOf(
      'cpuMicroseconds',
      'µs CPU per file',
      'CPU',
      ({ cpu }) => cpu,
      (ratio, base) => ({ target: '< 1 × rclone with 32', limit: base.cpuMicroseconds, holds: ratio < 1 }),
    ),
  ]
}

const filesMemory = async ({ quick, brief, before }) => {
  const { benchManyFilesMemory } = await import('./many-files-memory.mjs')
  const counts = quick ? [1000, 6000] : brief ? [5000, 30_000] : undefined
  const results = await benchManyFilesMemory({ counts, before })
  const rowsOf = (field, label, hasTarget) =>
    results.map((result) => {
      const { direction, files, name, before: counterpart } = result
      const find = (other, count) =>
        results.find((entry) => entry.direction === direction && entry.name === other && entry.files === count)
      const fewest = results[0].files
      const row = {
        group: `${thousands(files)} files of 4 KB ${direction}: ${label}`,
        name,
        kind: kindOf(name),
        value: result[field] / mebibyte,
        unit: 'MiB',
      }
      if (row.kind === 'before' || !hasTarget) return row
      const growth = result[field] - find(name, fewest)[field]
      const most = targets.filesMemoryGrowthBytes
      const grown = { target: `≤ ${most / mebibyte} MiB more`, holds: growth <= most }
      const goals = [
        ...(files === fewest ? [] : [grown]),
        ...noMoreThan(find(counterpart, files)?.[field], result[field]),
      ]
      return {
        ...row,
        ...(files === fewest
          ? {}
          : { note: `${(growth / mebibyte).toFixed(1)} MiB more than for ${thousands(fewest)}` }),
        ...(goals.length === 0 ? {} : allOf(...goals)),
      }
    })
  return [
    ...rowsOf('liveBytes', 'reachable at the end', true),
    ...rowsOf('smallHeapPeakBytes', 'peak with a small heap', true),
    ...rowsOf('peakBytes', 'peak', false),
  ]
}

/** @type {Record<string, import('./sections.mjs').Section>} */
export const transferSections = {
  files,
  'files-memory': filesMemory,
  'transfer-memory': memory,
  'transfer-slow': slow,
  'transfer-cpu': cpu,
  'link-clean': onLink({ label: 'a link of 50 ms and 200 Mbit/s', lossPercent: 0 }),
  'link-loss': onLink({ label: 'a link of 50 ms and 200 Mbit/s with 0.1 % loss', lossPercent: 0.1 }),
  // Some machines default to BBR, which tolerates loss. With Reno, packet loss limits the rate of a connection.
  'link-reno': onLink({
    label: 'a link of 50 ms and 200 Mbit/s with 0.1 % loss and Reno',
    lossPercent: 0.1,
    congestionControl: 'reno',
  }),
}
