/**
 * The sections of a run. Each runs a benchmark and returns rows of figures and targets. A section imports its module when
 * it runs, because the peers may not be installed earlier.
 *
 * @typedef {object} Settings
 * @property {boolean} quick few rounds, to check that the benchmark works
 * @property {boolean} brief fewer rounds and smaller data, for a run of many sections
 * @property {string} [before] folder of another checkout, whose build is measured too
 * @property {import('./support/runtimes.mjs').Runtime[]} runtimes for the sections that compare versions of Node
 *
 * @typedef {(settings: Settings) => Promise<import('./rows.mjs').Row[]>} Section
 */
import { allOf, atLeastTimes, atMost, atMostTimes, rowsOfTurns } from './rows.mjs'
import { targets } from './targets.mjs'
import { transferSections } from './transfer-sections.mjs'

const small = { 'small-get': 'GET 1 KB, 32 in flight', 'small-put': 'PUT 1 KB, 32 in flight' }

const requests = async ({ quick, brief, before, runtimes }) => {
  const { benchRequests } = await import('./requests.mjs')
  // Ratios vary more between processes than between the rounds of one.
  const length = quick ? { processes: 1, rounds: 3 } : brief ? { processes: 3, rounds: 4 } : {}
  const turns = await benchRequests({ runtimes, before, ...length })
  return rowsOfTurns(turns, {
    groups: small,
    unit: 'µs CPU',
    goal: ({ operation, name }, over, baseOf) => {
      const most = operation === 'small-get' && name === 'r2kit' ? targets.smallGetOverFloor : targets.smallOverFloor
      if (name === 'r2kit' || name === 'r2kit with all layers')
        return atMostTimes(over('undici'), most, 'floor', baseOf('undici').microseconds)
      if (name === 'aws-sdk') return atLeastTimes(over('r2kit'), targets.smallLessThanAws, 'r2kit')
    },
  })
}

/** A runtime beside Node: r2kit against the client or the `fetch` of the runtime. */
const onRuntime =
  (name, { rival, most }) =>
  async ({ quick, brief, before }) => {
    const { benchRuntime } = await import('./other-runtimes.mjs')
    const length = quick ? { processes: 1, rounds: 3 } : brief ? { processes: 2 } : {}
    const turns = await benchRuntime(name, { before, ...length })
    return rowsOfTurns(turns, {
      groups: small,
      unit: 'µs CPU',
      floor: rival,
      floorLabel: rival,
      goal: (turn, over, baseOf) =>
        turn.name === 'r2kit' ? atMostTimes(over(rival), most, rival, baseOf(rival).microseconds) : undefined,
    })
  }

const bun = onRuntime('bun', { rival: 'Bun.s3', most: targets.overRuntimeClient })
const deno = onRuntime('deno', { rival: 'fetch', most: targets.overRuntimeClient })

const events = async ({ quick }) => {
  const { benchEvents } = await import('./events.mjs')
  const results = await benchEvents(quick ? { processes: 1, rounds: 3 } : {})
  return results.map(({ operation, name, microseconds, overNone }) => ({
    group: `${small[operation]}, by listener`,
    name,
    value: microseconds,
    unit: 'µs CPU',
    ...(name === 'none' ? {} : { ratios: { 'no listener': overNone } }),
  }))
}

const streams = async ({ quick, brief, before, runtimes }) => {
  const { benchStreams } = await import('./streams.mjs')
  const length = quick ? { processes: 1, rounds: 3, megabytes: 64 } : brief ? { rounds: 4 } : {}
  const turns = await benchStreams({ runtimes, before, ...length })
  const size = quick ? '64 MB' : '256 MB'
  const most = { 'large-get': targets.streamOverFloor, 'large-put': targets.verifiedStreamOverFloor }
  return rowsOfTurns(turns, {
    groups: { 'large-get': `GET ${size} as a stream`, 'large-put': `PUT ${size} as a stream` },
    unit: 'µs CPU per MB',
    note: ({ peakBytes }) => (peakBytes === 0 ? undefined : `${Math.round(peakBytes / 1e6)} MB resident`),
    goal: ({ operation, name }, over, baseOf) =>
      name === 'r2kit'
        ? atMostTimes(over('undici'), most[operation], 'floor', baseOf('undici').microseconds)
        : undefined,
  })
}

const signing = async ({ quick }) => {
  const { benchSigning } = await import('./signing.mjs')
  const most = { cached: targets.signatureCachedMicroseconds, derived: targets.signatureDerivedMicroseconds }
  const results = await benchSigning({ rounds: quick ? 3 : 9 })
  return results.map(({ name, key, medianMicroseconds }) => ({
    group: `Header signature, key ${key}`,
    name,
    kind: name === 'r2kit' ? 'ours' : name === 'hashes alone' ? 'floor' : 'peer',
    value: medianMicroseconds,
    unit: 'µs',
    ...(name === 'r2kit' ? atMost(medianMicroseconds, most[key], ' µs') : {}),
  }))
}

