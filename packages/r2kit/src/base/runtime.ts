/** For modules that are loaded by Node, and by those who say that they are Node. */

/** Bun and Deno load what is meant for Node, and differ from it where V8 or libuv show through. */
export const isNode = process.versions.bun === undefined && process.versions.deno === undefined
