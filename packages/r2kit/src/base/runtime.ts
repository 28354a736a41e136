/** Whether the runtime is Node. Bun and Deno load the modules for Node too, but differ where V8 or libuv matter. */
export const isNode = process.versions.bun === undefined && process.versions.deno === undefined
