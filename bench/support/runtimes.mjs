/** The runtimes of the contenders: the running Node, and others that are npm packages of this folder. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const packageFolder = (name) => fileURLToPath(new URL(`../node_modules/${name}`, import.meta.url))

const own = { name: `Node ${process.versions.node}`, execPath: process.execPath }
const ownMajor = process.versions.node.split('.')[0]

/**
 * @typedef {{ name: string, execPath?: string, execArgv?: string[], unavailable?: string }} Runtime
 *
 * @returns {Runtime} a runtime that is an npm package of this folder
 */
const packaged = (label, name, program, execArgv = []) => {
  const folder = packageFolder(name)
  const execPath = `${folder}/${program}`
  if (!existsSync(execPath)) {
    return { name: label, unavailable: `the npm package ${name} of bench/ is not installed (Linux on x64)` }
  }
  const { version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
  return { name: `${label.split(' ')[0]} ${version}`, execPath, execArgv }
}

/**
 * @param {string[]} majors such as `['20', '22']`; the running Node by default
 * @returns {Runtime[]}
 */
export const nodeRuntimes = (majors = [ownMajor]) =>
  majors.map((major) => (major === ownMajor ? own : packaged(`Node ${major}`, `node-${major}`, 'bin/node')))

export const bunRuntime = () => packaged('Bun', '@oven/bun-linux-x64', 'bin/bun')

export const denoRuntime = () =>
  packaged('Deno', '@deno/linux-x64-glibc', 'deno', ['run', '--allow-all', '--node-modules-dir=manual', '--quiet'])

/** @returns {string[]} the majors of a list such as `20,22,24`. Throws if it is something else */
export const parseMajors = (text) => {
  const majors = text.split(',').map((part) => part.trim())
  if (majors.every((major) => /^\d{2}$/.test(major))) return majors
  throw new Error(`--node ${text}: the versions must be majors, separated by commas. Example: --node 20,22,24`)
}
