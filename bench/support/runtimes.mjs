/** The versions of Node that run the contenders. Others than the running one are npm packages of this folder. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const packageOf = (major) => fileURLToPath(new URL(`../node_modules/node-${major}`, import.meta.url))

const own = { name: `Node ${process.versions.node}`, execPath: process.execPath }
const ownMajor = process.versions.node.split('.')[0]

/**
 * @typedef {{ name: string, execPath?: string, unavailable?: string }} Runtime
 *
 * @param {string[]} majors such as `['20', '22']`; the running Node by default
 * @returns {Runtime[]}
 */
export const nodeRuntimes = (majors = [ownMajor]) =>
  majors.map((major) => {
    if (major === ownMajor) return own
    const execPath = `${packageOf(major)}/bin/node`
    if (!existsSync(execPath)) {
      return {
        name: `Node ${major}`,
        unavailable: `the npm package node-${major} of bench/ is not installed (Linux on x64)`,
      }
    }
    const { version } = JSON.parse(readFileSync(`${packageOf(major)}/package.json`, 'utf8'))
    return { name: `Node ${version}`, execPath }
  })

/** @returns {string[]} the majors of a list such as `20,22,24`. Throws if it is something else */
export const parseMajors = (text) => {
  const majors = text.split(',').map((part) => part.trim())
  if (majors.every((major) => /^\d{2}$/.test(major))) return majors
  throw new Error(`--node ${text}: the versions must be majors, separated by commas. Example: --node 20,22,24`)
}
