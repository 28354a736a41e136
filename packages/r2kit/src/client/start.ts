/**
 * What the clients of small programs load at their start. Modules of the client that are loaded on first use import this file for
 * its effect on bundlers, which write a file of their own for each set of `import()`s that need the same modules: with this file
 * in all sets, they write few. `package.json` lists it under `sideEffects`, without which bundlers would drop the import.
 *
 * It must not lead to a module with an `import()` that small programs do not have: esbuild keeps these even in dropped code.
 */
export { ClientOperation } from './client-operation.js'
export { createClient } from './create-client.js'
export { LazyList } from './lists/paged-list.js'
export { deleteObject } from './objects/delete-object.js'
export { getObject } from './objects/get-object.js'
export { headObject } from './objects/head-object.js'
export { putObject } from './objects/put-object.js'
export { Runtime } from './runtime.js'
export { coreOptionFields } from './runtime-options.js'
