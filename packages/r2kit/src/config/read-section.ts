/** Reads the sections of a document by the table of settings. Collects every problem instead of stopping at the first. */
import { shown } from '../base/shown.js'
import { nearestName, refuseOption } from '../validation/index.js'
import { hasVariables, interpolate, type Lookup } from './interpolate.js'
import type { Located, LocatedEntry } from './located.js'
import { type ConfigProblem, problemOf, type Source } from './problems.js'
import type { Setting } from './setting.js'
import { sections, settings } from './settings.js'
import { readFromText, readTyped } from './value-kind.js'

/** The value of one setting, in the unit of its option, and its place. */
export interface Entry {
  readonly setting: Setting
  readonly value: unknown
  readonly source: Source
}

/** What one source of configuration says. */
export interface Layer {
  readonly entries: ReadonlyMap<string, Entry>
  /** The sections that are present, even if they are empty. */
  readonly present: ReadonlySet<string>
}

export const emptyLayer: Layer = { entries: new Map(), present: new Set() }

interface Section {
  /** Place below the root: `resilience.retry`; empty for the root. */
  readonly path: string
  readonly leaves: Map<string, Setting>
  readonly sections: Map<string, Section>
}

const sectionTree = (): Section => {
  const root: Section = { path: '', leaves: new Map(), sections: new Map() }
  const sectionAt = (names: readonly string[]): Section => {
    let section = root
    for (const name of names) {
      const path = section.path === '' ? name : `${section.path}.${name}`
      const inner = section.sections.get(name) ?? { path, leaves: new Map(), sections: new Map() }
      section.sections.set(name, inner)
      section = inner
    }
    return section
  }
  for (const path of Object.keys(sections)) sectionAt(path === '' ? [] : path.split('.'))
  for (const setting of settings) {
    const names = setting.path.split('.')
    sectionAt(names.slice(0, -1)).leaves.set(names.at(-1) ?? '', setting)
  }
  return root
}

const tree = sectionTree()

/** How to read a section. */
export interface SectionContext {
  readonly file: string
  /** Name of the root in errors: `cloudflare_r2`, `cloudflare_r2.profiles.staging`. */
  readonly root: string
  /** Undefined for a profile that is not selected: its variables need not be set. */
  readonly lookup: Lookup | undefined
  readonly report: (problem: ConfigProblem) => void
  /** Fields of the root that its caller reads: `profiles`. */
  readonly otherFields?: readonly string[]
}

/** Reads the root section, and all sections in it. */
export const readSections = (located: Located, context: SectionContext): Layer => {
  const layer = { entries: new Map<string, Entry>(), present: new Set<string>() }
  readSection(tree, located, context, layer)
  return layer
}

const readSection = (
  section: Section,
  located: Located,
  context: SectionContext,
  layer: { entries: Map<string, Entry>; present: Set<string> },
): void => {
  const { report, otherFields = [] } = context
  layer.present.add(section.path)
  for (const { name, place, value } of fieldsOf(located, nameOf(context, section.path), context)) {
    if (section.path === '' && otherFields.includes(name)) continue
    const path = section.path === '' ? name : `${section.path}.${name}`
    const setting = section.leaves.get(name)
    const inner = section.sections.get(name)
    if (inner !== undefined) readSection(inner, value, context, layer)
    else if (setting !== undefined) {
      const entry = readEntry(setting, value, context)
      if (entry !== undefined) layer.entries.set(path, entry)
    } else {
      const known = [...section.leaves.keys(), ...section.sections.keys(), ...(section.path === '' ? otherFields : [])]
      const { rule, hint } = unknownField(name, section.path === '' ? context.root : section.path, known, context.root)
      report({ field: nameOf(context, path), rule, hint, source: { kind: 'file', file: context.file, ...place } })
    }
  }
}

const nameOf = ({ root }: SectionContext, path: string): string => (path === '' ? root : `${root}.${path}`)

/** The entries of a section that have a string as their name, each name once. A section without content has none. */
export const fieldsOf = (
  located: Located,
  name: string,
  { file, report }: Pick<SectionContext, 'file' | 'report'>,
): readonly (LocatedEntry & { readonly name: string })[] => {
  if (located.kind === 'scalar' && located.value === null) return []
  if (located.kind !== 'map') {
    const given = located.kind === 'list' ? 'a list' : shown(located.value)
    const source: Source = { kind: 'file', file, ...located.place }
    report({ field: name, rule: `must be a section, but it is ${given}`, hint: 'Indent its fields below it.', source })
    return []
  }
  const fields = new Map<string, LocatedEntry & { readonly name: string }>()
  for (const entry of located.entries()) {
    const source: Source = { kind: 'file', file, ...entry.place }
    const first = entry.name === undefined ? undefined : fields.get(entry.name)
    if (entry.name === undefined) {
      const hint = 'Write the name of a field; put names that look like numbers in quotes.'
      report({ field: name, rule: 'has a field whose name is not a text', hint, source })
    } else if (first !== undefined) {
      const rule = `is there twice: first in line ${first.place.line}`
      report({ field: `${name}.${entry.name}`, rule, hint: 'Remove one of the two.', source })
    } else fields.set(entry.name, { ...entry, name: entry.name })
  }
  return [...fields.values()]
}

