/** Settings that are not an option by themselves: files are read, parts are loaded, or two settings make one option. */
import { readTextFile } from '#config-files'
import { refuseOption } from '../validation/index.js'
import type { Options } from './option-tree.js'
import { type ConfigProblem, problemFrom } from './problems.js'
import { rootField } from './read-document.js'
import type { Entry, Layer } from './read-section.js'
import { type Simulation, startRecorder, startReplayer } from './simulation.js'

/** `connection_pool.ca_file` as `connections.ca`. */
export const addCertificates = async (
  options: Options,
  entries: ReadonlyMap<string, Entry>,
  report: (problem: ConfigProblem) => void,
): Promise<void> => {
  const entry = entries.get('connection_pool.ca_file')
  if (entry === undefined) return
  const field = `${rootField}.connection_pool.ca_file`
  if (entries.has('connection_pool.ca')) {
    report({ field, rule: 'must not be beside ca', hint: 'Keep one of the two.', source: entry.source })
    return
  }
  try {
    const ca = await readTextFile(String(entry.value))
    if (!ca.includes('-----BEGIN CERTIFICATE-----'))
      throw refuseOption(String(entry.value), 'has no certificate', 'Pass a PEM file.')
    options.connections = { ...(options.connections as Options | undefined), ca }
  } catch (error) {
    const problem = problemFrom(error, field, entry.source)
    report({ ...problem, field, rule: `is ${problem.field}, which ${problem.rule}` })
  }
}

/** `environment` as the URL of the proxy stands for the variables. A URL with credentials would be shown by tools. */
export const addProxy = (
  options: Options,
  entries: ReadonlyMap<string, Entry>,
  report: (problem: ConfigProblem) => void,
): void => {
  const entry = entries.get('connection_pool.proxy.url')
  if (entry === undefined || entry.source.kind === 'code') return
  const url = String(entry.value)
  const connections = options.connections as Options
  if (url === 'environment') options.connections = { ...connections, proxy: url }
  else if (url.includes('@')) {
    const field = entry.source.kind === 'environment' ? entry.source.variable : `${rootField}.connection_pool.proxy.url`
    const hint = 'Write username and password beside it.'
    report({ field, rule: 'contains credentials', hint, source: entry.source })
  }
}

export const addSimulation = async (
  options: Options,
  entries: ReadonlyMap<string, Entry>,
  overrides: Options,
  report: (problem: ConfigProblem) => void,
): Promise<Simulation | undefined> => {
  const enabled = entries.get('simulation.enabled')
  if (enabled?.value !== true) return undefined
  const field = `${rootField}.simulation`
  if (overrides.transport !== undefined) {
    const rule = 'has no effect beside the option transport'
    report({ field, rule, hint: 'Omit the option, or set enabled to false.', source: enabled.source })
    return undefined
  }
  const pathEntry = entries.get('simulation.recording_path')
  const path = typeof pathEntry?.value === 'string' ? pathEntry.value : './recordings/r2'
  const { addressing } = options as { readonly addressing?: 'path' | 'virtual-host' }
  const shared = addressing === undefined ? {} : { addressing }
  try {
    const started =
      entries.get('simulation.mode')?.value === 'record'
        ? await startRecorder(path, shared)
        : await startReplayer(path, shared)
    options.transport = started.transport
    return started.simulation
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const source = pathEntry?.source ?? enabled.source
    const rule = `cannot replay ${path}: ${reason}`
    report({ field, rule, hint: 'Record it first with mode: record, or correct recording_path.', source })
    return undefined
  }
}

/** The circuit breaker is the outermost of the layers around attempts: a request that is refused passes no other layer. */
export const withBreaker = async (options: Options, { entries, present }: Layer, given: unknown): Promise<Options> => {
  const enabled = entries.get('resilience.circuit_breaker.enabled')?.value ?? present.has('resilience.circuit_breaker')
  if (enabled !== true) return options
  const { circuitBreaker } = await import('../resilience/circuit-breaker-layer.js')
  const { call, attempt = [] } = (options.layers ?? {}) as { call?: unknown; attempt?: readonly unknown[] }
  const layers = { ...(call === undefined ? {} : { call }), attempt: [circuitBreaker(given ?? {}), ...attempt] }
  return { ...options, layers }
}
