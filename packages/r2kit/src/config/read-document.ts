/** Reads a YAML document: the section `cloudflare_r2`, and the profiles in it. */
import { nearestName } from '../validation/index.js'
import type { Lookup } from './interpolate.js'
import type { Located } from './located.js'
import { parseYaml } from './parse-yaml.js'
import type { ConfigProblem, Source } from './problems.js'
import { type Entry, emptyLayer, fieldsOf, type Layer, readSections } from './read-section.js'

/** Name of the section. Others begin with `x-`, as in docker compose: they may hold anchors. */
/** The section of a file that has the settings. */
export const rootField = 'cloudflare_r2'
const profilesName = 'profiles'

/** The layers of a document. */
export interface DocumentLayers {
  readonly base: Layer
  /** Empty where no profile is selected. */
  readonly profile: Layer
  readonly profileName: string | undefined
}

export const emptyDocument: DocumentLayers = { base: emptyLayer, profile: emptyLayer, profileName: undefined }

/** How to read a document. */
export interface DocumentContext {
  readonly file: string
  readonly profile: string | undefined
  readonly lookup: Lookup
  /** Resolves a relative path of the file. Undefined where the text has no file. */
  readonly resolvePath: ((path: string) => string) | undefined
  readonly report: (problem: ConfigProblem) => void
}

export const readDocument = async (text: string, context: DocumentContext): Promise<DocumentLayers> => {
  const { file, profile, report } = context
  const { root, problems } = await parseYaml(text)
  for (const { place, rule, hint } of problems)
    report({ field: file, rule, hint, source: { kind: 'file', file, ...place } })
  if (problems.length > 0) return emptyDocument
  const section = root === undefined ? undefined : rootSection(root, context)
  if (section === undefined) {
    const source: Source = { kind: 'file', file, line: 1, column: 1 }
    const rule = root === undefined ? 'is empty' : `has no section ${rootField}`
    report({ field: file, rule, hint: `Write ${rootField}: at the start, and its fields below it.`, source })
    return emptyDocument
  }
  const shared = { file, lookup: context.lookup, report }
  const base = readSections(section, { ...shared, root: rootField, otherFields: [profilesName] })
  const selected = readProfiles(section, profile, context)
  return {
    base: withPaths(base, context),
    profile: withPaths(selected, context),
    profileName: profile,
  }
}

const rootSection = (root: Located, { file, report }: DocumentContext): Located | undefined => {
  let section: Located | undefined
  for (const { name, place, value } of fieldsOf(root, 'the document', { file, report })) {
    if (name === rootField) section = value
    else if (!name.startsWith('x-')) {
      const meant = nearestName(name, [rootField])
      const rule = `is not a section of a configuration${meant === undefined ? '' : `; did you mean ${meant}?`}`
      const hint =
        meant === undefined ? `Put the fields below ${rootField}; other sections begin with x-.` : `Use ${meant}.`
      report({ field: name, rule, hint, source: { kind: 'file', file, ...place } })
      // Read anyway, so that its fields are checked too.
      if (meant !== undefined) section ??= value
    }
  }
  return section
}

/** Checks all profiles, and returns the fields of the selected one. */
const readProfiles = (section: Located, selected: string | undefined, context: DocumentContext): Layer => {
  const { file, lookup, report } = context
  let found: Layer | undefined
  const names: string[] = []
  const profiles = entriesOf(section).find(({ name }) => name === profilesName)
  if (profiles !== undefined) {
    for (const { name, value } of fieldsOf(profiles.value, `${rootField}.${profilesName}`, { file, report })) {
      names.push(name)
      const isSelected = name === selected
      const root = `${rootField}.${profilesName}.${name}`
      const layer = readSections(value, { file, root, lookup: isSelected ? lookup : undefined, report })
      if (isSelected) found = layer
    }
  }
  if (selected === undefined || found !== undefined) return found ?? emptyLayer
  const source: Source = { kind: 'file', file, ...(profiles?.place ?? section.place) }
  const nearest = nearestName(selected, names)
  const known = names.length === 0 ? 'The file has no profiles.' : `Profiles are ${names.join(', ')}.`
  report({
    field: `${rootField}.${profilesName}`,
    rule: `has no profile ${JSON.stringify(selected)}`,
    hint: nearest === undefined ? known : `Use ${nearest}.`,
    source,
  })
  return emptyLayer
}

/** The entries without a check: `readSections` reports problems of the section. */
const entriesOf = (section: Located) => (section.kind === 'map' ? section.entries() : [])

/** Relative paths of a file count from its folder. */
const withPaths = ({ entries, present }: Layer, { resolvePath }: DocumentContext): Layer => ({
  present,
  entries: new Map(
    [...entries].map(([path, entry]) => [path, resolvePath === undefined ? entry : resolved(entry, resolvePath)]),
  ),
})

const resolved = (entry: Entry, resolvePath: (path: string) => string): Entry => {
  const { kind } = entry.setting
  return kind.type === 'text' && kind.isPath === true ? { ...entry, value: resolvePath(String(entry.value)) } : entry
}
