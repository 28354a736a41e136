/**
 * Substitutes environment variables in a text: `${NAME}`, `${NAME:-default}`, nested defaults, and `$${` for a literal `${`.
 * Applied to scalars after YAML is parsed, so that no value can change the structure of the document. Values that are inserted
 * are not searched again.
 */

/** Looks up a variable. An empty one counts as not set, because CI systems set absent secrets to an empty value. */
export type Lookup = (name: string) => string | undefined

/** A text with its variables replaced, or the problem with it. */
export type Interpolated =
  | { readonly text: string; readonly variables: readonly string[] }
  | { readonly problem: string; readonly hint: string }

const name = /[A-Za-z_]\w*/y

/** Deeper nesting is a mistake, and would exhaust the stack. */
const depthMax = 16

class Invalid extends Error {
  constructor(
    readonly problem: string,
    readonly hint: string,
  ) {
    super(problem)
  }
}

const forms = 'Write ${NAME} or ${NAME:-default}, and $${ for a literal ${.'

/** Whether a text has anything to replace. */
export const hasVariables = (text: string): boolean => text.includes('${')

/** @param lookup returns undefined for a variable that is not set */
export const interpolate = (text: string, lookup: Lookup): Interpolated => {
  const variables: string[] = []
  let at = 0

  /** Reads up to the closing brace, or to the end of the text at depth 0. */
  const readText = (depth: number, isUsed: boolean): string => {
    let result = ''
    while (at < text.length) {
      if (text.startsWith('$${', at)) {
        result += '${'
        at += 3
      } else if (text.startsWith('${', at)) {
        result += readVariable(depth, isUsed)
      } else if (depth > 0 && text[at] === '}') {
        return result
      } else {
        result += text[at]
        at++
      }
    }
    if (depth > 0) throw new Invalid('has ${ without a closing }', forms)
    return result
  }

  /** @param isUsed false in a default that is not needed: its variables need not be set */
  const readVariable = (depth: number, isUsed: boolean): string => {
    if (depth >= depthMax) throw new Invalid(`nests more than ${depthMax} variables`, 'Define fewer nested defaults.')
    at += 2
    name.lastIndex = at
    const variable = name.exec(text)?.[0]
    if (variable === undefined) throw new Invalid('has ${ without the name of a variable', forms)
    at += variable.length
    const value = lookup(variable)
    const isSet = value !== undefined && value !== ''
    if (text[at] === '}') {
      at++
      if (isUsed && !isSet) throw missing(variable, value)
      if (isUsed) variables.push(variable)
      return value ?? ''
    }
    if (!text.startsWith(':-', at))
      throw new Invalid(`has an unknown form of substitution after the variable ${variable}`, forms)
    at += 2
    const fallback = readText(depth + 1, isUsed && !isSet)
    at++
    if (isUsed) variables.push(variable)
    return isSet ? value : fallback
  }

  try {
    return { text: readText(0, true), variables }
  } catch (error) {
    if (error instanceof Invalid) return { problem: error.problem, hint: error.hint }
    throw error
  }
}

const missing = (variable: string, value: string | undefined): Invalid =>
  new Invalid(
    `needs the environment variable ${variable}, which is ${value === undefined ? 'not set' : 'empty'}`,
    `Set ${variable}, or write a default: \${${variable}:-default}.`,
  )