/** The message for an unknown field. It suggests the nearest field of the section, or the same field of another section. */
const unknownField = (
  name: string,
  section: string,
  known: readonly string[],
  root: string,
): { readonly rule: string; readonly hint: string } => {
  const shownSection = section === root ? root : `${root}.${section}`
  const elsewhere = settings.filter(({ path }) => path.endsWith(`.${name}`) || path === name).map(({ path }) => path)
  const section2 = Object.keys(sections).find((path) => path === name || path.endsWith(`.${name}`))
  const other = elsewhere[0] ?? section2
  if (name === '<<') {
    const rule = 'is a merge key of YAML 1.1, which is not supported'
    return { rule, hint: 'Repeat the fields, or use an alias for each value.' }
  }
  const rule = `is not a field of ${shownSection}`
  if (other !== undefined) return { rule: `${rule}; did you mean ${root}.${other}?`, hint: `Use ${root}.${other}.` }
  const nearest = nearestName(name, known)
  return nearest === undefined
    ? { rule, hint: `Its fields are ${known.join(', ')}.` }
    : { rule: `${rule}; did you mean ${nearest}?`, hint: `Use ${nearest}.` }
}

const readEntry = (setting: Setting, located: Located, context: SectionContext): Entry | undefined => {
  const { file, lookup, report } = context
  const field = nameOf(context, setting.path)
  const source: Source = { kind: 'file', file, ...located.place }
  const raw = rawOf(located)
  if (raw === null) {
    report({ field, rule: 'has no value', hint: 'Write a value, or remove the field.', source })
    return undefined
  }
  if (!containsVariables(raw)) {
    let value: unknown
    const problem = problemOf(
      () => {
        value = readTyped(setting.kind, raw, field, refusal(setting))
      },
      field,
      source,
    )
    if (problem !== undefined) report(atElement(problem, located, file))
    return problem === undefined ? { setting, value, source } : undefined
  }
  return lookup === undefined ? undefined : readInterpolated(setting, raw, field, source, { lookup, report })
}

/** A problem of an element of a list has the place of the element. */
const atElement = (problem: ConfigProblem, located: Located, file: string): ConfigProblem => {
  const index = located.kind === 'list' ? /\[(\d+)\]$/.exec(problem.field)?.[1] : undefined
  if (index === undefined || located.kind !== 'list') return problem
  const place = located.items()[Number(index)]?.place ?? located.place
  return { ...problem, source: { kind: 'file', file, ...place } }
}

/** Errors about a secret never show its value. */
const refusal = (setting: Setting): typeof refuseOption =>
  setting.isSecret === true
    ? (field, problem, hint) => refuseOption(field, problem.replace(/, but it is .*$/s, ''), hint)
    : refuseOption

/** The value as YAML has it. A list of scalars is an array; anything else that is no scalar is an object, which no field takes. */
const rawOf = (located: Located): unknown => {
  if (located.kind === 'scalar') return located.value
  if (located.kind === 'map') return {}
  return located.items().map((item) => (item.kind === 'scalar' ? item.value : {}))
}

const containsVariables = (raw: unknown): boolean =>
  Array.isArray(raw) ? raw.some(containsVariables) : typeof raw === 'string' && hasVariables(raw)

const readInterpolated = (
  setting: Setting,
  raw: unknown,
  field: string,
  source: Source & { kind: 'file' },
  { lookup, report }: { lookup: Lookup; report: SectionContext['report'] },
): Entry | undefined => {
  const items: unknown[] = Array.isArray(raw) ? raw : [raw]
  const variables: string[] = []
  const values: unknown[] = []
  for (const item of items) {
    if (typeof item !== 'string') {
      values.push(item)
      continue
    }
    const result = interpolate(item, lookup)
    if ('problem' in result) {
      report({ field, rule: result.problem, hint: result.hint, source })
      return undefined
    }
    variables.push(...result.variables)
    values.push(result.text)
  }
  const [single] = values
  // ${NAME:-} of a variable that is not set: as if the field were absent.
  if (!Array.isArray(raw) && single === '') return undefined
  const place: Source = variables.length === 0 ? source : { ...source, variables }
  let value: unknown
  const problem = problemOf(
    () => {
      const refuse = variables.length === 0 ? refusal(setting) : refusalOfVariables(variables)
      value = Array.isArray(raw)
        ? readTyped(setting.kind, values, field, refuse)
        : readFromText(setting.kind, String(single), field, refuse)
    },
    field,
    place,
  )
  if (problem !== undefined) report(problem)
  return problem === undefined ? { setting, value, source: place } : undefined
}

/** The value of a variable may be a secret that was put into the wrong field: errors name the variable only. */
const refusalOfVariables =
  (variables: readonly string[]): typeof refuseOption =>
  (field, problem) => {
    const rule = problem.replace(/, but it is .*$/s, '')
    const names = [...new Set(variables)].join(' and ')
    return refuseOption(field, `${rule}, but the value of ${names} is not`, `Correct ${names}.`)
  }
