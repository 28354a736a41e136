/** All servers by name. A module is loaded only when its server is used, because each has its own dependencies. */
const launchers = {
  local: async () => (await import('./local-r2.mjs')).localR2,
  'local-durable': async () => (await import('./local-r2.mjs')).localR2Durable,
  miniflare: async () => (await import('./miniflare.mjs')).miniflare,
  radosgw: async () => (await import('./radosgw.mjs')).radosgw,
  r2: async () => (await import('./r2.mjs')).r2,
}

export const serverNames = Object.keys(launchers)

export const launcherNamed = async (name) => {
  const load = launchers[name]
  if (load === undefined) throw new Error(`Unknown server: ${name}. Known servers: ${serverNames.join(', ')}.`)
  return load()
}