const lists = async ({ quick }) => {
  const { benchXml } = await import('./xml.mjs')
  const results = await benchXml({ rounds: quick ? 3 : 9 })
  return results.map(({ name, medianMs }) => ({
    group: 'List of 1,000 objects, parsed',
    name,
    kind: name.startsWith('r2kit') ? 'ours' : 'peer',
    value: medianMs,
    unit: 'ms',
    ...(name.startsWith('r2kit') ? atMost(medianMs, targets.listMs, ' ms') : {}),
  }))
}

const imports = async ({ quick, brief, before }) => {
  const { benchImports } = await import('./imports.mjs')
  const results = await benchImports({ before, rounds: quick ? 5 : brief ? 15 : 21 })
  return results.map(({ name, kind, overBareMs, bestMs, overBefore }) => ({
    group: 'Import, over bare Node',
    name,
    kind,
    value: overBareMs,
    unit: 'ms',
    ...(overBefore === undefined ? {} : { ratios: { before: overBefore } }),
    note: `best ${bestMs.toFixed(1)} ms`,
    ...(name !== 'r2kit'
      ? {}
      : allOf(
          atMost(overBareMs, targets.importMs, ' ms'),
          ...(overBefore === undefined ? [] : [atMostTimes(overBefore, targets.timeOverBefore, 'before')]),
        )),
  }))
}

const local = async ({ quick }) => {
  const { benchLocal } = await import('./local.mjs')
  const results = await benchLocal(quick ? { rounds: 3, seconds: 0.5 } : {})
  const least = { memory: targets.localMemoryTimes, durable: targets.localDurableTimes }
  const [puts, start] = ['Local R2, 1 KB PUTs', 'Local R2, start']
  return [
    ...results.map(({ name, putsPerSecond, timesMiniflare }) => ({
      group: puts,
      name,
      kind: name in least ? 'ours' : 'peer',
      value: putsPerSecond,
      unit: 'per second',
      ...(name in least
        ? { ratios: { miniflare: timesMiniflare }, ...atLeastTimes(timesMiniflare, least[name], 'miniflare') }
        : {}),
    })),
    ...results.map(({ name, startMs, importMs }) => ({
      group: start,
      name,
      kind: name in least ? 'ours' : 'peer',
      value: startMs,
      unit: 'ms',
      ...(importMs === undefined ? {} : { note: `plus import: ${Math.round(importMs)} ms` }),
      ...(name === 'memory' ? atMost(startMs, targets.localStartMs, ' ms') : {}),
    })),
  ]
}

const http = async ({ quick }) => {
  const { benchHttpVersions } = await import('./http-versions.mjs')
  const results = await benchHttpVersions({ rounds: quick ? 2 : 9 })
  return results.flatMap(({ load, per, cpu1, cpu2, cpuRatio, timeRatio }) => [
    { group: `TLS, ${load}`, name: 'HTTP/1.1', value: cpu1, unit: `µs CPU per ${per}` },
    {
      group: `TLS, ${load}`,
      name: 'HTTP/2',
      value: cpu2,
      unit: `µs CPU per ${per}`,
      ratios: { 'HTTP/1.1': cpuRatio },
      note: `${timeRatio.toFixed(2)} × its time`,
    },
  ])
}

const sizes = async ({ before }) => {
  const { benchSizes } = await import('./size.mjs')
  const group = 'Program for fetch runtimes, gzipped'
  const earlier = before === undefined ? [] : await benchSizes(before)
  return (await benchSizes()).flatMap(({ name, bundler, gzipBytes, budgetBytes }) => {
    const other = earlier.find((program) => program.name === name && program.bundler === bundler)
    const row = { group, name, runtime: bundler, value: gzipBytes, unit: 'B', ...atMost(gzipBytes, budgetBytes, ' B') }
    if (other === undefined) return [row]
    return [
      { ...row, ratios: { before: gzipBytes / other.gzipBytes } },
      { group, name: `${name}, before`, runtime: bundler, kind: 'before', value: other.gzipBytes, unit: 'B' },
    ]
  })
}

/**
 * The sections of a run without `--only` and `--all`.
 *
 * @type {Record<string, Section>}
 */
export const usualSections = { requests, events, streams, signing, lists, imports, local, http, sizes, bun, deno }

/**
 * All sections, including those that take up to 15 minutes, need root, or need other programs.
 *
 * @type {Record<string, Section>}
 */
export const sections = { ...usualSections, ...transferSections }

/** The sections of `--report`: r2kit beside its peers. */
export const report = ['requests', 'streams', 'transfer-cpu', 'files', 'bun', 'deno', 'sizes', 'imports']

/** The sections of `--losses`, which must not become worse. */
export const losses = ['imports', 'transfer-memory', 'transfer-slow', 'files-memory', 'link-clean', 'link-loss']
