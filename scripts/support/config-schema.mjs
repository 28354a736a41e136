// The JSON Schema and the table of settings, from the rows of `packages/r2kit/src/config/settings.ts`.

/** A text with a `${VARIABLE}`, which every field accepts. */
const variable = { type: 'string', pattern: '\\$\\{' }

const number = ({ isWhole, min, above, max, words = {} }) => {
  const values = {
    type: isWhole ? 'integer' : 'number',
    ...(min === undefined ? {} : { minimum: min }),
    ...(above === undefined ? {} : { exclusiveMinimum: above }),
    ...(max === undefined ? {} : { maximum: max }),
  }
  const names = Object.keys(words)
  return names.length === 0 ? [values] : [values, { enum: names }]
}

/** The alternatives that a kind accepts, without variables. */
const valuesOf = (kind) => {
  switch (kind.type) {
    case 'number':
      return number(kind)
    case 'flag':
      return [{ type: 'boolean' }]
    case 'choice':
      return [{ enum: [...kind.words] }]
    case 'text':
      return [{ type: 'string', minLength: 1, ...(kind.pattern === undefined ? {} : { pattern: kind.pattern }) }]
    case 'list': {
      const item = kind.words === undefined ? { type: 'string', minLength: 1 } : { enum: [...kind.words] }
      return [{ type: 'array', minItems: 1, items: { anyOf: [item, variable] } }]
    }
  }
}

const fieldSchema = ({ kind, description, default: value }) => ({
  description,
  ...(value === undefined ? {} : { default: value }),
  anyOf: [...valuesOf(kind), variable],
})

/** The schema of one section and of the sections in it. */
const sectionSchema = (path, settings, sections) => {
  const isChild = (other) => other !== path && other.startsWith(path === '' ? '' : `${path}.`)
  const rest = (other) => (path === '' ? other : other.slice(path.length + 1))
  const properties = {}
  for (const setting of settings) {
    if (isChild(setting.path) && !rest(setting.path).includes('.'))
      properties[rest(setting.path)] = fieldSchema(setting)
  }
  for (const section of Object.keys(sections)) {
    if (isChild(section) && !rest(section).includes('.'))
      properties[rest(section)] = sectionSchema(section, settings, sections)
  }
  return { description: sections[path], type: ['object', 'null'], additionalProperties: false, properties }
}

/** The schema of a configuration file. Draft 7, which the YAML extensions of editors support. */
export const configSchema = (settings, sections) => {
  const section = sectionSchema('', settings, sections)
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Configuration of r2kit',
    type: 'object',
    required: ['cloudflare_r2'],
    additionalProperties: false,
    patternProperties: { '^x-': { description: 'Not read: a place for anchors.' } },
    properties: {
      cloudflare_r2: {
        ...section,
        properties: {
          ...section.properties,
          profiles: {
            description: 'Sections by name, one of which can be selected. Its fields take precedence.',
            type: ['object', 'null'],
            additionalProperties: { $ref: '#/definitions/profile' },
          },
        },
      },
    },
    definitions: { profile: section },
  }
}

const code = (text) => `\`${text}\``

const shownDefault = (value) => {
  if (value === undefined) return '–'
  return code(Array.isArray(value) ? `[${value.join(', ')}]` : String(value))
}

/** The table of all settings for the documentation, in Markdown: one table for each section. */
export const configTable = (settings, sections, variableOf, takesOf) =>
  Object.entries(sections)
    .map(([section, sentence]) => {
      const rows = settings.filter(({ path }) => path.split('.').slice(0, -1).join('.') === section)
      if (rows.length === 0) return ''
      const title = section === '' ? '`cloudflare_r2`' : `\`${section}\``
      const lines = rows.map((setting) => {
        const name = setting.path.split('.').at(-1)
        const takes = takesOf(setting.kind).replaceAll('|', '\\|')
        const meaning = `${setting.description} Takes ${takes}.`
        return `| ${code(name)} | ${shownDefault(setting.default)} | ${code(variableOf(setting))} | ${meaning} |`
      })
      return `### ${title}\n\n${sentence}\n\n| Field | Default | Variable | Meaning |\n|---|---|---|---|\n${lines.join('\n')}\n`
    })
    .filter((text) => text !== '')
    .join('\n')
