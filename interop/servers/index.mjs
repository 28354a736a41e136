/** Every server there is to try, by name. A module is loaded when its server is wanted, since each needs something else. */
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
  if (load === undefined) throw new Error(`no server ${name}; there are ${serverNames.join(', ')}`)
  return load()
}
