/** Code blocks of Markdown. The second word of a fence (```` ```ts vitest ````) selects how the block is run. */

export interface CodeBlock {
  /** `ts`, `js`, `sh`, … */
  readonly language: string
  /** `vitest` and `jest` are test files, `node-test` too; without a word, the block is a module. */
  readonly runner: string | undefined
  readonly code: string
  /** Line of the first line of code, from 1. */
  readonly line: number
}

export const codeBlocks = (markdown: string): CodeBlock[] => {
  const blocks: CodeBlock[] = []
  // In a list, a block is indented.
  for (const match of markdown.matchAll(/^( *)```(\w+)(?: ([\w-]+))?\n(.*?)^\1```$/gms)) {
    const [text, indent = '', language = '', runner, code = ''] = match
    const line = markdown.slice(0, match.index + text.indexOf('\n') + 1).split('\n').length
    blocks.push({ language, runner, code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''), line })
  }
  return blocks
}

export const isModule = ({ language, runner }: CodeBlock): boolean =>
  (language === 'ts' || language === 'js') && (runner === undefined || runner === 'node-test')
